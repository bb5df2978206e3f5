"""The notices in alarms.db as the sender sees them: which is next, and what became of it.

waiting ──► sending ──► accepted ──► sent
   ▲  │        │            │
   │  ├─► held ├─► unknown ─┴─► (asked again)      held ──► digested
   └──┴────────┴─ failed attempt                   waiting ──► failed, expired, dropped
"""

from collections.abc import Sequence
from typing import NamedTuple

import apsw

from larder_hub.alarms.schema import transaction

_COLUMNS = "id, reference, alarm, kind, severity, person, phone, language, place, text, created_ms, state, attempt, due_ms, changed_ms"


class Queued(NamedTuple):
    """A notice on its way. `attempt` counts hand-overs begun; `due_ms` is when it may be touched again."""

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
        rows = self._db.execute("SELECT sent_ms FROM notice WHERE person=? AND sent_ms > ?", (person, since_ms))
        return [int(str(row[0])) for row in rows]

    def before(self, notice: Queued) -> list[str]:
        """The states of what the same person was to be told about the same alarm before."""
        query = "SELECT state FROM notice WHERE person=? AND alarm=? AND id < ?"
        return [str(row[0]) for row in self._db.execute(query, (notice.person, notice.alarm, notice.id))]

    def begin(self, notice: Queued, now_ms: int) -> Queued:
        """The attempt, stored before anything is handed over."""
        begun = notice._replace(state="sending", attempt=notice.attempt + 1, changed_ms=now_ms)
        self._set(begun, "", handed_ms=None)
        return begun

    def accepted(self, notice: Queued, due_ms: int, now_ms: int) -> None:
        """The driver has it; from now on it counts in the person's budget."""
        self._set(notice._replace(state="accepted", due_ms=due_ms, changed_ms=now_ms), "", handed_ms=now_ms)

    def move(self, notice: Queued, state: str, now_ms: int, *, due_ms: int = 0, detail: str = "") -> None:
        """Another state; `sent` counts as handed over if it was not before."""
        changed = notice._replace(state=state, due_ms=due_ms, changed_ms=now_ms)
        self._set(changed, detail, handed_ms=now_ms if state == "sent" else None)

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

    def _set(self, notice: Queued, detail: str, *, handed_ms: int | None) -> None:
        with transaction(self._db):
            self._db.execute(
                "UPDATE notice SET state=?, attempt=?, due_ms=?, changed_ms=?, detail=?, sent_ms=coalesce(sent_ms, ?) WHERE id=?",
                (notice.state, notice.attempt, notice.due_ms, notice.changed_ms, detail, handed_ms, notice.id),
            )
