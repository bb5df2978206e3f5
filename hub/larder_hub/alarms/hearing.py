"""Silence as alarms: what `watch` finds at a tick is raised, worsened and cleared here, once for a device and not for each point."""

from dataclasses import dataclass

from larder_core.limits.words import Severity, rank
from larder_hub.alarms.alarm import Alarm
from larder_hub.alarms.episodes import Episodes, Subject, held_open
from larder_hub.alarms.journal import Cause, Journal, Mark
from larder_hub.alarms.judge import Happened, What, blinded
from larder_hub.alarms.rules import Rules
from larder_hub.alarms.watch import WHOLE, Ears, Silent, due_points, silences
from larder_hub.register.directory import Directory, PointKey


def listening_since(mark: Mark, rules: Rules, now_ms: int, *, hearing: bool = True) -> int:
    """Since when the hub has listened without a break. A hub that was down, or off its broker, heard nobody and holds that against
    none."""
    return now_ms if not hearing or now_ms - mark.tick_ms > rules.deaf_ms else mark.listening_ms


@dataclass
class Hearing:
    journal: Journal
    episodes: Episodes
    directory: Directory
    rules: Rules

    def judge(self, listening_ms: int, now_ms: int, unread: frozenset[str] = frozenset()) -> list[Alarm]:
        """Bring silence alarms up to date, but for those of devices that are `unread`. Returns those that were touched or are open."""
        due = due_points(self.directory)
        self._expect({(device, point.id) for device, points in due.items() for point in points}, now_ms)
        due = {device: points for device, points in due.items() if device not in unread}
        going_on = self.journal.going_on("kind='silence'")
        open_alarms = {(alarm.device, alarm.point): alarm for alarm in going_on if alarm.device not in unread}
        heard = {key: newest for key, (newest, _) in self.journal.heard().items()}
        began = {key: alarm.t0_ms for key, alarm in open_alarms.items()}
        ears = Ears(heard, self.journal.expected(), listening_ms, began, self.journal.hushed())
        found = silences(due, self.rules, ears, now_ms)
        touched = [
            alarm for key in sorted(found) if (alarm := self._silent(key, found[key], open_alarms.get(key), now_ms))
        ]
        for key, alarm in open_alarms.items():
            explained = (key[0], WHOLE) in found and key[1] != WHOLE
            held = alarm.unstable_ms is not None and alarm.condition == "clearing"
            if key not in found and not explained and not held:
                touched.append(self._cleared(alarm, heard, now_ms))
        return touched

    def _expect(self, keys: set[PointKey], now_ms: int) -> None:
        known = self.journal.expected()
        for device, point in sorted(keys - known.keys()):
            self.journal.expect(device, point, now_ms)
        for device, point in sorted(known.keys() - keys):
            self.journal.expect_no_more(device, point)

    def _silent(self, key: PointKey, silent: Silent, before: Alarm | None, now_ms: int) -> Alarm | None:
        if before is not None and before.condition == "clearing":
            once_more = _happened("raised", silent.severity, silent.since_ms, now_ms)
            return self.episodes.again(before, once_more, Cause(now_ms))
        if before is not None and rank(silent.severity) <= rank(before.severity):
            return before
        what: What = "raised" if before is None else "worsened"
        happened = _happened(what, silent.severity, silent.since_ms if before is None else before.t0_ms, now_ms)
        alarm = self.episodes.take(Subject(self.directory.devices[key[0]], key[1]), happened, Cause(now_ms))
        if before is None:
            self._blind(key, now_ms)
        return alarm

    def _blind(self, key: PointKey, now_ms: int) -> None:
        device, point = key
        states = {
            id: blinded(state, now_ms) for id, state in self.journal.states(device).items() if point in (WHOLE, id)
        }
        self.journal.keep_states(device, states.items())
        self.episodes.refresh(device, states)

    def _cleared(self, alarm: Alarm, heard: dict[PointKey, int | None], now_ms: int) -> Alarm:
        """Over at the newest reading since; at once where the register no longer expects the device."""
        times = [
            at for (device, point), at in heard.items()
            if at is not None and device == alarm.device and alarm.point in (WHOLE, point) and at > alarm.t0_ms
        ]  # fmt: skip
        happened = _happened("cleared", alarm.severity, alarm.t0_ms, max(times, default=now_ms))
        after = held_open(alarm, alarm.after(happened))
        self.journal.keep(after)
        self.journal.transition(after, happened, Cause(now_ms))
        self.episodes.moved.append((alarm.kind, happened.what))
        return after


def _happened(what: What, severity: Severity, t0_ms: int, at_ms: int) -> Happened:
    return Happened("silence", "", what, severity, t0_ms, at_ms, None, None, None, "")
