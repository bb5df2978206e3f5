"""Signal quality before any limit: numbers that a driver takes for good and that cannot be right. Pure.

A driver knows its instrument (85.0 at power-on, -127, 0x8000, a wrong CRC, beyond the physical range). What it cannot know needs the
readings before: a spike, a value that has not moved for hours, a number that took so long that nobody knows when it was true.
Nothing is dropped or changed here: the value stays, a reason word is added, the hub keeps both and judges no food by it.

A clock that was never set is no flaw of a value: the entry's own `clock` says so, signed, and the hub times the reading anew. Marking
each reading too would blind the alarms of a box without a battery clock whenever its network is away.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from larder_agent.drivers.port import PointSpec, Sample

FLAWS = ("stale", "jump", "flat-line")


class Limits(NamedTuple):
    """In the point's unit and in seconds; 0 switches a rule off, None is what is usual. Between two readings a value may move by
    `jump + jump_per_s * seconds`."""

    jump: float | None = None
    jump_per_s: float | None = None
    flat_after_s: float | None = None
    stale_after_s: float | None = None


class Usual(NamedTuple):
    """`flat_scale`: the coarsest scale at which noise moves the last digit, so that a still value says something."""

    jump: float
    jump_per_s: float
    flat_after_s: float
    flat_scale: int
    rests: tuple[float, ...]


USUAL: Mapping[str, Usual] = MappingProxyType(
    {
        # A probe moved from a freezer into hot water goes 5 Cel a second at first; a bit that flips on the way moves a value at once.
        "Cel": Usual(10.0, 0.5, 6 * 3600.0, -2, ()),
        # A lid opened over steam moves a thin film sensor by 40 %RH within seconds; it rests at the ends of its range in dew and in a
        # heated winter room.
        "%RH": Usual(40.0, 2.0, 24 * 3600.0, -1, (0.0, 100.0)),
    }
)
"""Engineering defaults without legal force. In tenths of a degree a well kept freezer stands still for hours: no flat line there."""

STALE_PERIODS, STALE_S = 3, 60.0
"""A reading that took longer than three periods, and at least a minute, has no time of its own."""


class Rule(NamedTuple):
    """Limits in the numbers of the wire and in ms; 0 switches a rule off. `rests`: numbers at which a sensor may stand still."""

    jump: float = 0
    jump_per_s: float = 0
    flat_ms: int = 0
    stale_ms: int = 0
    rests: tuple[int, ...] = ()


class Level(NamedTuple):
    """A number, and when it was read, in ms since boot."""

    value: int
    up_ms: int


class Seen(NamedTuple):
    """What is known of a point: its last believed level, since when it has stood there, and a level that it seemed to jump to."""

    last: Level
    since_ms: int
    leap: Level | None = None


def rule_for(point: PointSpec, period_ms: int, asked: Limits) -> Rule:
    """What was asked for, else what is usual for the unit and the resolution of the point."""
    usual = USUAL.get(point.unit)
    fine = usual is not None and point.scale <= usual.flat_scale
    jump = usual.jump if asked.jump is None and usual else asked.jump or 0.0
    per_s = usual.jump_per_s if asked.jump_per_s is None and usual else asked.jump_per_s or 0.0
    flat_s = usual.flat_after_s if asked.flat_after_s is None and usual and fine else asked.flat_after_s or 0.0
    stale_s = max(STALE_PERIODS * period_ms / 1000, STALE_S) if asked.stale_after_s is None else asked.stale_after_s
    factor = 10.0**-point.scale
    rests = tuple(round(one * factor) for one in usual.rests) if usual else ()
    return Rule(jump * factor, per_s * factor if jump else 0.0, round(flat_s * 1000), round(stale_s * 1000), rests)


def screened(
    seen: Mapping[str, Seen], samples: Iterable[Sample], rules: Mapping[str, Rule], up_ms: int, took_ms: int
) -> tuple[Mapping[str, Seen], tuple[Sample, ...]]:
    """What is known afterwards, and the samples with the reasons found. `up_ms`: when the reading began; `took_ms`: how long."""
    known, said = dict(seen), []
    for sample in samples:
        rule = rules.get(sample.point, Rule())
        if sample.quality or sample.value is None:
            said.append(sample)
            continue
        if rule.stale_ms and took_ms > rule.stale_ms:
            said.append(sample._replace(quality="stale"))
            continue
        known[sample.point], quality = judged(known.get(sample.point), Level(sample.value, up_ms), rule)
        said.append(sample._replace(quality=quality))
    return known, tuple(said)


def judged(seen: Seen | None, now: Level, rule: Rule) -> tuple[Seen, str]:
    """What is known after the level `now`, and the reason not to believe it, if there is one.

    A leap is doubted once: when the next reading stands where the leap went, the place has changed and not the wire.
    """
    if seen is None:
        return Seen(now, now.up_ms), ""
    if _leaps(seen.last, now, rule) and (seen.leap is None or _leaps(seen.leap, now, rule)):
        return seen._replace(leap=now), "jump"
    since_ms = seen.since_ms if now.value == seen.last.value else now.up_ms
    still = rule.flat_ms and now.up_ms - since_ms >= rule.flat_ms and now.value not in rule.rests
    return Seen(now, since_ms), "flat-line" if still else ""


def _leaps(before: Level, now: Level, rule: Rule) -> bool:
    seconds = max(0, now.up_ms - before.up_ms) / 1000
    return bool(rule.jump) and abs(now.value - before.value) > rule.jump + rule.jump_per_s * seconds
