"""The tables of alarms.db, and how it is opened: WAL, synchronous FULL.

Everything here but `act` and the outcome of a notice is computed from the ledger and the register. Four connections write: the
projection, the sender, the web's acknowledgements and the ledger's reports; each begins IMMEDIATE and waits its turn.

SCHEMA is that of version 3; `upgrade` says what was added since, to a new file as to an old one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from larder_hub.alarms.acts import BrokenActs
from larder_hub.alarms.taken import take_up
from larder_hub.alarms.turnstile import turnstile
from larder_hub.alarms.upgrade import OLDEST, VERSION, steps_after
from larder_hub.failures import FileFailed

SCHEMA = """
CREATE TABLE mark(                 -- how far the projection is: the ledger's position, the last tick, and since when the hub listens
  id INTEGER PRIMARY KEY CHECK(id = 1), position INTEGER NOT NULL, tick_ms INTEGER NOT NULL, listening_ms INTEGER NOT NULL) STRICT;
CREATE TABLE point_state(          -- a point by every reading as it came; excursion and fault as JSON of larder_core.limits
  device TEXT NOT NULL, point TEXT NOT NULL, last_any_ms INTEGER, last_good_ms INTEGER, last_value REAL,
  excursion TEXT NOT NULL, fault TEXT NOT NULL, PRIMARY KEY(device, point)) STRICT, WITHOUT ROWID;
CREATE TABLE settled_state(        -- the same strictly in order, only while a stream of the device has a hole
  device TEXT NOT NULL, point TEXT NOT NULL, last_any_ms INTEGER, last_good_ms INTEGER, last_value REAL,
  excursion TEXT NOT NULL, fault TEXT NOT NULL, PRIMARY KEY(device, point)) STRICT, WITHOUT ROWID;
CREATE TABLE lane(                 -- a stream: the number that comes next in order, since when it is missing
  stream TEXT PRIMARY KEY, device TEXT NOT NULL, next INTEGER NOT NULL, hole_ms INTEGER) STRICT, WITHOUT ROWID;
CREATE TABLE held(                 -- entries beyond a hole
  stream TEXT NOT NULL, n INTEGER NOT NULL, position INTEGER NOT NULL, received_ms INTEGER NOT NULL, line BLOB NOT NULL,
  PRIMARY KEY(stream, n)) STRICT, WITHOUT ROWID;
CREATE TABLE gone(                 -- numbers that a declared loss of the same stream says will not come
  stream TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY(stream, first, last)) STRICT, WITHOUT ROWID;
CREATE TABLE expected(             -- since when the register expects a point to be heard
  device TEXT NOT NULL, point TEXT NOT NULL, since_ms INTEGER NOT NULL, PRIMARY KEY(device, point)) STRICT, WITHOUT ROWID;
CREATE TABLE backlog(              -- when a device last sent something late
  device TEXT PRIMARY KEY, late_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE anchor(               -- moments that tie a boot's wall clock to its uptime [C1]
  device TEXT NOT NULL, boot TEXT NOT NULL, at_ms INTEGER NOT NULL, up_ms INTEGER NOT NULL, state TEXT NOT NULL,
  error_ms INTEGER) STRICT;
CREATE INDEX anchor_of_boot ON anchor(device, boot);
CREATE TABLE boot(                 -- of a boot whose clock says nothing: the least (arrival - uptime) seen
  device TEXT NOT NULL, boot TEXT NOT NULL, least_ms INTEGER NOT NULL, PRIMARY KEY(device, boot)) STRICT, WITHOUT ROWID;
CREATE TABLE maintenance(          -- an operator paused a device: its last word on it, and until when its silence is no alarm
  device TEXT PRIMARY KEY, said_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE storm(                -- devices of a county that fell silent together; lead is the alarm that speaks for all
  id INTEGER PRIMARY KEY, county TEXT NOT NULL, since_ms INTEGER NOT NULL, lead TEXT NOT NULL, over_ms INTEGER) STRICT;
CREATE TABLE incident(             -- how far the ledger's quarantine and forks have been taken up
  kind TEXT PRIMARY KEY, place INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE alarm(
  ticket INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, county TEXT NOT NULL, site TEXT NOT NULL, device TEXT NOT NULL,
  point TEXT NOT NULL, kind TEXT NOT NULL, side TEXT NOT NULL, severity TEXT NOT NULL, condition TEXT NOT NULL,
  visibility TEXT NOT NULL, t0_ms INTEGER NOT NULL, raised_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, ended_ms INTEGER,
  cleared_ms INTEGER, late INTEGER NOT NULL, settled INTEGER NOT NULL,
  value REAL, peak REAL, level REAL, unit TEXT NOT NULL, reason TEXT NOT NULL,
  count INTEGER NOT NULL, told_ms INTEGER, told_severity TEXT NOT NULL, quiet_until_ms INTEGER, reported_ms INTEGER,
  clear_told INTEGER NOT NULL, storm INTEGER, acked_ms INTEGER, escalated_ms INTEGER) STRICT;
CREATE INDEX alarm_of_point ON alarm(device, point, kind, side);
CREATE INDEX alarm_open ON alarm(condition) WHERE condition != 'normal';
CREATE TABLE transition(           -- position: the ledger row that caused it; tick_ms: the tick or report that did
  id INTEGER PRIMARY KEY, alarm TEXT NOT NULL, what TEXT NOT NULL, severity TEXT NOT NULL, at_ms INTEGER NOT NULL,
  value REAL, peak REAL, level REAL, position INTEGER, tick_ms INTEGER) STRICT;
CREATE INDEX transition_of_alarm ON transition(alarm);
CREATE TABLE act(                  -- what people did
  id INTEGER PRIMARY KEY, alarm TEXT NOT NULL, act TEXT NOT NULL, actor TEXT NOT NULL, at_ms INTEGER NOT NULL,
  note TEXT NOT NULL) STRICT;
CREATE INDEX act_of_alarm ON act(alarm);
CREATE TABLE notice(               -- the intent to tell somebody, up to created_ms; what follows is the sender's
  id INTEGER PRIMARY KEY, reference TEXT NOT NULL UNIQUE, alarm TEXT NOT NULL, kind TEXT NOT NULL, severity TEXT NOT NULL,
  person TEXT NOT NULL, phone TEXT NOT NULL, language TEXT NOT NULL, place TEXT NOT NULL, text TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting', attempt INTEGER NOT NULL DEFAULT 0, due_ms INTEGER NOT NULL DEFAULT 0,
  changed_ms INTEGER NOT NULL DEFAULT 0, sent_ms INTEGER, detail TEXT NOT NULL DEFAULT '', digest INTEGER) STRICT;
CREATE INDEX notice_of_alarm ON notice(alarm);
CREATE INDEX notice_unsettled ON notice(state) WHERE state IN ('waiting', 'sending', 'unknown', 'accepted');
CREATE INDEX notice_sent ON notice(person, sent_ms) WHERE sent_ms IS NOT NULL;
INSERT INTO mark VALUES (1, 0, 0, 0);
"""


class AlarmsFailed(FileFailed):
    """alarms.db failed. The only right answer is to stop the process; the next one goes on from what was committed."""


def open_alarms(file: Path) -> apsw.Connection:
    """A connection for one thread; makes the tables where there are none. Raises AlarmsFailed with a hint."""
    try:
        connection = apsw.Connection(str(file))
        connection.set_busy_timeout(10_000)
        connection.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")
        connection.execute("BEGIN IMMEDIATE")
        version = _upgraded(connection)
        if version == VERSION:
            take_up(connection)
        connection.execute("COMMIT")
    except apsw.Error as error:
        raise AlarmsFailed(f"{file}: {error} (is its disk full, does this user own it?)") from error
    except BrokenActs as error:
        connection.close()
        raise AlarmsFailed(str(error)) from error
    if version != VERSION:
        hint = f"it can be read by versions from {OLDEST} to {VERSION}: install the newer larder again, or restore a backup"
        connection.close()
        raise AlarmsFailed(f"{file}: written by another version ({version}); {hint}")
    return connection


def _upgraded(connection: apsw.Connection) -> int:
    """Its version after tables were made or added to, inside the caller's transaction: all of it or nothing."""
    version = int(connection.pragma("user_version"))
    if version == 0:
        connection.execute(SCHEMA)
        version = OLDEST
    if not OLDEST <= version < VERSION:
        return version
    for step in steps_after(version):
        connection.execute(step)
    connection.execute(f"PRAGMA user_version={VERSION}")
    return VERSION


@contextmanager
def transaction(connection: apsw.Connection) -> Iterator[None]:
    """All or nothing, and only one writer, in the order of asking. Raises AlarmsFailed; after it the process ends."""
    try:
        with turnstile(connection.filename).passed():
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
    except (apsw.Error, BrokenActs, OSError) as error:
        raise AlarmsFailed(
            f"{connection.filename}: {error} (nothing of it was committed: start the hub again)"
        ) from error
