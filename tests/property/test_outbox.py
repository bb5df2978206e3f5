"""The record of a device over any history: sealed readings are never lost, renumbered or counted twice. [A1], [A3], [A6] to [A8].

Kills are simulated between every two steps that change the disk: the process's objects are thrown away, the files stay.
"""

import tempfile
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
from larder_core.content import Adoption, Batch, Content, Loss
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
    """Dies right before or right after the commit of a seal."""

    die = ""

    def seal(self, builds: "list[Build]", moment: Moment, *, next_epoch: bool = False) -> None:  # type: ignore[override]
        def last_words(total: int) -> Content:
            raise Killed

        dying, self.die = self.die, ""
        super().seal([*builds, last_words] if dying == "before" else builds, moment, next_epoch=next_epoch)
        if dying == "after":
            raise Killed


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
        self.outbox = DyingOutbox(self.folder, DEVICE, BOUND, 0, self.new_id)
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

    @rule(target=safes)
    def remember_a_place(self) -> tuple[str, Link]:
        return self.outbox.stream, self.outbox.head

    @rule(place=safes)
    def receipt_says_safe(self, place: tuple[str, Link]) -> None:
        stream, safe = place
        if stream == self.outbox.stream and safe.n > self.outbox.floor.n:
            assert self.outbox.prune(safe, self.clock.wall)
            assert self.outbox.floor == safe

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
        outbox = DyingOutbox(self.folder, DEVICE, BOUND, 0, self.new_id)
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
        held = [value for body in bodies for value in self.values_of(body)]
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
        covers = [
            cover
            for line in self.lines()
            if isinstance(content := read_entry(line)[1], Loss)
            for cover in content.covers
        ]
        own = [cover for cover in covers if cover.stream == outbox.stream and cover.last >= outbox.held.start - 1]
        if outbox.held.start > outbox.floor.n + 1:
            assert [(cover.first <= outbox.floor.n + 1, cover.end) for cover in own][-1] == (
                True,
                outbox.hash_at(outbox.held.start - 1),
            )

    def lines(self) -> list[bytes]:
        held = self.outbox.held
        return self.outbox.lines(held.start, held.stop - 1)

    @staticmethod
    def unwrapped(line: bytes) -> list[bytes]:
        content = read_entry(line)[1]
        return [body.encode() for body in content.adopted] if isinstance(content, Adoption) else [line]

    @staticmethod
    def values_of(body: bytes) -> list[int | None]:
        content = read_entry(body)[1]
        return (
            [one.value for series in content.series() for one in series.readings] if isinstance(content, Batch) else []
        )


Machine.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestOutbox = Machine.TestCase
