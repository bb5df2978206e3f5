"""What the device must say of its own time: when it was away, what it skipped, when its clock was set. [W-ABSENCE] [C1]. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from larder_agent.clock import Moment
from larder_core.absence import Absence, AbsenceReason, Detail, due_inside
from larder_core.anchor import DRIFT_PPM, TRUST

STEP_MS = 1_000
"""A wall clock that moves by more than this against the time since boot, and by more than drift explains, was set."""


class LastWord(NamedTuple):
    """The last entry of the disk: on which boot and clocks it was sealed, and `ended` where it says that the device ends as asked."""

    moment: Moment
    ended: str = ""


class Missed(NamedTuple):
    """`readings` of `points` that fell due between two moments (ms since boot) and were not taken."""

    points: frozenset[str]
    reason: AbsenceReason
    from_up: int
    to_up: int
    readings: int


@dataclass(frozen=True)
class Gaps:
    """What was skipped since it was last said, added up by points and reason."""

    open: Mapping[tuple[frozenset[str], AbsenceReason], Missed] = field(default_factory=dict)


def add(gaps: Gaps, missed: Missed) -> Gaps:
    key = missed.points, missed.reason
    before = gaps.open.get(key)
    if before is not None:
        missed = missed._replace(
            from_up=min(before.from_up, missed.from_up),
            to_up=max(before.to_up, missed.to_up),
            readings=before.readings + missed.readings,
        )
    return replace(gaps, open={**gaps.open, key: missed})


def split(gaps: Gaps, *, paused: bool) -> tuple[Gaps, Gaps]:
    """What is to be said now, and what is still going on: a pause is said when it is over."""
    going_on = {key: one for key, one in gaps.open.items() if paused and one.reason == "maintenance"}
    return Gaps({key: one for key, one in gaps.open.items() if key not in going_on}), Gaps(going_on)


def told(gaps: Gaps, now: Moment, note: str = "") -> Iterator[Absence]:
    """Each gap on the wall clock of `now`."""
    for one in gaps.open.values():
        start, end = (max(0, now.at - (now.up - up)) for up in (one.from_up, one.to_up))
        yield Absence(
            start, end, one.points, one.readings, one.reason, note=note if one.reason == "maintenance" else ""
        )


def at_start(last: LastWord, now: Moment, periods_ms: Iterable[int], *, maintenance: str = "") -> Absence | None:
    """What a new process must say of the time since the last entry; None where no reading fell due in it.

    Of another boot only the wall clock can tell how long it is ago. A clock that was read from a battery or a file may stand still
    while the machine is off: such a gap has no known length.
    """
    same_boot = last.moment.boot == now.boot
    ended: AbsenceReason = "stopped" if last.ended else "killed" if same_boot else "power"
    if maintenance:
        ended = "maintenance"
    known = same_boot or min(TRUST[now.clock[0]], TRUST[last.moment.clock[0]]) == TRUST["synced"]
    gap = now.up - last.moment.up if same_boot else now.at - last.moment.at
    if not known or gap < 0:
        return Absence(last.moment.at, now.at, None, None, "clock-unknown", ended=ended, note=maintenance)
    missed = due_inside(gap, periods_ms)
    if not missed:
        return None
    start = max(0, now.at - gap) if same_boot else last.moment.at
    return Absence(start, now.at, None, missed, ended, note=maintenance)


def clock_set(last: Moment, now: Moment) -> Detail | None:
    """The detail of the event `clock-set` where the clock has become better or was set since the last entry of this boot [C1]."""
    if last.boot != now.boot:
        return None
    up = max(0, now.up - last.up)
    would_be = last.at + up
    step = now.at - would_be
    better = TRUST[now.clock[0]] > TRUST[last.clock[0]] and TRUST[last.clock[0]] < TRUST["synced"]
    if not better and abs(step) <= STEP_MS + up * DRIFT_PPM // 1_000_000:
        return None
    return {"was": would_be, "step": step, "state": last.clock[0]}
