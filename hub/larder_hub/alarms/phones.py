"""Phones that were paired with a person, and what people do from them: over alarms.db, from any thread.

A code and a token are kept as hashes only: whoever reads the file can pair or be nobody. A token is bound to its person for 180 days.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import local

import apsw

from larder_hub.alarms.journal import Journal
from larder_hub.alarms.schema import open_alarms, transaction
from larder_hub.web.ports import UNDONE, UNKNOWN_ALARM, ActView, Refusal

CODE_MS = 24 * 3_600_000
"""A code that nobody has used after a day is of no use any more."""

PAIRED_MS = 180 * 24 * 3_600_000
UNDO_MS = 15_000
"""Ten seconds for the person, and some for the way."""

_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Nothing that is read for something else; ten of them are 49 bits, which nobody guesses within a day."""


class SqlitePhones:
    """Raises AlarmsFailed where the file cannot be opened or written."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._mine = local()

    # ---------------------------------------------------------------- pairing

    def offer(self, person: str, actor: str, now_ms: int) -> str:
        """A new code for this person, good once and for a day."""
        code = "".join(secrets.choice(_ALPHABET) for _ in range(10))
        with transaction(self._db):
            self._db.execute("DELETE FROM pairing WHERE until_ms <= ?", (now_ms,))
            self._db.execute("INSERT INTO pairing(code, person, actor, until_ms) VALUES (?,?,?,?)",
                             (_hash(code), person, actor, now_ms + CODE_MS))  # fmt: skip
        return code

    def redeem(self, code: str, now_ms: int) -> str | None:
        """The token of a phone, once; None for a code that is unknown, used or too old."""
        token, wanted = secrets.token_urlsafe(32), _hash(code.strip().upper())
        with transaction(self._db):
            found = self._db.execute(
                "SELECT person FROM pairing WHERE code=? AND until_ms > ?", (wanted, now_ms)
            ).fetchone()
            if found is None:
                return None
            self._db.execute("DELETE FROM pairing WHERE code=?", (wanted,))
            self._db.execute("INSERT INTO phone(token, person, paired_ms, until_ms) VALUES (?,?,?,?)",
                             (_hash(token), found[0], now_ms, now_ms + PAIRED_MS))  # fmt: skip
        return token

    def person_of(self, token: str, now_ms: int) -> str | None:
        """Whose phone it is; None where it was never paired, was revoked, or its time is over."""
        query = "SELECT person FROM phone WHERE token=? AND until_ms > ? AND revoked_ms IS NULL"
        found = self._db.execute(query, (_hash(token), now_ms)).fetchone()
        return None if found is None else str(found[0])

    def revoke(self, person: str, now_ms: int) -> int:
        """All phones and codes of this person; how many phones that were."""
        with transaction(self._db):
            self._db.execute("DELETE FROM pairing WHERE person=?", (person,))
            self._db.execute("UPDATE phone SET revoked_ms=? WHERE person=? AND revoked_ms IS NULL", (now_ms, person))
            return self._db.changes()

    # ---------------------------------------------------------------- what people see and do

    def told(self, person: str) -> frozenset[str]:
        """The alarms about which this person was to be told."""
        return frozenset(
            str(row[0]) for row in self._db.execute("SELECT DISTINCT alarm FROM notice WHERE person=?", (person,))
        )

    def opened(self, person: str, alarms: Sequence[str], now_ms: int) -> None:
        """Looked at, for the first time. That is no act: nothing of the alarm moves."""
        known = {str(row[0]) for row in self._db.execute("SELECT alarm FROM opened WHERE person=?", (person,))}
        if fresh := [id for id in alarms if id not in known]:
            with transaction(self._db):
                self._db.executemany(
                    "INSERT OR IGNORE INTO opened VALUES (?,?,?)", [(id, person, now_ms) for id in fresh]
                )

    def did(self, alarm: str, person: str, act: str, now_ms: int) -> None:
        """What a person says to have done about an alarm."""
        with transaction(self._db):
            self._note(alarm, act, person, now_ms, "phone")

    def undoable(self, acts: Sequence[ActView], person: str, now_ms: int) -> bool:
        """Whether `undo` would take anything back."""
        return last_young(acts, person, now_ms) is not None

    def undo(self, alarm: str, person: str, acts: Sequence[ActView], now_ms: int) -> Refusal | None:
        """Take back the last act of this person, of the last ten seconds. Both stay written; a signature is taken off the alarm."""
        last = last_young(acts, person, now_ms)
        if last is None:
            return Refusal("too-late", "已超过 10 秒，不能撤销。", "More than ten seconds ago: it stands.")
        with transaction(self._db):
            journal = Journal(self._db)
            kept = journal.alarm(alarm)
            if kept is None:
                return Refusal(UNKNOWN_ALARM, "没有这个报警，请刷新页面。", "There is no such alarm; reload the page.")
            if last.act == "ack" and kept.over:
                return Refusal("over", "报警已结束，签收不再撤销。", "The alarm is over: the signature stands.")
            if last.act == "ack":
                journal.keep(replace(kept, acked_ms=None))
            self._note(alarm, UNDONE, person, now_ms, last.act)
        return None

    def _note(self, alarm: str, act: str, person: str, now_ms: int, note: str) -> None:
        Journal(self._db).act(alarm, act, person, now_ms, note)

    @property
    def _db(self) -> apsw.Connection:
        connection: apsw.Connection | None = getattr(self._mine, "connection", None)
        if connection is None:
            connection = self._mine.connection = open_alarms(self._file)
        return connection


def last_young(acts: Sequence[ActView], person: str, now_ms: int) -> ActView | None:
    """The act that this person may still take back: the last one on the alarm by people, and his own."""
    people = [act for act in acts if act.actor != "hub"]
    last = people[-1] if people else None
    young = last is not None and last.actor == person and last.act != UNDONE and 0 <= now_ms - last.at_ms <= UNDO_MS
    return last if young else None


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
