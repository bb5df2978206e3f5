"""The alarms as a projection of the ledger: rows and ticks in, one transaction each, notices inside it.

Silence is judged on all that was heard: in the middle of a backlog, only that of devices of which nothing waits.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import apsw

from larder_core.limits.profile import LimitProfile
from larder_core.limits.profiles import PROFILES
from larder_core.limits.words import Severity
from larder_core.refusal import Refused
from larder_hub.alarms.ahead import Ahead, of_now
from larder_hub.alarms.incidents import ReportKind
from larder_hub.alarms.journal import Journal
from larder_hub.alarms.rules import Rules
from larder_hub.alarms.schema import open_alarms, transaction
from larder_hub.alarms.turn import Turn
from larder_hub.ledger.rows import IncidentReader, LedgerReader, LedgerRow
from larder_hub.metrics import Metrics
from larder_hub.notices.texts import Letterhead
from larder_hub.register.directory import Directory

ROWS_LOOKED_AT = 2_000
"""In one go, while it looks for what may go ahead; most of them are passed by their number alone."""


class AlarmProjection:
    """Owned by one thread, which calls `open`. `directory` gives the register as it is now; `incidents` what the ledger's quarantine
    and forks are read from, None where somebody calls `report`; `delivery_s` how long a reading may be on its way;
    `told` is called after each commit that holds new notices; `hearing` says whether the hub is connected to its broker."""

    name = "alarms"

    def __init__(self, file: Path, directory: Callable[[], Directory], time_scale: float, letterhead: Letterhead,
                 metrics: Metrics, incidents: IncidentReader | None = None,
                 delivery_s: float = 0.0, told: Callable[[], None] = lambda: None,
                 hearing: Callable[[], bool] = lambda: True,
                 profiles: Mapping[str, LimitProfile] = PROFILES) -> None:  # fmt: skip
        self._file, self._directory, self._letterhead, self._metrics = file, directory, letterhead, metrics
        self._rules = Rules.of(time_scale, delivery_s, profiles)
        self._incidents, self._told, self._hearing = incidents, told, hearing
        self._connection: apsw.Connection | None = None

    def open(self) -> None:
        """Raises AlarmsFailed."""
        self._connection = open_alarms(self._file)
        self._ahead = Ahead(done=Journal(self._db).judged_ahead())

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def position(self) -> int:
        return Journal(self._db).mark().position

    def apply(self, rows: Sequence[LedgerRow]) -> None:
        """Raises AlarmsFailed; nothing of these rows is kept then."""
        turn = Turn(self._db, self._directory(), self._rules, self._letterhead)
        with transaction(self._db):
            mark = turn.journal.mark()
            for row in rows:
                if row.position > mark.position:
                    if row.position not in self._ahead.done:
                        turn.row(row)
                    mark = mark._replace(position=row.position)
            turn.journal.keep_mark(mark)
            turn.journal.forget_ahead(mark.position)
        self._ahead.forget(mark.position)
        self._count(turn)

    def hurry(self, reader: LedgerReader) -> None:
        """While the ledger is far ahead: judge at once what living devices say now, wherever it stands. Raises AlarmsFailed."""
        while rows := reader.after(self._ahead.scanned, ROWS_LOOKED_AT):
            turn = Turn(self._db, self._directory(), self._rules, self._letterhead)
            found = self._ahead.chosen(rows, turn.journal.mark().position, turn.journal.front, self._of_now)
            if not found:
                continue  # looking holds up nobody who wants to write
            with transaction(self._db):
                for row in found:
                    turn.row(row)
                    turn.journal.keep_ahead(row.position)
            self._ahead.done.update(row.position for row in found)
            self._metrics.ahead.inc(len(found))
            self._count(turn)

    def _of_now(self, row: LedgerRow) -> bool:
        try:
            content = row.content()
        except Refused:
            return False
        return of_now(content, row.received_ms, self._rules.late_ms)

    def tick(self, now_ms: int) -> None:
        """Everything that was heard is judged. Raises AlarmsFailed; the next tick makes up for this one then."""
        self._tick(now_ms, None)

    def meanwhile(self, now_ms: int) -> None:
        """A tick in the middle of a backlog, right after `hurry` has looked through it: time goes on for everything but the silence of
        devices of which something waits, and the end of what is late. Raises AlarmsFailed."""
        self._tick(now_ms, self._ahead.unread(self.position()))

    def _tick(self, now_ms: int, unread: frozenset[str] | None) -> None:
        turn = Turn(self._db, self._directory(), self._rules, self._letterhead)
        with transaction(self._db):
            turn.tick(now_ms, self._incidents, hearing=self._hearing(), unread=unread)
        self._count(turn)
        open_now = [alarm.severity for alarm in turn.journal.open_alarms() if not alarm.drill]
        for severity in Severity:
            self._metrics.alarms_open.labels(severity).set(open_now.count(severity))

    def report(self, kind: ReportKind, device: str, detail: str, now_ms: int) -> None:
        """For the ledger's side: something is wrong with the record of this device. Raises AlarmsFailed."""
        turn = Turn(self._db, self._directory(), self._rules, self._letterhead)
        with transaction(self._db):
            turn.incidents.report(kind, device, detail, now_ms)
        self._count(turn)

    def _count(self, turn: Turn) -> None:
        if turn.journal.intended:
            self._told()
        for kind, what in turn.episodes.moved:
            self._metrics.alarms.labels(kind, what).inc()
        for reason in turn.unread:
            self._metrics.unread.labels(self.name, reason).inc()

    @property
    def _db(self) -> apsw.Connection:
        assert self._connection is not None, "open() comes first"
        return self._connection
