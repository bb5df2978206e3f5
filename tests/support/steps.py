"""Every step on the way from a row of the ledger to a message, and from what people do to its record: where a process may be killed.

with struck("notice begun", "after", 2):   # the second time that this step is through, the process dies
    ...
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

from larder_hub.alarms.book import SqliteAlarmBook
from larder_hub.alarms.drills import DrillBook
from larder_hub.alarms.escalation import Escalation
from larder_hub.alarms.journal import Journal
from larder_hub.alarms.projection import AlarmProjection
from larder_hub.alarms.shelves import SqliteShelves
from larder_hub.alarms.turn import Turn
from larder_hub.notices.port import Accepted, Delivery
from larder_hub.notices.queue import NoticeQueue
from larder_hub.notices.reply_desk import ReplyDesk

Side = Literal["before", "after"]


class Killed(BaseException):
    """The process dies here."""


class Post:
    """A driver in memory: what lies in it outlives the sender's process, in the order in which it left, as (attempt's name, phone).

    One that `knows` says what became of an attempt and sends none twice, as an outbox does. The other takes everything, and of the
    one on its way when a process died it says nothing, as a cloud does whose answer was lost.
    """

    name = "post"

    def __init__(self, *, knows: bool) -> None:
        self.knows = knows
        self.left: list[tuple[str, str]] = []
        self.lost: set[str] = set()

    def send(self, phone: str, text: str, reference: str) -> Accepted:
        if not self.knows or reference not in {name for name, _ in self.left}:
            self.left.append((reference, phone))
        return Accepted(reference)

    def status(self, reference: str) -> Delivery:
        if reference in self.lost:
            return Delivery.UNKNOWN
        return Delivery.SENT if reference in {name for name, _ in self.left} else Delivery.ABSENT

    def process_died(self) -> None:
        if self.left and not self.knows:
            self.lost.add(self.left[-1][0])

    def references(self) -> list[str]:
        """The messages that left, by the name that all attempts share."""
        return [name.rpartition("-")[0] for name, _ in self.left]


class Step(NamedTuple):
    owner: type
    method: str


STEPS: dict[str, Step] = {
    "row judged": Step(Turn, "row"),
    "transition written": Step(Journal, "transition"),
    "intent written": Step(Journal, "intend"),
    "position kept": Step(Journal, "keep_mark"),
    "rows committed": Step(AlarmProjection, "apply"),
    "tick judged": Step(Turn, "tick"),
    "escalated": Step(Escalation, "_next_level"),
    "tick committed": Step(AlarmProjection, "tick"),
    "notice begun": Step(NoticeQueue, "begin"),
    "driver called": Step(Post, "send"),
    "outcome stored": Step(NoticeQueue, "_set"),
    "receipt asked": Step(Post, "status"),
    "digested": Step(NoticeQueue, "digest"),
    "shelf written": Step(Journal, "put_aside"),
    "shelf committed": Step(SqliteShelves, "shelve"),
    "drill written": Step(Journal, "ask_drill"),
    "drill committed": Step(DrillBook, "begin"),
    "drill begun or ended": Step(Journal, "keep_drill"),
    "reply recorded": Step(ReplyDesk, "_record"),
    "reply signs": Step(SqliteAlarmBook, "acknowledge"),
    "act written": Step(Journal, "act"),
    "reply done": Step(ReplyDesk, "_act"),
}


@contextmanager
def watched() -> Iterator[list[str]]:
    """The names of the steps that are gone through, in order."""
    seen: list[str] = []
    with _each(lambda name, side: seen.append(name) if side == "before" else None):
        yield seen


@contextmanager
def struck(name: str, side: Side, nth: int) -> Iterator[None]:
    """The process dies before or after the `nth` time of a step, counted from 1, and at no other."""
    times = 0

    def strike(step: str, where: Side) -> None:
        nonlocal times
        if (step, where) == (name, side):
            times += 1
            if times == nth:
                raise Killed(f"{side} {name}, {nth}")

    with _each(strike):
        yield


@contextmanager
def _each(call: Any) -> Iterator[None]:
    whole = {name: getattr(step.owner, step.method) for name, step in STEPS.items()}

    def around(name: str) -> Any:
        def broken(*args: Any, **named: Any) -> Any:
            call(name, "before")
            answer = whole[name](*args, **named)
            call(name, "after")
            return answer

        return broken

    try:
        for name, step in STEPS.items():
            setattr(step.owner, step.method, around(name))
        yield
    finally:
        for name, step in STEPS.items():
            setattr(step.owner, step.method, whole[name])
