"""What can still be read of a damaged outbox: whole entries, and what must be declared of the others. PROTOCOL.md [A8].

An entry is whole when its bytes give the hash beside them and its header the place; such bytes are what the device sealed, whatever
happened to the pages around them. Rows are asked for one by one, so that a page which cannot be read costs the rows on it alone.
A damaged first page costs all of them: the file is then only evidence, and the hub's account shows what is missing.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from larder_agent import losses, schema
from larder_agent.schema import Books, Damaged
from larder_core.content import Adoption, Covers, Figures
from larder_core.digest import line_hash
from larder_core.header import read_header

SEARCHED = 100_000
"""Numbers beyond the lowest that can be found, where the file does not say its head."""


class Row(NamedTuple):
    """A whole entry; `readings` of its own, `adopted` of the bodies that it carries."""

    n: int
    hash: str
    prev: str
    line: bytes
    kind: str
    readings: int
    adopted: int
    total: int | None


@dataclass
class Salvage:
    """`rows()` first, to its end; then `lost` are the ranges between the whole entries, and `damaged` counts their numbers."""

    path: Path
    books: Books | None = None
    whole: int = 0
    readings: int = 0
    damaged: int = 0
    lost: list[Covers] = field(default_factory=list)
    _unread: int = 0
    """Readings that the rows of the present hole say, where their lines are not whole."""

    def rows(self) -> Iterator[Row]:
        """Every whole entry, ascending. Errors of the file are what we came for; a file that will not open has no rows."""
        with suppress(sqlite3.Error), closing(schema.connect_to_read(self.path)) as db:
            yield from self._rows(db)

    def _rows(self, db: sqlite3.Connection) -> Iterator[Row]:
        with suppress(sqlite3.Error, Damaged):
            self.books = schema.read_books(db)
        first, last = self._range(db)
        expected, before = first, 0 if first == 1 else None
        for n in range(first, last + 1):
            row = self._row(db, n)
            if row is None:
                continue
            if n > expected:
                self._hole(expected, n - 1, row.prev, _between(before, row.total, row.readings))
            self._unread = 0
            expected, before = n + 1, row.total
            self.whole += 1
            self.readings += row.readings + row.adopted
            yield row
        books = self.books
        if books is not None and expected <= books.head_n:
            self._hole(expected, books.head_n, books.head_hash, _between(before, books.total, 0))
        self._dropped(db)

    def _range(self, db: sqlite3.Connection) -> tuple[int, int]:
        """The numbers that should be there; without the books, those from the lowest that can be found."""
        last_dropped = _first(db, "SELECT max(n) FROM dropped") or 0
        if self.books is not None:
            return max(self.books.floor_n, last_dropped) + 1, self.books.head_n
        low, high = _first(db, "SELECT min(n) FROM entry") or 1, _first(db, "SELECT max(n) FROM entry")
        return low, high or low + SEARCHED

    def _row(self, db: sqlite3.Connection, n: int) -> Row | None:
        """Entry `n` if it is whole."""
        try:
            found = db.execute("SELECT hash, line, readings FROM entry WHERE n=?", (n,)).fetchone()
        except sqlite3.Error:
            return None
        if found is None:
            return None
        digest, line, readings = found
        parts = read_header(line) if isinstance(line, bytes) and line_hash(line) == digest else None
        if parts is None or parts[0][2] != n or (self.books is not None and parts[0][1] != self.books.stream):
            self._unread += readings if isinstance(readings, int) else 0
            return None
        return _row(n, digest, parts[0][3], line, readings)

    def _hole(self, first: int, last: int, end: str, count: int | None) -> None:
        """Numbers that are there no more. Where no entry before them tells a total, the count is what their rows still say."""
        self.damaged += last - first + 1
        if self.books is not None:
            self.lost.append(Covers(stream=self.books.stream, first=first, last=last, end=end,
                                    count=self._unread if count is None else count, reason=losses.DAMAGED, points=[]))  # fmt: skip
        self._unread = 0

    def _dropped(self, db: sqlite3.Connection) -> None:
        """What was declared lost before and is not safe yet: the entry that declared it may be among the damaged."""
        if self.books is None or not self.damaged:
            return
        with suppress(sqlite3.Error, ValueError, TypeError):
            found = db.execute("SELECT n, hash FROM dropped ORDER BY n DESC LIMIT 1").fetchone()
            if found is not None:
                points: list[Figures] = []
                for (text,) in db.execute("SELECT points FROM figures"):
                    points = losses.add_figures(points, [tuple(one) for one in json.loads(text)])
                count = int(db.execute("SELECT sum(readings) FROM dropped").fetchone()[0])
                self.lost.append(Covers(stream=self.books.stream, first=self.books.floor_n + 1, last=found[0], end=found[1],
                                        count=count, reason=losses.FULL, points=points))  # fmt: skip


def _row(n: int, digest: str, prev: str, line: bytes, readings: int) -> Row:
    content = losses.read_own(line)
    if content is None:  # of another version: only its row tells what it counts
        return Row(n, digest, prev, line, "batch", readings, 0, None)
    bodies = content.adopted if isinstance(content, Adoption) else []
    inner = [losses.read_own(body.encode()) for body in bodies]
    adopted = sum(one.readings for one in inner if one)
    return Row(n, digest, prev, line, content.kind, content.readings, adopted, content.total)


def _between(before: int | None, total: int | None, own: int) -> int | None:
    """Readings between two totals; None where one of them is not known."""
    if before is None or total is None:
        return None
    return max(0, total - own - before)


def _first(db: sqlite3.Connection, sql: str) -> int | None:
    try:
        found = db.execute(sql).fetchone()[0]
    except sqlite3.Error:
        return None
    return found if isinstance(found, int) else None
