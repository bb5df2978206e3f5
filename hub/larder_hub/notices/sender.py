"""The thread that sends. What a person is to be told stands in alarms.db before; what became of it, after.

A hand-over is stored as begun before the driver is called. After a crash in between nobody knows whether the message left, so the
driver is asked first, and only what it has never had is handed over again. Messages to one person keep their order (an end never
overtakes its beginning); only a critical one passes others by.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event

import apsw

from larder_core.limits.words import Severity, rank
from larder_hub.alarms.schema import open_alarms
from larder_hub.config import SmsConfig
from larder_hub.metrics import Metrics
from larder_hub.notices.budget import DAY_MS, HOUR_MS, allowed
from larder_hub.notices.handing import EXPIRED_MS, Handing
from larder_hub.notices.port import SmsDriver
from larder_hub.notices.queue import Digest, NoticeQueue, Queued
from larder_hub.notices.reserve import Reserve
from larder_hub.notices.texts import Facts, Letterhead, Name, render
from larder_hub.notices.wording import Kind, Matter
from larder_hub.projections.runner import Bell

NEVER_ARRIVED = frozenset({"failed", "expired", "dropped"})


class NoticeSender:
    """Owned by one thread. `step` does one thing and can be driven by a test; `run` is the thread, which `bell` or `idle_s` wakes.
    `pulse` hands the dead-man's beats over, in this thread: it stands still where messages do. `tidy` is called every hour."""

    def __init__(self, file: Path, driver: SmsDriver, config: SmsConfig, letterhead: Letterhead, metrics: Metrics,
                 now_ms: Callable[[], int], time_scale: float = 1.0, idle_s: float = 1.0,
                 bell: Bell | None = None,
                 pulse: Callable[[apsw.Connection, int], None] = lambda db, now_ms: None,
                 backups: Sequence[SmsDriver] = (), tidy: Callable[[], object] = lambda: None) -> None:  # fmt: skip
        self._file, self._drivers, self._config, self._letterhead = file, (driver, *backups), config, letterhead
        self._metrics, self._now_ms, self._time_scale, self._idle_s = metrics, now_ms, time_scale, idle_s
        self._bell, self._pulse, self._asked = bell or Bell(), pulse, False
        self._tidy, self._tidied_ms = tidy, 0

    def open(self) -> None:
        """Raises AlarmsFailed."""
        self._connection = open_alarms(self._file)
        self._queue = NoticeQueue(self._connection)
        day_ms = round(DAY_MS / self._time_scale)
        self._reserve = Reserve(self._queue, [driver.name for driver in self._drivers], self._config, day_ms)
        self._handing = Handing(self._queue, self._drivers, self._config, self._metrics, self._reserve)

    def close(self) -> None:
        self._connection.close()

    def run(self, stop: Event) -> None:
        """Until `stop`. An error of the file ends the process: the next one asks the driver what became of the last attempt."""
        self.open()
        rung = 0
        try:
            while not stop.is_set():
                self._pulse(self._connection, self._now_ms())
                if not self.step(self._now_ms()):
                    self.tidy(self._now_ms())
                    rung = self._bell.wait_beyond(rung, self._idle_s)
        finally:
            self.close()

    def step(self, now_ms: int) -> bool:
        """One thing that is due: settle or follow what was handed over, and hand over the next, in turn, so that a provider that is
        slow to answer about a hundred messages holds up no other. False: nothing."""
        if not self._asked and self._follow(now_ms):
            self._asked = True
            return True
        handled = self._hand_over(now_ms)
        was, self._asked = self._asked, False
        return handled or (was and self._follow(now_ms))

    def tidy(self, now_ms: int) -> None:
        """When there is nothing else to do."""
        if now_ms - self._tidied_ms >= HOUR_MS:
            self._tidied_ms = now_ms
            self._tidy()

    def _follow(self, now_ms: int) -> bool:
        for notice in self._queue.in_state("sending", "unknown", "accepted"):
            if notice.due_ms <= now_ms:
                self._handing.ask(notice, now_ms)
                return True
        return False

    def _hand_over(self, now_ms: int) -> bool:
        waiting = self._queue.in_state("sending", "unknown", "waiting", "held")
        ready = [
            one
            for one in waiting
            if one.state in ("waiting", "held") and one.due_ms <= now_ms and not _blocked(one, waiting)
        ]
        return any(self._handle(notice, ready, now_ms) for notice in ready)

    # ---------------------------------------------------------------- the next one

    def _handle(self, notice: Queued, ready: list[Queued], now_ms: int) -> bool:
        """False where it is held back already and must stay so: the caller looks at the next one."""
        if now_ms - notice.created_ms > EXPIRED_MS:
            self._handing.end(notice, "expired", "not sent within a day", now_ms)
        elif notice.kind == Kind.CLEARED and self._never_told(notice):
            self._handing.end(notice, "dropped", "its beginning never arrived", now_ms)
        elif _budgeted(notice) and not self._within_budget(notice, now_ms):
            return self._hold(notice, now_ms)
        else:
            members = [one for one in ready if one.person == notice.person and _budgeted(one)]
            if notice.state == "held" and len(members) > 1:
                self._queue.digest(members, self._digest(members), now_ms)
                self._metrics.notices.labels("digested").inc(len(members))
            else:
                self._handing.send(notice, now_ms)
        return True

    def _never_told(self, notice: Queued) -> bool:
        before = self._queue.before(notice)
        return bool(before) and all(state in NEVER_ARRIVED for state in before)

    # ---------------------------------------------------------------- budget and digest

    def _within_budget(self, notice: Queued, now_ms: int) -> bool:
        since_ms = now_ms - round(DAY_MS / self._time_scale)
        handed = self._queue.handed_ms(notice.person, since_ms)
        return allowed(handed, now_ms, self._time_scale) and self._reserve.room(notice, now_ms)

    def _hold(self, notice: Queued, now_ms: int) -> bool:
        if notice.state == "held":
            return False
        self._handing.hold(notice, now_ms)
        return True

    def _digest(self, held: list[Queued]) -> Digest:
        gravest = max(held, key=lambda one: rank(Severity(one.severity)))
        facts = Facts(
            Matter.BUDGET,
            Name(gravest.place, gravest.place),
            count=len(held),
            severity=gravest.severity,
        )
        name = hashlib.sha256(json.dumps([one.reference for one in held]).encode()).hexdigest()[:24]
        text = render(Kind.DIGEST, facts, "en" if gravest.language == "en" else "zh", self._letterhead).text
        return Digest(name, gravest.alarm, gravest.severity, text)


def _budgeted(notice: Queued) -> bool:
    """What is critical, and an exercise, is held back for nothing and stands for itself."""
    return notice.severity != Severity.CRITICAL and not notice.drill


def _blocked(notice: Queued, unsettled: list[Queued]) -> bool:
    """True while something intended before for the same person is on its way: anything of the same alarm, and for all but critical
    notices anything at all. What is held back for a digest blocks nothing."""
    before = (one for one in unsettled if one.id < notice.id and one.person == notice.person and one.state != "held")
    return any(one.alarm == notice.alarm or notice.severity != Severity.CRITICAL for one in before)
