"""The process dies before or after any step between a row and a message: none is missed, at most one leaves twice, under its name.

What happens is always the same: two fridges of each of three canteens get warm, are shelved, worsen; one person is on duty for all, so
that his messages are more than a person gets; a drill is held; a reply signs; nobody signs the others, so that the county hears.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from larder_core.digest import GENESIS, line_hash
from larder_core.entry import write_entry
from larder_hub.alarms.drills import DrillBook
from larder_hub.alarms.schema import open_alarms
from larder_hub.alarms.shelves import SqliteShelves
from larder_hub.config import SmsConfig
from larder_hub.ledger.rows import LedgerRow
from larder_hub.notices.inbox import GammuInbox
from larder_hub.notices.reply_desk import ReplyDesk
from larder_hub.notices.sender import NoticeSender
from larder_hub.notices.texts import Letterhead
from larder_hub.register.directory import Duty
from larder_hub.web.ports import Wish
from tests.support.incidents import FRIDGE, SECOND, Box, County, batch, register, stream_of
from tests.support.steps import STEPS, Killed, Post, Side, struck, watched

MINUTE_MS = 60_000
STEP_MIN = 10
WARM = [FRIDGE, SECOND]
QUIET = {"row judged", "rows committed", "tick judged", "tick committed", "position kept"}
"""Steps of a moment in which nothing happens."""

SENDING = {"notice begun", "driver called", "outcome stored", "receipt asked"}


class Town(County):
    """A county whose ledger is kept, so that a new process reads it again; with a sender, a desk for replies, and people."""

    def __init__(self, folder: Path, post: Post) -> None:
        known = register(3, period_s=STEP_MIN * 60.0)
        one = (*(Duty("cook1", "site", f"site{n}") for n in (1, 2, 3)), Duty("officer", "county", "632224"))
        self.post, self.folder, self.ledger = post, folder, list[LedgerRow]()
        super().__init__(folder, replace(known, duties=one))
        (folder / "in").mkdir()
        (folder / "smsdrc").write_text(f"[smsd]\ninboxpath = {folder}/in/\n", "utf-8")
        self.started()

    def started(self) -> None:
        """Everything that a process has: all of it from the files."""
        self.sender = NoticeSender(self.file, self.post, SmsConfig(), Letterhead(), self.metrics, self.now_ms)
        self.sender.open()
        self.desk = ReplyDesk(self.file, GammuInbox(self.folder / "smsdrc"), lambda: self.directory, Letterhead(), self.metrics,
                              self.now_ms)  # fmt: skip
        self.talk = open_alarms(self.file)
        for connection in (self.projection._db, self.sender._connection, self.talk):
            connection.execute("PRAGMA synchronous=OFF")  # a process dies here, and no machine

    def died(self) -> None:
        self.post.process_died()
        self.close_process()
        self.killed()
        self.started()

    def close_process(self) -> None:
        self.sender.close()
        self.talk.close()
        self.desk._book.close()

    def close(self) -> None:
        self.close_process()
        super().close()

    # ---------------------------------------------------------------- what can be done again by a new process

    def read(self) -> None:
        """Each box reads, once for each moment; the projection takes what it has not."""
        for box in self.boxes.values():
            if box.n < self.minute // STEP_MIN:
                self._reads(box)
        for row in self.ledger[self.projection.position() :]:
            self.projection.apply([row])

    def _reads(self, box: Box) -> None:
        box.n += 1
        line = write_entry(stream_of(box.id), box.n, GENESIS, batch(box, self.now_ms(), "synced", self.up_ms()))
        at = len(self.ledger) + 1
        self.ledger.append(
            LedgerRow(at, box.id, stream_of(box.id), box.n, line_hash(line), self.now_ms() + 1_000, line)
        )

    def send(self) -> None:
        while self.sender.step(self.now_ms() + 3_000):
            pass

    def shelves(self) -> None:
        """A person who got no answer looks first whether it is there."""
        desk = SqliteShelves(self.file, lambda: self.directory, self.projection._rules)
        if not desk.listed(self.now_ms()):
            desk.shelve(
                Wish("张某", "化霜", self.now_ms() + 20 * MINUTE_MS, device="box3", point=SECOND), self.now_ms()
            )

    def drills(self) -> None:
        book = DrillBook(self.file, lambda: self.directory)
        if not book.listed():
            book.begin("site1", FRIDGE, 13.0, "李某", "季度演练", self.now_ms(), 30 * MINUTE_MS)

    def replies(self) -> None:
        ticket = self.rows("SELECT ticket FROM alarm WHERE device='box2' AND kind='food' ORDER BY ticket")[0][0]
        file = self.folder / "in" / "IN20261122_090000_00_13800138001_00.txt"
        if not self.rows("SELECT 1 FROM reply"):
            file.write_text(f"1 {ticket}", "utf-8")
            os.utime(file, (self.now_ms() / 1000 - 60, self.now_ms() / 1000 - 60))
        self.desk.look(self.talk, self.now_ms())


Act = Callable[[Town], None]

TOLD = """SELECT n.reference, n.person, coalesce(d.state, n.state) FROM notice n LEFT JOIN notice d ON d.id = n.digest
          WHERE n.kind != 'digest' ORDER BY 1"""


def warm(town: Town) -> None:
    for box in town.boxes.values():
        for point in WARM:
            box.values[point] = 13.0


def cold(town: Town) -> None:
    for box in town.boxes.values():
        for point in WARM:
            box.values[point] = 4.0


def story(*, signed: bool) -> Iterator[tuple[int, Act]]:
    """(minute, act): each act may be done again after it was interrupted."""
    people: dict[int, Act] = {20: Town.shelves, 40: Town.drills, **({60: Town.replies} if signed else {})}
    for minute in range(STEP_MIN, 210, STEP_MIN):
        if minute == 20:
            yield minute, warm
        if minute == 110:
            yield minute, cold
        yield minute, Town.read
        yield minute, Town.tick
        if minute in people:
            yield minute, people[minute]
        yield minute, Town.send


class Moment(NamedTuple):
    step: str
    side: Side
    nth: int


class Outcome(NamedTuple):
    """Every message that left, by its name; who was told of what, by itself or within a digest; what stands in the file in the end."""

    left: Counter[str]
    told: list[tuple[object, ...]]
    alarms: list[tuple[object, ...]]
    acts: list[tuple[object, ...]]


def live(folder: Path, *, knows: bool, seen: list[str] | None = None) -> tuple[Outcome, list[int]]:
    """The whole story, an act that is interrupted done again by a new process. With it where each act began in `seen`."""
    folder.mkdir()
    town = Town(folder, Post(knows=knows))
    begins = []
    try:
        for minute, act in story(signed=knows):
            town.minute = minute
            begins.append(len(seen or ()))
            try:
                act(town)
            except Killed:
                town.died()
                act(town)
        alarms = town.rows("SELECT id, condition, severity, step, acked_ms, clear_told FROM alarm ORDER BY id")
        acts = town.rows("SELECT alarm, act, actor, note FROM act ORDER BY id")
        return Outcome(Counter(town.post.references()), town.rows(TOLD), alarms, acts), begins
    finally:
        town.close()


def moments(seen: list[str], begins: list[int]) -> list[Moment]:
    """Both sides of every step of an act in which something happened."""
    found, times = [], Counter[str]()
    for first, last in zip(begins, [*begins[1:], len(seen)], strict=True):
        quiet = set(seen[first:last]) <= QUIET
        for step in seen[first:last]:
            times[step] += 1
            found += [] if quiet else [Moment(step, side, times[step]) for side in ("before", "after")]
    return found


def chosen(found: list[Moment]) -> list[Moment]:
    """All of them where chaos is wanted; otherwise of each step and side the first, and of those of a message the last."""
    if os.environ.get("LARDER_CHAOS") == "all":
        return found
    first = {(one.step, one.side): one for one in reversed(found)}
    last = {(one.step, one.side): one for one in found if one.step in SENDING}
    return sorted({*first.values(), *last.values()})


def test_killed_at_any_step_no_message_is_missed_and_none_leaves_twice(tmp_path: Path) -> None:
    with watched() as seen:
        whole, begins = live(tmp_path / "whole", knows=True, seen=seen)
    assert set(seen) == STEPS.keys(), "the story goes through every step"
    assert len(whole.left) > 10 and set(whole.left.values()) == {1}
    for n, moment in enumerate(chosen(moments(seen, begins))):
        with struck(*moment):
            after, _ = live(tmp_path / str(n), knows=True)
        assert after == whole, str(moment)


def test_where_a_cloud_cannot_say_what_it_was_given_at_most_one_leaves_twice_under_its_name(tmp_path: Path) -> None:
    """A delayed one may meet other company in a digest; who is told of what stays the same (nobody signs: he might not know yet)."""
    with watched() as seen:
        whole, begins = live(tmp_path / "whole", knows=False, seen=seen)
    sending = [one for one in moments(seen, begins) if one.step in SENDING]
    twice = []
    for n, moment in enumerate(chosen(sending)):
        with struck(*moment):
            after, _ = live(tmp_path / str(n), knows=False)
        assert (after.told, after.alarms, after.acts) == (whole.told, whole.alarms, whole.acts), str(moment)
        twice.append(sum(after.left.values()) - len(after.left))
    assert max(twice) == 1, twice
