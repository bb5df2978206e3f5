"""JSON without the holes of JSON: one reading for every reader. PROTOCOL.md [W-JSON].

Python's own parser takes NaN, 1e999 (infinity), repeated keys and lone surrogates without a word; each is refused here.
"""

import json
from math import isfinite
from typing import NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from larder_core.refusal import Refused

Shape = TypeVar("Shape")


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


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        names = [name for name, _ in pairs]
        again = next(name for name in names if names.count(name) > 1)
        raise Refused("duplicate-key", f"the key {again[:40]!r} stands twice in one object")
    return fields


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_float, parse_constant=_constant)


def read_json(shape: TypeAdapter[Shape], text: bytes) -> Shape:
    """`text` as a value of `shape`. Raises Refused (not-utf8, bad-json, non-finite, duplicate-key, bad-content)."""
    try:
        decoded = text.decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        raise Refused("not-utf8", f"byte {error.start} is not UTF-8") from error
    try:
        _DECODER.decode(decoded)
    except (ValueError, RecursionError) as error:
        if isinstance(error, Refused):
            raise
        raise Refused("bad-json", str(error) or "nested too deep") from error
    try:
        return shape.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(step) for step in first["loc"]) or "(top)"
        raise Refused("bad-content", f"{place}: {first['msg']}") from error


def write_json(fields: object) -> bytes:
    """Compact ASCII JSON, keys in the order given. Raises ValueError on NaN and infinity."""
    return json.dumps(fields, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode("ascii")
