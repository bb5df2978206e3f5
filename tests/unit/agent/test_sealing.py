"""When readings become entries, and which."""

import pytest

from larder_agent import sealing
from larder_agent.clock import HandClock, Moment, moment
from larder_agent.drivers.port import PointSpec, Sample
from larder_agent.sealing import SealRule, Waiting
from larder_agent.staging import Group
from larder_core.content import Batch
from larder_core.digest import GENESIS
from larder_core.entry import write_entry
from larder_core.sizes import MAX_BATCH, MAX_READINGS

POINTS = {one.id: one for one in (PointSpec("t", "Cel", -1), PointSpec("h", "%RH", -1), PointSpec("cam", "/", 0))}
RULE = SealRule(after_ms=10_000, readings=6)


def waiting_for(*samples: Sample, clock: HandClock | None = None) -> Waiting:
    """One group a second."""
    clock = clock or HandClock(up=0)
    waiting = Waiting()
    for sample in samples:
        clock.pass_ms(1000)
        waiting = sealing.add(waiting, Group(moment(clock), (sample,)), POINTS)
    return waiting


@pytest.mark.parametrize(
    ("samples", "due"),
    [
        ([], None),
        ([Sample("t", 1)], 11_000),
        ([Sample("t", 1), Sample("t", 90)], 11_000),
        ([Sample("t", 1)] * 6, 0),
        # quality turns: at once, in both directions
        ([Sample("t", 1), Sample("t", None, "no-answer")], 0),
        ([Sample("t", None, "no-answer"), Sample("t", 1)], 0),
        ([Sample("t", None, "no-answer"), Sample("t", 1, "crc")], 11_000),
        ([Sample("t", 1), Sample("h", None, "no-answer")], 11_000),
        # a yes turns no; another number is only another number
        ([Sample("cam", 1), Sample("cam", 0)], 0),
        ([Sample("cam", 0), Sample("cam", 1)], 0),
        ([Sample("cam", 1), Sample("cam", 1)], 11_000),
    ],
)
def test_when_to_seal(samples: list[Sample], due: int | None) -> None:
    assert sealing.due(waiting_for(*samples), RULE) == due


def test_what_a_point_last_stood_for_outlives_the_seal() -> None:
    waiting = sealing.sealed(waiting_for(Sample("cam", 1)))
    assert sealing.due(waiting, RULE) is None
    clock = HandClock(up=50_000)
    waiting = sealing.add(waiting, Group(moment(clock), (Sample("cam", 0),)), POINTS)
    assert sealing.due(waiting, RULE) == 0


def batches(groups: list[Group], at: Moment, points: dict[str, PointSpec] = POINTS) -> list[Batch]:
    found, total = [], 100
    for build in sealing.batches(groups, points, "box-1", at):
        batch = build(total)
        assert isinstance(batch, Batch)
        total += batch.readings
        assert batch.total == total
        found.append(batch)
    return found


def test_a_step_of_the_wall_clock_never_makes_time_run_backwards() -> None:
    """Instants are counted back from the seal by the time since boot."""
    clock = HandClock(wall=1_790_000_000_000, up=0)
    groups = []
    for step in (0, 0, -3_600_000, 0, 7_200_000):
        clock.pass_ms(1000)
        clock.wall += step
        groups.append(Group(moment(clock), (Sample("t", 1),)))
    (batch,) = batches(groups, moment(clock))
    (series,) = batch.series()
    assert [one.at_ms for one in series.readings] == [clock.wall - 1000 * back for back in (4, 3, 2, 1, 0)]


def test_points_read_together_share_their_times() -> None:
    """[W-COLUMNS]"""
    clock = HandClock()
    samples = (Sample("t", 1), Sample("h", 2))
    groups = [Group(moment(clock), samples), Group(moment(clock), (Sample("cam", 1),))]
    clock.pass_ms(10_000)
    groups.append(Group(moment(clock), samples))
    (batch,) = batches(groups, moment(clock))
    assert len(batch.times) == 2
    assert [col[3] for col in batch.cols] == [0, 0, 1]


@pytest.mark.parametrize("quality", ["", "x" * 32])
def test_more_than_an_entry_holds_is_split(quality: str) -> None:
    """[W-SIZE]"""
    clock = HandClock()
    groups = []
    for at in range(6_000):
        clock.pass_ms(997 + at % 7)
        groups.append(Group(moment(clock), (Sample("t", (-1) ** at * 2**50, quality), Sample("h", at, quality))))
    parts = batches(groups, moment(clock))
    assert sum(part.readings for part in parts) == 12_000
    assert all(part.readings <= MAX_READINGS for part in parts)
    assert all(len(write_entry("0" * 32, 1, GENESIS, part)) <= MAX_BATCH for part in parts)
    values = [one.value for part in parts for series in part.series() if series.point == "h" for one in series.readings]
    assert values == list(range(6_000))


def test_one_group_that_is_too_large_is_split_by_points() -> None:
    """[W-SIZE] 256 points with long names, all of them bad."""
    points = {f"{at:032}": PointSpec(f"{at:032}", "Cel", -1) for at in range(256)}
    clock = HandClock()
    group = Group(moment(clock), tuple(Sample(id_, -(2**53) + 1, "y" * 32) for id_ in points))
    parts = batches([group] * 2, moment(clock), points)
    assert all(len(write_entry("0" * 32, 1, GENESIS, part)) <= MAX_BATCH for part in parts)
    assert sum(part.readings for part in parts) == 512


def test_sixty_readings_cost_at_most_ten_bytes_each() -> None:
    """[W-COST] 12 instants of 5 points, with the jitter of real reads."""
    clock, points = HandClock(), {f"fridge-{at}-t": PointSpec(f"fridge-{at}-t", "Cel", -1) for at in range(5)}
    groups = []
    for at in range(12):
        clock.pass_ms(10_000 + (at * 7) % 5 - 2)
        groups.append(Group(moment(clock), tuple(Sample(id_, 40 + (at * n) % 7) for n, id_ in enumerate(points))))
    (batch,) = batches(groups, moment(clock), points)
    assert len(write_entry("0" * 32, 1_000_000, GENESIS, batch)) <= 600


def test_no_instant_lies_before_1970() -> None:
    """[W-COLUMNS] A clock set back to its beginning: what was read before keeps its distances, and the entry is not refused."""
    clock = HandClock(wall=500_000, up=0, told=("unset", None))
    groups = []
    for _ in range(3):
        clock.pass_ms(10_000)
        groups.append(Group(moment(clock), (Sample("t", 1),)))
    clock.wall = 5_000
    (batch,) = batches(groups, moment(clock))
    (series,) = batch.series()
    assert [one.at_ms for one in series.readings] == [0, 10_000, 20_000]
    assert (batch.at, batch.up) == (20_000, 30_000)
