"""Notices on their further ways: one row of alarms.db for each notice and conversation, written before anything is sent.

waiting ──► sending ──► sent, failed        sending at a start ──► waiting (nobody knows: it is said again)
   ▲            │
   └── failed ──┘
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import apsw

from larder_hub.alarms.schema import transaction

_AT_ONCE = 200


class Further(NamedTuple):
    """A notice on its way to the conversation `channel`. `attempt` counts those begun."""

    notice: int
    channel: str
    attempt: int
    text: str
    created_ms: int


class ChatQueue:
    """Over a connection of the desk's own; every change is a transaction."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._db = connection

    def take_up(self, channels: Callable[[str], Sequence[str]], since_ms: int, now_ms: int) -> int:
        """Of notices that are new since the last time, a row for each conversation of their person (`channels`); how many.

        A group hears one thing once, however many of its people are told of it. A digest that takes the place of messages held back
        is for SMS alone: the group has had each of them."""
        if not self._db.execute("SELECT 1 FROM notice, mark WHERE notice.id > mark.chat LIMIT 1").fetchall():
            return 0
        with transaction(self._db):
            mark = int(str(self._db.execute("SELECT chat FROM mark").fetchall()[0][0]))
            rows: list[Any] = self._db.execute(
                "SELECT id, person, alarm, text, created_ms, EXISTS(SELECT 1 FROM notice AS one WHERE one.digest = notice.id) "
                "FROM notice WHERE id > ? ORDER BY id LIMIT ?",
                (mark, _AT_ONCE),
            ).fetchall()
            written = 0
            for id, person, alarm, text, created_ms, stands_for_others in rows:
                if not stands_for_others and created_ms > since_ms:
                    for channel in channels(person):
                        written += self._intend(id, channel, (alarm, text, created_ms), now_ms)
            if rows:
                self._db.execute("UPDATE mark SET chat=?", (rows[-1][0],))
        return written

    def _intend(self, notice: int, channel: str, said: tuple[str, str, int], now_ms: int) -> bool:
        query = (
            "SELECT 1 FROM chat JOIN notice ON notice.id = chat.notice "
            "WHERE channel=? AND alarm=? AND text=? AND notice.created_ms=?"
        )
        if self._db.execute(query, (channel, *said)).fetchall():
            return False
        self._db.execute("INSERT OR IGNORE INTO chat VALUES (?,?,'waiting',0,0,?,'')", (notice, channel, now_ms))
        return True

    def cut_off(self) -> None:
        """At a start: what was being sent when this process died is sent again; a word said twice is better than none."""
        with transaction(self._db):
            self._db.execute("UPDATE chat SET state='waiting' WHERE state='sending'")

    def next_due(self, now_ms: int) -> Further | None:
        """The oldest; what waits for another attempt holds up nothing else of its conversation."""
        rows: Iterator[Any] = self._db.execute(
            "SELECT notice, channel, chat.attempt, text, created_ms FROM chat JOIN notice ON notice.id = chat.notice "
            "WHERE chat.state = 'waiting' AND chat.due_ms <= ? ORDER BY notice, channel LIMIT 1",
            (now_ms,),
        )
        return next((Further(*row) for row in rows), None)

    def begin(self, further: Further, now_ms: int) -> Further:
        """Stored before anything is sent."""
        begun = further._replace(attempt=further.attempt + 1)
        self._set(begun, "sending", now_ms, 0, "")
        return begun

    def move(self, further: Further, state: str, now_ms: int, *, due_ms: int = 0, detail: str = "") -> None:
        self._set(further, state, now_ms, due_ms, detail)

    def _set(self, further: Further, state: str, now_ms: int, due_ms: int, detail: str) -> None:
        with transaction(self._db):
            self._db.execute(
                "UPDATE chat SET state=?, attempt=?, due_ms=?, changed_ms=?, detail=? WHERE notice=? AND channel=?",
                (state, further.attempt, due_ms, now_ms, detail, further.notice, further.channel),
            )
