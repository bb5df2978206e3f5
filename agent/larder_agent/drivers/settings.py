"""Reading a settings table: every value typed and bounded, every key known, every complaint with the key's full name."""

import math
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import NoReturn

from larder_agent.drivers.port import SettingsError
from larder_core.names import IDENTIFIER
from larder_core.units import UNITS


class SettingsReader:
    """Takes values out of a table one by one; `finish` refuses what nobody took.

    A key without a default must be there. `prefix` is where the table stands, for errors: `point[2].`.
    """

    def __init__(self, settings: Mapping[str, object], prefix: str = "") -> None:
        self._settings = settings
        self._prefix = prefix
        self._known: set[str] = set()
        self._inner: list[SettingsReader] = []

    def refuse(self, key: str, problem: str, hint: str) -> NoReturn:
        raise SettingsError(self._prefix + key, problem, hint)

    def has(self, key: str) -> bool:
        return key in self._settings

    def words(self, key: str) -> dict[str, str]:
        """A table of texts, empty if the key is not there."""
        value = self._take(key, {}, "a table of texts")
        if not isinstance(value, Mapping) or not all(isinstance(one, str) for one in value.values()):
            self.refuse(key, "is not a table of texts", 'as { "999" = "no-sensor" }')
        return dict(value)

    def inner(self, key: str) -> dict[str, "SettingsReader"]:
        """The tables `[key.name]`, at least one, by name; each is finished together with this reader."""
        hint = f"write at least one [{key}.name] table"
        value = self._take(key, None, hint)
        if not isinstance(value, Mapping) or not value or not all(isinstance(one, Mapping) for one in value.values()):
            self.refuse(key, "is not a table of tables", hint)
        readers = {name: SettingsReader(one, f"{self._prefix}{key}.{name}.") for name, one in value.items()}
        self._inner.extend(readers.values())
        return readers

    def text(
        self,
        key: str,
        default: str | None = None,
        *,
        pattern: str = r"[^\x00-\x1f\x7f]{1,256}",
        hint: str = "a text of one line",
        echo: bool = True,
    ) -> str:
        """A text that matches `pattern` as a whole; `hint` says in words what the pattern means.

        `echo` False keeps the value out of the error, where somebody may have written a password into it.
        """
        value = self._take(key, default, hint)
        if not isinstance(value, str):
            self.refuse(key, f"is {_kind(value)}, not a text", hint)
        if value != default and not re.fullmatch(pattern, value):
            self.refuse(key, f"{value!r} does not fit" if echo else "does not fit", hint)
        return value

    def choice(self, key: str, choices: tuple[str, ...], default: str | None = None) -> str:
        hint = "one of " + ", ".join(choices)
        value = self._take(key, default, hint)
        if not isinstance(value, str) or value not in choices:
            self.refuse(key, f"{value!r} is not known here", hint)
        return value

    def integer(self, key: str, low: int, high: int, default: int | None = None) -> int:
        hint = f"a whole number from {low} to {high}"
        value = self._take(key, default, hint)
        if not isinstance(value, int) or isinstance(value, bool):
            self.refuse(key, f"is {_kind(value)}, not a whole number", hint)
        if not low <= value <= high:
            self.refuse(key, f"{value} is out of bounds", hint)
        return value

    def number(self, key: str, low: float, high: float, default: float | None = None) -> float:
        hint = f"a number from {low:g} to {high:g}"
        value = self._take(key, default, hint)
        if not isinstance(value, int | float) or isinstance(value, bool):
            self.refuse(key, f"is {_kind(value)}, not a number", hint)
        if not math.isfinite(value) or not low <= value <= high:
            self.refuse(key, f"{value} is out of bounds", hint)
        return float(value)

    def flag(self, key: str, default: bool) -> bool:
        value = self._take(key, default, "true or false")
        if not isinstance(value, bool):
            self.refuse(key, f"is {_kind(value)}, not a yes or no", "true or false")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, empty if the key is not there."""
        value = self._take(key, [], "a list of texts")
        if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
            self.refuse(key, "is not a list of texts", 'for example ["192.168.7.0/24"]')
        return tuple(value)

    def integers(self, key: str, low: int, high: int) -> tuple[int, ...]:
        """A list of whole numbers; it must be there, and may be empty."""
        hint = f"a list of whole numbers from {low} to {high}"
        value = self._take(key, None, hint)
        if not isinstance(value, list | tuple) or not all(type(one) is int and low <= one <= high for one in value):
            self.refuse(key, "does not fit", hint)
        return tuple(value)

    def tables(self, key: str) -> list["SettingsReader"]:
        """The tables `[[key]]`, at least one; each is finished together with this reader."""
        hint = f"write at least one [[{key}]] table"
        value = self._take(key, None, hint)
        if not isinstance(value, list | tuple) or not value or not all(isinstance(one, Mapping) for one in value):
            self.refuse(key, "is not a list of tables", hint)
        readers = [SettingsReader(one, f"{self._prefix}{key}[{place}].") for place, one in enumerate(value, 1)]
        self._inner.extend(readers)
        return readers

    def identifier(self, key: str = "id") -> str:
        return self.text(key, pattern=IDENTIFIER.pattern, hint="1 to 32 of a-z, 0-9 and -, as fridge-2")

    def unit(self, key: str = "unit") -> str:
        return self.choice(key, tuple(sorted(UNITS)))

    def finish(self) -> None:
        """Raises SettingsError for the first key that nobody took, with the known key it resembles most."""
        for key in self._settings:
            if key not in self._known:
                near = get_close_matches(key, self._known, n=1)
                known = ", ".join(sorted(self._known))
                self.refuse(key, "is not a setting", f"did you mean {near[0]}?" if near else f"known here: {known}")
        for reader in self._inner:
            reader.finish()

    def _take(self, key: str, default: object, hint: str) -> object:
        self._known.add(key)
        value = self._settings.get(key, default)
        if value is None:
            self.refuse(key, "is missing", hint)
        return value


def refuse_twins(ids: Sequence[str], keys: Sequence[str] = ()) -> None:
    """Raises SettingsError when two points have one id; named by `keys`, else counted from 1, as in `tables`."""
    for place, one in enumerate(ids, 1):
        if one in ids[: place - 1]:
            key = keys[place - 1] if keys else f"point[{place}].id"
            raise SettingsError(key, f"{one} is there twice", "give each point an id of its own")


def _kind(value: object) -> str:
    return {
        bool: "a yes or no",
        int: "a number",
        float: "a number",
        str: "a text",
        list: "a list",
        dict: "a table",
    }.get(type(value), f"a {type(value).__name__}")
