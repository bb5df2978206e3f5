"""`key=value` words as a settings table: host=192.168.1.21 point.id=a point.register=0. Pure.

A value is what TOML takes it for (a number, true, a list, a quoted text), otherwise a text as it stands. A dotted key goes into the
tables of that name: a key that the last table has already begins the next one.
"""

import tomllib
from collections.abc import Iterable

from larder_agent.drivers.port import SettingsError

EXAMPLE = "as host=192.168.1.21 or point.register=0"


def settings_of(words: Iterable[str]) -> dict[str, object]:
    """Raises SettingsError."""
    table: dict[str, object] = {}
    lists: dict[str, list[dict[str, object]]] = {}
    for word in words:
        key, sign, text = word.partition("=")
        if not sign or not key:
            raise SettingsError(word, "is no assignment", EXAMPLE)
        group, dot, inner = key.partition(".")
        if not dot:
            if key in table:
                raise SettingsError(key, "is there twice", "once is enough")
            table[key] = _value(text)
            continue
        tables = lists.setdefault(group, [{}])
        if inner in tables[-1]:
            tables.append({})
        tables[-1][inner] = _value(text)
    return table | lists


def _value(text: str) -> object:
    try:
        return tomllib.loads(f"x = {text}")["x"]
    except tomllib.TOMLDecodeError:
        return text
