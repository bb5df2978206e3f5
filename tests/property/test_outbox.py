"""The record of a device over any history: sealed readings are never lost, renumbered or counted twice. [A1], [A3], [A6] to [A8].

Kills are simulated between every two steps that change the disk: the process's objects are thrown away, the files stay.
"""

import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule

from larder_agent import sealing
from larder_agent.chain import Link
from larder_agent.clock import HandClock, Moment, moment
from larder_agent.drivers.port import PointSpec, Sample
from larder_agent.metrics import Metrics
from larder_agent.outbox import Build, Outbox
from larder_agent.record import Record
from larder_agent.sealing import Waiting
from larder_agent.staging import Group
from larder_core.content import Adoption, Batch, Content, Covers, Loss
from larder_core.digest import line_hash
from larder_core.entry import read_entry
from tests.unit.agent.sealed import DEVICE, ids

BOUND = 8_000
FREEZES = 4
"""In one history: every ended stream needs a range of its own until it is safe, which a bound this small could not hold for ever."""
POINTS = {"t": PointSpec("t", "Cel", -1)}


class Killed(Exception):
    """The process ends here."""


class DyingOutbox(Outbox):
    """Dies right before or right after the commit of a seal. `sealed`: the values of every entry by stream and number, as they were
    appended last."""

    die = ""

    def __init__(self, folder: Path, new_id: Callable[[], str], sealed: dict[tuple[str, int], list[int]]) -> None:
        super().__init__(folder, DEVICE, BOUND, 0, new_id)
        self.sealed = sealed

    def _append(self, line: bytes, content: Content, moment: Moment, adopted: int = 0) -> None:
        super()._append(line, content, moment, adopted)
        self.sealed[self.stream, self.head.n] = values_of(content)

    def seal(self, builds: "list[Build]", moment: Moment, *, next_epoch: bool = False) -> None:  # type: ignore[override]
        def last_words(total: int) -> Content:
            raise Killed

        dying, self.die = self.die, ""
        super().seal([*builds, last_words] if dying == "before" else builds, moment, next_epoch=next_epoch)
        if dying == "after":
            raise Killed


def values_of(content: Content) -> list[int]:
    """Every reading of these tests has a value."""
    series = content.series() if isinstance(content, Batch) else ()
    return [one.value for each in series for one in each.readings if one.value is not None]


class Machine(RuleBasedStateMachine):
    """`taken` are the readings that reached the staging file; values are unique, so each can be followed."""

    safes = Bundle("safes")

    @initialize()
    def begin(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.folder = Path(self._folder.name)
        self.clock, self.new_id, self.values = HandClock(), ids(), count(1)
        self.taken: list[int] = []
        self.frozen = 0
        self.said: dict[tuple[str, int], str] = {}
        self.sealed: dict[tuple[str, int], list[int]] = {}
        self.boot()

    def teardown(self) -> None:
        if hasattr(self, "record"):
            self.record.close()
            self._folder.cleanup()

    def boot(self) -> None:
        """A new process over the same files."""
        if hasattr(self, "record"):
            self.record.close()
        self.clock.pass_ms(500)
        self.outbox = DyingOutbox(self.folder, self.new_id, self.sealed)
        self.record = Record(self.folder, DEVICE, self.outbox, POINTS, self.clock)
        self.record.open(Metrics(self.folder))
        self.waiting = Waiting()

    def stage(self, readings: int) -> None:
        samples = []
        for _ in range(readings):
            self.clock.pass_ms(100)
            value = next(self.values)
            group = Group(moment(self.clock), (Sample("t", value),))
            self.record.staging.add(group)
            self.waiting = sealing.add(self.waiting, group, POINTS)
            samples.append(value)
        self.taken += samples

    # ------------------------------------------------------------ what happens

    @rule(readings=st.integers(1, 5))
    def read(self, readings: int) -> None:
        self.stage(readings)

    @rule(readings=st.integers(1, 20))
    def read_and_seal(self, readings: int) -> None:
        self.stage(readings)
        self.record.seal(self.waiting)
        self.waiting = sealing.sealed(self.waiting)

    @rule(readings=st.integers(1, 20))
    def read_and_seal_until_the_oldest_give_way(self, readings: int) -> None:
        held = self.outbox.held.start
        while self.outbox.held.start == held:
            self.read_and_seal(readings)

    @rule(target=safes)
    def remember_a_place(self) -> tuple[str, Link]:
        return self.outbox.stream, self.outbox.head

    @rule(place=safes)
    def receipt_says_safe(self, place: tuple[str, Link]) -> None:
        stream, safe = place
        if stream == self.outbox.stream and safe.n > self.outbox.floor.n:
            dropped = safe.n < self.outbox.held.start - 1
            assert self.outbox.prune(safe, self.clock.wall)
            assert self.outbox.floor == safe or (dropped and self.outbox.floor.n < safe.n)
            assert self.outbox.hash_at(safe.n) == safe.hash

    @rule(part=st.integers(0, 99))
    def receipt_says_safe_of_what_gave_way(self, part: int) -> None:
        """It was on its way when the disk was full."""
        dropped = range(self.outbox.floor.n + 1, self.outbox.held.start)
        if dropped:
            n = dropped[len(dropped) * part // 100]
            self.receipt_says_safe((self.outbox.stream, Link(n, str(self.outbox.hash_at(n)))))

    @rule()
    def receipt_of_another_branch(self) -> None:
        held = self.outbox.held
        head = self.outbox.head.n
        if head > self.outbox.floor.n:
            assert not self.outbox.prune(Link(head, line_hash(b"another branch")), self.clock.wall)
            assert self.outbox.held == held

    @precondition(lambda self: self.frozen < FREEZES)
    @rule()
    def freeze(self) -> None:
        self.frozen += 1
        old = self.outbox.stream
        self.outbox.freeze(moment(self.clock), "frozen")
        assert self.outbox.stream != old

    @rule()
    def kill(self) -> None:
        self.boot()

    @rule(readings=st.integers(1, 5), when=st.sampled_from(["before", "after"]))
    def kill_at_the_commit_of_a_seal(self, readings: int, when: str) -> None:
        self.stage(readings)
        self.outbox.die = when
        try:
            self.record.seal(self.waiting)
        except Killed:
            self.boot()

    @rule(readings=st.integers(1, 5), when=st.sampled_from(["before", "after"]))
    def kill_twice_while_recovering(self, readings: int, when: str) -> None:
        self.stage(readings)
        self.record.close()
        outbox = DyingOutbox(self.folder, self.new_id, self.sealed)
        outbox.die = when
        record = Record(self.folder, DEVICE, outbox, POINTS, self.clock)
        try:
            record.open(Metrics(self.folder))
        except Killed:
            record.close()
        self.boot()

    @rule(readings=st.integers(1, 3))
    def kill_in_the_middle_of_a_staged_line(self, readings: int) -> None:
        self.stage(readings)
        (file,) = self.folder.glob("staging-*.jsonl")
        with file.open("ab") as torn:
            torn.write(b'[1790000000000,1000,["synced",5],[["t",99')
        self.boot()

    # ------------------------------------------------------------ what must hold

    @invariant()
    def every_sealed_reading_is_accounted_for_once(self) -> None:
        """produced = taken and sealed; what is held is held once."""
        if not hasattr(self, "outbox"):
            return
        staged = sum(len(group.samples) for group in self.waiting.groups)
        books = self.outbox.books
        assert books.produced == len(self.taken) - staged
        bodies = [body for line in self.lines() for body in self.unwrapped(line)]
        assert len({line_hash(body) for body in bodies}) == len(bodies)
        held = [value for body in bodies for value in values_of(read_entry(body)[1])]
        assert len(set(held)) == len(held)
        assert set(held) <= set(self.taken)

    @invariant()
    def a_number_has_one_hash_for_ever(self) -> None:
        if hasattr(self, "outbox"):
            for line in self.lines():
                header = read_entry(line)[0]
                assert self.said.setdefault((header.stream, header.n), line_hash(line)) == line_hash(line)

    @invariant()
    def the_bound_holds(self) -> None:
        if hasattr(self, "outbox"):
            assert self.outbox.books.held_bytes == sum(len(line) for line in self.lines()) <= BOUND

    @invariant()
    def every_number_is_held_deleted_under_safe_or_declared_lost(self) -> None:
        if not hasattr(self, "outbox"):
            return
        outbox = self.outbox
        covers = [cover for line in self.lines() for cover in self.covers_of(line)]
        own = [cover for cover in covers if cover.stream == outbox.stream and cover.last >= outbox.held.start - 1]
        if outbox.held.start > outbox.floor.n + 1:
            assert [(cover.first <= outbox.floor.n + 1, cover.end) for cover in own][-1] == (
                True,
                outbox.hash_at(outbox.held.start - 1),
            )

    @invariant()
    def a_declared_loss_has_the_figures_of_exactly_what_it_counts(self) -> None:
        if not hasattr(self, "outbox"):
            return
        bodies = [body for line in self.lines() for body in self.unwrapped(line)]
        for cover in (cover for body in bodies for cover in self.covers_of(body)):
            numbers = range(cover.first, cover.last + 1)
            values = [value for n in numbers for value in self.sealed[cover.stream, n]]
            assert cover.count == len(values)
            figures = (
                [("t", "Cel", -1, len(values), len(values), min(values), max(values), sum(values))] if values else []
            )
            assert cover.points == figures

    def lines(self) -> list[bytes]:
        held = self.outbox.held
        return self.outbox.lines(held.start, held.stop - 1)

    @staticmethod
    def unwrapped(line: bytes) -> list[bytes]:
        content = read_entry(line)[1]
        return [body.encode() for body in content.adopted] if isinstance(content, Adoption) else [line]

    @staticmethod
    def covers_of(body: bytes) -> list[Covers]:
        content = read_entry(body)[1]
        return content.covers if isinstance(content, Loss) else []


Machine.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestOutbox = Machine.TestCase
