"""One alarm as a value: its three axes, what it is about, and whether people have been told."""

from dataclasses import dataclass, replace

from larder_core.limits.other_rows import BATTERY
from larder_core.limits.words import Severity, rank
from larder_hub.alarms.judge import Happened
from larder_hub.alarms.kinds import AlarmKind
from larder_hub.register.directory import PointKey

OVER = "normal"
"""The condition of an alarm that is over."""


@dataclass(frozen=True)
class Alarm:
    """A row of `alarm`.

    In device time: `t0_ms` is the start of what it is about, `raised_ms` when the rule was met, `last_ms` the latest it was seen,
    `ended_ms` since when the value has been inside again, `cleared_ms` when that had lasted long enough. By the hub's clock:
    `told_ms`, `reported_ms`, `acked_ms`, `escalated_ms`, `quiet_until_ms`.

    `late`: raised from data that came after the fact. `settled`: found in order, behind a hole that is still open (see `lanes`).
    `quiet_until_ms`: it came back so soon after its clear that nothing is sent before. `level` is the limit that was met,
    `judged_by` the profile, its version and the override that it was met by.
    `step`: how many of its route's later levels have heard, the last at `step_ms`; `repeats`: how often it was said again.
    `inhibited_by`: the alarm that explains this one. `drill`: an exercise. `unstable_ms`: since when (device time) it comes and goes.
    """

    id: str
    county: str
    site: str
    device: str
    point: str
    kind: AlarmKind
    side: str
    severity: Severity
    condition: str
    visibility: str
    t0_ms: int
    raised_ms: int
    last_ms: int
    ended_ms: int | None = None
    cleared_ms: int | None = None
    late: bool = False
    settled: bool = False
    value: float | None = None
    peak: float | None = None
    level: float | None = None
    unit: str = ""
    reason: str = ""
    count: int = 1
    told_ms: int | None = None
    told_severity: str = ""
    quiet_until_ms: int | None = None
    reported_ms: int | None = None
    clear_told: bool = False
    storm: int | None = None
    acked_ms: int | None = None
    escalated_ms: int | None = None
    inhibited_by: str = ""
    drill: bool = False
    unstable_ms: int | None = None
    step: int = 0
    step_ms: int | None = None
    repeats: int = 0
    repeated_ms: int | None = None
    judged_by: str = ""
    ticket: int = 0

    @property
    def point_key(self) -> PointKey:
        return self.device, self.point

    @property
    def of_mains(self) -> bool:
        """True where a site's mains are out, and not where a battery runs low, which is told by its unit."""
        return self.kind == "power" and self.unit != BATTERY.unit

    @property
    def over(self) -> bool:
        return self.condition == OVER

    @property
    def told_rank(self) -> int:
        return rank(Severity(self.told_severity)) if self.told_severity else 0

    def after(self, happened: Happened) -> "Alarm":
        """The alarm after a later step of its episode."""
        over = happened.what == "cleared"
        ended = happened.at_ms if happened.what == "clearing" or (over and self.ended_ms is None) else self.ended_ms
        return replace(
            self,
            severity=happened.severity,
            condition={"clearing": "clearing", "cleared": OVER}.get(happened.what, "active"),
            last_ms=max(self.last_ms, happened.at_ms),
            ended_ms=None if happened.what == "relapsed" else ended,
            cleared_ms=happened.at_ms if over else self.cleared_ms,
            value=happened.value,
            peak=further(self.side, self.peak, happened.peak),
            level=happened.limit if happened.what == "worsened" else self.level,
            reason=happened.reason or self.reason,
            judged_by=happened.by or self.judged_by,
        )


def further(side: str, one: float | None, other: float | None) -> float | None:
    """The more extreme of two values on a side."""
    if one is None or other is None:
        return other if one is None else one
    return min(one, other) if side == "low" else max(one, other)
