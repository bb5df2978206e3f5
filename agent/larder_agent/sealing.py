"""When readings become entries, and which. Pure: no clock, no disk."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from larder_agent.clock import Moment
from larder_agent.drivers.port import PointSpec
from larder_agent.outbox import Build
from larder_agent.staging import Group
from larder_core.columns import Reading, Series, write_columns
from larder_core.content import Batch
from larder_core.digest import GENESIS
from larder_core.entry import write_entry
from larder_core.sizes import MAX_BATCH, MAX_COLUMNS, MAX_INT, MAX_READINGS


class SealRule(NamedTuple):
    """Seal when the oldest reading is `after_ms` old, or when there are `readings`."""

    after_ms: int
    readings: int


@dataclass(frozen=True)
class Waiting:
    """Groups that are not sealed yet. `urgent`: something has changed that nobody should wait for. `last`: by point, what its last
    reading stood for; it outlives the seal."""

    groups: tuple[Group, ...] = ()
    readings: int = 0
    urgent: bool = False
    last: Mapping[str, object] = field(default_factory=dict)


def add(waiting: Waiting, group: Group, points: Mapping[str, PointSpec]) -> Waiting:
    """A point that turns good or not good, or a yes that turns no, is urgent."""
    standing = {
        sample.point: _stands_for(sample.value, sample.quality, points[sample.point]) for sample in group.samples
    }
    changed = any(waiting.last.get(point, now) != now for point, now in standing.items())
    return Waiting(
        (*waiting.groups, group),
        waiting.readings + len(group.samples),
        waiting.urgent or changed,
        {**waiting.last, **standing},
    )


def _stands_for(value: int | None, quality: str, point: PointSpec) -> object:
    return (not quality, value if point.unit == "/" else None)


def sealed(waiting: Waiting) -> Waiting:
    return replace(waiting, groups=(), readings=0, urgent=False)


def due(waiting: Waiting, rule: SealRule) -> int | None:
    """When to seal, in ms since boot; 0 for at once, None while there is nothing."""
    if not waiting.groups:
        return None
    if waiting.urgent or waiting.readings >= rule.readings:
        return 0
    return waiting.groups[0].moment.up + rule.after_ms


def batches(groups: Sequence[Group], points: Mapping[str, PointSpec], device: str, moment: Moment) -> list[Build]:
    """Batches that hold these groups, each within every bound of the wire.

    Instants are counted back from `moment` by the time since boot, so that a step of the wall clock between two readings never makes
    time run backwards; `moment` must be of the boot in which the groups were read. A clock so young that its first instants would lie
    before 1970, where none may, says a later time: it was not set, and only distances count until an anchor is there [C2].
    """
    longest = moment.up - min((group.moment.up for group in groups), default=moment.up)
    moment = moment._replace(at=max(moment.at, longest))
    return [_build(part, device, moment) for part in _parts(groups, points, device, moment)]


class Part(NamedTuple):
    series: tuple[Series, ...]
    readings: int


def _parts(groups: Sequence[Group], points: Mapping[str, PointSpec], device: str, moment: Moment) -> Iterator[Part]:
    part = _series(groups, points, moment)
    fits = part.readings <= MAX_READINGS and len(part.series) <= MAX_COLUMNS
    if fits and len(write_entry("0" * 32, MAX_INT, GENESIS, _batch(part, device, moment, MAX_INT))) <= MAX_BATCH:
        yield part
        return
    for half in _halves(groups):
        yield from _parts(half, points, device, moment)


def _halves(groups: Sequence[Group]) -> tuple[Sequence[Group], Sequence[Group]]:
    """In time where there are several groups, otherwise by points."""
    if len(groups) > 1:
        return groups[: len(groups) // 2], groups[len(groups) // 2 :]
    ((at, samples),) = groups
    return [Group(at, samples[: len(samples) // 2])], [Group(at, samples[len(samples) // 2 :])]


def _series(groups: Sequence[Group], points: Mapping[str, PointSpec], moment: Moment) -> Part:
    readings: dict[str, list[Reading]] = {}
    for group in groups:
        instant = moment.at - (moment.up - group.moment.up)
        for sample in group.samples:
            readings.setdefault(sample.point, []).append(Reading(instant, sample.value, sample.quality))
    series = (Series(id_, points[id_].unit, points[id_].scale, tuple(of)) for id_, of in readings.items())
    return Part(tuple(series), sum(len(of) for of in readings.values()))


def _batch(part: Part, device: str, moment: Moment, total: int) -> Batch:
    columns = write_columns(part.series, moment.at)
    return Batch(
        kind="batch", device=device, boot=moment.boot, at=moment.at, up=moment.up, clock=moment.clock, total=total,
        times=columns.times, cols=columns.cols, flaws=columns.flaws,
    )  # fmt: skip


def _build(part: Part, device: str, moment: Moment) -> Build:
    return lambda total: _batch(part, device, moment, total + part.readings)
