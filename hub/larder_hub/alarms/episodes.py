"""What happened to a point becomes alarms: raised, carried on, merged. One alarm for one excursion, from whichever lane it is seen."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from larder_core.limits.episode import alarm_id
from larder_core.limits.state import Beside, State
from larder_core.limits.words import Condition, Side, rank
from larder_hub.alarms.alarm import OVER, Alarm, further
from larder_hub.alarms.journal import Cause, Journal
from larder_hub.alarms.judge import EXCURSIONS, Happened, PointState
from larder_hub.alarms.kinds import AlarmKind
from larder_hub.alarms.rules import Rules
from larder_hub.register.directory import Device

SHOWN, OUT_OF_SERVICE = "shown", "out_of_service"


CYCLES = 3
"""What is raised so often within `unstable_ms` is one alarm that comes and goes."""
OF_POINTS = ("food", "early", "power", "gap", "sensor", "camera")
"""Kinds that the state of a point tells all about."""


@dataclass(frozen=True)
class Subject:
    """What an alarm is about: a point of a device, or the device where `point` is empty."""

    device: Device
    point: str
    unit: str = ""


@dataclass
class Episodes:
    """`moved` is what was written in this transaction, as (kind, what), for the metrics."""

    journal: Journal
    rules: Rules
    moved: list[tuple[str, str]]

    def take(
        self, subject: Subject, happened: Happened, cause: Cause, *, late: bool = False, settled: bool = False
    ) -> Alarm | None:
        """The alarm after this step, or None where it is known already from the other lane or was never an alarm."""
        if happened.what == "raised":
            unstable = None if settled or late else self.open(subject, happened.kind, happened.side)
            if unstable is not None and unstable.unstable_ms is not None:
                return self.again(unstable, happened, cause)
            return self._raise(subject, happened, cause, late=late, settled=settled)
        before = self.open(subject, happened.kind, happened.side, settled=settled)
        if before is None:
            return None
        after = held_open(before, before.after(happened))
        self.journal.keep(after)
        self._note(after, happened, cause)
        return self._same_as_told(after) if settled and after.over else after

    def again(self, unstable: Alarm, happened: Happened, cause: Cause) -> Alarm:
        """What comes and goes has come once more: it is the same alarm, and counted."""
        graver = max(unstable.severity, happened.severity, key=rank)
        once_more = happened._replace(what="relapsed", severity=graver)
        after = replace(unstable.after(once_more), count=unstable.count + 1)
        self.journal.keep(after)
        self._note(after, once_more, cause)
        return after

    def steady(self, heard: Mapping[str, Mapping[str, int | None]], cause: Cause) -> list[Alarm]:
        """What came and went is over once readings, by device and point, have shown for `unstable_ms` that it stays away."""
        ended = []
        for alarm in list(self.journal.going_on("unstable_ms IS NOT NULL AND condition = 'clearing'")):
            points = heard.get(alarm.device, {})
            seen_ms = [at for point, at in points.items() if at is not None and alarm.point in ("", point)]
            since_ms = alarm.ended_ms if alarm.ended_ms is not None else alarm.last_ms
            if max(seen_ms, default=0) < since_ms + self.rules.unstable_ms:
                continue
            over = Happened(
                alarm.kind,
                alarm.side,
                "cleared",
                alarm.severity,
                alarm.t0_ms,
                since_ms,
                alarm.value,
                alarm.peak,
                None,
                "",
            )
            after = alarm.after(over)
            self.journal.keep(after)
            self._note(after, over, cause)
            ended.append(after)
        return ended

    def open(self, subject: Subject, kind: AlarmKind, side: str, *, settled: bool = False) -> Alarm | None:
        query = "device=? AND point=? AND kind=? AND side=? AND condition != ? AND settled=?"
        return next(self.journal.alarms(query, subject.device.id, subject.point, kind, side, OVER, settled), None)

    def _raise(self, subject: Subject, happened: Happened, cause: Cause, *, late: bool, settled: bool) -> Alarm | None:
        device = subject.device
        id = alarm_id(device.site, device.id, subject.point, happened.kind, happened.side, happened.t0_ms)
        if self.journal.alarm(id) is not None:
            return None
        times, quiet_until_ms = self._flaps(subject, happened, cause)
        alarm = Alarm(
            id=id, county=device.county, site=device.site, device=device.id, point=subject.point,
            kind=happened.kind, side=happened.side, severity=happened.severity, condition="active",
            visibility=SHOWN if device.in_service else OUT_OF_SERVICE,
            t0_ms=happened.t0_ms, raised_ms=happened.at_ms, last_ms=happened.at_ms, late=late, settled=settled,
            value=happened.value, peak=happened.peak, level=happened.limit, unit=subject.unit, reason=happened.reason,
            judged_by=happened.by,
            count=times, quiet_until_ms=quiet_until_ms,
        )  # fmt: skip
        if not (late or settled) and (cycles := self._cycles(alarm)) >= CYCLES:
            alarm = replace(alarm, unstable_ms=alarm.t0_ms, count=cycles, quiet_until_ms=None)
        alarm = self.journal.raise_alarm(alarm)
        self._note(alarm, happened, cause)
        return alarm

    def _cycles(self, alarm: Alarm) -> int:
        """How often this has been raised within `unstable_ms`, this time counted."""
        query = "device=? AND point=? AND kind=? AND side=? AND condition = ? AND raised_ms BETWEEN ? AND ?"
        since_ms = round(alarm.raised_ms - self.rules.unstable_ms)
        key = (alarm.device, alarm.point, alarm.kind, alarm.side, OVER, since_ms, alarm.raised_ms)
        return 1 + sum(1 for _ in self.journal.alarms(query, *key))

    def _flaps(self, subject: Subject, happened: Happened, cause: Cause) -> tuple[int, int | None]:
        """How often this has come in a row, and until when a raise that follows so soon upon a clear is not worth a message."""
        query = "device=? AND point=? AND kind=? AND side=? AND condition = ? AND cleared_ms <= ?"
        key = (subject.device.id, subject.point, happened.kind, happened.side, OVER, happened.at_ms)
        last = next(self.journal.alarms(query, *key, tail="ORDER BY cleared_ms DESC LIMIT 1"), None)
        if last is None or last.cleared_ms is None or (last.told_ms is None and last.quiet_until_ms is None):
            return 1, None
        left_ms = self.rules.flap_ms - (happened.at_ms - last.cleared_ms)
        return (last.count + 1, round(cause.now_ms + left_ms)) if left_ms > 0 else (1, None)

    def _same_as_told(self, found: Alarm) -> Alarm | None:
        """A late alarm that reaches into one raised from live data is the beginning of that one; one that began while another came and
        went is one of its times."""
        end_ms = found.cleared_ms if found.cleared_ms is not None else found.last_ms
        query = (
            "device=?1 AND point=?2 AND kind=?3 AND side=?4 AND settled=0 AND id != ?5 AND (t0_ms BETWEEN ?6 AND ?7 "
            "OR (unstable_ms IS NOT NULL AND t0_ms <= ?6 AND (condition != 'normal' OR ?6 <= last_ms)))"
        )
        key = (found.device, found.point, found.kind, found.side, found.id, found.t0_ms, end_ms)
        for other in list(self.journal.alarms(query, *key)):
            self.journal.drop(found)
            longer = replace(
                other,
                t0_ms=min(other.t0_ms, found.t0_ms),
                peak=further(other.side, other.peak, found.peak),
                severity=max(other.severity, found.severity, key=rank),
            )
            self.journal.keep(longer)
            return longer
        return found

    def caught_up(self, device: Device, states: dict[str, PointState], cause: Cause) -> None:
        """No entry of the device is missing any more: what was found in order is now simply what is known."""
        for found in [alarm for alarm in self.journal.open_alarms(device.id) if alarm.settled]:
            now = seen_now(found, states.get(found.point, PointState()))
            kept = self._same_as_told(now)
            if kept is now:
                self.journal.keep(replace(now, settled=False))
        for alarm in self.journal.open_alarms(device.id):
            state = states.get(alarm.point)
            if state is None or alarm.kind not in OF_POINTS or _goes_on(alarm, state):
                continue
            at_ms = state.last_any_ms if state.last_any_ms is not None else alarm.last_ms
            over = Happened(
                alarm.kind, alarm.side, "cleared", alarm.severity, alarm.t0_ms, at_ms, alarm.value, alarm.peak, None, ""
            )
            self.journal.keep(alarm.after(over))
            self._note(alarm, over, cause)

    def refresh(self, device: str, states: dict[str, PointState]) -> None:
        """Open food alarms say what the value is now, how far it went, and whether it is known at all."""
        for alarm in self.journal.open_alarms(device):
            state = states.get(alarm.point)
            if alarm.kind not in (*EXCURSIONS, "early") or alarm.settled or state is None:
                continue
            after = seen_now(alarm, state)
            if after != alarm:
                self.journal.keep(after)

    def _note(self, alarm: Alarm, happened: Happened, cause: Cause) -> None:
        self.journal.transition(alarm, happened, cause)
        if happened.kind != "drill":
            self.moved.append((alarm.kind, happened.what))


def held_open(before: Alarm, after: Alarm) -> Alarm:
    """What comes and goes is not over the moment that it is gone."""
    if before.unstable_ms is None or not after.over:
        return after
    return replace(after, condition="clearing", cleared_ms=None)


def _goes_on(alarm: Alarm, state: PointState) -> bool:
    if alarm.kind in ("sensor", "camera"):
        return state.fault.severity is not None
    beside = state.excursion.beside or Beside()
    if alarm.kind == "early":
        return beside.rise is not None and beside.rise.raised
    if alarm.kind == "gap":
        return beside.gap_ms is not None
    episode = state.excursion.episode(Side(alarm.side))
    return episode is not None and episode.severity is not None


def seen_now(alarm: Alarm, state: PointState) -> Alarm:
    """An alarm with what the point's state says of it."""
    if alarm.kind in ("sensor", "camera"):
        return replace(alarm, last_ms=max(alarm.last_ms, state.fault.last_ms or 0))
    if alarm.kind not in EXCURSIONS:
        return _rising_now(alarm, state.excursion)
    episode = state.excursion.episode(Side(alarm.side))
    if episode is None or state.excursion.last_ms is None:
        return alarm
    if alarm.unstable_ms is not None and episode.severity is None:
        return alarm  # it may come once more, and has not yet
    condition = Condition.UNKNOWN if state.excursion.unknown_since_ms is not None else episode.condition
    return replace(
        alarm,
        condition=str(condition),
        value=alarm.value if state.excursion.last_value is None else state.excursion.last_value,
        peak=episode.peak,
        last_ms=max(alarm.last_ms, state.excursion.last_ms),
    )


def _rising_now(alarm: Alarm, state: State) -> Alarm:
    """An early warning with the value as it is; what else there is of a gap is known from its beginning."""
    beside = state.beside or Beside()
    if alarm.kind != "early" or beside.rise is None or not beside.recent:
        return alarm
    at_ms, value = beside.recent[-1]
    unknown = state.unknown_since_ms is not None
    return replace(
        alarm,
        condition=str(Condition.UNKNOWN if unknown else Condition.ACTIVE),
        value=value,
        peak=beside.rise.peak,
        last_ms=max(alarm.last_ms, at_ms),
    )
