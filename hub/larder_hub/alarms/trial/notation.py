"""Readings in a short notation, and lapses of time as people write them. Pure.

4.0            one reading                      _x10        nothing for ten readings
4.0x30         thirty of the same               bad         one without a value (no-answer)
4.0+0.2x20     twenty, each 0.2 more            bad(open)x5 five, by the name of what is wrong
-18.0-0.5x4    four, each 0.5 less              4.1(stuck)  a value that is doubted
9.0x2h         as many as fit into two hours    1x30m 0     a door that stood open for half an hour
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

MINUTE_MS = 60_000
_UNITS = {"s": 1_000, "m": MINUTE_MS, "h": 60 * MINUTE_MS, "d": 1_440 * MINUTE_MS}
_LAPSE = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?[smhd])+")
_NUMBER = r"[+-]?[0-9]+(?:\.[0-9]+)?"
_TOKEN = re.compile(
    rf"(?:(?P<gap>_)|(?P<bad>bad)|(?P<value>{_NUMBER})(?P<step>[+-][0-9]+(?:\.[0-9]+)?)?)"
    r"(?:\((?P<reason>[a-z0-9-]{1,32})\))?(?:x(?P<count>[0-9]+|(?:[0-9]+[smhd])+))?"
)
NO_ANSWER = "no-answer"
MOST = 200_000
"""Readings of one part: more than four months of one a minute."""


class Given(NamedTuple):
    """What a point gives at one instant: a value, a reason why there is none or it is doubted; None for both is nothing at all."""

    value: float | None
    quality: str = ""

    @property
    def silent(self) -> bool:
        return self.value is None and not self.quality


NOTHING = Given(None)


class Tokens(NamedTuple):
    """One part of a notation: `number` readings from `first` on, each `step` more; where `long`, as many as fit into `number` ms."""

    first: Given
    step: float
    number: int
    long: bool


def lapse_ms(text: str) -> int:
    """`75m`, `1h30m`, `90s`, `2d` in ms; a bare `0` too. Raises ValueError with a hint."""
    if text.strip() == "0":
        return 0
    if not _LAPSE.fullmatch(text.strip()):
        raise ValueError(f"{text!r} is no lapse of time; hint: 75m, 1h30m, 90s, 2d")
    return round(sum(float(one[:-1]) * _UNITS[one[-1]] for one in re.findall(r"[0-9.]+[smhd]", text)))


def lapse_text(ms: int) -> str:
    """The inverse for people: `0m`, `1h05m`, `90m` is `1h30m`, seconds only where there are any."""
    sign, rest = ("-" if ms < 0 else ""), abs(ms) // 1000
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    whole = f"{hours}h{minutes:02d}m" if hours else f"{minutes}m"
    return f"{sign}{whole}" + (f"{seconds:02d}s" if seconds else "")


def tokens(text: str) -> tuple[Tokens, ...]:
    """A notation taken apart. Raises ValueError naming the token that cannot be read."""
    found = tuple(_token(word) for word in text.split())
    if not found:
        raise ValueError("there is no reading in it; hint: 4.0x30 9.1x120")
    return found


def _token(word: str) -> Tokens:
    match = _TOKEN.fullmatch(word)
    if match is None:
        raise ValueError(f"{word!r} is no reading; hint: 4.0  4.0x30  4.0+0.2x20  _x10  bad(open)x5  9.0x2h")
    gap, bad, value, step, reason, count = match.group("gap", "bad", "value", "step", "reason", "count")
    if gap and reason:
        raise ValueError(f"{word!r}: a gap has no reason; hint: _x10, or bad({reason})x10 for readings without a value")
    first = NOTHING if gap else Given(None, reason or NO_ANSWER) if bad else Given(float(value), reason or "")
    long = count is not None and not count.isdigit()
    number = 1 if count is None else lapse_ms(count) if long else int(count)
    if number == 0:
        raise ValueError(f"{word!r} stands for no reading at all; hint: take it out")
    return Tokens(first, float(step or 0), number, long)


def spelt(text: str, interval_ms: int) -> list[Given]:
    """Every reading of a notation, one each `interval_ms`. Raises ValueError."""
    found: list[Given] = []
    for first, step, number, long in tokens(text):
        count = max(1, number // interval_ms) if long else number
        if len(found) + count > MOST:
            raise ValueError(f"more than {MOST} readings in one part; hint: a longer interval")
        found.extend(_ramp(first, step, count))
    return found


def _ramp(first: Given, step: float, count: int) -> Iterator[Given]:
    for place in range(count):
        yield first if first.value is None else Given(round(first.value + step * place, 6), first.quality)
