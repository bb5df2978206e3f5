"""The outbox file: its tables, and whether it is whole."""

import re
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from pydantic import TypeAdapter

from larder_agent.failures import EXIT_CONFIG, AgentStopped
from larder_core.content import Figures
from larder_core.digest import GENESIS, line_hash
from larder_core.entry import read_entry
from larder_core.header import read_header
from larder_core.refusal import Refused

VERSION = 1

LOG_BYTES = 1 << 20
"""How large the write-ahead log grows, but for one large transaction: it counts against the room that is left on a small disk."""

CHECK = "check"
"""The key in `meta` under which the hash of all the other figures stands. Files of earlier agents have none."""

ENTRY = """CREATE TABLE entry(n INTEGER PRIMARY KEY, hash TEXT NOT NULL, prev TEXT NOT NULL, line BLOB NOT NULL,
    readings INTEGER NOT NULL, adopted INTEGER NOT NULL, kind TEXT NOT NULL, sealed_ms INTEGER NOT NULL)"""
"""`readings` of its own; `adopted`: of the bodies that an adoption carries, which their own streams count."""

TABLES = (
    ENTRY,
    # A3: number and hash of what was declared lost stay until safe has passed; readings, so that a later loss can count again.
    "CREATE TABLE dropped(n INTEGER PRIMARY KEY, hash TEXT NOT NULL, readings INTEGER NOT NULL)",
    # What the values were in `first..last` of `dropped`, as the points of a loss in JSON: added up, so these rows go together.
    "CREATE TABLE figures(first INTEGER PRIMARY KEY, last INTEGER NOT NULL, points TEXT NOT NULL)",
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID",
)


KINDS = ("batch", "loss", "adoption", "event")
FIGURES = TypeAdapter(list[Figures])
HASH = re.compile(r"[A-Za-z0-9_-]{43}")

DAMAGE = (0, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_NOTADB)
"""Codes with which a file is refused that another program, or chance, has written to. 0: text that is not UTF-8, which Python
refuses without a code. SQLITE_ERROR: our own statements fit every file that we made."""


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
    `maintenance`: why an operator paused it, as its last event of that says.
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
    maintenance: str = ""


ADDED = ("last_boot", "last_at", "last_up", "last_clock", "ended", "maintenance")
"""Figures that files of earlier agents of this version do not have: their defaults stand for them."""


def connect(path: Path) -> sqlite3.Connection:
    """The one writing connection: WAL, and every commit reaches the disk before it returns. Raises Damaged, sqlite3.Error, OSError."""
    _check_header(path)
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10.0)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute(f"PRAGMA journal_size_limit={LOG_BYTES}")
    db.execute(f"PRAGMA wal_autocheckpoint={LOG_BYTES // 4096}")
    db.execute("PRAGMA cache_size=-128")
    return db


def connect_to_read(path: Path) -> sqlite3.Connection:
    """A connection that cannot write, for looking at an outbox that an agent may be using."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=10.0)


def _check_header(path: Path) -> None:
    """SQLite takes a file whose format it does not know for one that it may only read, and would tell of a read-only disk for ever."""
    if path.exists():
        with path.open("rb") as file:
            formats = file.read(20)[18:]
        if formats not in (b"", b"\1\1", b"\2\2"):
            raise Damaged("the file says that it is of another format")


def is_new(db: sqlite3.Connection) -> bool:
    """A file in which no transaction was ever committed. Raises Damaged for one that only lost the list of its tables."""
    if db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        return False
    if db.execute("PRAGMA page_count").fetchone()[0] > 1:
        raise Damaged("there are pages, but no tables")
    return True


def create(db: sqlite3.Connection, books: Books) -> None:
    """The tables and the first figures, inside a transaction of the caller's."""
    for table in TABLES:
        db.execute(table)
    write_books(db, books)


def read_books(db: sqlite3.Connection) -> Books:
    """Raises Damaged where figures are missing or not what they should be, UnknownFormat for another version's file."""
    stored = dict(db.execute("SELECT key, value FROM meta"))
    known = {field.name: field.type for field in fields(Books)}
    if isinstance(stored.get("version"), int) and stored["version"] != VERSION:
        file = db.execute("PRAGMA database_list").fetchone()[2]
        raise UnknownFormat(
            file, f"format {stored['version']}, this agent knows {VERSION}", "install the agent that wrote it"
        )
    check = stored.pop(CHECK, None)
    if check is not None and check != _check(stored):
        raise Damaged("meta: the figures are not those that were written")
    named = [name for name in known if name in stored or name not in ADDED]
    wrong = [name for name in named if type(stored.get(name)) is not known[name]]
    if wrong:
        raise Damaged(f"meta: {', '.join(wrong)}")
    return Books(**{name: stored[name] for name in named})


def write_books(db: sqlite3.Connection, books: Books) -> None:
    figures = asdict(books)
    db.executemany("INSERT INTO meta VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value=?2 WHERE value != ?2",
                   (figures | {CHECK: _check(figures)}).items())  # fmt: skip


def _check(figures: Mapping[str, object]) -> str:
    """A flipped bit in a number that counts readings would be believed by everybody."""
    return line_hash(repr(sorted(figures.items())).encode())


def walk(db: sqlite3.Connection, books: Books) -> None:
    """The pages, and every line that is held against its hash, its header and the line before it, up to the head. Raises Damaged.

    All of it: 60 MB of entries (94,200) take 0.6 s of an x86 core, and what is damaged should be found
    while the hub may still have it. A page that is not read here would be found at the first seal that needs it, again at every start.
    """
    found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise Damaged(f"the pages: {found}")
    expected, prev = _walk_dropped(db, books)
    held = readings = 0
    total: int | None = None
    for row in db.execute("SELECT n, hash, prev, line, readings, adopted, kind, sealed_ms FROM entry ORDER BY n"):
        n, digest, before, line, own, adopted, kind, sealed_ms = row
        if n != expected or before != prev or type(line) is not bytes or line_hash(line) != digest:
            raise Damaged(f"entry {n} does not follow entry {expected - 1}, or is not the line that was sealed")
        parts = read_header(line)
        if parts is None or parts[0][1:] != (books.stream, n, prev):
            raise Damaged(f"entry {n} speaks of another place")
        if kind not in KINDS or not all(type(one) is int and one >= 0 for one in (own, adopted, sealed_ms)):
            raise Damaged(f"entry {n} has figures that it was not sealed with")
        if readings == 0 and total is None:
            total = _total_before(line)
        expected, prev, held, readings = n + 1, digest, held + len(line), readings + own
    if (expected - 1, prev, held) != (books.head_n, books.head_hash, books.held_bytes):
        raise Damaged(f"the chain ends at entry {expected - 1}, the head is {books.head_n}")
    if total is not None and total + readings != books.total:
        raise Damaged(f"{readings} readings after {total} are not {books.total}")


def _walk_dropped(db: sqlite3.Connection, books: Books) -> tuple[int, str]:
    """Where the entries go on after those that were declared lost: the number to come, and the hash before it."""
    expected, prev = books.floor_n + 1, books.floor_hash
    for n, digest, readings in db.execute("SELECT n, hash, readings FROM dropped ORDER BY n"):
        if n != expected or type(digest) is not str or not HASH.fullmatch(digest) or type(readings) is not int:
            raise Damaged(f"what is kept of entry {n}, which was declared lost")
        expected, prev = n + 1, digest
    for first, text in db.execute("SELECT first, points FROM figures"):
        try:
            FIGURES.validate_json(text)
        except ValueError as error:
            raise Damaged(f"the figures of what was declared lost from entry {first} on") from error
    return expected, prev


def _total_before(line: bytes) -> int | None:
    """Readings of the stream before this entry; None for an entry of another version."""
    try:
        content = read_entry(line)[1]
    except Refused:
        return None
    return content.total - content.readings
