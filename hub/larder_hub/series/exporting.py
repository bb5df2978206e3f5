"""Readings as a file for others: CSV, XLSX or Parquet, written as they are read, whatever their number.

A spreadsheet runs what begins with =, +, - or @: a text that does gets a ' before it. A number is a number in every format.
"""

import csv
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from larder_hub.register.directory import Directory, PointKey
from larder_hub.series.port import SeriesReader
from larder_hub.series.sealing import DAY_MS

BEIJING = timezone(timedelta(hours=8))
COLUMNS = ("time", "county", "site", "place", "device", "point", "quantity", "value", "unit", "quality", "position")
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
MOST = 10_000_000
ROWS_OF_SHEET = 1_048_576
"""What a sheet of XLSX holds; more goes into the next sheet."""


class Row(NamedTuple):
    """One reading. `time` is Beijing's, to the millisecond, with its offset; `value` None where there is none."""

    time: str
    county: str
    site: str
    place: str
    device: str
    point: str
    quantity: str
    value: float | None
    unit: str
    quality: str
    position: int


class Missing(Exception):
    """A format whose library is not installed."""


class Writer(Protocol):
    def rows(self, rows: Iterable[Row]) -> None: ...

    def close(self) -> None: ...


def readings(
    series: SeriesReader, directory: Directory, keys: Iterable[PointKey], from_ms: int, to_ms: int
) -> Iterator[Row]:
    """Point by point and day by day, so that memory holds a day of one point. Raises FileFailed."""
    for key in keys:
        device, point = directory.devices.get(key[0]), directory.points.get(key)
        where = (device.county if device else "", device.site if device else "", point.place if point else "")
        begin = from_ms
        while begin < to_ms:
            found = series.between(*key, begin, to_ms, 1)
            if not found:
                break
            begin = found[0].at_ms
            end = min(to_ms, (begin // DAY_MS + 1) * DAY_MS)
            for one in series.between(*key, begin, end, MOST):
                value = (
                    None
                    if one.value is None
                    else one.value / 10**-one.scale
                    if one.scale < 0
                    else one.value * 10.0**one.scale
                )
                yield Row(
                    _time(one.at_ms),
                    *where,
                    *key,
                    point.quantity if point else "",
                    value,
                    one.unit,
                    one.quality,
                    one.position,
                )
            begin = end


def _time(at_ms: int) -> str:
    try:
        return datetime.fromtimestamp(at_ms / 1000, BEIJING).isoformat(timespec="milliseconds")
    except (OverflowError, ValueError, OSError):
        return f"{at_ms} ms"


def harmless(text: str) -> str:
    """As a spreadsheet may show it without running it."""
    return f"'{text}" if text.startswith(DANGEROUS) else text


def _cells(row: Row) -> tuple[str | float | int | None, ...]:
    return tuple(harmless(cell) if isinstance(cell, str) else cell for cell in row)


class CsvWriter:
    """UTF-8 with a mark at its beginning, by which spreadsheets know it."""

    def __init__(self, file: Path) -> None:
        self._handle = file.open("w", encoding="utf-8-sig", newline="")
        self._csv = csv.writer(self._handle)
        self._csv.writerow(COLUMNS)

    def rows(self, rows: Iterable[Row]) -> None:
        self._csv.writerows(_cells(row) for row in rows)

    def close(self) -> None:
        self._handle.close()


class XlsxWriter:
    def __init__(self, file: Path) -> None:
        try:
            from xlsxwriter import Workbook  # type: ignore[import-untyped]
        except ImportError as error:
            raise Missing(f"xlsx: {error} (pip install 'larder[export]')") from error
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self._book = Workbook(str(file), options)
        self._next = ROWS_OF_SHEET
        self._sheet: Any = None

    def rows(self, rows: Iterable[Row]) -> None:
        for row in rows:
            if self._next >= ROWS_OF_SHEET:
                self._sheet, self._next = self._book.add_worksheet(), 1
                self._sheet.write_row(0, 0, COLUMNS)
            self._sheet.write_row(self._next, 0, _cells(row))
            self._next += 1

    def close(self) -> None:
        self._book.close()


class ParquetWriter:
    """A row group each 50,000 readings."""

    def __init__(self, file: Path) -> None:
        try:
            import pyarrow
            from pyarrow import parquet
        except ImportError as error:
            raise Missing(f"parquet: {error} (pip install 'larder[export]')") from error
        self._arrow = pyarrow
        kinds = {"value": pyarrow.float64(), "position": pyarrow.int64()}
        self._schema = pyarrow.schema([(name, kinds.get(name, pyarrow.string())) for name in COLUMNS])
        self._parquet = parquet.ParquetWriter(str(file), self._schema)

    def rows(self, rows: Iterable[Row]) -> None:
        some: list[Row] = []
        for row in rows:
            some.append(row)
            if len(some) == 50_000:
                self._group(some)
                some = []
        self._group(some)

    def _group(self, rows: list[Row]) -> None:
        if rows:
            columns = dict(zip(COLUMNS, zip(*rows, strict=True), strict=True))
            self._parquet.write_table(
                self._arrow.table({name: list(column) for name, column in columns.items()}, self._schema)
            )

    def close(self) -> None:
        self._parquet.close()


WRITERS: dict[str, Callable[[Path], Writer]] = {"csv": CsvWriter, "xlsx": XlsxWriter, "parquet": ParquetWriter}
