"""Days that are over become one packed row a series, and plain rows again where something is to be changed in them.

A day is sealed two days after its end (UTC), so that what is asked every day, and what comes late after an ordinary outage, meets
plain rows. Whoever writes into a sealed day opens it first: its readings are rows again, and it is sealed anew later. Header figures
and the hourly and daily roll-ups are of the good readings, as integers in the series' scale, for anyone's SQL.
"""

from collections.abc import Iterable, Sequence
from time import monotonic
from typing import Any, NamedTuple

import apsw

from larder_hub.series.packing import Stored, packed, unpacked
from larder_hub.series.port import HOUR_MS

DAY_MS = 24 * HOUR_MS
SEAL_AFTER_MS = 2 * DAY_MS
LOOKED_AT_ONCE = 100
AT_MOST_S = 0.05
"""What one tick may take of the projection's time."""

SCHEMA = """
CREATE TABLE sealed(               -- a day of a series: its figures, of good readings, and its readings packed
  series INTEGER NOT NULL, day_ms INTEGER NOT NULL, from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL, readings INTEGER NOT NULL,
  good INTEGER NOT NULL, least INTEGER, greatest INTEGER, total INTEGER NOT NULL, last INTEGER, packed BLOB NOT NULL,
  PRIMARY KEY(series, day_ms)) STRICT;
CREATE TABLE hourly(               -- of sealed days, in the series' scale
  series INTEGER NOT NULL, hour_ms INTEGER NOT NULL, good INTEGER NOT NULL, least INTEGER NOT NULL, greatest INTEGER NOT NULL,
  total INTEGER NOT NULL, PRIMARY KEY(series, hour_ms)) STRICT, WITHOUT ROWID;
CREATE VIEW daily AS               -- of sealed days, as numbers
  SELECT device, point, unit, day_ms, readings, good, least * pow(10, scale) AS least, greatest * pow(10, scale) AS greatest,
         total * pow(10, scale) / good AS mean
    FROM sealed JOIN series ON series.id = sealed.series WHERE good > 0;
"""

_ROWS = "SELECT at_ms, position, place, value, quality FROM reading WHERE series=? AND at_ms >= ? AND at_ms < ? ORDER BY 1, 2, 3"
SEALED = """
SELECT series, packed FROM sealed
 WHERE series=? AND from_ms < ? AND to_ms >= ? AND day_ms >= ? AND day_ms < ? ORDER BY day_ms"""


class Figures(NamedTuple):
    """Of good readings; None where there is none."""

    good: int
    least: int | None
    greatest: int | None
    total: int
    last: int | None


def figures(readings: Iterable[Stored]) -> Figures:
    values = [one.value for one in readings if one.value is not None and not one.quality]
    if not values:
        return Figures(0, None, None, 0, None)
    return Figures(len(values), min(values), max(values), sum(values), values[-1])


def day_of(at_ms: int) -> int:
    return at_ms // DAY_MS * DAY_MS


class Sealing:
    """Over the writing connection of the series; every act is part of the caller's transaction."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db
        self._place = 0
        self._days: dict[int, set[int]] = {}
        for series, day_ms in db.execute("SELECT series, day_ms FROM sealed"):
            self._days.setdefault(series, set()).add(day_ms)

    def due(self, series: Sequence[int], now_ms: int, after_ms: int = SEAL_AFTER_MS) -> int:
        """Seal days that are over, of some series in turn. Returns how many."""
        began, done = monotonic(), 0
        horizon = day_of(now_ms - after_ms)
        for _ in range(min(LOOKED_AT_ONCE, len(series))):
            self._place = (self._place + 1) % len(series)
            while (oldest := self._oldest(series[self._place])) is not None and oldest < horizon:
                self._seal(series[self._place], day_of(oldest))
                done += 1
                if monotonic() - began > AT_MOST_S:
                    return done
        return done

    def _oldest(self, series: int) -> int | None:
        found = self._db.execute("SELECT min(at_ms) FROM reading WHERE series=?", (series,)).get
        return None if found is None else int(found)

    def _seal(self, series: int, day_ms: int) -> None:
        span = (series, day_ms, day_ms + DAY_MS)
        readings = [Stored(*row) for row in self._db.execute(_ROWS, span)]
        told = figures(readings)
        self._db.execute("INSERT INTO sealed VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                         (series, day_ms, readings[0].at_ms, readings[-1].at_ms, len(readings), *told, packed(readings)))  # fmt: skip
        hours: dict[int, list[Stored]] = {}
        for one in readings:
            hours.setdefault(one.at_ms // HOUR_MS * HOUR_MS, []).append(one)
        self._db.executemany("INSERT INTO hourly VALUES (?,?,?,?,?,?)",
                             [(series, hour, *figures(some)[:4]) for hour, some in hours.items() if figures(some).good])  # fmt: skip
        self._db.execute("DELETE FROM reading WHERE series=? AND at_ms >= ? AND at_ms < ?", span)
        self._days.setdefault(series, set()).add(day_ms)

    def open(self, series: int, from_ms: int, to_ms: int) -> None:
        """Make the sealed days that reach into `from_ms <= at_ms <= to_ms` plain rows again."""
        days = self._days.get(series)
        if not days:
            return
        first, last = day_of(from_ms), day_of(to_ms)
        within = {day for day in days if first <= day <= last} if last > first else days & {first}
        for day_ms in sorted(within):
            self._open(series, day_ms)

    def open_newest(self, series: int, at_ms: int | None) -> bool:
        """Open the newest sealed day unless it is over by `at_ms`. True if one was opened."""
        newest = max(self._days.get(series, ()), default=None)
        if newest is None or (at_ms is not None and at_ms >= newest + DAY_MS):
            return False
        self._open(series, newest)
        return True

    def _open(self, series: int, day_ms: int) -> None:
        key: tuple[Any, ...] = (series, day_ms)
        blob = self._db.execute("SELECT packed FROM sealed WHERE series=? AND day_ms=?", key).get
        self._db.executemany("INSERT INTO reading VALUES (?,?,?,?,?,?)", [(series, *one) for one in unpacked(blob)])
        self._db.execute("DELETE FROM sealed WHERE series=? AND day_ms=?", key)
        self._db.execute(
            "DELETE FROM hourly WHERE series=? AND hour_ms >= ? AND hour_ms < ?", (series, day_ms, day_ms + DAY_MS)
        )
        self._days[series].discard(day_ms)
