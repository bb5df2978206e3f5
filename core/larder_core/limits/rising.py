"""A value that rises fast and stays: medians, the least of the last minutes, and the rise itself. Pure; see `stages.Early`.

Memory is bounded: `CELLS` cells of time, each with its least median. Cells are fixed in time, so that it makes no difference how a
series is cut into batches.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from operator import sub

from larder_core.limits.excursion import Kind, Transition
from larder_core.limits.stages import Early
from larder_core.limits.state import Beside, Rise
from larder_core.limits.table import milliseconds
from larder_core.limits.words import Severity, Side

CELLS = 5
"""The rise is looked for over `within_s`, to a fifth of it."""

Moment = tuple[int, float]
Moments = tuple[Moment, ...]


def recent(before: Moments, at_ms: int, max_gap_ms: int) -> Moments:
    """Which of the last two readings still speak."""
    return () if not before or at_ms - before[-1][0] > max_gap_ms else before


def median(before: Sequence[Moment], value: float) -> float:
    """Of the value and the two before it; the lower of two, so that one reading alone never makes a rise."""
    values = sorted([value, *(one for _, one in before)])
    return values[(len(values) - 1) // 2]


def risen(
    beside: Beside, early: Early, at_ms: int, middle: float, *, silent: bool, is_told: bool
) -> tuple[Beside, tuple[Transition, ...]]:
    """After one more median. `silent`: nothing is known of the time before it; `is_told`: the limits have said it."""
    within_ms = milliseconds(early.within_s)
    cell_ms = max(1, within_ms // CELLS)
    base = min((value for cell, value in beside.least if cell * cell_ms >= at_ms - within_ms), default=middle)
    beside = replace(beside, least=_with(beside.least, at_ms // cell_ms, middle))
    rise = beside.rise
    if rise is None:
        begun = middle > early.above and middle - base >= early.rise
        return (replace(beside, rise=Rise(at_ms, at_ms, base, middle)) if begun else beside), ()
    if middle <= early.above or middle - rise.base < early.rise:
        over = (told(Kind.CLEARED, rise, at_ms, middle, early.above),) if rise.raised else ()
        return replace(beside, rise=None), over
    rise = replace(rise, peak=max(rise.peak, middle))
    if rise.raised:
        return replace(beside, rise=rise), ()
    if silent or middle < rise.peak - early.rise / 3:
        rise = replace(rise, since_ms=at_ms)
    if is_told or at_ms - rise.since_ms < milliseconds(early.hold_s):
        return replace(beside, rise=rise), ()
    rise = replace(rise, raised=True)
    return replace(beside, rise=rise), (told(Kind.RAISED, rise, at_ms, middle, early.above),)


def told(kind: Kind, rise: Rise, at_ms: int, value: float, limit: float | None, reason: str = "") -> Transition:
    return Transition(kind, Side.HIGH, Severity.WARNING, rise.t0_ms, at_ms, value, rise.peak, limit, "early", reason)


def _with(least: Moments, cell: int, middle: float) -> Moments:
    kept = [one for one in least if one[0] >= cell - CELLS]
    if kept and kept[-1][0] == cell:
        kept[-1] = (cell, min(kept[-1][1], middle))
    else:
        kept.append((cell, middle))
    return tuple(kept)


def kept(
    beside: Beside, early: Early | None, instants: Sequence[int], values: Sequence[float], max_gap_ms: int
) -> tuple[Beside, float] | None:
    """What is remembered after a column in which no rise begins, and its last median: of its end only. None where two readings of that
    end have the same instant, for only the first of them counts."""
    cell_ms = 1 if early is None else max(1, milliseconds(early.within_s) // CELLS)
    first_cell = instants[-1] // cell_ms - CELLS
    start = len(instants) - 1
    while start > 0 and early is not None and instants[start - 1] // cell_ms >= first_cell:
        start -= 1
    start = max(0, start - 2)  # the two before it are part of its first median
    if early is not None and start > 0:
        fast = _kept_evenly(instants[start:], values[start:], cell_ms, max_gap_ms)
        if fast is not None:
            return replace(beside, recent=fast[1], least=fast[0]), fast[2]
    last: Moments = beside.recent if start == 0 else ()
    least = beside.least
    middle = values[-1]
    for place in range(start, len(instants)):
        at_ms, value = instants[place], values[place]
        if last and at_ms <= last[-1][0]:
            return None
        last = recent(last, at_ms, max_gap_ms)
        middle = median(last, value)
        if early is not None and (start == 0 or place >= start + 2):
            least = _with(least, at_ms // cell_ms, middle)
        last = (*last[-1:], (at_ms, value))
    return replace(beside, recent=last, least=least), middle


def _kept_evenly(
    instants: Sequence[int], values: Sequence[float], cell_ms: int, max_gap_ms: int
) -> tuple[Moments, Moments, float] | None:
    """The same where no two neighbours are further apart than `max_gap_ms`, which is nearly always: several times faster."""
    steps = list(map(sub, instants[1:], instants))
    if min(steps) <= 0 or max(steps) > max_gap_ms:
        return None
    medians = [
        max(min(one, two), min(max(one, two), three))
        for one, two, three in zip(values, values[1:], values[2:], strict=False)
    ]
    least = []
    begin = 2
    while begin < len(instants):
        cell = instants[begin] // cell_ms
        end = bisect_left(instants, (cell + 1) * cell_ms, begin)
        least.append((cell, min(medians[begin - 2 : end - 2])))
        begin = end
    last = tuple(zip(instants[-2:], values[-2:], strict=True))
    return tuple(least), last, medians[-1]
