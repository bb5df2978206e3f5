"""What devices sealed and still hold, from their outbox.db files."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from larder_cli.reconcile.lines import hash_of, read_line


@dataclass
class OutboxBooks:
    """One device. `produced` counts readings sealed over all of its streams; `held` maps the hash of each line still there,
    adopted ones too, to its readings, and `numbers` names them as <stream>/<n>."""

    folder: Path
    stream: str
    head: int
    head_hash: str
    produced: int
    held: dict[str, int] = field(default_factory=dict)
    numbers: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)


def read_outbox(state_dir: Path) -> OutboxBooks:
    """Raises sqlite3.Error where there is no outbox."""
    with closing(sqlite3.connect(f"file:{state_dir / 'outbox.db'}?mode=ro", uri=True)) as db:
        meta = dict(db.execute("SELECT key, value FROM meta"))
        books = OutboxBooks(
            state_dir, str(meta["stream"]), int(meta["head_n"]), str(meta["head_hash"]), int(meta["produced"])
        )
        for n, digest, line in db.execute("SELECT n, hash, line FROM entry ORDER BY n"):
            if hash_of(line) != digest:
                books.wrong.append(f"{state_dir}: entry {n} is not the line that was hashed")
                continue  # whatever stands there now may not even be an entry
            _hold(books, line)
    return books


def read_produced(state_dir: Path) -> int:
    """How many readings a device has sealed, by its own count alone. Raises sqlite3.Error where there is no outbox."""
    with closing(sqlite3.connect(f"file:{state_dir / 'outbox.db'}?mode=ro", uri=True)) as db:
        row = db.execute("SELECT value FROM meta WHERE key='produced'").fetchone()
    if row is None:
        raise sqlite3.OperationalError(f"{state_dir}: the outbox has no count yet")
    return int(row[0])


def _hold(books: OutboxBooks, line: bytes) -> None:
    sealed = read_line(line)
    books.held[sealed.hash] = sealed.readings
    books.numbers.add(f"{sealed.stream}/{sealed.n}")
    for body in sealed.content.get("adopted", []):
        _hold(books, body.encode())
