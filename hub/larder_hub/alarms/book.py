"""The alarms as the web reads and signs them: the port `larder_hub.web.ports.AlarmBook` over alarms.db.

Safe to call from any thread: each has a connection of its own. Readers do not hold up the projection, nor it them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from threading import local
from typing import Any

import apsw

from larder_core.limits.handling import Act, Handling, HandlingRefusal, NotMoved, Stage, move
from larder_core.limits.words import rank
from larder_hub.alarms.alarm import OVER, Alarm
from larder_hub.alarms.journal import Journal
from larder_hub.alarms.schema import open_alarms, transaction
from larder_hub.alarms.taken import REPORTED
from larder_hub.notices.port import masked
from larder_hub.web.ports import UNKNOWN_ALARM, Acted, ActView, AlarmView, AttemptView, NoticeView, Refusal

MOST_OPEN = 2_000
MOST_NOTE = 500


class SqliteAlarmBook:
    """Raises AlarmsFailed where the file cannot be opened or written."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._mine = local()

    def open(self) -> Sequence[AlarmView]:
        """Going on, or over but grave enough that somebody must still sign it; worst first, then the longest."""
        journal = Journal(self._connection)
        found = journal.alarms(
            "condition != ? OR (drill = 0 AND acked_ms IS NULL AND severity != 'warning')",
            OVER,
            tail=f"ORDER BY t0_ms LIMIT {MOST_OPEN}",
        )
        return [self._view(alarm) for alarm in sorted(found, key=lambda one: (-rank(one.severity), one.t0_ms))]

    def recent(self, limit: int) -> Sequence[AlarmView]:
        found = Journal(self._connection).alarms("1", tail=f"ORDER BY ticket DESC LIMIT {int(limit)}")
        return [self._view(alarm) for alarm in found]

    def get(self, id: str) -> AlarmView | None:
        alarm = Journal(self._connection).alarm(id)
        return None if alarm is None else self._view(alarm)

    def members(self, id: str) -> Sequence[AlarmView]:
        query = "id != ?1 AND (inhibited_by = ?1 OR storm IN (SELECT id FROM storm WHERE lead = ?1))"
        return [self._view(alarm) for alarm in Journal(self._connection).alarms(query, id)]

    def acknowledge(self, id: str, actor: str, note: str, now_ms: int) -> Acted | Refusal:
        """Seen, not solved. Two people at once: one is recorded, the other learns that it is signed already."""
        connection = self._connection
        with transaction(connection):
            journal = Journal(connection)
            alarm = journal.alarm(id)
            if alarm is None:
                return Refusal(UNKNOWN_ALARM, "没有这个报警，请刷新页面。", "There is no such alarm; reload the page.")
            moved = move(Handling(_stage(alarm)), Act.ACK, actor)
            if isinstance(moved, HandlingRefusal):
                return _refused(moved)
            kept = replace(alarm, acked_ms=now_ms)
            if alarm.kind in REPORTED:
                kept = replace(kept, condition=OVER, cleared_ms=now_ms)
            journal.keep(kept)
            journal.act(id, Act.ACK.value, actor.strip(), now_ms, note[:MOST_NOTE])
        return Acted(self._view(kept))

    def notices(self, limit: int) -> Sequence[NoticeView]:
        rows = self._connection.execute(
            "SELECT id, alarm, person, phone, kind, text, state, max(created_ms, changed_ms), why, provider FROM notice "
            "ORDER BY id DESC LIMIT ?",
            (limit,),
        ).fetchall()
        attempts = self._attempts(int(str(rows[-1][0]))) if rows else {}
        return [
            NoticeView(
                str(id),
                str(alarm),
                str(person),
                masked(str(phone)),
                str(kind),
                str(text),
                str(state),
                int(str(at)),
                str(why),
                str(provider),
                tuple(attempts.get(int(str(id)), ())),
            )
            for id, alarm, person, phone, kind, text, state, at, why, provider in rows
        ]

    def _attempts(self, since: int) -> dict[int, list[AttemptView]]:
        """Hand-overs of the notices from number `since` on, by SMS and then to chat groups."""
        rows: Iterator[Any] = self._connection.execute(
            "SELECT notice, provider, outcome, reason, changed_ms, 0 AS further, n AS turn FROM attempt WHERE notice >= ?1 UNION ALL "
            "SELECT notice, 'notify.' || channel, state, detail, changed_ms, 1, channel FROM chat WHERE notice >= ?1 "
            "ORDER BY notice, further, turn",
            (since,),
        )
        found: dict[int, list[AttemptView]] = {}
        for notice, provider, outcome, reason, at_ms, *_ in rows:
            found.setdefault(notice, []).append(AttemptView(provider, outcome, reason, at_ms))
        return found

    def close(self) -> None:
        """Close this thread's connection."""
        connection: apsw.Connection | None = getattr(self._mine, "connection", None)
        if connection is not None:
            connection.close()
            self._mine.connection = None

    @property
    def _connection(self) -> apsw.Connection:
        connection: apsw.Connection | None = getattr(self._mine, "connection", None)
        if connection is None:
            connection = self._mine.connection = open_alarms(self._file)
        return connection

    def _view(self, alarm: Alarm) -> AlarmView:
        return AlarmView(
            id=alarm.id, site=alarm.site, device=alarm.device, point=alarm.point, kind=alarm.kind, side=alarm.side,
            severity=str(alarm.severity), condition=alarm.condition, handling=str(_stage(alarm)), visibility=alarm.visibility,
            since_ms=alarm.t0_ms, raised_ms=alarm.raised_ms, cleared_ms=alarm.cleared_ms,
            value=alarm.value, peak=alarm.peak, limit=alarm.level, unit=alarm.unit, late=alarm.late, ticket=str(alarm.ticket),
            inhibited_by=alarm.inhibited_by, drill=alarm.drill, unstable=alarm.unstable_ms is not None,
            spoken_by=self._spoken_by(alarm),
            acts=tuple(sorted(self._acts(alarm.id), key=lambda act: act.at_ms)),
        )  # fmt: skip

    def _spoken_by(self, alarm: Alarm) -> str:
        """The leading alarm of its storm, whose one message is for all."""
        lead = alarm.id if alarm.storm is None else Journal(self._connection).storm_lead(alarm.storm)[0]
        return "" if lead == alarm.id else lead

    def _acts(self, id: str) -> Iterator[ActView]:
        for what, at_ms in self._connection.execute(
            "SELECT what, at_ms FROM transition WHERE alarm=? ORDER BY id", (id,)
        ):
            yield ActView(int(str(at_ms)), "hub", str(what), "")
        for act, actor, at_ms, note in self._connection.execute(
            "SELECT act, actor, at_ms, note FROM act WHERE alarm=? ORDER BY id", (id,)
        ):
            yield ActView(int(str(at_ms)), str(actor), str(act), str(note))


def _stage(alarm: Alarm) -> Stage:
    return Stage.UNACKED if alarm.acked_ms is None else Stage.ACKED


def _refused(refusal: HandlingRefusal) -> Refusal:
    if refusal.reason is NotMoved.NOT_FROM_HERE:
        return Refusal("already-acknowledged", "已有人签收。", "Somebody has signed it already.")
    return Refusal(str(refusal.reason), refusal.hint_zh, refusal.hint_en)
