"""The registry: what must survive the loss of the ledger, in a second place. PROTOCOL.md [R1] to [R3].

It holds the generation, every stream with its device, which is the current one, what is frozen, the announcements that are not yet
confirmed, and the restore points with the place up to which each passed every stream. Tiny; written after the ledger's commit
and before the receipts that follow from it.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import apsw

from larder_core.digest import GENESIS
from larder_hub.directives.book import DirectiveBook
from larder_hub.folders import make_folder
from larder_hub.ledger.schema import LedgerFailed
from larder_hub.requests.book import RequestBook

_SCHEMA = """
CREATE TABLE generation(n INTEGER NOT NULL) STRICT;
INSERT INTO generation VALUES (1);
CREATE TABLE stream(
  stream TEXT PRIMARY KEY, device TEXT NOT NULL, heard INTEGER NOT NULL, first INTEGER NOT NULL, frozen INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE claim(
  stream TEXT NOT NULL, n INTEGER NOT NULL, hash TEXT NOT NULL, first INTEGER NOT NULL, PRIMARY KEY(stream, n, hash)
) STRICT, WITHOUT ROWID;
CREATE TABLE restore_point(
  id INTEGER PRIMARY KEY, file TEXT NOT NULL UNIQUE, begun_ms INTEGER NOT NULL, complete INTEGER NOT NULL) STRICT;
CREATE TABLE reach(                -- how far a restore point passed each stream
  point INTEGER NOT NULL, stream TEXT NOT NULL, upto INTEGER NOT NULL, hash TEXT NOT NULL, PRIMARY KEY(point, stream)
) STRICT, WITHOUT ROWID;
"""


_RESTORING = "CREATE TABLE IF NOT EXISTS restoring(point INTEGER NOT NULL) STRICT"
"""One row while databases are being put in place; nobody may take what is there for a ledger meanwhile."""


class Claim(NamedTuple):
    stream: str
    n: int
    hash: str
    first: int


class StreamNote(NamedTuple):
    """A stream as the registry knows it; `heard` orders a device's streams, the highest is the current one."""

    stream: str
    device: str
    heard: int
    first: int
    frozen: bool


class Reach(NamedTuple):
    """A place that a restore point passed: restoring it brings the hub back to there, and no further."""

    upto: int
    hash: str


class RestorePoint(NamedTuple):
    """A backup that could be restored. While `complete` is false it is being taken, and will hold at least what is noted."""

    id: int
    file: str
    begun_ms: int
    complete: bool


class Registry:
    """One file. The hub's ingest thread writes it; `larder hub backup` and `restore` write it beside a running hub."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen = -1
        self._reach: dict[str, list[Reach]] = {}
        self._points = 0

    def open(self) -> None:
        """Raises LedgerFailed with a hint."""
        try:
            make_folder(self._file.parent)
            self._db = apsw.Connection(str(self._file))
            self._db.set_busy_timeout(10_000)
            self._db.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")
            if self._db.pragma("user_version") == 0:
                with self._db:
                    self._db.execute(_SCHEMA)
                    self._db.execute("PRAGMA user_version=1")
            self._db.execute(_RESTORING)
            self.requests = RequestBook(self._db)
            self.requests.create()
            self.directives = DirectiveBook(self._db)
            self.directives.create()
        except (apsw.Error, OSError) as error:
            raise LedgerFailed(
                f"{self._file}: {error} (the registry's disk: without it no receipt may leave)"
            ) from error

    def close(self) -> None:
        self._db.close()

    # ---------------------------------------------------------------- generation

    def generation(self) -> int:
        return int(self._db.execute("SELECT n FROM generation").get)

    def raise_generation(self) -> int:
        """Receipts of the hub that was are worth nothing any more [R3]."""
        with self._db:
            self._db.execute("UPDATE generation SET n = n + 1")
        return self.generation()

    def begin_restore(self, point: int) -> int:
        """Before the first file is moved. `point` is 0 for a ledger that begins anew. Returns the new generation."""
        with self._db:
            self._db.execute("DELETE FROM restoring")
            self._db.execute("INSERT INTO restoring VALUES (?)", (point,))
            generation = self.raise_generation()
        return generation

    def end_restore(self) -> None:
        """Every file is in its place, and synced."""
        self._db.execute("DELETE FROM restoring")

    def restoring(self) -> int | None:
        """The restore point whose restore was begun and not ended."""
        point = self._db.execute("SELECT point FROM restoring").get
        return None if point is None else int(point)

    # ---------------------------------------------------------------- streams and claims

    def note(self, streams: Iterable[StreamNote], claims: Mapping[str, Iterable[Claim]]) -> None:
        """One transaction: these streams as they are now, and all claims of each stream in `claims`. Raises LedgerFailed."""
        try:
            with self._db:
                for one in streams:
                    self._db.execute("INSERT INTO stream VALUES (?1,?2,?3,?4,?5) ON CONFLICT DO UPDATE"
                                     " SET heard=max(heard, ?3), first=max(first, ?4), frozen=max(frozen, ?5)", one)  # fmt: skip
                for stream, kept in claims.items():
                    self._db.execute("DELETE FROM claim WHERE stream=?", (stream,))
                    self._db.executemany("INSERT INTO claim VALUES (?,?,?,?)", list(kept))
        except apsw.Error as error:
            raise LedgerFailed(
                f"{self._file}: {error} (no receipt may leave before the registry is written)"
            ) from error

    def streams(self) -> Iterator[StreamNote]:
        for row in self._db.execute("SELECT stream, device, heard, first, frozen FROM stream ORDER BY heard"):
            yield StreamNote(row[0], row[1], row[2], row[3], bool(row[4]))

    def claims(self) -> Iterator[Claim]:
        yield from (
            Claim(*row) for row in self._db.execute("SELECT stream, n, hash, first FROM claim ORDER BY stream, n")
        )

    # ---------------------------------------------------------------- restore points

    def reaches(self, stream: str) -> list[Reach]:
        """How far each restore point passed this stream: 0 for one that never heard of it. Follows changes by other processes."""
        version = self._db.pragma("data_version")
        if version != self._seen:
            self._load_reaches()
            self._seen = int(version)
        known = self._reach.get(stream, [])
        return known + [Reach(0, GENESIS)] * (self._points - len(known))

    def _load_reaches(self) -> None:
        self._points = int(self._db.execute("SELECT count(*) FROM restore_point").get)
        self._reach = {}
        for stream, upto, digest in self._db.execute("SELECT stream, upto, hash FROM reach"):
            self._reach.setdefault(stream, []).append(Reach(upto, digest))

    def restore_points(self) -> list[RestorePoint]:
        rows = self._db.execute("SELECT id, file, begun_ms, complete FROM restore_point ORDER BY id")
        return [RestorePoint(row[0], row[1], row[2], bool(row[3])) for row in rows]

    def begin_point(self, file: Path, reach: dict[str, Reach], now_ms: int) -> RestorePoint:
        """Before a backup is taken: from now on `safe` goes no further than `reach`."""
        with self._db:
            self._db.execute("INSERT INTO restore_point(file, begun_ms, complete) VALUES (?,?,0)", (str(file), now_ms))
            point = RestorePoint(self._db.last_insert_rowid(), str(file), now_ms, False)
            self._write_reach(point.id, reach)
        self._seen = -1
        return point

    def complete_point(self, point: RestorePoint, reach: dict[str, Reach]) -> None:
        """The backup is there and was read back: it holds `reach`."""
        with self._db:
            self._write_reach(point.id, reach)
            self._db.execute("UPDATE restore_point SET complete=1 WHERE id=?", (point.id,))
        self._seen = -1

    def forget_point(self, point: RestorePoint) -> None:
        """The file will never be restored: `safe` no longer waits for it."""
        with self._db:
            self._db.execute("DELETE FROM reach WHERE point=?", (point.id,))
            self._db.execute("DELETE FROM restore_point WHERE id=?", (point.id,))
        self._seen = -1

    def _write_reach(self, point: int, reach: dict[str, Reach]) -> None:
        self._db.execute("DELETE FROM reach WHERE point=?", (point,))
        self._db.executemany(
            "INSERT INTO reach VALUES (?,?,?,?)", [(point, stream, *place) for stream, place in reach.items()]
        )
