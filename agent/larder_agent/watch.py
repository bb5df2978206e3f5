"""The device judges its own readings by the limits' code of core, on the time since boot, the hub away. PROTOCOL.md [D4]. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from larder_agent.drivers.port import PointSpec
from larder_agent.staging import Group
from larder_core.desired import Desired, limit_profile
from larder_core.limits.excursion import Kind, step
from larder_core.limits.profile import LimitProfile
from larder_core.limits.state import State
from larder_core.limits.words import Severity, rank

STALE_PERIODS = 3
"""Over how many periods a reading still speaks: as the hub judges."""

STATES = {Kind.RAISED: "raised", Kind.WORSENED: "worsened", Kind.CLEARED: "cleared"}


class Watched(NamedTuple):
    """A point and what it is judged by. `shift` corrects its value where the calibration says so."""

    profile: LimitProfile
    scale: int
    period_ms: int
    shift: float = 0.0


class Alarm(NamedTuple):
    """A change that the site must hear of; `state` as in [D4]."""

    point: str
    severity: Severity
    state: str
    value: float


@dataclass(frozen=True)
class Watch:
    """`points` that are judged; `states` as they stand. At a restart they are made anew from the record."""

    points: Mapping[str, Watched] = field(default_factory=dict)
    states: Mapping[str, State] = field(default_factory=dict)

    @property
    def out(self) -> frozenset[str]:
        """Points beyond a limit, or not yet safely back."""
        return frozenset(point for point, state in self.states.items() if state.high or state.low)

    @property
    def severity(self) -> Severity | None:
        """The gravest that any point has reached and not left."""
        reached = [state.severity for state in self.states.values() if state.severity]
        return max(reached, key=rank, default=None)


def begin(desired: Desired, points: Mapping[str, PointSpec], periods: Mapping[str, int], before: Watch) -> Watch:
    """The watch by a configuration; a point that is still watched keeps its time beyond limits that stayed."""
    watched = {}
    for one in desired.points:
        profile = desired.profile_of(one)
        if profile is None:
            continue
        calibration = one.calibration
        shift = calibration.offset if calibration and calibration.judged else 0.0
        watched[one.id] = Watched(limit_profile(profile), points[one.id].scale, periods[one.id], shift)
    return Watch(watched, {id_: before.states.get(id_, State()) for id_ in watched})


def judged(watch: Watch, group: Group) -> tuple[Watch, tuple[Alarm, ...]]:
    """The watch after a group of readings, and what the site must hear of."""
    states, heard = dict(watch.states), []
    for sample in group.samples:
        by = watch.points.get(sample.point)
        if by is None or sample.value is None:
            continue
        value = in_units(sample.value, by.scale) + by.shift
        states[sample.point], moves = step(
            states[sample.point],
            by.profile,
            group.moment.up,
            value,
            sample.quality,
            max_gap_ms=STALE_PERIODS * by.period_ms,
        )
        heard += [
            Alarm(sample.point, move.severity, STATES[move.kind], value)
            for move in moves
            if move.severity is not None and move.kind in STATES
        ]
    return Watch(watch.points, states), tuple(heard)


def in_units(value: int, scale: int) -> float:
    return value / 10**-scale if scale < 0 else float(value * 10**scale)


def unit_faults(desired: Desired, points: Mapping[str, PointSpec]) -> Iterable[str]:
    """Points whose limits are in another unit than their readings."""
    for one in desired.points:
        profile = desired.profile_of(one)
        if profile is not None and one.id in points and profile.unit != points[one.id].unit:
            yield one.id
