"""Pure: many sites of a county that were cut off together have one cause, and people get one message."""

from collections.abc import Iterable

from larder_hub.alarms.alarm import Alarm

LEAST = 3
"""Sites that make a storm."""

LARGE = 10
"""At least so many sites, and half of the county's, are a storm that is told before the first of them has been silent for long."""


def storm_since(mine_ms: int, others_ms: Iterable[int], width_ms: float) -> int | None:
    """The start of a storm to which a cut since `mine_ms` belongs, given when the other sites of the county were cut off; None where
    fewer than LEAST were so within `width_ms`."""
    times = sorted([mine_ms, *others_ms])
    for start in times:
        if start <= mine_ms <= start + width_ms and sum(start <= one <= start + width_ms for one in times) >= LEAST:
            return start
    return None


def nearest_of_each_site(mine: Alarm, others: Iterable[Alarm]) -> list[Alarm]:
    """Of each other site the alarm that began nearest in time to this one: several devices of a site are one site."""
    found: dict[str, Alarm] = {}
    for alarm in sorted(others, key=lambda one: (abs(one.t0_ms - mine.t0_ms), one.ticket)):
        if alarm.site != mine.site:
            found.setdefault(alarm.site, alarm)
    return list(found.values())


def large(sites: int) -> int:
    """How many of a county's sites cut off together are a large storm."""
    return max(LARGE, (sites + 1) // 2)
