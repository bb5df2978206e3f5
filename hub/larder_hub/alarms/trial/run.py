"""The real pipeline over a scene, in virtual time: projection, teller, queue and sender over an alarms.db of its own."""

import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from larder_core.limits.profile import LimitProfile
from larder_core.limits.profiles import PROFILES
from larder_core.limits.words import Severity
from larder_hub.alarms.alarm import Alarm
from larder_hub.alarms.book import SqliteAlarmBook
from larder_hub.alarms.journal import Journal
from larder_hub.alarms.projection import AlarmProjection
from larder_hub.alarms.schema import open_alarms, transaction
from larder_hub.alarms.trial.stage import Act, Scene
from larder_hub.alarms.trial.telephone import Call, Telephone
from larder_hub.config import SmsConfig
from larder_hub.ledger.rows import LedgerRow
from larder_hub.metrics import Metrics
from larder_hub.notices.sender import NoticeSender
from larder_hub.notices.texts import Letterhead
from larder_hub.web.ports import Refusal as NotDone

TICK_MS = 60_000
TICK_AFTER_MS = 2_000
"""Within its minute a tick comes after what arrived: the hub catches up before it judges silence."""

MOST_STEPS = 10_000
"""Of the sender at one moment; more would be a sender that never comes to rest."""

MEMORY = Path("/dev/shm")


class Settings(NamedTuple):
    """What a hub's configuration says of judging."""

    time_scale: float = 1.0
    delivery_s: float = 0.0


class Waiting:
    """Rows in the order of arrival, read as they are needed."""

    def __init__(self, rows: Iterator[LedgerRow]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def until(self, now_ms: int) -> list[LedgerRow]:
        due = []
        while self._next is not None and self._next.received_ms <= now_ms:
            due.append(self._next)
            self._next = next(self._rows, None)
        return due


class Message(NamedTuple):
    """A message as it was handed over, with the notice that it carries."""

    at_ms: int
    to: str
    kind: str
    alarm: str
    text: str


@dataclass
class Outcome:
    """What a scene led to. `reached`: by alarm, when its severity was (device time); `asked`: when it first was more
    than a warning, which asks nobody for an act. `undone` are acts that found nothing to do."""

    alarms: list[Alarm] = field(default_factory=list)
    reached: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    undone: list[Act] = field(default_factory=list)


def play(
    scene: Scene,
    profiles: Mapping[str, LimitProfile] = PROFILES,
    progress: Callable[[int], None] = lambda _: None,
    settings: Settings = Settings(),  # noqa: B008 (immutable)
) -> Outcome:
    """`progress` is told each minute. Raises AlarmsFailed where not even a temporary file can be written."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None, prefix="larder-trial-") as name:
        theatre = Theatre(Path(name) / "alarms.db", scene, profiles, settings)
        try:
            return theatre.play(progress)
        finally:
            theatre.close()


class Theatre:
    """One hub's alarms and notices whose clock is turned by hand."""

    def __init__(self, file: Path, scene: Scene, profiles: Mapping[str, LimitProfile], settings: Settings) -> None:
        self._scene, self._file = scene, file
        metrics, config = Metrics(), SmsConfig()
        letterhead = Letterhead.of(config)
        self._projection = AlarmProjection(
            file, lambda: scene.directory, settings.time_scale, letterhead, metrics,
            delivery_s=settings.delivery_s, profiles=profiles,
        )  # fmt: skip
        self._projection.open()
        self._telephone = Telephone()
        self._sender = NoticeSender(file, self._telephone, config, letterhead, metrics, lambda: self._telephone.now_ms)
        self._sender.open()
        self._book = SqliteAlarmBook(file)
        self._looking = open_alarms(file)
        with transaction(self._looking):
            for lane in scene.lanes:
                Journal(self._looking).keep_lane(lane)
        self._outcome = Outcome()

    def close(self) -> None:
        self._projection.close()
        self._sender.close()
        self._book.close()
        self._looking.close()

    def play(self, progress: Callable[[int], None]) -> Outcome:
        scene = self._scene
        rows, acts = Waiting(iter(scene.rows)), deque(scene.acts)
        self._projection.tick(scene.start_ms - TICK_MS)
        for minute_ms in range(scene.start_ms, scene.end_ms + TICK_MS, TICK_MS):
            now_ms = minute_ms + TICK_AFTER_MS
            due = rows.until(now_ms)
            if due:
                self._projection.apply(due)
            self._projection.tick(now_ms)
            self._send(now_ms)
            while acts and acts[0].at_ms < minute_ms + TICK_MS:
                self._do(acts.popleft(), now_ms)
            progress(minute_ms)
        self._outcome.alarms = list(Journal(self._looking).alarms("1"))
        grew = "SELECT alarm, severity, at_ms FROM transition WHERE what IN ('raised', 'worsened') ORDER BY at_ms"
        for id, severity, at_ms in self._looking.execute(grew):
            self._outcome.reached[str(id)] = int(str(at_ms))
            if severity != Severity.WARNING:
                self._outcome.asked.setdefault(str(id), int(str(at_ms)))
        self._outcome.messages = [self._message(call) for call in self._telephone.calls.values()]
        return self._outcome

    def _send(self, now_ms: int) -> None:
        self._telephone.now_ms = now_ms
        steps = 0
        while self._sender.step(now_ms):
            steps += 1
            assert steps < MOST_STEPS, "the sender does not come to rest"

    def _do(self, act: Act, now_ms: int) -> None:
        told = self._looking.execute("SELECT DISTINCT alarm FROM notice WHERE person=?", (act.person,)).fetchall()
        mine = {str(row[0]) for row in told}
        signed = [
            self._book.acknowledge(one.id, act.person, "", max(act.at_ms, now_ms))
            for one in self._book.open()
            if (one.id == act.alarm if act.alarm else one.id in mine and act.point in ("", one.point))
        ]
        if all(isinstance(one, NotDone) for one in signed):
            self._outcome.undone.append(act)

    def _message(self, call: Call) -> Message:
        reference = call.name.rpartition("-")[0]
        query = "SELECT person, kind, alarm FROM notice WHERE reference=?"
        person, kind, alarm = self._looking.execute(query, (reference,)).fetchall()[0]
        return Message(call.at_ms, str(person), str(kind), str(alarm), call.text)
