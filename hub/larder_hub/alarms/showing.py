"""The third axis of the open alarms: whether each is shown, and if not, which alarm or which person is the reason."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from larder_core.limits.visibility import Visibility
from larder_hub.alarms.alarm import Alarm
from larder_hub.alarms.aside import Aside, hidden
from larder_hub.alarms.causes import DOUBT, explained
from larder_hub.alarms.journal import Journal
from larder_hub.alarms.rules import Rules
from larder_hub.register.directory import Directory

OURS = frozenset(map(str, (Visibility.SHOWN, Visibility.OUT_OF_SERVICE, Visibility.INHIBITED, Visibility.SHELVED)))
"""Visibilities that are given and taken here; what is suppressed by design is not."""


@dataclass
class Showing:
    journal: Journal
    directory: Directory
    rules: Rules

    def all(self, now_ms: int) -> None:
        """Bring every open alarm's visibility up to date."""
        alarms = self.journal.open_alarms()
        self._show(alarms, alarms, now_ms)

    def device(self, device: str, now_ms: int) -> None:
        """The same for the alarms of one device, before anybody is told of them."""
        mine = self.journal.open_alarms(device)
        if mine:
            self._show(mine, [*mine, *self._greater(mine)], now_ms)

    def _greater(self, mine: list[Alarm]) -> Iterable[Alarm]:
        """The alarms of other devices that may explain these."""
        site, device = mine[0].site, mine[0].device
        query = "device != ? AND (kind = ? OR (site = ? AND kind IN ('power', 'silence')))"
        return self.journal.going_on(query, device, DOUBT, site)

    def _show(self, wanted: list[Alarm], among: list[Alarm], now_ms: int) -> None:
        asides = list(self.journal.asides("ended_ms IS NULL AND from_ms <= ?1 AND until_ms > ?1", now_ms))
        causes = explained(among, self._slack_ms, self._doubting(among, now_ms))
        for alarm in wanted:
            if alarm.visibility not in OURS:
                continue
            after = self._shown(alarm, causes.get(alarm.id, ""), asides)
            if after != alarm:
                self.journal.keep(after)

    def _shown(self, alarm: Alarm, cause: str, asides: list[Aside]) -> Alarm:
        """Closed before put aside, put aside before explained; each through `shown`, as larder_core.limits.visibility has it."""
        device = self.directory.devices.get(alarm.device)
        if device is not None and not device.in_service:
            return replace(alarm, visibility=str(Visibility.OUT_OF_SERVICE), inhibited_by="")
        if hidden(alarm, asides, self.directory):
            return replace(alarm, visibility=str(Visibility.SHELVED), inhibited_by="")
        if cause:
            return replace(alarm, visibility=str(Visibility.INHIBITED), inhibited_by=cause)
        return replace(alarm, visibility=str(Visibility.SHOWN), inhibited_by="")

    def _doubting(self, alarms: Iterable[Alarm], now_ms: int) -> bool:
        return any(one.kind == DOUBT and now_ms - one.raised_ms < self.rules.doubt_ms for one in alarms)

    def _slack_ms(self, device: str) -> float:
        """How far apart the last readings of devices can lie that lost their power at the same moment."""
        periods = (point.period_s for point in self.directory.points_of(device))
        return self.rules.storm_ms + max(periods, default=0.0) * 1000
