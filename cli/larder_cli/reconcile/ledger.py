"""What the hub holds, line by line, from ledger.db."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from larder_cli.reconcile.lines import Sealed, hash_of, read_line
from larder_cli.reconcile.signatures import unsigned

GENESIS = "A" * 43


@dataclass
class Range:
    first: int
    last: int
    readings: int


@dataclass
class HubBooks:
    """`counted`: readings by the hash of their line. `stored`: by stream and number, the hash and readings of the first body there.
    `wrong`: what must never be, in words."""

    stored: dict[str, dict[int, tuple[str, int]]] = field(default_factory=lambda: defaultdict(dict))
    counted: dict[str, int] = field(default_factory=dict)
    prevs: dict[str, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    losses: dict[str, list[Range]] = field(default_factory=lambda: defaultdict(list))
    device_of: dict[str, str] = field(default_factory=dict)
    refused: int = 0
    quarantined: int = 0
    stored_twice: int = 0
    readings_twice: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def readings(self) -> int:
        return sum(self.counted.values())

    @property
    def readings_lost(self) -> int:
        return sum(self._lost(stream) for stream in self.losses)

    def _lost(self, stream: str) -> int:
        """Of losses that repeat each other the one with the highest end speaks; what is stored inside it is not lost."""
        lost, below = 0, None
        for loss in sorted(self.losses[stream], key=lambda one: (-one.last, one.first)):
            if below is None or loss.last < below:
                held = sum(readings for n, (_, readings) in self.stored[stream].items() if loss.first <= n <= loss.last)
                lost, below = lost + max(0, loss.readings - held), loss.first
        return lost

    def unexplained(self) -> list[str]:
        """Numbers below a stream's highest that nothing explains. An agent may still hold them: the balance decides."""
        missing: list[str] = []
        for stream, numbers in self.stored.items():
            explained = set(numbers) | {n for loss in self.losses[stream] for n in range(loss.first, loss.last + 1)}
            missing += [f"{stream}/{n}" for n in range(1, max(explained, default=0)) if n not in explained]
        return missing


def read_ledger(file: Path) -> HubBooks:
    """All of one moment, also beside a hub that takes entries. Raises sqlite3.Error where the file is not there or not a ledger."""
    books = HubBooks()
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, isolation_level=None)) as db:
        db.execute("BEGIN")
        rows = db.execute("SELECT e.id, s.stream, s.device, e.n, e.hash, e.refusal, e.line, (SELECT count(*) FROM counted c"
                          " WHERE c.entry = e.id) FROM entry e JOIN stream s ON s.id = e.stream ORDER BY e.id")  # fmt: skip
        seen: Counter[str] = Counter()
        instants: Counter[tuple[str, str, int]] = Counter()
        for _, stream, device, n, digest, refusal, line, counted in rows:
            books.device_of[stream] = device
            if hash_of(line) != digest:
                books.wrong.append(f"{stream}/{n}: the line is not the one that was hashed")
                books.stored[stream].setdefault(n, (digest, 0))
                continue  # whatever stands there now may not even be an entry
            if refusal:
                books.refused += 1
                books.stored[stream].setdefault(n, (digest, 0))
                continue
            if not counted:
                continue
            seen[digest] += counted
            sealed = read_line(line)
            _check(books, stream, n, sealed)
            books.counted[digest] = sealed.readings
            if books.stored[stream].setdefault(n, (digest, sealed.readings))[0] == digest:
                books.prevs[stream][n] = sealed.prev
            instants.update(sealed.instants())
            for cover in sealed.content.get("covers", []):
                books.losses[cover["stream"]].append(Range(cover["first"], cover["last"], cover["count"]))
        books.stored_twice = sum(1 for times in seen.values() if times > 1)
        books.readings_twice = sum(1 for times in instants.values() if times > 1)
        books.quarantined = db.execute("SELECT count(*) FROM quarantine").fetchone()[0]
        _walk(books)
        books.wrong += _passed(db, books)
        books.wrong += unsigned(db, file.with_name("hub.db"))
    return books


def _check(books: HubBooks, stream: str, n: int, sealed: Sealed) -> None:
    if (sealed.stream, sealed.n) != (stream, n):
        books.wrong.append(f"{stream}/{n}: the line says {sealed.stream}/{sealed.n}")


def _walk(books: HubBooks) -> None:
    for stream, prevs in books.prevs.items():
        for n, prev in prevs.items():
            before = GENESIS if n == 1 else books.stored[stream].get(n - 1, (None, 0))[0]
            if before is not None and before != prev:
                books.wrong.append(f"{stream}/{n}: its link does not fit the line before")


def _passed(db: sqlite3.Connection, books: HubBooks) -> Iterator[str]:
    """Numbers that `upto` says were taken, and that are not here. Their agent may still hold them, and would never be asked. A ledger
    that was begun anew says of itself that it has lost what lies below."""
    if (
        db.execute("SELECT 1 FROM sqlite_master WHERE name = 'anew'").fetchone()
        and db.execute("SELECT 1 FROM anew").fetchone()
    ):
        return
    for stream, upto in db.execute("SELECT stream, upto FROM stream"):
        lost = {n for loss in books.losses.get(stream, ()) for n in range(loss.first, loss.last + 1)}
        here = books.stored.get(stream, {})
        yield from (
            f"{stream}/{n}: was taken, and is not here" for n in range(1, upto + 1) if n not in here and n not in lost
        )
