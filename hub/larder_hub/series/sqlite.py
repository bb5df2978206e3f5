"""The series in series.db: one row a reading. One thread applies; any thread may ask, through a second connection."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from threading import Lock
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
from larder_hub.series.port import Filled, LastReading, Value
from larder_hub.series.retiming import Retiming
from larder_hub.series.schema import SeriesFailed, open_for_reading, open_series

_LATEST = """
INSERT INTO last VALUES (?1,?2,?3,?4,?5,?6,?7,NULL,NULL,?5,?6) ON CONFLICT DO UPDATE
   SET at_ms=?3, value=?4, unit=?5, scale=?6, quality=?7 WHERE ?3 >= at_ms"""
_LATEST_GOOD = """
UPDATE last SET good_at_ms=?3, good_value=?4, good_unit=?5, good_scale=?6
 WHERE device=?1 AND point=?2 AND (good_at_ms IS NULL OR ?3 >= good_at_ms)"""
_LAST = """
SELECT device, point, at_ms, value, unit, scale, quality, good_at_ms, good_value,
       iif(good_at_ms IS NULL, unit, good_unit), iif(good_at_ms IS NULL, scale, good_scale) FROM last"""
_BETWEEN = """
SELECT reading.at_ms, value, unit, scale, quality, reading.position, reading.at_ms - shift_ms, error_ms
  FROM reading JOIN series ON series.id = reading.series LEFT JOIN untrusted ON untrusted.position = reading.position
 WHERE series.device=? AND point=? AND reading.at_ms >= ? AND reading.at_ms < ?
 ORDER BY reading.at_ms, reading.position, place LIMIT ?"""
_FILLED = """
SELECT device, point, hour_ms - hour_ms % ?3, quality, sum(instants)
  FROM series CROSS JOIN filled ON filled.series = series.id
 WHERE hour_ms >= ?1 AND hour_ms < ?2 GROUP BY 1, 2, 3, 4"""
_SAID = """
SELECT device, point, at_ms, quality FROM series CROSS JOIN reading ON reading.series = series.id
 WHERE at_ms >= ? AND at_ms < ? ORDER BY device, point, position, place"""
_SAID_OF = "SELECT at_ms, quality, position, place FROM reading WHERE series=? AND at_ms BETWEEN ? AND ?"
_FILL = "INSERT INTO filled VALUES (?1,?2,?3,?4) ON CONFLICT DO UPDATE SET instants = instants + ?4"


class SqliteSeriesReader:
    """The questions alone, also beside a running hub. Opens the file at the first one; raises SeriesFailed."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._reader: apsw.Connection | None = None
        self._asking = Lock()

    def close(self) -> None:
        with self._asking:
            if self._reader is not None:
                self._reader.close()
                self._reader = None

    def last(self) -> Mapping[PointKey, LastReading]:
        return {(row[0], row[1]): LastReading(*row[2:]) for row in self._ask(_LAST)}

    def between(self, device: str, point: str, from_ms: int, to_ms: int, limit: int) -> list[Value]:
        return [Value(*row) for row in self._ask(_BETWEEN, device, point, from_ms, to_ms, limit)]

    def filled(self, from_ms: int, to_ms: int, step_ms: int) -> list[Filled]:
        first, last = whole_hours(from_ms, to_ms)
        bins: Counter[Bin] = Counter()
        for device, point, begin, word, instants in self._ask(_FILLED, first, last, step_ms):
            bins[device, point, begin, word] += instants
        for begin, end in ((from_ms, first), (last, to_ms)):
            self._count(bins, begin, end, step_ms)
        return listed(bins)

    def _count(self, bins: Counter[Bin], from_ms: int, to_ms: int, step_ms: int) -> None:
        """What lies in the pieces of hours at the two ends, reading by reading."""
        for (device, point), rows in groupby(self._ask(_SAID, from_ms, to_ms), key=lambda row: (row[0], row[1])):
            for at_ms, word in words((row[2], row[3]) for row in rows).items():
                bins[device, point, at_ms - at_ms % step_ms, word] += 1

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
        self._retiming = Retiming(self._db, self._series_of)

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
        """Time alone changes no value."""

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


def _bindings(column: Column, reading: Reading) -> tuple[str, str, int, int | None, str, int]:
    return column.device, column.point, reading.at_ms, reading.value, column.unit, column.scale
