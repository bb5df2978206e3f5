"""gammu-smsd with its messages in SQLite (`service = sql`, `driver = sqlite3`): the modem with delivery receipts.

The daemon's documents give two ways to hand a message over, its inject program and a row of `outbox`. The row is written here, because
its `CreatorID` comes back in `sentitems`: what is called by our own name needs no journal and is never handed over twice.

Its files service writes no receipt down anywhere, so that there `sent` is all that can be known; here a receipt turns `SendingOK` into
`DeliveryOK`, `DeliveryFailed`, `DeliveryPending` or `DeliveryUnknown`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from larder_hub.notices.characters import is_gsm
from larder_hub.notices.gammu import PHONE, GammuConfigError, daemon_words
from larder_hub.notices.port import Accepted, Delivery, Failed, Unknown

BUSY_MS = 5_000
_DRIVER = "sqlite3"
_HINT = (
    "the schema is /usr/share/doc/gammu-smsd/examples/sqlite.sql; the hub's user must be able to write file and folder"
)

BECAME = {
    "SendingOK": Delivery.WAITING,
    "SendingOKNoReport": Delivery.SENT,
    "SendingError": Delivery.FAILED,
    "Error": Delivery.FAILED,
    "DeliveryOK": Delivery.DELIVERED,
    "DeliveryFailed": Delivery.FAILED,
    "DeliveryPending": Delivery.WAITING,
    "DeliveryUnknown": Delivery.SENT,
}
"""What the daemon's words of `sentitems.Status` say. A receipt that says "unknown" says that it has left, and no more will come."""

_OUT = """
INSERT INTO outbox(CreatorID, DestinationNumber, TextDecoded, Coding, DeliveryReport, InsertIntoDB, SendingDateTime, SendingTimeOut)
SELECT ?1, ?2, ?3, ?4, 'yes', datetime('now', 'localtime'), datetime('now', 'localtime', '-1 second'),
       datetime('now', 'localtime', '-1 second')
WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE CreatorID = ?1) AND NOT EXISTS (SELECT 1 FROM sentitems WHERE CreatorID = ?1)
"""
"""The daemon compares with its local time, which is ours, and waits for the second to be over."""


class GammuSql:
    """`config` is the file that the daemon reads. Does no I/O before the first message."""

    name = "gammu-sql"

    def __init__(self, config: Path) -> None:
        self._config = config

    def send(self, phone: str, text: str, reference: str) -> Accepted | Failed | Unknown:
        """A row of the outbox, unless there is or was one of this reference."""
        if not PHONE.fullmatch(phone):
            return Failed("not a telephone number", retry=False, personal=True)
        coding = "Default_No_Compression" if is_gsm(text) else "Unicode_No_Compression"
        try:
            with messages_of(self._config) as db:
                if _became(db, reference) is Delivery.FAILED:
                    return Failed("the modem or the carrier refused it", retry=True)
                db.execute(_OUT, (reference, phone, text, coding))
        except (GammuConfigError, OSError) as error:
            return Failed(str(error), retry=True)
        except apsw.Error as error:
            return Failed(f"the daemon's database: {error} ({_HINT})", retry=True)
        return Accepted(reference)

    def status(self, reference: str) -> Delivery:
        try:
            with messages_of(self._config) as db:
                return _became(db, reference)
        except (GammuConfigError, OSError, apsw.Error):
            return Delivery.UNKNOWN

    def withdraw(self, reference: str) -> bool:
        """Take a message out of the outbox, unless the daemon is sending it now."""
        free = "CreatorID = ? AND SendingTimeOut < datetime('now', 'localtime')"
        try:
            with messages_of(self._config) as db:
                db.execute(f"DELETE FROM outbox WHERE {free}", (reference,))  # noqa: S608 (our own words)
                return db.changes() > 0
        except (GammuConfigError, OSError, apsw.Error):
            return False


def _became(db: apsw.Connection, reference: str) -> Delivery:
    """One question, so that a message that moves meanwhile is seen at one of its places. A part that failed fails all."""
    rows = db.execute(
        "SELECT Status FROM sentitems WHERE CreatorID = ?1 UNION ALL SELECT '' FROM outbox WHERE CreatorID = ?1",
        (reference,),
    ).fetchall()
    found = {Delivery.WAITING if row[0] == "" else BECAME.get(str(row[0]), Delivery.UNKNOWN) for row in rows}
    order = (Delivery.FAILED, Delivery.UNKNOWN, Delivery.WAITING, Delivery.SENT, Delivery.DELIVERED)
    return next((one for one in order if one in found), Delivery.ABSENT)


@contextmanager
def messages_of(config: Path) -> Iterator[apsw.Connection]:
    """The daemon's database, which it must have. Raises GammuConfigError, apsw.Error."""
    words = daemon_words(config)
    service, driver = words.get("service", "").lower(), words.get("driver", "").lower()
    if (service, driver) != ("sql", _DRIVER) or not words.get("database"):
        raise GammuConfigError(
            f"{config}: [smsd] service = {service or '-'}, driver = {driver or '-'} (gammu-sql needs service = sql, driver = sqlite3, "
            "dbdir and database; for service = files use driver gammu-smsd)"
        )
    db = apsw.Connection(str(Path(words.get("dbdir", ".")) / words["database"]), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        db.set_busy_timeout(BUSY_MS)
        yield db
    finally:
        db.close()
