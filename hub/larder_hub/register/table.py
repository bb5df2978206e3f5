"""What every table of a register file has in common: it is strict, names can be read, days are days."""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field

_RANGES = (
    (0, 0x1F),
    (0x7F, 0x9F),
    (0x200B, 0x200F),
    (0x2028, 0x202E),
    (0x2066, 0x2069),
    (0xD800, 0xDFFF),
    (0xFEFF, 0xFEFF),
)
INVISIBLE = frozenset(chr(code) for first, last in _RANGES for code in range(first, last + 1))
"""Controls, zero-width and direction marks, lone surrogates: in a name they can only mislead whoever reads it."""


def visible(text: str) -> str:
    if text != text.strip():
        raise ValueError("has a space at its beginning or end; remove it")
    if hidden := INVISIBLE.intersection(text):
        raise ValueError(f"contains the invisible character U+{ord(min(hidden)):04X}; type the name again")
    return text


def day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat() if text else text
    except ValueError as error:
        raise ValueError(f"{text!r} is no day; write it as 2027-01-31") from error


Name = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(visible)]


STRICT = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)
