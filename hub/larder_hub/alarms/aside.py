"""What people put aside for a while: one alarm, or all that match a county, a site, a device, a point or a kind.

Nothing is put aside without a reason, a name and an end, at most a day away; what must never be put aside is gas and vaccine; and
nothing graver than what somebody saw when he put it aside is hidden by it.
"""

from dataclasses import dataclass

from larder_core.limits.words import Severity, rank
from larder_hub.alarms.alarm import Alarm
from larder_hub.register.directory import Directory

LONGEST_MS = 24 * 3_600_000
"""Who needs longer says so again tomorrow, or takes the device out of service in the register."""

NEVER = ("gas", "vaccine")
"""Words in a limit profile's key: what is watched by it can hurt before the day is over."""


@dataclass(frozen=True)
class Aside:
    """A row of `aside`: empty words match everything. `severity` is the gravest that it hides; `ended_*` where it was ended early."""

    id: str
    county: str
    site: str
    device: str
    point: str
    kind: str
    alarm: str
    severity: str
    from_ms: int
    until_ms: int
    reason: str
    actor: str
    made_ms: int
    ended_ms: int | None = None
    ended_by: str = ""

    def matches(self, alarm: Alarm) -> bool:
        if self.alarm:
            return self.alarm == alarm.id and rank(alarm.severity) <= rank(Severity(self.severity))
        wanted = (self.county, self.site, self.device, self.point, self.kind)
        has = (alarm.county, alarm.site, alarm.device, alarm.point, alarm.kind)
        fits = all(not word or word == one for word, one in zip(wanted, has, strict=True))
        return fits and rank(alarm.severity) <= rank(Severity(self.severity))


def never_aside(directory: Directory, device: str, point: str) -> bool:
    """True for a point that is watched by a profile of gas or vaccine, and for the whole of a device that has one."""
    watched = [one for one in directory.points_of(device) if point in ("", one.id)]
    return any(word in one.profile for one in watched for word in NEVER)


def hidden(alarm: Alarm, asides: list[Aside], directory: Directory) -> bool:
    """Whether one of what is put aside now hides this alarm."""
    return any(one.matches(alarm) for one in asides) and not never_aside(directory, alarm.device, alarm.point)
