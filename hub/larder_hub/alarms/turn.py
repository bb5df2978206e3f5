"""What one transaction of the projection does with a row and with a tick.

Every row is judged as if it came alone, so it makes no difference how rows are cut into transactions, or where a process was killed
between them.
"""

from dataclasses import replace

import apsw

from larder_core.anchor import TRUST, anchor_of
from larder_core.columns import Series
from larder_core.content import Batch, Content, Event
from larder_core.entry import read_entry
from larder_core.limits.pulse import PULSE
from larder_core.refusal import Refused
from larder_hub.alarms.alarm import Alarm
from larder_hub.alarms.channels import Channels
from larder_hub.alarms.clocks import UNIT, clock_step
from larder_hub.alarms.doubt import Doubts
from larder_hub.alarms.drills import Drills
from larder_hub.alarms.episodes import Episodes, Subject
from larder_hub.alarms.escalation import Escalation
from larder_hub.alarms.hearing import Hearing, listening_since
from larder_hub.alarms.incidents import Incidents
from larder_hub.alarms.journal import Cause, Held, Journal, Mark
from larder_hub.alarms.judge import Facing, Happened, PointState, judge, seen
from larder_hub.alarms.lanes import Lane, arrive, own_losses, skipped
from larder_hub.alarms.quiet import QuietHours
from larder_hub.alarms.rules import Rules
from larder_hub.alarms.showing import Showing
from larder_hub.alarms.telling import Teller
from larder_hub.alarms.timing import doubted, is_late, pause, shift_ms
from larder_hub.alarms.watch import WHOLE
from larder_hub.alarms.weekly import Weekly
from larder_hub.ledger.rows import IncidentReader, LedgerRow
from larder_hub.notices.texts import Letterhead
from larder_hub.pulse import beats
from larder_hub.register.directory import Device, Directory, Point, PointKey

MARK_EVERY = 4
"""A quiet tick is written down this often within the time after which the hub counts as deaf; the others cost no commit."""


class Turn:
    """`unread` is what could not be used, by reason, for the metrics."""

    def __init__(self, db: apsw.Connection, directory: Directory, rules: Rules, letterhead: Letterhead) -> None:
        self._db, self._directory, self._rules, self._letterhead = db, directory, rules, letterhead
        self.journal = Journal(db)
        self.episodes = Episodes(self.journal, rules, [])
        self.incidents = Incidents(self.journal, self.episodes, directory)
        self._showing = Showing(self.journal, directory, rules)
        self._channels = Channels(self.journal, self.episodes, directory, letterhead)
        self._teller = Teller(self.journal, directory, rules, letterhead)
        self._escalation = Escalation(self.journal, directory, rules, letterhead)
        self.unread: list[str] = []
        self._faced: dict[PointKey, Facing] = {}

    # ---------------------------------------------------------------- a row

    def row(self, row: LedgerRow) -> None:
        device = self._directory.devices.get(row.device)
        if device is None:
            self.unread.append("unknown-device")
            return
        content = self._content(row.line)
        if content is not None and (anchor := anchor_of(content)):
            self.journal.keep_anchor(row.device, anchor)
        if isinstance(content, Event) and (paused := pause(content, row.received_ms)):
            self.journal.hush(row.device, *paused)
        cause = Cause(row.received_ms, row.position)
        verdict = arrive(self.journal.lane(row.stream, row.device), row.n, row.received_ms)
        broken = self.journal.has_hole(row.device)
        whole = not (broken or verdict.hold)
        if verdict.hold:
            self.journal.hold(row.stream, Held(row.n, row.position, row.received_ms, row.line))
            if not broken:
                self.journal.keep_states(row.device, self.journal.states(row.device).items(), settled=True)
        elif broken:
            self._judge(device, content, row.received_ms, cause, settled=True)
        live = self._judge(device, content, row.received_ms, cause, settled=False, whole=whole)
        if content is not None:
            self.journal.lose(row.stream, own_losses(row.stream, content))
        self.journal.keep_lane(self._in_order(verdict.lane, device, cause))
        if (broken or verdict.hold) and not self.journal.has_hole(row.device):
            self._caught_up(device, cause)
        self._showing.device(device.id, cause.now_ms)
        self._tell(device, cause.now_ms, live=live)

    def _content(self, line: bytes) -> Content | None:
        try:
            return read_entry(line)[1]
        except Refused as refused:
            self.unread.append(refused.refusal.reason)
            return None

    def _judge(
        self,
        device: Device,
        content: Content | None,
        received_ms: int,
        cause: Cause,
        *,
        settled: bool,
        whole: bool = True,
    ) -> bool:
        """Take the readings of a batch into one lane's states and alarms. True if they are of the present."""
        if not isinstance(content, Batch):
            return False
        shift = self._shift(device.id, content, received_ms)
        late = is_late(content, received_ms, shift, self._rules.late_ms)
        if late and not settled:
            self.journal.late_heard(device.id, cause.now_ms)
        before = self.journal.states(device.id, settled=settled)
        after: dict[str, PointState] = {}
        for series in content.series():
            point = self._directory.points.get((device.id, series.point))
            if point is None or not self._usable(point, series):
                self.unread += [] if settled else ["unknown-point" if point is None else "unit"]
                continue
            facing = self._facing(point)
            readings = seen(series, shift)
            after[point.id], happened = judge(before.get(point.id, PointState()), facing, readings, whole=whole)
            if point.profile == PULSE.key:  # a beat, and no alarm
                beats.record(self._db, device.id, point.id, () if late or settled else happened, cause.now_ms)
            else:
                self._record(Subject(device, point.id, series.unit), happened, cause, late=late, settled=settled)
        if not settled:
            clock, happened = clock_step(before.get(WHOLE), self._rules, content, received_ms)
            after |= {} if clock is None else {WHOLE: clock}
            self._record(Subject(device, WHOLE, UNIT), happened, cause, late=False, settled=False)
        self.journal.keep_states(device.id, after.items(), settled=settled)
        if not settled:
            self.episodes.refresh(device.id, after)
        return not late

    def _shift(self, device: str, batch: Batch, received_ms: int) -> int:
        """What to add to the batch's times, by all that is known of its boot."""
        if TRUST[batch.clock[0]] == TRUST["synced"] and not doubted(batch, received_ms):
            return 0
        least_ms = (
            self.journal.least(device, batch.boot, received_ms - batch.up) if doubted(batch, received_ms) else None
        )
        return shift_ms(batch, received_ms, self.journal.anchors(device, batch.boot), least_ms)

    def _facing(self, point: Point) -> Facing:
        key = (point.device, point.id)
        if key not in self._faced:
            self._faced[key] = Facing.of(point, self._rules, self._directory)
        return self._faced[key]

    def _usable(self, point: Point, series: Series) -> bool:
        profile = self._facing(point).profile
        return series.unit == point.unit and (profile is None or profile.unit == series.unit)

    def _record(self, subject: Subject, happened: list[Happened], cause: Cause, *, late: bool, settled: bool) -> None:
        for one in happened:
            self.episodes.take(subject, one, cause, late=late, settled=settled)

    def _in_order(self, lane: Lane, device: Device, cause: Cause) -> Lane:
        """The lane after everything held that now follows without a hole."""
        while True:
            held = self.journal.take_held(lane.stream, lane.next)
            if held is not None:
                content = self._content(held.line)
                self._judge(device, content, held.received_ms, cause, settled=True)
                lane = replace(lane, next=held.n + 1, hole_ms=cause.now_ms)
                continue
            lowest, count = self.journal.held_span(lane.stream)
            gone = self.journal.gone(lane.stream, lane.next)
            further = skipped(lane, lowest, count, gone, cause.now_ms, self._rules.patience_ms)
            if further.next == lane.next:
                break
            lane = further
        self.journal.forget_gone(lane.stream, lane.next)
        return lane if count else replace(lane, hole_ms=None)

    def _caught_up(self, device: Device, cause: Cause) -> None:
        front = self.journal.states(device.id)
        settled = self.journal.states(device.id, settled=True)
        merged = {point: _newer(state, settled.get(point)) for point, state in front.items()}
        self.journal.keep_states(device.id, merged.items())
        self.journal.forget_settled(device.id)
        self.episodes.caught_up(device, merged, cause)
        self.episodes.refresh(device.id, merged)

    def _tell(self, device: Device, now_ms: int, *, live: bool) -> None:
        query = "device=? AND kind != 'silence' AND (condition != 'normal' OR (told_ms IS NOT NULL AND clear_told = 0))"
        for alarm in list(self.journal.alarms(query, device.id)):
            if live or alarm.over:
                self._teller.current(alarm, now_ms)

    # ---------------------------------------------------------------- a tick

    def tick(self, now_ms: int, incidents: IncidentReader | None, *, hearing: bool = True,
             unread: frozenset[str] | None = None) -> None:  # fmt: skip
        """`hearing`: the hub is connected to its broker. `unread`: devices of which something waits in the middle of a backlog, None
        where everything is judged."""
        mark = self.journal.mark()
        self._teller.unread = unread or frozenset()
        before = self._db.total_changes()
        listening_ms = listening_since(mark, self._rules, now_ms, hearing=hearing)
        silent = Hearing(self.journal, self.episodes, self._directory, self._rules)
        touched = silent.judge(listening_ms, now_ms, unread or frozenset())
        doubts = Doubts(self.journal, self.episodes, self._directory, self._rules)
        touched = [*doubts.judge(hearing, now_ms), *touched]
        touched = [*Drills(self.journal, self.episodes, self._directory).judge(now_ms), *touched]
        touched = [*(self._steady(now_ms) if unread is None else ()), *touched]
        self._showing.all(now_ms)
        for alarm in touched:
            kept = self.journal.alarm(alarm.id)
            if kept is not None and (not kept.over or kept.told_ms is not None):
                self._teller.current(kept, now_ms)
        if incidents is not None:
            self.incidents.take_up(incidents)
        self._teller.powerless(now_ms)
        self._teller.large_storms(now_ms)
        self._channels.take_up(now_ms)
        self._teller.end_storms(now_ms)
        self._teller.after_quiet(now_ms)
        if unread is None:
            self._teller.report_late(now_ms)
        self._escalation.pursue(now_ms, unread or frozenset())
        Weekly(self.journal, self._directory, self._rules, self._letterhead).tell(now_ms)
        QuietHours(self.journal, self._directory, self._letterhead).release(now_ms)
        overdue = not 0 <= now_ms - mark.tick_ms < self._rules.deaf_ms / MARK_EVERY
        if overdue or listening_ms != mark.listening_ms or self._db.total_changes() != before:
            self.journal.keep_mark(Mark(mark.position, now_ms, listening_ms))

    def _steady(self, now_ms: int) -> list[Alarm]:
        if next(self.journal.going_on("unstable_ms IS NOT NULL AND condition = 'clearing'"), None) is None:
            return []
        heard: dict[str, dict[str, int | None]] = {}
        for (device, point), (newest_ms, _) in self.journal.heard().items():
            heard.setdefault(device, {})[point] = newest_ms
        return self.episodes.steady(heard, Cause(now_ms))


def _newer(front: PointState, settled: PointState | None) -> PointState:
    """What is known of a point once its lanes are one: the settled timers, which saw everything, unless the front has seen more."""
    if settled is None or (front.excursion.last_ms or 0) > (settled.excursion.last_ms or 0):
        return front
    fault = settled.fault if (settled.fault.last_ms or 0) >= (front.fault.last_ms or 0) else front.fault
    return replace(front, excursion=settled.excursion, fault=fault)
