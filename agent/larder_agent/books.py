"""The account of a device's outbox, read without touching it: for the reconciler and for people."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from larder_agent.failures import ConfigError, DiskFailed
from larder_agent.losses import read_own
from larder_agent.outbox import FILE
from larder_agent.schema import Books, Damaged, connect_to_read, read_books
from larder_agent.staging import file_of, read
from larder_core.content import Adoption
from larder_core.digest import line_hash
from larder_core.header import read_header


@dataclass(frozen=True)
class HeldLine:
    """A line in the outbox, or a body that an adoption there carries: its place, its hash, the readings it counts."""

    stream: str
    n: int
    hash: str
    readings: int


@dataclass(frozen=True)
class Account:
    """`books` are the outbox's own figures; `held` the lines still there; `staged` readings taken and not sealed."""

    books: Books
    held: tuple[HeldLine, ...]
    staged: int

    @property
    def held_readings(self) -> int:
        return sum(line.readings for line in self.held)


def read_account(state_dir: Path) -> Account:
    """One moment of an outbox that an agent may be writing. Raises ConfigError where there is none, DiskFailed if it is unreadable."""
    path = state_dir / FILE
    if not path.exists():
        raise ConfigError(
            path, "state_dir", "there is no outbox yet", "start the agent once: larder agent run --config ..."
        )
    try:
        db = connect_to_read(path)
        try:
            db.execute("BEGIN")
            books = read_books(db)
            held = [one for (line,) in db.execute("SELECT line FROM entry ORDER BY n") for one in _lines(line)]
        finally:
            db.close()
        staging = file_of(state_dir, books.epoch)
        left = read(staging) if staging.exists() else None
    except (sqlite3.Error, OSError, Damaged) as error:
        raise DiskFailed(path, error) from error
    return Account(books, tuple(held), sum(len(group.samples) for group in left.groups) if left else 0)


def _lines(line: bytes) -> list[HeldLine]:
    parts, content = read_header(line), read_own(line)
    if parts is None:
        raise Damaged("a line without a header")
    _, stream, n, _ = parts[0]
    bodies = content.adopted if isinstance(content, Adoption) else []
    here = HeldLine(stream, n, line_hash(line), content.readings if content else 0)
    return [here, *(one for body in bodies for one in _lines(body.encode()))]
