"""What is written of how things are at a moment: every point, and how complete devices were hour by hour."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry

from larder_core.limits.silence import SilenceFigures
from larder_hub.accounting.desk import AccountDesk
from larder_hub.alarms.rules import Rules
from larder_hub.influx.states import Standing, alarms_open, completeness, metrics_now, points_now, sites_now
from larder_hub.register.directory import Directory, PointKey
from larder_hub.series.port import HOUR_MS, LastReading
from larder_hub.web.now import places_now
from larder_hub.web.ports import AlarmBook

WEEK_HOURS = 7 * 24
HOURS_AT_ONCE = 12


@dataclass
class Snapshot:
    """Owned by one thread, as its desk is. `silence` is in the time of this world.

    The present hour so far and the one before are told each time, and of the week before some hours in turn: what came late is in
    their figures after an hour and a quarter, where states are written every five minutes.
    """

    directory: Callable[[], Directory]
    last: Callable[[], Mapping[PointKey, LastReading]]
    alarms: AlarmBook
    desk: AccountDesk
    rules: Rules
    silence: SilenceFigures
    registry: CollectorRegistry
    turn: int = 0

    def __call__(self, now_ms: int) -> list[str]:
        """Lines at `now_ms`. Raises FileFailed."""
        directory = self.directory()
        places = places_now(directory, self.last(), self.silence, now_ms)
        standing = Standing(places, self.alarms.open(), directory, self.rules, now_ms)
        lines = [
            *points_now(standing),
            *sites_now(standing),
            *alarms_open(standing),
            *metrics_now(self.registry, now_ms),
        ]
        present = now_ms // HOUR_MS * HOUR_MS
        for back in sorted({0, 1, *(1 + (self.turn + step) % WEEK_HOURS for step in range(HOURS_AT_ONCE - 1))}):
            from_ms = present - back * HOUR_MS
            lines += completeness(self.desk.report(from_ms, from_ms + HOUR_MS))
        self.turn = (self.turn + HOURS_AT_ONCE - 1) % WEEK_HOURS
        return lines
