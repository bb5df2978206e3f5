"""Requests and their answers, in the registry's file. Written by commands beside the running hub, and by its ingest thread."""

from collections.abc import Mapping

import apsw

from larder_hub.requests.answers import Request

SCHEMA = """
CREATE TABLE IF NOT EXISTS request(
  id INTEGER PRIMARY KEY, device TEXT NOT NULL, stream TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  reason TEXT NOT NULL, asked_ms INTEGER NOT NULL, closed_ms INTEGER, gone INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE IF NOT EXISTS answer( -- numbers that came after the request, and whether with the hash that the ledger holds
  request INTEGER NOT NULL, n INTEGER NOT NULL, agrees INTEGER NOT NULL, PRIMARY KEY(request, n)) STRICT, WITHOUT ROWID;
"""

_REQUESTS = """
SELECT id, device, stream, first, last, reason, asked_ms, closed_ms,
       (SELECT count(*) FROM answer WHERE request = id), (SELECT count(*) FROM answer WHERE request = id AND NOT agrees), gone
  FROM request {where} ORDER BY id"""


class RequestBook:
    """Over the registry's connection, whose owner brackets nothing: every act is a transaction of its own. Raises apsw.Error."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db
        self._seen = -1
        self._open: dict[str, list[int]] = {}

    def create(self) -> None:
        """The tables, where an earlier hub has made the file."""
        self._db.execute(SCHEMA)

    def ask(self, device: str, stream: str, span: tuple[int, int], reason: str, now_ms: int) -> Request:
        with self._db:
            self._db.execute("INSERT INTO request(device, stream, first, last, reason, asked_ms) VALUES (?,?,?,?,?,?)",
                             (device, stream, *span, reason, now_ms))  # fmt: skip
            id_ = self._db.last_insert_rowid()
        self._seen = -1
        return self._select("WHERE id=?", id_)[0]

    def all(self) -> list[Request]:
        return self._select("")

    def open_of(self, stream: str) -> list[Request]:
        """Requests about a stream that are not closed. Asks the file only after somebody else has changed it."""
        version = int(self._db.pragma("data_version"))
        if version != self._seen:
            self._open = {}
            for id_, name in self._db.execute("SELECT id, stream FROM request WHERE closed_ms IS NULL"):
                self._open.setdefault(str(name), []).append(int(str(id_)))
            self._seen = version
        return [one for id_ in self._open.get(stream, []) for one in self._select("WHERE id=?", id_)]

    def answered(self, request: Request) -> set[int]:
        return {int(str(n)) for (n,) in self._db.execute("SELECT n FROM answer WHERE request=?", (request.id,))}

    def answer(self, request: Request, numbers: Mapping[int, bool], gone: int) -> None:
        """`numbers` came; True where the hash is the one that the ledger holds. A disagreement, once seen, stays."""
        with self._db:
            self._db.executemany(
                "INSERT INTO answer VALUES (?,?,?) ON CONFLICT DO UPDATE SET agrees = min(agrees, excluded.agrees)",
                [(request.id, n, agrees) for n, agrees in numbers.items()],
            )
            self._db.execute("UPDATE request SET gone=? WHERE id=?", (gone, request.id))

    def close(self, id_: int, now_ms: int) -> None:
        with self._db:
            self._db.execute("UPDATE request SET closed_ms=? WHERE id=? AND closed_ms IS NULL", (now_ms, id_))
        self._seen = -1

    def _select(self, where: str, *values: int) -> list[Request]:
        return [Request(*row) for row in self._db.execute(_REQUESTS.format(where=where), values)]
