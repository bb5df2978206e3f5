"""The series in series.db: one row a reading. One thread applies; any thread may ask, through a second connection."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import apsw

from larder_core.columns import Reading
from larder_hub.ledger.rows import LedgerRow
from larder_hub.metrics import Metrics
from larder_hub.register.directory import PointKey
from larder_hub.series.decoded import Column, columns_of, fresh, newest
from larder_hub.series.port import LastReading, Value
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
SELECT at_ms, value, unit, scale, quality, position
  FROM reading JOIN series ON series.id = reading.series
 WHERE device=? AND point=? AND at_ms >= ? AND at_ms < ? ORDER BY at_ms, position, place LIMIT ?"""


class SqliteSeries:
    """`open()` before use. A failing file is SeriesFailed: what the transaction did is then unknown until the next start reads it."""

    name = "series"

    def __init__(self, file: Path, metrics: Metrics) -> None:
        self._file, self._metrics = file, metrics
        self._ids: dict[tuple[str, str, str, int], int] = {}
        self._asking = Lock()

    def open(self) -> None:
        self._db = open_series(self._file)
        self._reader = open_for_reading(self._file)
        for id_, *key in self._db.execute("SELECT id, device, point, unit, scale FROM series"):
            self._ids[tuple(key)] = id_
        self._position = int(self._db.execute("SELECT position FROM position").get)

    def close(self) -> None:
        with self._asking:
            self._reader.close()
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

    def last(self) -> Mapping[PointKey, LastReading]:
        return {(row[0], row[1]): LastReading(*row[2:]) for row in self._ask(_LAST)}

    def between(self, device: str, point: str, from_ms: int, to_ms: int, limit: int) -> list[Value]:
        return [Value(*row) for row in self._ask(_BETWEEN, device, point, from_ms, to_ms, limit)]

    def _ask(self, sql: str, *values: str | int) -> list[tuple[Any, ...]]:
        try:
            with self._asking:
                return self._reader.execute(sql, values).fetchall()
        except apsw.Error as error:
            raise SeriesFailed(f"{self._file}: {error}") from error

    def _take(self, row: LedgerRow) -> None:
        self._db.execute("INSERT OR IGNORE INTO body VALUES (?,?)", (row.hash, row.position))
        if self._db.changes() == 0:
            return
        for column in columns_of(row, self._metrics):
            id_ = self._id(column)
            self._db.executemany(
                "INSERT INTO reading VALUES (?,?,?,?,?,?)",
                [(id_, one.at_ms, row.position, place, one.value, one.quality) for place, one in column.readings],
            )
            reading, good = newest(column, row.received_ms)
            if reading is not None:
                self._db.execute(_LATEST, (*_bindings(column, reading), reading.quality))
            if good is not None:
                self._db.execute(_LATEST_GOOD, _bindings(column, good))

    def _id(self, column: Column) -> int:
        key = (column.device, column.point, column.unit, column.scale)
        if key not in self._ids:
            self._db.execute("INSERT INTO series(device, point, unit, scale) VALUES (?,?,?,?)", key)
            self._ids[key] = self._db.last_insert_rowid()
        return self._ids[key]


def _bindings(column: Column, reading: Reading) -> tuple[str, str, int, int | None, str, int]:
    return column.device, column.point, reading.at_ms, reading.value, column.unit, column.scale
