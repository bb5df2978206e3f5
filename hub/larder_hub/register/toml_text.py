"""TOML as a register file needs it: tables of texts, numbers and flags, and arrays of such tables."""

import json
from collections.abc import Iterator, Mapping

Plain = Mapping[str, object]


def write_toml(document: Plain) -> str:
    """`document` holds arrays of tables only at its top; tomllib reads back what is written here."""
    return "\n".join(_tables(document, ())).lstrip("\n") + "\n"


def _tables(table: Plain, path: tuple[str, ...]) -> Iterator[str]:
    for key, value in table.items():
        if not isinstance(value, list):
            yield f"{key} = {_value(value)}"
    for key, value in table.items():
        if isinstance(value, list):
            for inner in value:
                yield f"\n[[{'.'.join((*path, key))}]]"
                yield from _tables(inner, (*path, key))


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
