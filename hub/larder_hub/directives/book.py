"""Configurations and commands in the registry's file, with what devices say of them. Written by commands beside the running hub, and
by its ingest thread."""

from contextlib import AbstractContextManager
from typing import NamedTuple

import apsw

SCHEMA = """
CREATE TABLE IF NOT EXISTS desired(   -- version 0: nothing was wanted yet; `applied` and `refused` are the device's own word
  device TEXT PRIMARY KEY, version INTEGER NOT NULL DEFAULT 0, body TEXT NOT NULL DEFAULT '', payload BLOB NOT NULL DEFAULT x'',
  issued_ms INTEGER NOT NULL DEFAULT 0, applied INTEGER NOT NULL DEFAULT 0, refused TEXT NOT NULL DEFAULT '',
  refused_version INTEGER NOT NULL DEFAULT 0, told_ms INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE IF NOT EXISTS command(   -- `answered_ms`: its reply came; `recorded_ms`: the event is in the ledger
  device TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, args TEXT NOT NULL, actor TEXT NOT NULL, reason TEXT NOT NULL,
  issued_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL, payload BLOB NOT NULL, sent_ms INTEGER, outcome TEXT NOT NULL DEFAULT '',
  why TEXT NOT NULL DEFAULT '', found TEXT NOT NULL DEFAULT '{}', answered_ms INTEGER, recorded_ms INTEGER,
  picture TEXT NOT NULL DEFAULT '', PRIMARY KEY(device, number)) STRICT;
"""

_ORDERS = "SELECT * FROM command {where}"
_ANSWERED = """
UPDATE command SET outcome=?, why=?, found=?, answered_ms=coalesce(answered_ms, ?), recorded_ms=coalesce(recorded_ms, ?),
       picture=max(picture, ?) WHERE device=? AND number=? AND (outcome = '' OR ? <> 'replayed')"""


class Wish(NamedTuple):
    """The configuration wanted of a device, and the one it says it goes by; `refused`: why it did not take `refused_version`."""

    device: str
    version: int = 0
    body: str = ""
    payload: bytes = b""
    issued_ms: int = 0
    applied: int = 0
    refused: str = ""
    refused_version: int = 0
    told_ms: int = 0

    @property
    def standing(self) -> str:
        if not self.version:
            return "none"
        if self.applied == self.version:
            return "applied"
        return "refused" if self.refused_version == self.version else "waiting"


class Order(NamedTuple):
    """A command: who gave it, why, and what became of it. `outcome` "" while nothing was heard."""

    device: str
    number: int
    name: str
    args: str
    actor: str
    reason: str
    issued_ms: int
    expires_ms: int
    payload: bytes
    sent_ms: int | None
    outcome: str
    why: str
    found: str
    answered_ms: int | None
    recorded_ms: int | None
    picture: str


class DirectiveBook:
    """Over the registry's connection, whose owner brackets nothing: every act is a transaction of its own, unless several
    are `together`. Raises apsw.Error."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db

    def create(self) -> None:
        """The tables, where an earlier hub has made the file."""
        self._db.execute(SCHEMA)

    def together(self) -> AbstractContextManager[object]:
        """One transaction, one wait for the disk. Read before it, not within: a command beside the hub may write meanwhile."""
        return self._db

    def version(self) -> int:
        """Changes when another process has written the file."""
        return int(self._db.pragma("data_version"))

    # ---------------------------------------------------------------- configurations

    def wishes(self) -> list[Wish]:
        return [Wish(*row) for row in self._db.execute("SELECT * FROM desired ORDER BY device")]

    def wish(self, device: str, version: int, body: str, payload: bytes, now_ms: int) -> None:
        self._db.execute(
            "INSERT INTO desired(device, version, body, payload, issued_ms) VALUES (?1,?2,?3,?4,?5) "
            "ON CONFLICT DO UPDATE SET version=?2, body=?3, payload=?4, issued_ms=?5",
            (device, version, body, payload, now_ms),
        )

    def applied(self, device: str, version: int, now_ms: int) -> None:
        self._db.execute(
            "INSERT INTO desired(device, applied, told_ms) VALUES (?1,?2,?3) ON CONFLICT DO UPDATE SET applied=?2, told_ms=?3",
            (device, version, now_ms),
        )

    def refused(self, device: str, version: int, reason: str, now_ms: int) -> None:
        self._db.execute(
            "INSERT INTO desired(device, refused, refused_version, told_ms) VALUES (?1,?2,?3,?4) "
            "ON CONFLICT DO UPDATE SET refused=?2, refused_version=?3, told_ms=?4 WHERE refused_version <= ?3",
            (device, reason, version, now_ms),
        )

    # ---------------------------------------------------------------- commands

    def next_number(self, device: str, now_ms: int) -> int:
        """Above every number given before; also above those of a registry that was lost, as far as clocks go forward."""
        last = self._db.execute("SELECT max(number) FROM command WHERE device=?", (device,)).get
        return max(now_ms, int(last or 0) + 1)

    def order(self, order: Order) -> None:
        self._db.execute("INSERT INTO command VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", order)

    def sent(self, device: str, number: int, now_ms: int) -> None:
        self._db.execute("UPDATE command SET sent_ms=? WHERE device=? AND number=?", (now_ms, device, number))

    def answered(
        self,
        device: str,
        number: int,
        outcome: str,
        why: str,
        found: str,
        now_ms: int,
        *,
        recorded: bool,
        picture: str = "",
    ) -> None:
        """What came by reply, or is in the record now. A refusal as a replay says nothing new of a command that was answered."""
        answered, in_ledger = (None, now_ms) if recorded else (now_ms, None)
        self._db.execute(_ANSWERED, (outcome, why, found, answered, in_ledger, picture, device, number, why))

    def waiting(self, now_ms: int) -> list[Order]:
        """Not answered and not over."""
        return self._orders("WHERE outcome='' AND expires_ms > ? ORDER BY device, number", now_ms)

    def orders(self, most: int) -> list[Order]:
        """The latest, newest first."""
        return self._orders("ORDER BY issued_ms DESC, device LIMIT ?", most)

    def find(self, device: str, number: int) -> Order | None:
        found = self._orders("WHERE device=? AND number=?", device, number)
        return found[0] if found else None

    def _orders(self, where: str, *values: int | str) -> list[Order]:
        return [Order(*row) for row in self._db.execute(_ORDERS.format(where=where), values)]
