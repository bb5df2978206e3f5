"""A payload into numbers and times. Pure; whatever bytes come, the answer is a number, a reason, or that nothing was said."""

import json
import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

LONGEST = 64 * 1024  # bytes; a Tasmota with ten probes sends one thousand
DEEPEST = 64
NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,12})?([eE][+-]?[0-9]{1,2})?")
WORDS: Mapping[str, float] = {"true": 1.0, "on": 1.0, "open": 1.0, "false": 0.0, "off": 0.0, "closed": 0.0}
NO_VALUE = frozenset({"nan", "null", "none", "unknown", "unavailable", "n/a", ""})
EPOCH_MS = 100_000_000_000
"""A time of day as a number is in seconds below it (year 5138) and in milliseconds above."""


class Said(NamedTuple):
    """What a payload says of a quantity: a number, or why there is none."""

    number: float | None
    reason: str = ""


def parsed(payload: bytes) -> object:
    """JSON, or else the text itself. Raises ValueError for what is neither."""
    if len(payload) > LONGEST:
        raise ValueError("too long")
    text = payload.decode()
    if text.count("[") + text.count("{") > DEEPEST:
        raise ValueError("too deep")
    try:
        return json.loads(text, parse_constant=lambda word: word)
    except ValueError:
        if text[:1] in "{[" and text:
            raise
        return text.strip()


def at(content: object, path: str) -> tuple[bool, object]:
    """Whether something stands at `path`, names joined by dots, and what. "" is the content itself."""
    for name in path.split(".") if path else ():
        if not isinstance(content, dict) or name not in content:
            return False, None
        content = content[name]
    return True, content


def number_of(value: object) -> Said:
    """Numbers, yes and no, and the words that devices use for them."""
    if isinstance(value, bool):
        return Said(float(value))
    if isinstance(value, int | float):
        number = float(value) if abs(value) < 1e15 else math.inf
        return Said(number) if math.isfinite(number) else Said(None, "no-value")
    if value is None:
        return Said(None, "no-value")
    if isinstance(value, str):
        word = value.strip().lower()
        if NUMBER.fullmatch(word):
            return Said(float(word))
        if word in WORDS:
            return Said(WORDS[word])
        return Said(None, "no-value" if word in NO_VALUE else "bad-payload")
    return Said(None, "bad-payload")


def celsius(number: float, unit: object) -> float:
    """From what the payload calls its unit."""
    return (number - 32) / 1.8 if unit == "F" else number


def time_of(value: object) -> float | None:
    """Seconds since 1970 UTC, from ISO 8601 with a zone or a number. None for what has no zone: nobody knows when that was."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        if not math.isfinite(value) or value <= 0 or value > 1e15:
            return None
        return value / 1000 if value > EPOCH_MS else float(value)
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return None
        return moment.timestamp() if moment.tzinfo is not None else None
    return None
