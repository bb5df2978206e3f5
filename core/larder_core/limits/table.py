"""A limit profile made ready for the state machine: whole milliseconds, one row per side, mildest limit first."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from larder_core.limits.words import Severity, Side, rank

if TYPE_CHECKING:
    from larder_core.limits.profile import Clear, Rule


class Meter(NamedTuple):
    """What one timer measures. Rules that share a limit share the timer of the unbroken stretch (`window_ms` and `severity` None);
    each cumulative rule has its own account, because it is emptied when the alarm of its severity is over."""

    side: Side
    limit: float
    inclusive: bool
    window_ms: int | None = None
    severity: Severity | None = None

    def beyond(self, value: float) -> bool:
        """True if `value` lies beyond the limit; exactly at the limit only where that is inclusive."""
        if value == self.limit:
            return self.inclusive
        return value > self.limit if self.side is Side.HIGH else value < self.limit


class Row(NamedTuple):
    """One rule: met when the timer at place `meter` of `Table.meters` has reached `hold_ms`."""

    severity: Severity
    limit: float
    hold_ms: int
    meter: int


@dataclass(frozen=True, slots=True)
class SideTable:
    """One side of a profile: gravest rules first, the mildest meter, and the limit that ends an episode."""

    side: Side
    rows: tuple[Row, ...]
    mildest: Meter | None
    clear: float | None


@dataclass(frozen=True, slots=True)
class Table:
    """Everything `step` needs. A value strictly between `quiet_low` and `quiet_high` is beyond no limit; one from `clear_low` to
    `clear_high`, both included, is inside."""

    meters: tuple[Meter, ...]
    sides: tuple[SideTable, SideTable]
    quiet_low: float
    quiet_high: float
    clear_low: float
    clear_high: float
    clear_hold_ms: int

    def inside(self, value: float | None) -> bool:
        return value is not None and self.clear_low <= value <= self.clear_high

    def quiet(self, value: float | None) -> bool:
        """True if this value, or having none, starts and feeds no timer."""
        return value is None or self.quiet_low < value < self.quiet_high


def milliseconds(seconds: float) -> int:
    """The first whole millisecond at which `seconds` are over; the rounding takes off what dividing by a time scale left behind."""
    return math.ceil(round(seconds * 1000, 6))


def shortened(seconds: float, time_scale: float) -> float:
    """A duration in a world that runs `time_scale` times faster. Raises ValueError if the scale is not a positive number."""
    if not (math.isfinite(time_scale) and time_scale > 0):
        raise ValueError(f"time_scale must be a positive number, not {time_scale!r}; hint: 1 is real time, 60 the demo")
    return seconds / time_scale


def _meter(rule: "Rule") -> Meter:
    if rule.window_s is None:
        return Meter(rule.side, rule.limit, rule.inclusive)
    return Meter(rule.side, rule.limit, rule.inclusive, milliseconds(rule.window_s), rule.severity)


def _mildness(meter: Meter) -> tuple[float, bool]:
    return (meter.limit if meter.side is Side.HIGH else -meter.limit, not meter.inclusive)


def _side(side: Side, rules: Sequence["Rule"], meters: tuple[Meter, ...], clear: float | None) -> SideTable:
    rows = [
        Row(rule.severity, rule.limit, milliseconds(rule.hold_s), meters.index(_meter(rule)))
        for rule in rules
        if rule.side is side
    ]
    rows.sort(key=lambda row: -rank(row.severity))
    mildest = min((meter for meter in meters if meter.side is side), key=_mildness, default=None)
    return SideTable(side, tuple(rows), mildest, clear)


def compiled(rules: Sequence["Rule"], clear: "Clear") -> Table:
    """The table of a profile's rules and clear limits."""
    meters = tuple(dict.fromkeys(_meter(rule) for rule in rules))
    high = _side(Side.HIGH, rules, meters, clear.high)
    low = _side(Side.LOW, rules, meters, clear.low)
    return Table(
        meters=meters,
        sides=(high, low),
        quiet_low=-math.inf if low.mildest is None else low.mildest.limit,
        quiet_high=math.inf if high.mildest is None else high.mildest.limit,
        clear_low=-math.inf if clear.low is None else clear.low,
        clear_high=math.inf if clear.high is None else clear.high,
        clear_hold_ms=milliseconds(clear.hold_s),
    )
