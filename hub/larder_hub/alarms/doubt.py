"""The hub doubts itself before it accuses sites.

Many devices of several counties that fall silent at once have one cause, and it is more likely here than there: the hub's own line or
the broker. One alarm for the prefecture's duty speaks for `doubt_ms` instead of all these silences; after that each county's storm
speaks, so that nothing stays hidden. While the hub itself has no connection to its broker nobody is judged silent at all.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from larder_core.limits.words import Severity
from larder_hub.alarms.alarm import Alarm
from larder_hub.alarms.causes import DOUBT
from larder_hub.alarms.episodes import Episodes, Subject
from larder_hub.alarms.journal import Cause, Journal
from larder_hub.alarms.judge import Happened, What
from larder_hub.alarms.kinds import AlarmKind
from larder_hub.alarms.rules import Rules
from larder_hub.register.directory import Device, Directory

LEAST = 6
"""Devices that fell silent; of fewer nothing can be concluded."""

SHARE, COUNTIES, OVER_BELOW = 2, 2, 4
"""A half (1/SHARE) of all devices, and of the devices in at least COUNTIES; over when fewer than 1/OVER_BELOW are still silent."""

HUB = Device("", "", "", "", in_service=True)


def doubtful(silent: Iterable[tuple[str, int]], devices: Mapping[str, int], width_ms: float) -> int | None:
    """Since when so many are silent, by (county, since) of each silent device and the devices of each county; None for too few."""
    found = sorted(silent, key=lambda one: one[1])
    enough = max(LEAST, -(-sum(devices.values()) // SHARE))
    if len(found) < enough:
        return None
    for _, start in found:
        inside = Counter(county for county, since in found if start <= since <= start + width_ms)
        halves = [county for county, count in inside.items() if count * SHARE >= devices.get(county, 0)]
        if inside.total() >= enough and len(halves) >= COUNTIES:
            return start
    return None


@dataclass
class Doubts:
    journal: Journal
    episodes: Episodes
    directory: Directory
    rules: Rules

    def judge(self, hearing: bool, now_ms: int) -> list[Alarm]:
        """Both alarms brought up to date. Returns those that are open or were touched."""
        return [alarm for alarm in (self._many_silent(now_ms), self._own_line(hearing, now_ms)) if alarm is not None]

    def _many_silent(self, now_ms: int) -> Alarm | None:
        serving = [device for device in self.directory.devices.values() if device.in_service]
        silent = list(self.journal.going_on("kind='silence' AND point=''"))
        before = self._open(DOUBT)
        if before is not None:
            left = sum(alarm.t0_ms >= before.t0_ms for alarm in silent)
            return before if left * OVER_BELOW >= len(serving) else self._moved(before, "cleared", now_ms)
        fastest = (min((point.period_s for point in self.directory.points_of(one.id)), default=0.0) for one in serving)
        since_ms = doubtful(
            [(alarm.county, alarm.t0_ms) for alarm in silent],
            Counter(device.county for device in serving),
            self.rules.storm_ms + max(fastest, default=0.0) * 1000,
        )
        return None if since_ms is None else self._raised("hub", since_ms, now_ms, len({one.site for one in silent}))

    def _own_line(self, hearing: bool, now_ms: int) -> Alarm | None:
        before, since_ms = self._open("broker"), self.journal.deaf_since()
        if hearing:
            self.journal.keep_deaf(None)
            return None if before is None else self._moved(before, "cleared", now_ms)
        if since_ms is None:
            self.journal.keep_deaf(now_ms)
            return None
        if before is None and now_ms - since_ms >= self.rules.cut_ms:
            return self._raised("broker", since_ms, now_ms, len(self.directory.sites))
        return before

    def _open(self, kind: AlarmKind) -> Alarm | None:
        return self.episodes.open(Subject(HUB, ""), kind, "")

    def _raised(self, kind: AlarmKind, since_ms: int, now_ms: int, sites: int) -> Alarm | None:
        happened = Happened(kind, "", "raised", Severity.ALARM, since_ms, now_ms, None, None, None, "")
        alarm = self.episodes.take(Subject(HUB, ""), happened, Cause(now_ms))
        if alarm is None:
            return None
        told = replace(alarm, count=sites, quiet_until_ms=None)
        self.journal.keep(told)
        return told

    def _moved(self, alarm: Alarm, what: What, now_ms: int) -> Alarm | None:
        happened = Happened(alarm.kind, "", what, alarm.severity, alarm.t0_ms, now_ms, None, None, None, "")
        return self.episodes.take(Subject(HUB, ""), happened, Cause(now_ms))
