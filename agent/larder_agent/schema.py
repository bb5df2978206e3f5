"""The outbox file: its tables, and whether it is whole."""

import sqlite3
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from larder_agent.failures import EXIT_CONFIG, AgentStopped
from larder_core.digest import GENESIS, line_hash
from larder_core.header import read_header

VERSION = 1

ENTRY = """CREATE TABLE entry(n INTEGER PRIMARY KEY, hash TEXT NOT NULL, prev TEXT NOT NULL, line BLOB NOT NULL,
    readings INTEGER NOT NULL, adopted INTEGER NOT NULL, kind TEXT NOT NULL, sealed_ms INTEGER NOT NULL)"""
"""`readings` of its own; `adopted`: of the bodies that an adoption carries, which their own streams count."""

TABLES = (
    ENTRY,
    # A3: number and hash of what was declared lost stay until safe has passed; readings, so that a later loss can count again.
    "CREATE TABLE dropped(n INTEGER PRIMARY KEY, hash TEXT NOT NULL, readings INTEGER NOT NULL)",
    # What the values were in `first..last` of `dropped`, as the points of a loss in JSON.
    "CREATE TABLE figures(first INTEGER PRIMARY KEY, last INTEGER NOT NULL, points TEXT NOT NULL)",
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID",
)


class UnknownFormat(AgentStopped):
    """Written by another version of the agent: whole, but not for us to change."""

    code = EXIT_CONFIG


class Damaged(Exception):
    """The file is not what was written: a flipped bit, a torn page, a file of something else."""


@dataclass
class Books:
    """The row of figures in `meta`. `floor`: the last place deleted under safe. `safe_n`: the highest place known to be safe.
    `total` counts readings of the stream, `produced` and `lost` those sealed and declared lost over all streams of this outbox.
    `last_*`: boot, clocks and clock's state of the last entry; `ended`: it says that the device ends as asked.
    `epoch` numbers the staging file whose readings are not sealed yet; `outbox` names this file, so that it can be told from
    another one. `held_bytes`: of the lines in `entry`."""

    outbox: str
    stream: str
    head_n: int = 0
    head_hash: str = GENESIS
    floor_n: int = 0
    floor_hash: str = GENESIS
    safe_n: int = 0
    total: int = 0
    produced: int = 0
    lost: int = 0
    epoch: int = 1
    held_bytes: int = 0
    version: int = VERSION
    last_boot: str = ""
    last_at: int = 0
    last_up: int = 0
    last_clock: str = "unset"
    ended: str = ""


ADDED = ("last_boot", "last_at", "last_up", "last_clock", "ended")
"""Figures that files of earlier agents of this version do not have: their defaults stand for them."""


def connect(path: Path) -> sqlite3.Connection:
    """The one writing connection: WAL, and every commit reaches the disk before it returns."""
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10.0)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("PRAGMA journal_size_limit=1048576")
    db.execute("PRAGMA cache_size=-512")
    return db


def connect_to_read(path: Path) -> sqlite3.Connection:
    """A connection that cannot write, for looking at an outbox that an agent may be using."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=10.0)


def is_new(db: sqlite3.Connection) -> bool:
    """A file in which no transaction was ever committed."""
    return bool(db.execute("SELECT count(*) = 0 FROM sqlite_master").fetchone()[0])


def create(db: sqlite3.Connection, books: Books) -> None:
    db.execute("BEGIN IMMEDIATE")
    for table in TABLES:
        db.execute(table)
    write_books(db, books)
    db.execute("COMMIT")


def read_books(db: sqlite3.Connection) -> Books:
    """Raises Damaged where figures are missing or not what they should be, UnknownFormat for another version's file."""
    stored = dict(db.execute("SELECT key, value FROM meta"))
    known = {field.name: field.type for field in fields(Books)}
    if isinstance(stored.get("version"), int) and stored["version"] != VERSION:
        file = db.execute("PRAGMA database_list").fetchone()[2]
        raise UnknownFormat(
            file, f"format {stored['version']}, this agent knows {VERSION}", "install the agent that wrote it"
        )
    named = [name for name in known if name in stored or name not in ADDED]
    wrong = [name for name in named if type(stored.get(name)) is not known[name]]
    if wrong:
        raise Damaged(f"meta: {', '.join(wrong)}")
    return Books(**{name: stored[name] for name in named})


def write_books(db: sqlite3.Connection, books: Books) -> None:
    db.executemany("INSERT INTO meta VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value=?2 WHERE value != ?2",
                   asdict(books).items())  # fmt: skip


def walk(db: sqlite3.Connection, books: Books) -> None:
    """Every line that is held against its hash, its header and the line before it, up to the head. Raises Damaged."""
    expected, prev, held = books.floor_n + 1, books.floor_hash, 0
    last = db.execute("SELECT n, hash FROM dropped ORDER BY n DESC LIMIT 1").fetchone()
    if last and last[0] >= expected:
        expected, prev = last[0] + 1, last[1]
    for n, digest, before, line in db.execute("SELECT n, hash, prev, line FROM entry ORDER BY n"):
        parts = read_header(line)
        if n != expected or before != prev or line_hash(line) != digest:
            raise Damaged(f"entry {n} does not follow entry {expected - 1}, or is not the line that was sealed")
        if parts is None or parts[0][1:] != (books.stream, n, prev):
            raise Damaged(f"entry {n} speaks of another place")
        expected, prev, held = n + 1, digest, held + len(line)
    if (expected - 1, prev, held) != (books.head_n, books.head_hash, books.held_bytes):
        raise Damaged(f"the chain ends at entry {expected - 1}, the head is {books.head_n}")
