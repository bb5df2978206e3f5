"""Exercises: an alarm and messages that say that they are one, signed as usual, over by themselves, and in no figure."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path

from larder_core.limits.words import Severity
from larder_hub.alarms.alarm import Alarm
from larder_hub.alarms.episodes import Episodes, Subject
from larder_hub.alarms.journal import Cause, Journal
from larder_hub.alarms.judge import Happened, What
from larder_hub.alarms.schema import open_alarms, transaction
from larder_hub.register.directory import Directory
from larder_hub.web.ports import Refusal

SHORTEST_MS, LONGEST_MS = 60_000, 4 * 3_600_000


@dataclass(frozen=True)
class Drill:
    """A row of `drill`. `value` is what the message says, in degrees; `alarm` is empty until the hub has begun it."""

    id: str
    site: str
    place: str
    device: str
    point: str
    kind: str
    severity: str
    value: float
    actor: str
    reason: str
    begun_ms: int
    until_ms: int
    alarm: str = ""
    ended_ms: int | None = None
    ended_by: str = ""


@dataclass
class Drills:
    """What a tick does about exercises."""

    journal: Journal
    episodes: Episodes
    directory: Directory

    def judge(self, now_ms: int) -> list[Alarm]:
        """Begin what was asked for, end what is over. Returns the alarms of those that have begun."""
        begun = []
        for drill in [Drill(*row) for row in self.journal.drills("ended_ms IS NULL OR alarm != ''")]:
            device = self.directory.devices.get(drill.device)
            alarm = self.journal.alarm(drill.alarm) if drill.alarm else None
            over = drill.ended_ms is not None or now_ms >= drill.until_ms or device is None
            if device is not None and not over and not drill.alarm:
                begun.append(self._begun(drill, Subject(device, drill.point, "Cel"), now_ms))
            elif over and device is not None and alarm is not None and not alarm.over:
                self.episodes.take(Subject(device, drill.point), _happened(drill, "cleared", now_ms), Cause(now_ms))
            if over and drill.ended_ms is None:
                self.journal.keep_drill(drill.id, drill.alarm, now_ms, "hub")
        return begun

    def _begun(self, drill: Drill, subject: Subject, now_ms: int) -> Alarm:
        happened = _happened(drill, "raised", now_ms)
        raised = self.episodes.take(subject, happened, Cause(now_ms))
        assert raised is not None, "the id of a drill's alarm holds its moment"
        alarm = replace(raised, drill=True, count=1, quiet_until_ms=None)
        self.journal.keep(alarm)
        self.journal.keep_drill(drill.id, alarm.id, None, "")
        return alarm


def _happened(drill: Drill, what: What, now_ms: int) -> Happened:
    return Happened(
        "drill", drill.id, what, Severity(drill.severity), drill.begun_ms, now_ms, drill.value, drill.value, None, ""
    )


class DrillBook:
    """Asking for exercises from the command line, beside a running hub, which begins them at its next tick. Raises AlarmsFailed."""

    def __init__(self, file: Path, directory: Callable[[], Directory]) -> None:
        self._file, self._directory = file, directory

    def begin(
        self, site: str, place: str, value: float, actor: str, reason: str, now_ms: int, lasting_ms: int
    ) -> Drill | Refusal:
        known = self._directory()
        points = [
            one for one in known.points.values()
            if one.place == place and one.quantity == "temperature" and known.devices[one.device].site == site
        ]  # fmt: skip
        if not points:
            return Refusal(
                "unknown-place", "登记簿没有这个点位", f"the register has no thermometer at {place!r} of {site!r}"
            )
        if not SHORTEST_MS <= lasting_ms <= LONGEST_MS:
            return Refusal("too-long", "演练须在1分钟到4小时之间", "a drill lasts from one minute to four hours")
        if not actor.strip() or not reason.strip():
            return Refusal("no-reason", "请写明谁、为何", "say who and why")
        point = points[0]
        id = hashlib.sha256(json.dumps([site, place, now_ms]).encode()).hexdigest()[:8]
        drill = Drill(id, site, place, point.device, point.id, "warm", str(Severity.ALARM), value, actor.strip(), reason.strip(),
                      now_ms, now_ms + lasting_ms)  # fmt: skip
        with_file = open_alarms(self._file)
        try:
            with transaction(with_file):
                Journal(with_file).ask_drill(astuple(drill), now_ms)
        finally:
            with_file.close()
        return drill

    def end(self, id: str, actor: str, now_ms: int) -> Refusal | None:
        with_file = open_alarms(self._file)
        try:
            with transaction(with_file):
                journal = Journal(with_file)
                found = [Drill(*row) for row in journal.drills("id = ? AND ended_ms IS NULL", id)]
                if not found:
                    return Refusal("unknown-drill", "没有这次演练，或已结束", "there is no such drill, or it is over")
                journal.end_drill(id, actor, now_ms)
        finally:
            with_file.close()
        return None

    def listed(self) -> Sequence[Drill]:
        with_file = open_alarms(self._file)
        try:
            return [Drill(*row) for row in Journal(with_file).drills("1")]
        finally:
            with_file.close()
