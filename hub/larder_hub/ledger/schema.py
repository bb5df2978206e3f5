"""The tables of ledger.db, and how it is opened: WAL, synchronous FULL, append-only by trigger."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from larder_hub.failures import FileFailed

MINIMUM_SQLITE = (3, 51, 3)

SCHEMA = """
CREATE TABLE message(              -- a payload that brought something new: what the device signed over its lines
  id INTEGER PRIMARY KEY, device TEXT NOT NULL, received_ms INTEGER NOT NULL, trailer BLOB NOT NULL) STRICT;
CREATE TABLE stream(               -- one row for each stream ever heard of
  id INTEGER PRIMARY KEY, stream TEXT NOT NULL UNIQUE, device TEXT NOT NULL,
  first_heard_ms INTEGER NOT NULL, -- 0: not known, only the registry remembered the stream; so too heard_ms until it speaks again
  heard INTEGER NOT NULL,          -- rises whenever the stream is heard: of a device's streams the highest is the current one
  heard_ms INTEGER NOT NULL, upto INTEGER NOT NULL, upto_hash TEXT NOT NULL, frozen INTEGER NOT NULL,
  first INTEGER NOT NULL,          -- the lowest number that its holder last answered for
  stored INTEGER NOT NULL, refused INTEGER NOT NULL, evidence INTEGER NOT NULL, readings INTEGER NOT NULL) STRICT;
CREATE INDEX stream_of_device ON stream(device, heard);
CREATE TABLE entry(                -- every proven line ever received, refused ones and both sides of a fork too
  id INTEGER PRIMARY KEY, stream INTEGER NOT NULL, n INTEGER NOT NULL, hash TEXT NOT NULL, prev TEXT NOT NULL,
  message INTEGER NOT NULL, received_ms INTEGER NOT NULL,
  holds INTEGER NOT NULL,          -- 1: came first for its number; 0: evidence of a fork
  readings INTEGER NOT NULL, kind TEXT NOT NULL, refusal TEXT NOT NULL, line BLOB NOT NULL) STRICT;
CREATE UNIQUE INDEX entry_identity ON entry(stream, n, hash);
CREATE INDEX entry_refused ON entry(stream, n) WHERE refusal != '';
CREATE TABLE counted(              -- the entries whose content counts, in the order the projections read them
  position INTEGER PRIMARY KEY, entry INTEGER NOT NULL UNIQUE) STRICT;
CREATE TABLE bridge(               -- where upto went across a declared loss
  stream INTEGER NOT NULL, after INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY(stream, after)) STRICT, WITHOUT ROWID;
CREATE TABLE loss(                 -- ranges declared lost; own: told by the same stream
  id INTEGER PRIMARY KEY, stream INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, end TEXT NOT NULL,
  count INTEGER NOT NULL, reason TEXT NOT NULL, own INTEGER NOT NULL, entry INTEGER NOT NULL) STRICT;
CREATE INDEX loss_of_stream ON loss(stream, last);
CREATE TABLE claim(                -- announcements that upto has not confirmed, and the highest
  stream INTEGER NOT NULL, n INTEGER NOT NULL, hash TEXT NOT NULL, first INTEGER NOT NULL,
  PRIMARY KEY(stream, n, hash)) STRICT, WITHOUT ROWID;
CREATE TABLE quarantine(           -- what proves nothing, and the raw bytes of refused lines
  id INTEGER PRIMARY KEY, received_ms INTEGER NOT NULL, topic TEXT NOT NULL, device TEXT NOT NULL, reason TEXT NOT NULL,
  detail TEXT NOT NULL, digest TEXT NOT NULL UNIQUE, stream TEXT NOT NULL, n INTEGER NOT NULL, raw BLOB NOT NULL) STRICT;
CREATE TABLE fork(                 -- two signed statements about one number that disagree
  id INTEGER PRIMARY KEY, stream INTEGER NOT NULL, n INTEGER NOT NULL, known TEXT NOT NULL, told TEXT NOT NULL,
  received_ms INTEGER NOT NULL, UNIQUE(stream, n, known, told)) STRICT;
CREATE TABLE status(               -- the last word of each device about itself
  device TEXT PRIMARY KEY, received_ms INTEGER NOT NULL, online INTEGER NOT NULL, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
"""

EVENTS = "CREATE INDEX IF NOT EXISTS entry_event ON entry(id) WHERE kind = 'event'"
"""What devices say happened to them is rare among what they measure; the account reads it."""
SINCE = """
CREATE TABLE IF NOT EXISTS unproven(   -- payloads that prove nothing, by sender: on its last day, and ever
  sender TEXT PRIMARY KEY, day INTEGER NOT NULL, payloads INTEGER NOT NULL, ever INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS anew(       -- one row: the ledger before this one was lost with all its backups
  since_ms INTEGER NOT NULL) STRICT;
"""
"""Tables that came after the first ledgers were made: added where they are missing."""

APPEND_ONLY = ("message", "entry", "counted", "bridge", "loss", "quarantine", "fork")


DAMAGED = (
    "the hub does not go on with a damaged ledger. Keep the file as evidence and put a restore point in its place: "
    "larder hub restore-points, then larder hub restore --point N; the agents send the rest again"
)


class LedgerFailed(FileFailed):
    """The ledger's disk or file failed. The only right answer is to stop the process: what a later start reads decides."""


@contextmanager
def no_receipt_without(files: str) -> Iterator[None]:
    """What SQLite says of `files` here ends the hub as LedgerFailed: no payload is to blame for it."""
    try:
        yield
    except apsw.Error as error:
        raise LedgerFailed(f"{files}: {error} (their disk: without them no receipt may leave)") from error


def open_ledger(file: Path) -> apsw.Connection:
    """The one writing connection. Raises LedgerFailed with a hint."""
    if tuple(int(part) for part in apsw.sqlite_lib_version().split(".")) < MINIMUM_SQLITE:
        raise LedgerFailed(
            f"SQLite {apsw.sqlite_lib_version()} has a bug that corrupts WAL files (install apsw 3.51.3 or newer)"
        )
    try:
        connection = apsw.Connection(str(file))
        connection.set_busy_timeout(5_000)
        connection.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=2000")
        connection.execute("PRAGMA journal_size_limit=8388608")  # what a long reader made it grow to is given back
        if connection.pragma("user_version") == 0:
            _create(connection)
        connection.execute(SINCE)
        connection.execute(EVENTS)  # made later than the first ledgers
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise LedgerFailed(f"{file} is damaged: {error} ({DAMAGED})") from error
    except apsw.Error as error:
        raise LedgerFailed(f"{file}: {error} (is it a ledger, is its disk full, does this user own it?)") from error
    return connection


def open_for_reading(file: Path) -> apsw.Connection:
    """A reading connection; a thread needs one of its own. Raises LedgerFailed."""
    try:
        connection = apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READONLY)
        connection.set_busy_timeout(5_000)
    except apsw.Error as error:
        raise LedgerFailed(f"{file}: {error} (has the hub run once with this data_dir?)") from error
    return connection


def _create(connection: apsw.Connection) -> None:
    with connection:
        connection.execute(SCHEMA)
        for table in APPEND_ONLY:
            for act in ("UPDATE", "DELETE"):
                connection.execute(
                    f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
        connection.execute("PRAGMA user_version=1")
