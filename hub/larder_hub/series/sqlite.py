"""The series in series.db: one row a reading, days that are over packed.

One thread applies; any thread may ask, through a second connection.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby, islice
from pathlib import Path
from threading import RLock
from typing import Any

import apsw

from larder_core.anchor import anchor_of, told_by
from larder_core.columns import Reading
from larder_core.content import Batch
from larder_hub.ledger.rows import LedgerRow
from larder_hub.metrics import Metrics
from larder_hub.register.directory import PointKey
from larder_hub.series.decoded import Column, columns_of, content_of, fresh, moved, newest
from larder_hub.series.filling import Bin, by_hour, change, listed, whole_hours, words
from larder_hub.series.packing import Stored, unpacked
from larder_hub.series.port import Filled, LastReading, Value
from larder_hub.series.retiming import Retiming
from larder_hub.series.schema import SeriesFailed, open_for_reading, open_series
from larder_hub.series.sealing import SEAL_AFTER_MS, SEALED, Sealing, day_of

_LATEST = """
INSERT INTO last VALUES (?1,?2,?3,?4,?5,?6,?7,NULL,NULL,?5,?6) ON CONFLICT DO UPDATE
   SET at_ms=?3, value=?4, unit=?5, scale=?6, quality=?7 WHERE ?3 >= at_ms"""
_LATEST_GOOD = """
UPDATE last SET good_at_ms=?3, good_value=?4, good_unit=?5, good_scale=?6
 WHERE device=?1 AND point=?2 AND (good_at_ms IS NULL OR ?3 >= good_at_ms)"""
_LAST = """
SELECT device, point, at_ms, value, unit, scale, quality, good_at_ms, good_value,
       iif(good_at_ms IS NULL, unit, good_unit), iif(good_at_ms IS NULL, scale, good_scale) FROM last"""
_ROWS = """
SELECT at_ms, position, place, value, quality FROM reading
 WHERE series=? AND at_ms >= ? AND at_ms < ? ORDER BY at_ms, position, place LIMIT ?"""
_SERIES = "SELECT id, unit, scale FROM series WHERE device=? AND point=?"
_TIMED = "SELECT position, shift_ms, error_ms FROM untrusted WHERE position BETWEEN ? AND ?"
_FILLED = """
SELECT device, point, hour_ms - hour_ms % ?3, quality, sum(instants)
  FROM series CROSS JOIN filled ON filled.series = series.id
 WHERE hour_ms >= ?1 AND hour_ms < ?2 GROUP BY 1, 2, 3, 4"""
_SAID = """
SELECT device, point, at_ms, quality FROM series CROSS JOIN reading ON reading.series = series.id
 WHERE at_ms >= ? AND at_ms < ? ORDER BY device, point, position, place"""
_SEALED_THEN = """
SELECT DISTINCT device, point, series FROM sealed JOIN series ON series.id = sealed.series
 WHERE from_ms < ?2 AND to_ms >= ?1"""
_SAID_OF = "SELECT at_ms, quality, position, place FROM reading WHERE series=? AND at_ms BETWEEN ? AND ?"
_FILL = "INSERT INTO filled VALUES (?1,?2,?3,?4) ON CONFLICT DO UPDATE SET instants = instants + ?4"


EVERYTHING = 2**31


class SqliteSeriesReader:
    """The questions alone, also beside a running hub. Opens the file at the first one; raises SeriesFailed."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._reader: apsw.Connection | None = None
        self._asking = RLock()
        self._depth = 0

    def close(self) -> None:
        with self._asking:
            if self._reader is not None:
                self._reader.close()
                self._reader = None

    def stands(self) -> int:
        """The ledger position up to which the file is committed."""
        return int(self._ask("SELECT position FROM position")[0][0])

    def last(self) -> Mapping[PointKey, LastReading]:
        return {(row[0], row[1]): LastReading(*row[2:]) for row in self._ask(_LAST)}

    def between(self, device: str, point: str, from_ms: int, to_ms: int, limit: int) -> list[Value]:
        with self._one_moment():
            found = [
                (*one, unit, scale)
                for id_, unit, scale in self._ask(_SERIES, device, point)
                for one in self._stored(id_, from_ms, to_ms, limit)
            ]
            found = sorted(found, key=lambda one: one[:3])[:limit]
            positions = [one[1] for one in found]
            timed = {row[0]: row[1:] for row in self._ask(_TIMED, min(positions), max(positions))} if found else {}
        return [
            Value(at_ms, value, unit, scale, quality, position, *_told(at_ms, *timed.get(position, (None, None))))
            for at_ms, position, _, value, quality, unit, scale in found
        ]

    def _stored(self, series: int, from_ms: int, to_ms: int, limit: int) -> list[Stored]:
        """Readings of a series from sealed days and from rows; not in one order."""
        rows = [Stored(*row) for row in self._ask(_ROWS, series, from_ms, to_ms, limit)]
        sealed = (unpacked(blob) for _, blob in self._ask(SEALED, series, to_ms, from_ms, day_of(from_ms), to_ms))
        return [*rows, *islice((one for day in sealed for one in day if from_ms <= one.at_ms < to_ms), limit)]

    def filled(self, from_ms: int, to_ms: int, step_ms: int) -> list[Filled]:
        first, last = whole_hours(from_ms, to_ms)
        bins: Counter[Bin] = Counter()
        with self._one_moment():
            for device, point, begin, word, instants in self._ask(_FILLED, first, last, step_ms):
                bins[device, point, begin, word] += instants
            for begin, end in ((from_ms, first), (last, to_ms)):
                self._count(bins, begin, end, step_ms)
        return listed(bins)

    def _count(self, bins: Counter[Bin], from_ms: int, to_ms: int, step_ms: int) -> None:
        """What lies in the pieces of hours at the two ends, reading by reading."""
        said: dict[PointKey, list[tuple[Any, ...]]] = {}
        for (device, point), rows in groupby(self._ask(_SAID, from_ms, to_ms), key=lambda row: (row[0], row[1])):
            said[device, point] = [row[2:] for row in rows]
        for device, point in {row[:2] for row in self._ask(_SEALED_THEN, from_ms, to_ms)}:
            values = sorted(self.between(device, point, from_ms, to_ms, EVERYTHING), key=lambda one: one.position)
            said[device, point] = [(one.at_ms, one.quality) for one in values]
        for (device, point), told in said.items():
            for at_ms, word in words((one[0], one[1]) for one in told).items():
                bins[device, point, at_ms - at_ms % step_ms, word] += 1

    @contextmanager
    def _one_moment(self) -> Iterator[None]:
        """Everything asked within is of one moment: a day that is packed meanwhile is met once, as rows or packed."""
        with self._asking:
            if self._depth == 0:
                self._ask("BEGIN")
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._ask("COMMIT")

    def _ask(self, sql: str, *values: str | int) -> list[tuple[Any, ...]]:
        with self._asking:
            if self._reader is None:
                self._reader = open_for_reading(self._file)
            try:
                return self._reader.execute(sql, values).fetchall()
            except apsw.Error as error:
                raise SeriesFailed(f"{self._file}: {error}") from error


class SqliteSeries(SqliteSeriesReader):
    """`open()` before use. A failing file is SeriesFailed: what the transaction did is then unknown until the next start reads it."""

    name = "series"

    def __init__(self, file: Path, metrics: Metrics) -> None:
        super().__init__(file)
        self._metrics = metrics
        self._ids: dict[tuple[str, str, str, int], int] = {}
        self._series_of: dict[PointKey, list[int]] = {}

    def open(self) -> None:
        self._db = open_series(self._file)
        for id_, *key in self._db.execute("SELECT id, device, point, unit, scale FROM series"):
            self._ids[tuple(key)] = id_
            self._series_of.setdefault((key[0], key[1]), []).append(id_)
        self._position = int(self._db.execute("SELECT position FROM position").get)
        self._sealing = Sealing(self._db)
        self._retiming = Retiming(self._db, self._series_of, self._sealing)

    def close(self) -> None:
        super().close()
        self._db.close()

    def position(self) -> int:
        return self._position

    def apply(self, rows: Sequence[LedgerRow]) -> None:
        behind = fresh(rows, self._position)
        if not behind:
            return
        try:
            self._db.execute("BEGIN IMMEDIATE")
            for row in behind:
                self._take(row)
            self._db.execute("UPDATE position SET position=?", (behind[-1].position,))
            self._db.execute("COMMIT")
        except apsw.Error as error:
            raise SeriesFailed(f"{self._file}: {error} (is its disk full? removed, it is built again)") from error
        self._position = behind[-1].position

    def tick(self, now_ms: int) -> None:
        """Time alone changes no value; what is over by two days is packed."""
        self.seal(now_ms, SEAL_AFTER_MS)

    def seal(self, now_ms: int, after_ms: int) -> int:
        """Pack days that ended `after_ms` before, some at a time. Returns how many. Raises SeriesFailed."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            done = self._sealing.due(list(self._ids.values()), now_ms, after_ms)
            self._db.execute("COMMIT")
        except apsw.Error as error:
            raise SeriesFailed(f"{self._file}: {error} (is its disk full? removed, it is built again)") from error
        self._metrics.sealed.inc(done)
        return done

    def _take(self, row: LedgerRow) -> None:
        self._db.execute("INSERT OR IGNORE INTO body VALUES (?,?)", (row.hash, row.position))
        if self._db.changes() == 0:
            return
        content = content_of(row, self._metrics)
        if content is None:
            return
        if anchor := anchor_of(content):
            self._retiming.anchor(row.device, anchor)
        told = told_by(content) if isinstance(content, Batch) else None
        derived = self._retiming.batch(row, told) if told else None
        columns = columns_of(content, row.device)
        self._put(row, [moved(one, derived.shift_ms) for one in columns] if derived else columns)

    def _put(self, row: LedgerRow, columns: Sequence[Column]) -> None:
        newest_ms = max((one.at_ms for column in columns for _, one in column.readings), default=0)
        if newest_ms > row.received_ms:
            self._retiming.note_ahead(row.position, newest_ms, row.received_ms)
        for column in columns:
            id_ = self._id(column)
            self._fill(column)
            self._db.executemany(
                "INSERT INTO reading VALUES (?,?,?,?,?,?)",
                [(id_, one.at_ms, row.position, place, one.value, one.quality) for place, one in column.readings],
            )
            reading, good = newest(column, row.received_ms)
            if reading is not None:
                self._db.execute(_LATEST, (*_bindings(column, reading), reading.quality))
            if good is not None:
                self._db.execute(_LATEST_GOOD, _bindings(column, good))

    def _fill(self, column: Column) -> None:
        """Count the column's instants, before it is stored. All series of a point are counted under the first of them."""
        siblings = self._series_of[column.device, column.point]
        first, last = (pick((one.at_ms for _, one in column.readings), default=0) for pick in (min, max))
        for id_ in siblings:
            self._sealing.open(id_, first, last)
        for hour_ms, told in by_hour((one.at_ms, one.quality) for _, one in column.readings).items():
            span = min(told)[0], max(told)[0]
            stored = [row for id_ in siblings for row in self._db.execute(_SAID_OF, (id_, *span))]
            before = words((at_ms, word) for at_ms, word, _, _ in sorted(stored, key=lambda row: row[2:]))
            for word, instants in change(before, words(told, before)).items():
                self._db.execute(_FILL, (siblings[0], hour_ms, word, instants))

    def _id(self, column: Column) -> int:
        key = (column.device, column.point, column.unit, column.scale)
        if key not in self._ids:
            self._db.execute("INSERT INTO series(device, point, unit, scale) VALUES (?,?,?,?)", key)
            self._ids[key] = self._db.last_insert_rowid()
            self._series_of.setdefault((column.device, column.point), []).append(self._ids[key])
        return self._ids[key]


def _told(at_ms: int, shift_ms: int | None, error_ms: int | None) -> tuple[int | None, int | None]:
    """What the device said, where an anchor says better."""
    return (None if shift_ms is None else at_ms - shift_ms), error_ms


def _bindings(column: Column, reading: Reading) -> tuple[str, str, int, int | None, str, int]:
    return column.device, column.point, reading.at_ms, reading.value, column.unit, column.scale
