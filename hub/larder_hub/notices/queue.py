"""The notices in alarms.db as the sender sees them: which is next, and what became of it.

waiting ──► sending ──► accepted ──► sent, delivered
   ▲  │        │            │
   │  ├─► held ├─► unknown ─┴─► (asked again)      held ──► digested
   └──┴────────┴─ failed attempt                   waiting ──► failed, expired, dropped
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import apsw

from larder_hub.alarms.schema import transaction
from larder_hub.notices.health import Health

_COLUMNS = (
    "id, reference, alarm, kind, severity, person, phone, language, place, text, created_ms, state, attempt, due_ms, changed_ms, "
    "provider, drill"
)


_EXPIRED_MS = 24 * 3_600_000
_TAKEN = "'begun', 'accepted', 'sent', 'delivered', 'silent', 'unknown'"

ARRIVED = ("sent", "delivered")
"""It has left, and, where the driver can tell, it is on the telephone."""


class Attempt(NamedTuple):
    """A hand-over: to whom, and what became of it (begun, accepted, sent, delivered, failed, refused, unknown, silent, never left)."""

    provider: str
    outcome: str


class Queued(NamedTuple):
    """A notice on its way. `attempt` counts hand-overs begun, the last one to `provider`; `due_ms` is when it may be touched again."""

    id: int
    reference: str
    alarm: str
    kind: str
    severity: str
    person: str
    phone: str
    language: str
    place: str
    text: str
    created_ms: int
    state: str
    attempt: int
    due_ms: int
    changed_ms: int
    provider: str = ""
    drill: int = 0

    @property
    def name(self) -> str:
        """What the driver calls this attempt."""
        return f"{self.reference}-{self.attempt}"


class Digest(NamedTuple):
    """A message that takes the place of others."""

    reference: str
    alarm: str
    severity: str
    text: str


class NoticeQueue:
    """Over a connection of the sender's own; every change is a transaction."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._db = connection

    def in_state(self, *states: str) -> list[Queued]:
        """In the order in which they were intended."""
        marks = ", ".join("?" * len(states))
        query = f"SELECT {_COLUMNS} FROM notice WHERE state IN ({marks}) ORDER BY id"  # noqa: S608 (only question marks)
        return [Queued(*row) for row in self._db.execute(query, states)]

    def handed_ms(self, person: str, since_ms: int) -> list[int]:
        """When messages left for a person, exercises left out."""
        query = "SELECT sent_ms FROM notice WHERE person=? AND sent_ms > ? AND drill = 0"
        rows = self._db.execute(query, (person, since_ms))
        return [int(str(row[0])) for row in rows]

    def used(self, person: str, since_ms: int) -> dict[str, int]:
        """How many messages each provider has taken for a person since then. What nobody knows of counts too."""
        rows = self._db.execute(
            f"SELECT attempt.provider, count(*) FROM notice JOIN attempt ON attempt.notice = notice.id "  # noqa: S608 (our own words)
            f"WHERE person = ?1 AND created_ms > ?2 AND begun_ms > ?3 AND outcome IN ({_TAKEN}) GROUP BY 1",
            (person, since_ms - _EXPIRED_MS, since_ms),
        )
        return {str(row[0]): int(str(row[1])) for row in rows}

    def before(self, notice: Queued) -> list[str]:
        """The states of what the same person was to be told about the same alarm before."""
        query = "SELECT state FROM notice WHERE person=? AND alarm=? AND id < ?"
        return [str(row[0]) for row in self._db.execute(query, (notice.person, notice.alarm, notice.id))]

    def begin(self, notice: Queued, provider: str, now_ms: int) -> Queued:
        """The attempt and to whom, stored before anything is handed over."""
        begun = notice._replace(state="sending", attempt=notice.attempt + 1, provider=provider, changed_ms=now_ms)
        with transaction(self._db):
            self._write(begun, "", handed_ms=None)
            self._db.execute(
                "INSERT OR REPLACE INTO attempt VALUES (?,?,?,?,?,?,?)",
                (notice.id, begun.attempt, provider, now_ms, "begun", "", now_ms),
            )
        return begun

    def attempts(self, notice: Queued) -> list[Attempt]:
        """Every hand-over so far, in order."""
        rows = self._db.execute("SELECT provider, outcome FROM attempt WHERE notice=? ORDER BY n", (notice.id,))
        return [Attempt(str(row[0]), str(row[1])) for row in rows]

    def accepted(self, notice: Queued, due_ms: int, now_ms: int) -> None:
        """The driver has it; from now on it counts in the person's budget."""
        changed = notice._replace(state="accepted", due_ms=due_ms, changed_ms=now_ms)
        self._set(changed, "", handed_ms=now_ms, outcome="accepted")

    def move(
        self, notice: Queued, state: str, now_ms: int, *, due_ms: int = 0, detail: str = "", outcome: str = ""
    ) -> None:
        """Another state; `sent` counts as handed over if it was not before. `outcome`: what became of the last attempt."""
        changed = notice._replace(state=state, due_ms=due_ms, changed_ms=now_ms)
        self._set(changed, detail, handed_ms=now_ms if state in ARRIVED else None, outcome=outcome)

    def look_later(self, notice: Queued, due_ms: int) -> None:
        """Touch it again at `due_ms`; nothing else has changed."""
        with transaction(self._db):
            self._db.execute("UPDATE notice SET due_ms=? WHERE id=?", (due_ms, notice.id))

    def again(self, notice: Queued, now_ms: int) -> None:
        """The attempt never reached the driver: it is as if it had not begun."""
        self._set(
            notice._replace(state="waiting", attempt=notice.attempt - 1, due_ms=0, changed_ms=now_ms),
            "",
            handed_ms=None,
            outcome="never left",
        )

    def digest(self, members: Sequence[Queued], digest: Digest, now_ms: int) -> None:
        """One message in place of `members`, all to one person; together or not at all."""
        first = members[0]
        with transaction(self._db):
            self._db.execute(
                "INSERT INTO notice(reference, alarm, kind, severity, person, phone, language, place, text, created_ms, changed_ms) "
                "VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                (digest.reference, digest.alarm, "digest", digest.severity, first.person, first.phone, first.language, "",
                 digest.text, now_ms, now_ms),
            )  # fmt: skip
            row = self._db.last_insert_rowid()
            self._db.executemany(
                "UPDATE notice SET state='digested', digest=?, changed_ms=? WHERE id=?",
                [(row, now_ms, member.id) for member in members],
            )

    def health(self) -> dict[str, Health]:
        rows: Iterator[Any] = self._db.execute("SELECT name, failures, failing_ms, down_ms, tried_ms FROM provider")
        return {row[0]: Health(*row) for row in rows}

    def keep_health(self, health: Health) -> None:
        with transaction(self._db):
            self._db.execute(
                "INSERT OR REPLACE INTO provider VALUES (?,?,?,?,?)",
                (health.name, health.failures, health.failing_ms, health.down_ms, health.tried_ms),
            )

    def _set(self, notice: Queued, detail: str, *, handed_ms: int | None, outcome: str = "") -> None:
        with transaction(self._db):
            self._write(notice, detail, handed_ms=handed_ms)
            if outcome:
                self._db.execute(
                    "UPDATE attempt SET outcome=?, reason=?, changed_ms=? WHERE notice=? AND n=?",
                    (outcome, detail, notice.changed_ms, notice.id, notice.attempt + (outcome == "never left")),
                )

    def _write(self, notice: Queued, detail: str, *, handed_ms: int | None) -> None:
        self._db.execute(
            "UPDATE notice SET state=?, attempt=?, due_ms=?, changed_ms=?, provider=?, detail=?, sent_ms=coalesce(sent_ms, ?) "
            "WHERE id=?",
            (
                notice.state,
                notice.attempt,
                notice.due_ms,
                notice.changed_ms,
                notice.provider,
                detail,
                handed_ms,
                notice.id,
            ),
        )
