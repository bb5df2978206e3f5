"""How late a point is, judged from the register: what was expected and did not come. Silence is never normal."""

from enum import StrEnum
from typing import Annotated, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from larder_core.limits.table import milliseconds, shortened


class SilenceFigures(BaseModel):
    """When silence becomes what: after more than `stale_intervals` sampling intervals stale, after `offline_s` offline, after
    `critical_s` critical. A slow point is never worse than fresh before its own stale interval is over.

    `delivery_s` is how long a reading may be on its way (sealing, sending, committing) before its absence counts: true seconds, the
    same in a world that runs faster.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    stale_intervals: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    offline_s: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    critical_s: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    delivery_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.critical_s < self.offline_s:
            raise ValueError(
                f"critical_s {self.critical_s:g} is before offline_s {self.offline_s:g}; "
                f"hint: make them equal if offline is critical at once"
            )
        return self

    def stale_after_ms(self, period_s: float) -> int:
        """The longest silence that is not yet stale; also the `max_gap_ms` of the excursion's timers."""
        return milliseconds(self.stale_intervals * period_s)

    def scaled(self, time_scale: float) -> "SilenceFigures":
        """For a world that runs `time_scale` times faster. Intervals stay: the caller's period is in the same world."""
        return SilenceFigures(
            stale_intervals=self.stale_intervals,
            offline_s=shortened(self.offline_s, time_scale),
            critical_s=shortened(self.critical_s, time_scale),
            delivery_s=self.delivery_s,
        )


class Level(StrEnum):
    FRESH = "fresh"
    STALE = "stale"
    OFFLINE = "offline"
    CRITICAL = "critical"


class Silence(NamedTuple):
    """`since_ms`: last heard, or due since; silence is counted from there. `blind_since_ms`: since when no good value is known."""

    level: Level
    since_ms: int
    blind_since_ms: int


def judge(
    last_good_ms: int | None,
    last_any_ms: int | None,
    expected_since_ms: int,
    period_s: float,
    now_ms: int,
    figures: SilenceFigures,
) -> Silence:
    """How silent a point is at `now_ms`.

    `last_any_ms` is its last reading of whatever quality (a point that answers badly is not silent: see `faulty`), `last_good_ms` the
    last good one, `expected_since_ms` the time from which the register expects it; nothing before that is held against it. A reading
    from further in the future than the stale interval proves nothing about now: a clock set to next year must not hide a dead device.
    """
    stale_after_ms = figures.stale_after_ms(period_s)
    good_ms, any_ms = (
        seen if seen is not None and seen <= now_ms + stale_after_ms else expected_since_ms
        for seen in (last_good_ms, last_any_ms)
    )
    blind_since_ms = max(good_ms, expected_since_ms)
    since_ms = max(any_ms, blind_since_ms)
    patience_ms = stale_after_ms + milliseconds(figures.delivery_s)
    return Silence(_level(now_ms - since_ms, patience_ms, figures), since_ms, blind_since_ms)


def _level(silent_ms: int, patience_ms: int, figures: SilenceFigures) -> Level:
    if silent_ms <= patience_ms:
        return Level.FRESH
    if silent_ms >= milliseconds(figures.critical_s):
        return Level.CRITICAL
    return Level.OFFLINE if silent_ms >= milliseconds(figures.offline_s) else Level.STALE
