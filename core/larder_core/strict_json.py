"""JSON without the holes of JSON: one reading for every reader. PROTOCOL.md [W-JSON].

Python's own parser takes NaN, 1e999 (infinity), repeated keys and lone surrogates without a word, pydantic's all but the last;
each is refused here, by Python's parser with hooks. A second parse by pydantic, straight into the shape, costs less than checking
Python objects would, and what both accept is JSON by two independent parsers.
"""

import json
from collections import Counter
from math import isfinite
from typing import Annotated, NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from larder_core.refusal import Refused
from larder_core.sizes import MAX_INT

Shape = TypeVar("Shape")

One = Annotated[int, Field(ge=1, le=1)]
"""The integer 1: a version. Not Literal[1], which also takes true and 1.0."""


class Wire(BaseModel):
    """Base of everything on the wire: frozen, strict types, finite numbers; unknown fields are ignored [W-UNKNOWN]."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", allow_inf_nan=False)


def _constant(word: str) -> NoReturn:
    raise Refused("non-finite", f"{word} is not a number in JSON")


def _float(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise Refused("non-finite", f"{text[:40]} is beyond what a number can hold")
    return value


def _int(text: str) -> int:
    # by length first: Python refuses to convert thousands of digits
    if len(text) > 17 or abs(int(text)) > MAX_INT:
        raise Refused("bad-content", f"{text[:40]} is beyond +-{MAX_INT}")
    return int(text)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        # in linear time: an object may hold thousands of keys, and a stranger chooses which one stands twice
        again = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        raise Refused("duplicate-key", f"the key {again[:40]!r} stands twice in one object")
    return fields


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_float, parse_constant=_constant)
_WITH_LONG_NUMBERS = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_int, parse_float=_float, parse_constant=_constant
)
_DIGITS_AS_ZEROS = bytes.maketrans(b"123456789", b"0" * 9)
_LONG_NUMBER = b"0" * 16
"""Only where 16 digits stand is each integer looked at, also in unknown fields: that costs as much as all the rest."""


def read_json(shape: TypeAdapter[Shape], text: bytes) -> Shape:
    """`text` as a value of `shape`. Raises Refused (not-utf8, bad-json, non-finite, duplicate-key, bad-content)."""
    try:
        decoded = text.decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        raise Refused("not-utf8", f"byte {error.start} is not UTF-8") from error
    if "\n" in decoded:
        raise Refused("bad-json", "a line feed inside a line")
    try:
        (_WITH_LONG_NUMBERS if _LONG_NUMBER in text.translate(_DIGITS_AS_ZEROS) else _DECODER).decode(decoded)
    except Refused:
        raise
    except (ValueError, RecursionError) as error:
        raise Refused("bad-json", str(error) or "nested too deep") from error
    try:
        return shape.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        if first["type"] == "json_invalid":
            raise Refused("bad-json", first["msg"]) from error
        place = ".".join(str(step) for step in first["loc"]) or "(top)"
        raise Refused("bad-content", f"{place}: {first['msg']}") from error


def write_json(fields: object) -> bytes:
    """Compact ASCII JSON, keys in the order given. Raises ValueError on NaN and infinity."""
    return json.dumps(fields, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode("ascii")
