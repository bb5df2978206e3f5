"""What a device says of its own time. [W-ABSENCE] [C1] [A11]"""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from larder_agent import away, sealing
from larder_agent.away import Gaps, LastWord, Missed
from larder_agent.clock import HandClock, Moment, moment
from larder_agent.drivers.port import PointSpec, Sample
from larder_agent.maintenance import Order, Switch
from larder_agent.metrics import Metrics
from larder_agent.outbox import Outbox
from larder_agent.record import Record
from larder_agent.sealing import Waiting
from larder_agent.staging import Group
from larder_core.absence import Absence, read_absence
from larder_core.anchor import Anchor, anchor_of, derive, told_by
from larder_core.content import Batch, Content, Event
from larder_core.entry import read_entry
from tests.unit.agent.sealed import DEVICE, MB, ids

WALL = 1_790_000_000_000
POINTS = {"t": PointSpec("t", "Cel", -1), "rh": PointSpec("rh", "%RH", 0)}
HOUR = 3_600_000


def at(wall: int, up: int, boot: str = "0a1b2c3d", state: str = "synced") -> Moment:
    error = {"synced": 5, "holdover": 90}.get(state)
    return Moment(boot, wall, up, (state, error))  # type: ignore[arg-type]


LAST = LastWord(at(WALL, 60_000))
STOPPED = LastWord(at(WALL, 60_000), "stopped")


@pytest.mark.parametrize(
    ("last", "now", "said"),
    [
        # the same boot: by uptime, whatever the wall clock did; `from` on the clock of now
        (LAST, at(WALL + 61_000, 121_000), Absence(WALL, WALL + 61_000, None, 12, "killed")),
        (LAST, at(WALL + HOUR, 121_000), Absence(WALL + HOUR - 61_000, WALL + HOUR, None, 12, "killed")),
        (STOPPED, at(WALL + 61_000, 121_000), Absence(WALL, WALL + 61_000, None, 12, "stopped")),
        (LAST, at(WALL + 10_000, 70_000), None),
        # another boot: by the wall clock, if it can be believed at both ends
        (LAST, at(WALL + 61_000, 9_000, "ffffffff"), Absence(WALL, WALL + 61_000, None, 12, "power")),
        (LAST, at(WALL + 61_000, 9_000, "ffffffff", "holdover"), Absence(WALL, WALL + 61_000, None, 12, "power")),
        (STOPPED, at(WALL + 61_000, 9_000, "ffffffff"), Absence(WALL, WALL + 61_000, None, 12, "stopped")),
        (LAST, at(WALL + 61_000, 9_000, "ffffffff", "restored"), Absence(WALL, WALL + 61_000, None, None, "clock-unknown", "power")),
        (LAST, at(9_000, 9_000, "ffffffff", "unset"), Absence(WALL, 9_000, None, None, "clock-unknown", "power")),
        (STOPPED, at(WALL - 1, 9_000, "ffffffff"), Absence(WALL, WALL - 1, None, None, "clock-unknown", "stopped")),
        (LastWord(at(WALL, 5, state="unset")), at(WALL + 61_000, 9, "ffffffff"),
         Absence(WALL, WALL + 61_000, None, None, "clock-unknown", "power")),
    ],
)  # fmt: skip
def test_how_long_nobody_was_here(last: LastWord, now: Moment, said: Absence | None) -> None:
    assert away.at_start(last, now, [10_000, 10_000]) == said


@pytest.mark.parametrize(
    ("last", "now", "step"),
    [
        (at(WALL, 1_000), at(WALL + 10_000, 11_000), None),
        (at(WALL, 1_000), at(WALL + 11_000, 11_000), None),
        (at(WALL, 1_000), at(WALL + 11_006, 11_000), 1_006),
        (at(WALL, 1_000), at(WALL - 300_000, 11_000), -310_000),
        # an hour of drift at 500 ppm is 1.8 s
        (at(WALL, 0), at(WALL + HOUR + 2_800, HOUR), None),
        (at(WALL, 0), at(WALL + HOUR + 2_801, HOUR), 2_801),
        # better without a step; not: worse, and what was believed already
        (at(WALL, 0, state="restored"), at(WALL + 5, 5), 0),
        (at(WALL, 0, state="unset"), at(WALL + 5, 5, state="restored"), 0),
        (at(WALL, 0, state="holdover"), at(WALL + 5, 5), None),
        (at(WALL, 0), at(WALL + 5, 5, state="restored"), None),
        # another boot has another clock
        (at(WALL, 0, state="unset"), at(WALL + HOUR, 5, "ffffffff"), None),
    ],
)
def test_when_a_clock_was_set(last: Moment, now: Moment, step: int | None) -> None:
    said = away.clock_set(last, now)
    assert (None if said is None else said["step"]) == step
    if said is not None:
        assert said == {"was": now.at - int(str(step)), "step": step, "state": last.clock[0]}


def test_what_was_skipped_adds_up_by_points_and_reason() -> None:
    gaps = Gaps()
    for missed in (
        Missed(frozenset({"t"}), "overrun", 1_000, 4_000, 2),
        Missed(frozenset({"t"}), "overrun", 9_000, 12_000, 2),
        Missed(frozenset({"rh"}), "overrun", 1_000, 2_000, 1),
    ):
        gaps = away.add(gaps, missed)
    assert list(away.told(gaps, at(WALL, 20_000))) == [
        Absence(WALL - 19_000, WALL - 8_000, frozenset({"t"}), 4, "overrun"),
        Absence(WALL - 19_000, WALL - 18_000, frozenset({"rh"}), 1, "overrun"),
    ]


class Disk:
    """A record that is opened again and again."""

    def __init__(self, folder: Path, clock: HandClock) -> None:
        self.folder, self.clock, self.new_id = folder, clock, ids()
        self.metrics = Metrics(folder)
        self.open()

    def open(self) -> None:
        if hasattr(self, "record"):
            self.record.close()
        outbox = Outbox(self.folder, DEVICE, 8 * MB, 0, self.new_id)
        self.record = Record(self.folder, DEVICE, outbox, POINTS, self.clock, [10_000, 10_000])
        self.record.open(self.metrics)
        self.waiting = Waiting()

    def read(self, value: int) -> None:
        group = Group(moment(self.clock), (Sample("t", value),))
        self.record.staging.add(group)
        self.waiting = sealing.add(self.waiting, group, POINTS)

    def seal(self) -> None:
        self.record.watch_clock(self.metrics)
        if self.waiting.groups:
            self.record.seal(self.waiting)
            self.waiting = sealing.sealed(self.waiting)

    def contents(self) -> list[Content]:
        outbox = self.record.outbox
        return [read_entry(line)[1] for line in outbox.lines(outbox.held.start, outbox.held.stop - 1)]

    def events(self) -> list[Event]:
        return [content for content in self.contents() if isinstance(content, Event)]


def test_a_new_disk_says_nothing(tmp_path: Path) -> None:
    disk = Disk(tmp_path, HandClock())
    disk.seal()
    assert disk.contents() == []


def test_a_killed_process_says_how_long_it_was_away(tmp_path: Path) -> None:
    """From the last reading that was staged, which it seals first."""
    clock = HandClock()
    disk = Disk(tmp_path, clock)
    disk.read(1)
    began = clock.wall
    clock.pass_ms(61_000)
    disk.open()
    batch, event = disk.contents()
    assert isinstance(batch, Batch) and isinstance(event, Event)
    assert read_absence(event) == Absence(began, began + 61_000, None, 12, "killed")
    disk.open()
    assert len(disk.contents()) == 2, "said once"
    assert disk.metrics.counts()["absent.killed"] == 12


def test_a_clean_stop_is_told_from_a_kill(tmp_path: Path) -> None:
    clock = HandClock()
    disk = Disk(tmp_path, clock)
    disk.record.say_stopped()
    clock.pass_ms(30_000)
    disk.open()
    said = read_absence(disk.events()[-1])
    assert said is not None and (said.reason, said.missed) == ("stopped", 4)
    clock.pass_ms(30_000)
    disk.open()
    said = read_absence(disk.events()[-1])
    assert said is not None and said.reason == "killed", "the word of the process before the last does not count"


def test_a_clock_set_while_nobody_was_here_is_an_anchor_too(tmp_path: Path) -> None:
    """[C1] Unset readings of one process, synced before the next of the same boot."""
    clock = HandClock(wall=60_000, up=60_000, told=("unset", None))
    disk = Disk(tmp_path, clock)
    disk.read(1)
    clock.pass_ms(1_000)
    clock.wall, clock.told = WALL, ("synced", 5)
    disk.open()
    batch, event = disk.contents()
    assert isinstance(batch, Batch)
    assert anchor_of(event) == Anchor(clock.boot_id, WALL, 61_000, "synced", 5)
    told = told_by(batch)
    assert told is not None
    derived = derive(told, [anchor for content in disk.contents() if (anchor := anchor_of(content))])
    assert derived is not None
    assert batch.at + derived.shift_ms == WALL - 1_000


def test_an_outbox_of_an_earlier_agent_is_opened(tmp_path: Path) -> None:
    """It does not say when it last spoke: nothing is said of the time since."""
    disk = Disk(tmp_path, HandClock())
    disk.read(1)
    disk.seal()
    disk.record.outbox._db.execute("DELETE FROM meta WHERE key LIKE 'last%' OR key IN ('ended', 'check')")
    disk.clock.pass_ms(HOUR)
    disk.open()
    assert [content.kind for content in disk.contents()] == ["batch"]


def test_a_pause_is_told_as_it_begins_and_ends(tmp_path: Path) -> None:
    """[A11] And goes on over a restart, in which it is the reason of the absence."""
    clock = HandClock()
    disk = Disk(tmp_path, clock)
    Switch(tmp_path).begin(Order("defrosting", clock.wall + HOUR))
    disk.record.maintain()
    assert disk.record.paused.is_set()
    clock.pass_ms(61_000)
    disk.open()
    assert disk.record.paused.is_set()
    disk.record.maintain()
    clock.pass_ms(HOUR)
    disk.record.maintain()
    assert not disk.record.paused.is_set()
    begun, event, ended = disk.events()
    assert (begun.event, begun.detail) == ("maintenance-begun", {"reason": "defrosting", "until": begun.at + HOUR})
    assert read_absence(event) == Absence(begun.at, begun.at + 61_000, None, 12, "maintenance", note="defrosting")
    assert (ended.event, ended.detail) == ("maintenance-ended", {"reason": "defrosting"})


def test_a_pause_ends_when_the_operator_says_so(tmp_path: Path) -> None:
    clock = HandClock()
    disk = Disk(tmp_path, clock)
    switch = Switch(tmp_path)
    assert not switch.end()
    switch.begin(Order("defrosting", clock.wall + HOUR))
    disk.record.maintain()
    assert switch.end()
    disk.record.maintain()
    assert [event.event for event in disk.events()] == ["maintenance-begun", "maintenance-ended"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"reason": "x"}', '{"reason": "x", "until_ms": "soon"}', "null"])
def test_an_order_that_cannot_be_read_pauses_nothing(tmp_path: Path, text: str) -> None:
    Switch(tmp_path).path.write_text(text)
    assert Switch(tmp_path).order(0) is None


def test_a_pause_that_goes_on_is_not_said_yet() -> None:
    pause = Missed(frozenset({"t"}), "maintenance", 1_000, 2_000, 1)
    late = Missed(frozenset({"t"}), "overrun", 1_000, 2_000, 1)
    gaps = away.add(away.add(Gaps(), pause), late)
    due, going_on = away.split(gaps, paused=True)
    assert [one.reason for one in due.open.values()] == ["overrun"]
    assert [one.reason for one in going_on.open.values()] == ["maintenance"]
    due, going_on = away.split(gaps, paused=False)
    assert (len(due.open), len(going_on.open)) == (2, 0)


YEAR = 365 * 24 * HOUR
JUMPS = st.sampled_from([0, 0, 300_000, -300_000, YEAR, -YEAR, 999, -999])
STEPS = st.lists(
    st.tuples(st.sampled_from(["read", "seal", "open"]), st.integers(1, 20_000), JUMPS), min_size=1, max_size=30
)


@settings(max_examples=60, deadline=None)  # every step is an fsync
@given(STEPS, st.sampled_from(["unset", "restored"]))
def test_no_jump_of_the_clock_reorders_readings(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int]], state: str
) -> None:
    """[C1] [C2] Whatever the wall clock does, and whenever the process is killed: time never runs backwards inside a batch, and once
    the clock is synced every reading is at its true time, in order."""
    clock = HandClock(told=(state, None))  # type: ignore[arg-type]
    disk = Disk(tmp_path_factory.mktemp("disk"), clock)
    taken: list[tuple[int, int]] = []
    for what, ms, jump in steps:
        clock.pass_ms(ms)
        clock.wall += jump
        if what == "read":
            taken.append((clock.up, len(taken)))
            disk.read(len(taken) - 1)
        else:
            disk.seal() if what == "seal" else disk.open()
    disk.seal()
    clock.wall, clock.told = WALL, ("synced", 5)
    disk.seal()
    true = [(WALL - clock.up + up, value) for up, value in taken]
    contents = disk.contents()
    disk.record.close()
    anchors = [anchor for content in contents if (anchor := anchor_of(content))]
    found: list[tuple[int, int | None]] = []
    for batch in (content for content in contents if isinstance(content, Batch)):
        (series,) = batch.series()
        instants = [reading.at_ms for reading in series.readings]
        assert instants == sorted(instants)
        told = told_by(batch)
        derived = derive(told, anchors) if told else None
        assert derived is not None and derived.error_ms is not None
        assert derived.error_ms >= 5
        found += [(reading.at_ms + derived.shift_ms, reading.value) for reading in series.readings]
    assert found == true
