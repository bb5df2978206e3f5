"""When a place is in use: weekly hours, and days that are unlike their weekday. Pure, in Beijing time.

Beijing time is UTC+8 all the year; the summer times of before 1992 are of no concern to readings of today. Instants are Unix
milliseconds in device time.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

BEIJING_MS = 8 * 3_600_000
DAY_MS = 86_400_000
MINUTE_MS = 60_000
CLOSED = 0


class Opening(NamedTuple):
    """From minute to minute of a day (1440 is its end); `day` is 1 for Monday to 7 for Sunday."""

    day: int
    opens: int
    closes: int


class Special(NamedTuple):
    """From `first` to `last`, both included, as days since 1970-01-01, each day is like weekday `like` (CLOSED: nothing is open)."""

    first: int
    last: int
    like: int


class Stretch(NamedTuple):
    """A time in which nothing opens or closes: `from_ms` belongs to it, `to_ms` does not. A closed one ends with its day at last."""

    is_open: bool
    from_ms: int
    to_ms: int


@dataclass(frozen=True)
class Hours:
    """Openings that touch are one: a place that is open from noon to midnight and from midnight on is not closed at midnight."""

    openings: tuple[Opening, ...]
    specials: tuple[Special, ...] = field(default=())

    def at(self, at_ms: int) -> Stretch:
        """The stretch in which `at_ms` lies. Where two specials cover a day, the later of the table counts."""
        day, since = divmod(at_ms + BEIJING_MS, DAY_MS)
        spans = self._of(day)
        place = bisect_right(spans, (since, DAY_MS)) - 1
        if place >= 0 and since < spans[place][1]:
            return self._open(day, *spans[place])
        start = spans[place][1] if place >= 0 else 0
        end = spans[place + 1][0] if place + 1 < len(spans) else DAY_MS
        midnight = day * DAY_MS - BEIJING_MS
        return Stretch(False, midnight + start, midnight + end)

    def _open(self, day: int, start: int, end: int) -> Stretch:
        """Across midnights, for a week at most: beyond it a window would be a life."""
        first = last = day
        while start == 0 and day - first < 7 and (before := self._of(first - 1)) and before[-1][1] == DAY_MS:
            first, start = first - 1, before[-1][0]
        while end == DAY_MS and last - day < 7 and (after := self._of(last + 1)) and after[0][0] == 0:
            last, end = last + 1, after[0][1]
        return Stretch(True, first * DAY_MS + start - BEIJING_MS, last * DAY_MS + end - BEIJING_MS)

    def _of(self, day: int) -> tuple[tuple[int, int], ...]:
        like = next((one.like for one in reversed(self.specials) if one.first <= day <= one.last), (day + 3) % 7 + 1)
        return self._weekdays[like]

    @cached_property
    def _weekdays(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        return tuple(_joined([one for one in self.openings if one.day == day]) for day in range(8))


def _joined(openings: list[Opening]) -> tuple[tuple[int, int], ...]:
    spans: list[tuple[int, int]] = []
    for _, opens, closes in sorted(openings):
        if spans and opens * MINUTE_MS <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], closes * MINUTE_MS))
        else:
            spans.append((opens * MINUTE_MS, closes * MINUTE_MS))
    return tuple(spans)
