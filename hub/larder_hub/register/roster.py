"""Who is on duty when: weekly shifts, dated exceptions, over midnight, in Beijing time. Pure.

A shift belongs to the day on which it begins: `days = "fri"`, `hours = "20:00-08:00"` ends on Saturday morning. Where a dated shift of
the same level and scope stands, the weekly ones do not count.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from larder_hub.register.route import Level

LOCAL = ZoneInfo("Asia/Shanghai")
DAY_MIN = 1440
MINUTE_MS = 60_000
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Duty(NamedTuple):
    """A person answers at a level for a site (level `site`), a grid cell (its id), a county (its code), or the prefecture ("").

    `days`: `mon-fri` or `sat,sun`, "" for every day; `dates`: `2026-10-01..2026-10-07`, a dated exception; `hours`: `20:00-08:00`,
    "" for the whole day.
    """

    person: str
    level: Level
    scope: str
    days: str = ""
    hours: str = ""
    dates: str = ""

    @property
    def entry(self) -> str:
        """As one line for people."""
        return " ".join(part for part in self if part)


def weekdays(text: str) -> frozenset[int]:
    """0 is Monday. Raises ValueError with what to write."""
    if not text:
        return frozenset(range(7))
    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if first not in WEEK or (dash and last not in WEEK):
            raise ValueError(f"{part!r} is no day of the week; write mon-fri or sat,sun")
        begin, end = WEEK.index(first), WEEK.index(last if dash else first)
        found.update((begin + step) % 7 for step in range((end - begin) % 7 + 1))
    return frozenset(found)


def minutes(text: str) -> tuple[int, int]:
    """(first minute of the day, first one after it, more than a day's where it ends on the next day). Raises ValueError."""
    if not text:
        return 0, DAY_MIN
    begin, dash, end = text.partition("-")
    try:
        first, last = (_clock(one) for one in (begin, end)) if dash else (0, 0)
    except ValueError as error:
        raise ValueError(f"{text!r} is no stretch of a day; write 20:00-08:00") from error
    if first == last:
        raise ValueError(f"{text!r} has no length; write 20:00-08:00, or leave it out for the whole day")
    return first, last if last > first else last + DAY_MIN


def _clock(text: str) -> int:
    if len(text) != 5 or text[2] != ":":
        raise ValueError(text)
    hour, minute = int(text[:2]), int(text[3:])
    if not (0 <= hour <= 24 and 0 <= minute < 60 and hour * 60 + minute <= DAY_MIN):
        raise ValueError(text)
    return hour * 60 + minute


def dated(text: str) -> tuple[date, date]:
    """First and last day. Raises ValueError with what to write."""
    first, dots, last = text.partition("..")
    try:
        begin, end = date.fromisoformat(first), date.fromisoformat(last if dots else first)
    except ValueError as error:
        raise ValueError(f"{text!r} is no day and no days; write 2026-10-01 or 2026-10-01..2026-10-07") from error
    if end < begin:
        raise ValueError(f"{text!r} ends before it begins; write the earlier day first")
    return begin, end


def local(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, LOCAL)


def stands(duty: Duty, at_ms: int) -> bool:
    """Is this shift on at the moment (ms since 1970)?"""
    now = local(at_ms)
    first, last = minutes(duty.hours)
    minute = now.hour * 60 + now.minute
    for back in (0, 1):
        day = now.date() - timedelta(days=back)
        if _on_day(duty, day) and first <= minute + back * DAY_MIN < last:
            return True
    return False


def _on_day(duty: Duty, day: date) -> bool:
    if duty.dates:
        first, last = dated(duty.dates)
        if not first <= day <= last:
            return False
    return day.weekday() in weekdays(duty.days)


def shifts(duties: Iterable[Duty], level: str, scope: str, at_ms: int) -> tuple[Duty, ...]:
    """The shifts that are on for this level and scope, in the order of the register."""
    on = [duty for duty in duties if (duty.level, duty.scope) == (level, scope) and stands(duty, at_ms)]
    exceptions = [duty for duty in on if duty.dates]
    return tuple(exceptions or on)


class Hole(NamedTuple):
    level: Level
    scope: str
    from_ms: int
    to_ms: int

    def __str__(self) -> str:
        begin, end = (local(at).strftime("%m-%d %H:%M") for at in (self.from_ms, self.to_ms))
        return f"{self.level} {self.scope}".strip() + f": {begin} - {end} 无人值班 / nobody on duty"


def holes(duties: Iterable[Duty], from_ms: int, days: int = 14, step_min: int = 15) -> Iterator[Hole]:
    """Stretches of the coming days for which a roster names nobody. `step_min`: as fine as this is looked."""
    every = tuple(duties)
    step_ms = step_min * MINUTE_MS
    start_ms = from_ms - from_ms % step_ms
    for level, scope in dict.fromkeys((duty.level, duty.scope) for duty in every):
        mine = [duty for duty in every if (duty.level, duty.scope) == (level, scope)]
        if any(not (duty.days or duty.hours or duty.dates) for duty in mine):
            continue
        began: int | None = None
        for at_ms in range(start_ms, start_ms + days * DAY_MIN * MINUTE_MS + step_ms, step_ms):
            empty = not any(stands(duty, at_ms) for duty in mine)
            if empty and began is None:
                began = at_ms
            elif began is not None and (not empty or at_ms >= start_ms + days * DAY_MIN * MINUTE_MS):
                yield Hole(level, scope, began, at_ms)
                began = None
