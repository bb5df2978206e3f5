"""Pure: a point's state and its readings in, its new state and what happened out. What is judged here never sees a clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from larder_core.columns import Reading, Series
from larder_core.limits.excursion import Kind, Transition, unknown
from larder_core.limits.faulty import FaultFigures, FaultKind, FaultState, failure, fault_step
from larder_core.limits.profile import LimitProfile
from larder_core.limits.state import State
from larder_core.limits.watching import Terms, watch, watched
from larder_core.limits.words import Severity
from larder_hub.alarms.kinds import AlarmKind
from larder_hub.alarms.rules import Rules
from larder_hub.register.directory import Directory, Point

EXCURSIONS = frozenset({"food", "power", "clock"})
"""Kinds that the state machine of `limits.excursion` moves: a value beyond a limit."""

What = Literal["raised", "worsened", "clearing", "relapsed", "cleared"]

_KEPT: dict[Kind, What] = {
    Kind.RAISED: "raised",
    Kind.WORSENED: "worsened",
    Kind.CLEARING: "clearing",
    Kind.RELAPSED: "relapsed",
    Kind.CLEARED: "cleared",
    Kind.CLOSED: "cleared",  # its reason says that nothing came back
}
"""Pending episodes and near misses live in the state only: they ask for no act."""

_FAULT: dict[FaultKind, What] = {
    FaultKind.RAISED: "raised",
    FaultKind.WORSENED: "worsened",
    FaultKind.CLEARED: "cleared",
}


class Happened(NamedTuple):
    """One step of one alarm, in device time. `reason` is the quality word of a fault."""

    kind: AlarmKind
    side: str
    what: What
    severity: Severity
    t0_ms: int
    at_ms: int
    value: float | None
    peak: float | None
    limit: float | None
    reason: str
    by: str = ""
    """Profile, version and override."""


@dataclass(frozen=True, slots=True)
class PointState:
    """What is remembered of a point. `last_any_ms`: its newest reading of whatever quality; `last_good_*`: its newest good one."""

    excursion: State = field(default_factory=State)
    fault: FaultState = field(default_factory=FaultState)
    last_any_ms: int | None = None
    last_good_ms: int | None = None
    last_value: float | None = None


class Facing(NamedTuple):
    """What a point is judged against. `correction` is added before limits are applied, where the register says so [D5]."""

    profile: LimitProfile | None
    figures: FaultFigures
    kind: AlarmKind
    max_gap_ms: int
    correction: float = 0.0
    terms: Terms | None = None
    by: str = ""

    @classmethod
    def of(cls, point: Point, rules: Rules, directory: Directory | None = None) -> "Facing":
        kind: AlarmKind = "camera" if point.quantity == "camera" else "sensor"
        max_gap_ms = rules.silent(point).stale_after_ms(point.period_s)
        return cls(rules.profile(point, directory), rules.fault(point), kind, max_gap_ms, point.correction,
                   rules.terms(point, directory), rules.judged_by(point, directory))  # fmt: skip


class Seen(NamedTuple):
    """One reading as judged: believed time, value in its unit."""

    at_ms: int
    value: float | None
    quality: str


def seen(series: Series, shift_ms: int) -> list[Seen]:
    return [
        Seen(reading.at_ms + shift_ms, _in_units(reading, series.scale), reading.quality) for reading in series.readings
    ]


def _in_units(reading: Reading, scale: int) -> float | None:
    if reading.value is None:
        return None
    return reading.value / 10**-scale if scale < 0 else float(reading.value * 10**scale)


def judge(
    state: PointState, facing: Facing, readings: Sequence[Seen], *, whole: bool = True
) -> tuple[PointState, list[Happened]]:
    """A point after more of its readings, oldest first. Those not newer than what was judged already change nothing.

    `whole`: no entry is missing before them, so that a gap between readings is one."""
    if not readings:
        return state, []
    heard = _heard(state, facing, readings)
    quiet = _quietly(heard, facing, readings)
    if quiet is not None:
        return quiet, []
    happened: list[Happened] = []
    for reading in readings:
        heard, more = _one(heard, facing, reading, whole=whole)
        happened += more
    return heard, happened


def _heard(state: PointState, facing: Facing, readings: Sequence[Seen]) -> PointState:
    any_ms = max(reading.at_ms for reading in readings)
    good = [reading for reading in readings if not failure(reading.value, reading.quality, facing.figures)]
    last = max(good, key=lambda reading: reading.at_ms, default=None)
    if state.last_any_ms is None or any_ms > state.last_any_ms:
        state = replace(state, last_any_ms=any_ms)
    if last is not None and (state.last_good_ms is None or last.at_ms > state.last_good_ms):
        state = replace(state, last_good_ms=last.at_ms, last_value=last.value)
    return state


def _quietly(state: PointState, facing: Facing, readings: Sequence[Seen]) -> PointState | None:
    """The state after readings of which none can matter, or None where they must be looked at one by one."""
    if state.fault.severity is not None or any(failure(one.value, one.quality, facing.figures) for one in readings):
        return None
    excursion = state.excursion
    if facing.terms is not None:
        instants = [one.at_ms for one in readings]
        values = [one.value + facing.correction for one in readings if one.value is not None]
        passed_over = watched(excursion, facing.terms, instants, values)
        if passed_over is None:
            return None
        excursion = passed_over
    fault, _ = fault_step(state.fault, facing.figures, *readings[-1])
    return replace(state, excursion=excursion, fault=fault)


def _one(state: PointState, facing: Facing, reading: Seen, *, whole: bool) -> tuple[PointState, list[Happened]]:
    happened: list[Happened] = []
    fault, faults = fault_step(state.fault, facing.figures, *reading)
    happened += [
        Happened(
            facing.kind, "", _FAULT[one.kind], one.severity, one.t0_ms, one.at_ms, reading.value, None, None, one.reason
        )
        for one in faults
    ]
    if facing.terms is None:
        return replace(state, fault=fault), happened
    value = None if reading.value is None else reading.value + facing.correction
    excursion, moves = watch(state.excursion, facing.terms, reading.at_ms, value, reading.quality, whole=whole)
    happened += kept(moves, facing.terms.profile.kind, facing.by)
    if fault.severity is not None and reading.quality:
        excursion = unknown(excursion, reading.at_ms)
    return replace(state, excursion=excursion, fault=fault), happened


def kept(moves: Iterable[Transition], kind: AlarmKind, by: str) -> list[Happened]:
    """What of a state machine's moves is an alarm's. `kind`: of the limits; rises and gaps have their own."""
    return [
        _of(move, kind if move.about == "limit" else move.about, move.severity, _KEPT[move.kind], by)
        for move in moves
        if move.kind in _KEPT and move.severity is not None
    ]


def _of(move: Transition, kind: AlarmKind, severity: Severity, what: What, by: str) -> Happened:
    if kind == "gap":
        return Happened(kind, "", what, severity, move.t0_ms, move.at_ms, None, None, None, move.reason, by)
    return Happened(
        kind, move.side, what, severity, move.t0_ms, move.at_ms, move.value, move.peak, move.limit, move.reason, by
    )


def blinded(state: PointState, at_ms: int) -> PointState:
    """The point once nothing has been heard of it for too long: the timers of its food stand still, nothing is over."""
    return replace(state, excursion=unknown(state.excursion, at_ms))
