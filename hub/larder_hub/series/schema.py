"""The tables of series.db. Everything in it can be built again from the ledger: remove the file to do so."""

from pathlib import Path

import apsw

from larder_hub.failures import FileFailed
from larder_hub.series import sealing

VERSION = 4

SCHEMA = """
CREATE TABLE position(             -- the ledger position up to which this file has committed
  id INTEGER PRIMARY KEY CHECK (id = 1), position INTEGER NOT NULL) STRICT;
INSERT INTO position VALUES (1, 0);
CREATE TABLE body(                 -- the entries whose values are here, by the hash of their bytes
  hash TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE series(               -- a point in one unit and scale
  id INTEGER PRIMARY KEY, device TEXT NOT NULL, point TEXT NOT NULL, unit TEXT NOT NULL, scale INTEGER NOT NULL,
  UNIQUE(device, point, unit, scale)) STRICT;
CREATE TABLE reading(
  series INTEGER NOT NULL, at_ms INTEGER NOT NULL,
  position INTEGER NOT NULL,       -- of the entry in the ledger
  place INTEGER NOT NULL,          -- in its column of that entry
  value INTEGER, quality TEXT NOT NULL, PRIMARY KEY(series, at_ms, position, place)) STRICT, WITHOUT ROWID;
CREATE TABLE filled(               -- how many instants of an hour have a reading, by their word
  series INTEGER NOT NULL,         -- the first of its point
  hour_ms INTEGER NOT NULL, quality TEXT NOT NULL, instants INTEGER NOT NULL,
  PRIMARY KEY(series, hour_ms, quality)) STRICT, WITHOUT ROWID;
CREATE TABLE anchor(               -- moments that tie a boot's wall clock to its uptime [C1]
  device TEXT NOT NULL, boot TEXT NOT NULL, at_ms INTEGER NOT NULL, up_ms INTEGER NOT NULL, state TEXT NOT NULL,
  error_ms INTEGER) STRICT;
CREATE INDEX anchor_of_boot ON anchor(device, boot);
CREATE TABLE untrusted(            -- entries whose clock was not set, as they told it; shift_ms: what was added to their instants,
  position INTEGER PRIMARY KEY,    -- NULL as long as no anchor says better
  device TEXT NOT NULL, boot TEXT NOT NULL, at_ms INTEGER NOT NULL, up_ms INTEGER NOT NULL, state TEXT NOT NULL,
  ago_ms INTEGER NOT NULL, ahead_ms INTEGER NOT NULL, received_ms INTEGER NOT NULL, shift_ms INTEGER, error_ms INTEGER) STRICT;
CREATE INDEX untrusted_of_boot ON untrusted(device, boot);
CREATE TABLE ahead(                -- entries with readings dated beyond `until_ms`: those are never a point's last word
  position INTEGER PRIMARY KEY, until_ms INTEGER NOT NULL) STRICT;
CREATE TABLE last(                 -- the newest reading of a point, and the newest good one
  device TEXT NOT NULL, point TEXT NOT NULL,
  at_ms INTEGER NOT NULL, value INTEGER, unit TEXT NOT NULL, scale INTEGER NOT NULL, quality TEXT NOT NULL,
  good_at_ms INTEGER, good_value INTEGER, good_unit TEXT NOT NULL, good_scale INTEGER NOT NULL,
  PRIMARY KEY(device, point)) STRICT, WITHOUT ROWID;
"""


class SeriesFailed(FileFailed):
    """The disk or file of series.db failed: the process stops, and a later start goes on from what the file says."""


def open_series(file: Path) -> apsw.Connection:
    """The one writing connection. Raises SeriesFailed with a hint."""
    try:
        connection = apsw.Connection(str(file))
        connection.set_busy_timeout(5_000)
        connection.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=2000")
        version = connection.pragma("user_version")
        if version in (0, 3):  # 3 had no sealed days
            with connection:
                connection.execute(sealing.SCHEMA if version else SCHEMA + sealing.SCHEMA)
                connection.execute(f"PRAGMA user_version={VERSION}")
        elif version != VERSION:
            raise SeriesFailed(
                f"{file}: version {version}, this program knows {VERSION} (remove the file: it is built again)"
            )
    except apsw.Error as error:
        raise SeriesFailed(
            f"{file}: {error} (is the disk full, does this user own it? removed, it is built again)"
        ) from error
    return connection


def open_for_reading(file: Path) -> apsw.Connection:
    """Raises SeriesFailed."""
    try:
        connection = apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READONLY)
        connection.set_busy_timeout(5_000)
    except apsw.Error as error:
        raise SeriesFailed(f"{file}: {error} (has the hub run once with this data_dir?)") from error
    return connection
