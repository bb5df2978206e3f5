"""Ledger rows as lines, each reading once, at the time that the series believes.

What the series made of an entry is asked of series.db: whether its readings count at all (a body that came twice counts once), what
an anchor added to its instants [C2], and which of its instants had a reading before. The second reading of an instant, and each
further one, has a tag `again`, without which it would silently take the place of the first.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import apsw

from larder_core.columns import Reading
from larder_core.content import Batch
from larder_core.refusal import Refused
from larder_hub.influx.lines import BAD, READING, line, number, whole
from larder_hub.ledger.rows import LedgerRow
from larder_hub.register.directory import Directory, PointKey
from larder_hub.series.decoded import Column, columns_of, moved
from larder_hub.series.port import SeriesReader, Value
from larder_hub.series.schema import SeriesFailed, open_for_reading

EVERYTHING = 10_000_000


class Entry(NamedTuple):
    """What the series made of an entry: where it counted, None where it counts nowhere, and what was added to its instants."""

    position: int | None
    shift_ms: int


class SettledSeries:
    """What series.db says of entries; owned by one thread, opened at the first question. Raises SeriesFailed."""

    def __init__(self, file: Path, series: SeriesReader) -> None:
        self._file, self._series = file, series
        self._db: apsw.Connection | None = None

    def close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None

    def position(self) -> int:
        return int(str(self._ask("SELECT position FROM position")[0][0]))

    def entry(self, row: LedgerRow) -> Entry:
        found = self._ask("SELECT position FROM body WHERE hash=?", row.hash)
        shift = self._ask("SELECT coalesce(shift_ms, 0) FROM untrusted WHERE position=?", row.position)
        return Entry(int(found[0][0]) if found else None, int(shift[0][0]) if shift else 0)

    def untrusted(self) -> dict[int, int]:
        """What was added to the instants of every entry whose clock was not set, by its position."""
        rows = self._ask("SELECT position, coalesce(shift_ms, 0) FROM untrusted")
        return {int(position): int(shift) for position, shift in rows}

    def before(self, column: Column, position: int) -> Mapping[int, int]:
        """How many readings of an instant of this column came in entries before `position`."""
        instants = [one.at_ms for _, one in column.readings]
        found: dict[int, int] = {}
        for one in self._series.between(column.device, column.point, min(instants), max(instants) + 1, EVERYTHING):
            if one.position < position:
                found[one.at_ms] = found.get(one.at_ms, 0) + 1
        return found

    def _ask(self, sql: str, *values: str | int) -> list[tuple[Any, ...]]:
        try:
            if self._db is None:
                self._db = open_for_reading(self._file)
            return self._db.execute(sql, values).fetchall()
        except apsw.Error as error:
            raise SeriesFailed(f"{self._file}: {error}") from error


class Told(NamedTuple):
    """A row as lines; `shift_ms` is what was added to its instants, None where its clock was set."""

    lines: list[str]
    shift_ms: int | None


def told(row: LedgerRow, settled: SettledSeries, directory: Directory) -> Told:
    """The lines of a row; none for one without readings of its own."""
    try:
        content = row.content()
    except Refused:  # counted by the series, whose reading of the row comes first
        return Told([], None)
    if not isinstance(content, Batch):
        return Told([], None)
    entry = settled.entry(row)
    if entry.position != row.position:
        return Told([], None)
    columns = [moved(column, entry.shift_ms) for column in columns_of(content, row.device)]
    lines = [text for column in columns for text in _lines(column, row.position, settled, directory)]
    return Told(lines, entry.shift_ms if content.clock[0] == "unset" or entry.shift_ms else None)


def tags_of(key: PointKey, directory: Directory) -> dict[str, str]:
    """Where a point stands by the register; of one that it does not know, device and point alone."""
    point, device = directory.points.get(key), directory.devices.get(key[0])
    return {
        "county": device.county if device else "",
        "site": device.site if device else "",
        "place": point.place if point else "",
        "device": key[0],
        "point": key[1],
        "quantity": point.quantity if point else "",
    }


def _lines(column: Column, position: int, settled: SettledSeries, directory: Directory) -> Iterable[str]:
    tags = tags_of((column.device, column.point), directory) | {"unit": column.unit}
    before = dict(settled.before(column, position))
    for _, reading in column.readings:
        rank = before.get(reading.at_ms, 0)
        before[reading.at_ms] = rank + 1
        yield reading_line(tags | ({"again": str(rank)} if rank else {}), reading, column.scale, position)


def reading_line(tags: Mapping[str, str], reading: Reading, scale: int, position: int) -> str:
    """A good reading has `value`, which boards draw; a bad one stands in a measurement of its own, by its word."""
    fields = {} if reading.value is None else {"value": number(reading.value, scale)}
    fields["position"] = whole(position)
    if not reading.quality:
        return line(READING, tags, fields, reading.at_ms)
    return line(BAD, {**tags, "quality": reading.quality}, {**fields, "readings": whole(1)}, reading.at_ms)


def lines_of(key: PointKey, values: Iterable[Value], directory: Directory) -> list[str]:
    """Readings of a point as the series lists them, oldest first and those of an instant in the order of the ledger."""
    tags, lines, last_ms, rank = tags_of(key, directory), list[str](), -1, 0
    for one in values:
        rank = rank + 1 if one.at_ms == last_ms else 0
        last_ms = one.at_ms
        again = {"again": str(rank)} if rank else {}
        reading = Reading(one.at_ms, one.value, one.quality)
        lines.append(reading_line(tags | {"unit": one.unit} | again, reading, one.scale, one.position))
    return lines


def spans(row: LedgerRow, shift_ms: int) -> Sequence[tuple[str, int, int]]:
    """(point, first, last) of the instants of a row as they were written with `shift_ms`."""
    content = row.content()
    if not isinstance(content, Batch):
        return ()
    return [
        (column.point, min(one.at_ms for _, one in column.readings) + shift_ms,
         max(one.at_ms for _, one in column.readings) + shift_ms)
        for column in columns_of(content, row.device)
    ]  # fmt: skip
