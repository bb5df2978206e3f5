"""The time of readings whose clock was not set, from a later signed moment of the same boot. PROTOCOL.md [C1] to [C3]. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

from larder_core.content import Batch, ClockState, Content, Event
from larder_core.sizes import MAX_INT

EVENT = "clock-set"

TRUST: dict[ClockState, int] = {"unset": 0, "restored": 1, "holdover": 2, "synced": 2}
"""How far a clock's state can be believed. `restored` was read from a battery or a file; nobody knows how wrong it is."""

DRIFT_PPM = 500
"""How fast an undisciplined clock may run away: the kernel's own worst case (MAXFREQ in linux/timex.h)."""


class Anchor(NamedTuple):
    """One moment on both clocks of a boot: `at` wall clock, `up` ms since boot, and what the device says of that wall clock."""

    boot: str
    at: int
    up: int
    state: ClockState
    error: int | None


class Told(NamedTuple):
    """A batch as far as its time matters. `ago`: ms from its first instant to its sealing, `ahead` from the sealing to its last."""

    boot: str
    at: int
    up: int
    state: ClockState
    ago: int
    ahead: int = 0


class Derived(NamedTuple):
    """What to add to the instants that a batch tells, and how wrong the sum may be in ms (None: unknown)."""

    shift_ms: int
    error_ms: int | None


def anchor_of(content: Content) -> Anchor | None:
    """The anchor that an entry sets: an event `clock-set`, by its own clocks."""
    if not isinstance(content, Event) or content.event != EVENT:
        return None
    return Anchor(content.boot, content.at, content.up, *content.clock)


def told_by(batch: Batch) -> Told | None:
    """What a batch says of its time; None where its clock was set, and nothing is ever derived [C2]."""
    state = batch.clock[0]
    if TRUST[state] >= TRUST["synced"]:
        return None
    instants = [reading.at_ms for series in batch.series() for reading in (series.readings[0], series.readings[-1])]
    return Told(batch.boot, batch.at, batch.up, state, batch.at - min(instants), max(instants) - batch.at)


def derive(told: Told, anchors: Iterable[Anchor]) -> Derived | None:
    """By the most trusted anchor of the batch's boot, of equal ones the nearest in uptime; None where no anchor is better than
    what the batch says itself, or where it would lead out of what a clock can show."""
    better = [one for one in anchors if one.boot == told.boot and TRUST[one.state] > TRUST[told.state]]
    if not better:
        return None
    best = min(better, key=lambda one: (-TRUST[one.state], abs(one.up - told.up), one.up, one.at))
    shift = (best.at - best.up) - (told.at - told.up)
    if told.at - told.ago + shift < 0 or told.at + told.ahead + shift > MAX_INT:
        return None
    apart = abs(best.up - told.up) + max(told.ago, told.ahead)
    return Derived(shift, None if best.error is None else best.error + -(-apart * DRIFT_PPM // 1_000_000))
