"""The order of a stream's entries, kept while some are missing. Pure.

A device that comes back sends its newest entries first, so that the hub knows at once how things stand, and its backlog after them. A
state machine in device time must not run backwards; therefore, as long as a stream has a hole, two states are kept for each point:

* front: every entry as it comes; what is older than the newest one judged changes nothing. It raises today's alarms without delay.
* settled: entries strictly in order, those beyond the hole held back until it is filled. It finds yesterday's excursions.

When nothing is held any more, the settled states become the front ones. Without a hole there is only the front.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

from larder_core.content import Content, Loss

MOST_HELD = 20_000
"""Two days of a device that seals every ten seconds; then the hole is taken to be for ever."""


@dataclass(frozen=True)
class Lane:
    """One stream: the number that comes next in order, and since when (hub clock) it has been missing, None without a hole."""

    stream: str
    device: str
    next: int = 1
    hole_ms: int | None = None


class Verdict(NamedTuple):
    """`lane` after the row; `hold`: keep it back and judge it in front only; `passed`: its number was given up or comes again."""

    lane: Lane
    hold: bool
    passed: bool


def arrive(lane: Lane, n: int, received_ms: int) -> Verdict:
    if n < lane.next:
        return Verdict(lane, hold=False, passed=True)
    if n == lane.next:
        hole = None if lane.hole_ms is None else received_ms
        return Verdict(replace(lane, next=n + 1, hole_ms=hole), hold=False, passed=False)
    return Verdict(
        replace(lane, hole_ms=received_ms if lane.hole_ms is None else lane.hole_ms), hold=True, passed=False
    )


def own_losses(stream: str, content: Content) -> list[tuple[int, int]]:
    """The numbers of its own stream that a declared loss says will not come, as closed ranges."""
    if not isinstance(content, Loss):
        return []
    return [(covers.first, covers.last) for covers in content.covers if covers.stream == stream]


def skipped(lane: Lane, lowest_held: int | None, count: int, gone: int | None, now_ms: int, patience_ms: float) -> Lane:
    """The lane that waits no longer for numbers declared lost, the last of them `gone`, or for any number once patience or room is
    used up; what is held is never skipped."""
    if lowest_held is None:
        return lane if gone is None else replace(lane, next=gone + 1)
    if gone is not None:
        return replace(lane, next=min(gone + 1, lowest_held))
    if lane.hole_ms is not None and (now_ms - lane.hole_ms > patience_ms or count > MOST_HELD):
        return replace(lane, next=lowest_held, hole_ms=now_ms)
    return lane
