"""influx.db: how far the writing is. Lost, it costs nothing but writing everything once more."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import apsw

from larder_hub.failures import FileFailed
from larder_hub.influx.server import Never

VERSION = 1
SCHEMA = """
CREATE TABLE mark(                 -- up to where everything was taken: the ledger's position and the transition of alarms.db
  id INTEGER PRIMARY KEY CHECK(id = 1), position INTEGER NOT NULL, transition_id INTEGER NOT NULL) STRICT;
INSERT INTO mark VALUES (1, 0, 0);
CREATE TABLE timed(                -- entries whose clock was not set, and what was added to their instants when they were written
  position INTEGER PRIMARY KEY, device TEXT NOT NULL, shift_ms INTEGER NOT NULL) STRICT;
CREATE TABLE waiting(              -- states and completeness that were not written yet: nothing else can say them later
  id INTEGER PRIMARY KEY, line TEXT NOT NULL) STRICT;
CREATE TABLE aside(                -- what the server will never take
  id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, line TEXT NOT NULL, reason TEXT NOT NULL) STRICT;
"""

MOST_WAITING = 500_000
MOST_ASIDE = 10_000


class InfluxJournalFailed(FileFailed):
    """influx.db failed. It may be removed: then everything is written again."""


class Mark(NamedTuple):
    position: int = 0
    transition: int = 0


class Timed(NamedTuple):
    position: int
    device: str
    shift_ms: int


class Journal:
    """Owned by one thread. Each method is a transaction; raises InfluxJournalFailed."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def open(self) -> None:
        try:
            self._db = apsw.Connection(str(self._file))
            self._db.set_busy_timeout(5_000)
            self._db.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")
            with self._db:
                version = self._db.pragma("user_version")
                if version == 0:
                    self._db.execute(SCHEMA)
                    self._db.execute(f"PRAGMA user_version={VERSION}")
        except apsw.Error as error:
            raise self._failed(error) from error
        if version not in (0, VERSION):
            raise InfluxJournalFailed(
                f"{self._file}: version {version}, this program knows {VERSION} (remove the file)"
            )

    def close(self) -> None:
        self._db.close()

    def mark(self) -> Mark:
        return Mark(*self._rows("SELECT position, transition_id FROM mark")[0])

    def advance(self, mark: Mark, timed: Sequence[Timed] = ()) -> None:
        self._write([("UPDATE mark SET position=?, transition_id=?", [tuple(mark)]),
                     ("INSERT OR REPLACE INTO timed VALUES (?,?,?)", [tuple(one) for one in timed])])  # fmt: skip

    def timed(self) -> list[Timed]:
        return [Timed(*row) for row in self._rows("SELECT position, device, shift_ms FROM timed ORDER BY position")]

    def wait(self, lines: Iterable[str]) -> int:
        """Keep lines until they are written. Returns how many of the oldest had to go for them."""
        self._write([("INSERT INTO waiting(line) VALUES (?)", [(one,) for one in lines])])
        over = int(self._rows("SELECT count(*) FROM waiting")[0][0]) - MOST_WAITING
        if over > 0:
            self._write([("DELETE FROM waiting WHERE id IN (SELECT id FROM waiting ORDER BY id LIMIT ?)", [(over,)])])
        return max(0, over)

    def waiting(self, most: int) -> list[tuple[int, str]]:
        return [
            (int(id_), str(text)) for id_, text in self._rows("SELECT id, line FROM waiting ORDER BY id LIMIT ?", most)
        ]

    def written(self, last_id: int) -> None:
        self._write([("DELETE FROM waiting WHERE id <= ?", [(last_id,)])])

    def set_aside(self, refused: Iterable[Never], now_ms: int) -> None:
        self._write([
            ("INSERT INTO aside(at_ms, line, reason) VALUES (?,?,?)", [(now_ms, one.line, one.reason) for one in refused]),
            ("DELETE FROM aside WHERE id <= (SELECT max(id) FROM aside) - ?", [(MOST_ASIDE,)]),
        ])  # fmt: skip

    def aside(self, most: int = 20) -> list[tuple[int, str, str]]:
        """(when, line, reason), the newest first."""
        return [(int(at), str(text), str(why)) for at, text, why in
                self._rows("SELECT at_ms, line, reason FROM aside ORDER BY id DESC LIMIT ?", most)]  # fmt: skip

    def counts(self) -> tuple[int, int]:
        """(waiting, set aside)"""
        found = self._rows("SELECT (SELECT count(*) FROM waiting), (SELECT count(*) FROM aside)")
        return found[0][0], found[0][1]

    def begin_anew(self) -> None:
        """Everything is to be written again, from the first row of the ledger."""
        self._write([("UPDATE mark SET position=0, transition_id=0", [()]), ("DELETE FROM timed", [()])])

    def _rows(self, sql: str, *values: int) -> list[tuple[Any, ...]]:
        try:
            return list(self._db.execute(sql, values))
        except apsw.Error as error:
            raise self._failed(error) from error

    def _write(self, acts: Sequence[tuple[str, Sequence[tuple[Any, ...]]]]) -> None:
        try:
            with self._db:
                for sql, rows in acts:
                    self._db.executemany(sql, rows)
        except apsw.Error as error:
            raise self._failed(error) from error

    def _failed(self, error: apsw.Error) -> InfluxJournalFailed:
        return InfluxJournalFailed(
            f"{self._file}: {error} (is the disk full, does this user own it? it may be removed)"
        )
