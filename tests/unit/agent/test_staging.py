"""Readings that wait for their seal: what a process that is gone leaves behind."""

from pathlib import Path

import pytest

from larder_agent.clock import HandClock, moment
from larder_agent.drivers.port import PointSpec, Sample
from larder_agent.failures import DiskFailed
from larder_agent.metrics import Metrics
from larder_agent.outbox import Outbox
from larder_agent.record import Record
from larder_agent.sealing import Waiting, add
from larder_agent.staging import Group, Recovered, Staging, file_of, recover
from larder_core.content import Batch, Event
from larder_core.entry import read_entry
from tests.unit.agent.sealed import DEVICE, MB, ids

POINTS = (PointSpec("t", "Cel", -1), PointSpec("cam", "/", 0))
OUTBOX = "a" * 32


def groups(clock: HandClock, count: int) -> list[Group]:
    found = []
    for value in range(count):
        clock.pass_ms(10_000)
        found.append(Group(moment(clock), (Sample("t", value), Sample("cam", None, "timeout"))))
    return found


def staged(folder: Path, count: int, epoch: int = 1) -> list[Group]:
    staging = Staging(folder, OUTBOX, epoch, POINTS)
    written = groups(HandClock(), count)
    for group in written:
        staging.add(group)
    staging.close()
    return written


def test_a_file_explains_itself(tmp_path: Path) -> None:
    """Units too: the configuration may have changed in between."""
    written = staged(tmp_path, 3)
    assert recover(tmp_path, OUTBOX, 1) == Recovered(POINTS, tuple(written))


def test_every_cut_of_the_file_gives_the_groups_before_it(tmp_path: Path) -> None:
    """A process may die at any byte."""
    written = staged(tmp_path, 3)
    file = file_of(tmp_path, 1)
    whole = file.read_bytes()
    ends = [at for at, byte in enumerate(whole, 1) if byte == ord("\n")]
    for cut in range(len(whole)):
        file.write_bytes(whole[:cut])
        complete = sum(1 for end in ends[1:] if end <= cut)
        expected = Recovered(POINTS, tuple(written[:complete])) if complete else None
        assert recover(tmp_path, OUTBOX, 1) == expected


def test_zeros_after_a_power_cut_end_the_file(tmp_path: Path) -> None:
    written = staged(tmp_path, 3)
    file = file_of(tmp_path, 1)
    whole = file.read_bytes()
    third = whole.rstrip(b"\n").rindex(b"\n") + 1
    file.write_bytes(whole[:third] + b"\0" * (len(whole) - third) + b"\n")
    assert recover(tmp_path, OUTBOX, 1) == Recovered(POINTS, tuple(written[:2]))


def test_a_spent_file_is_never_read(tmp_path: Path) -> None:
    """Killed between the commit, which raised the epoch, and the deletion."""
    staged(tmp_path, 3, epoch=4)
    assert recover(tmp_path, OUTBOX, 5) is None
    assert not file_of(tmp_path, 4).exists()


def test_a_file_of_another_outbox_is_set_aside(tmp_path: Path) -> None:
    staged(tmp_path, 2)
    assert recover(tmp_path, "b" * 32, 1) is None
    assert file_of(tmp_path, 1).with_name("staging-1.jsonl.stray").exists()


def test_no_file_of_another_outbox_is_ever_overwritten(tmp_path: Path) -> None:
    """This outbox will give its own file that name one day."""
    staged(tmp_path, 2, epoch=7)
    assert recover(tmp_path, "b" * 32, 1) is None
    assert file_of(tmp_path, 7).with_name("staging-7.jsonl.stray").exists()
    assert not file_of(tmp_path, 7).exists()


def test_an_outbox_that_went_back_ends_its_stream_before_it_gives_a_number_again(tmp_path: Path) -> None:
    """[A7] Its file is put back, as after `rm outbox.db-wal`; the readings staged since are newer. Those of the epoch in between were
    sealed by the commits that are gone, and are not sealed twice."""
    clock = HandClock()
    first = record(tmp_path, clock)
    first.outbox._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before, stream = (tmp_path / "outbox.db").read_bytes(), first.outbox.stream
    for group in groups(clock, 4):
        first.staging.add(group)
        if group.samples[0].value != 3:
            first.seal(add(Waiting(), group, {one.id: one for one in POINTS}))
    first.close()
    (tmp_path / "outbox.db").write_bytes(before)
    second = record(tmp_path, clock)
    assert second.outbox.stream != stream
    held = second.outbox.held
    contents = [read_entry(line)[1] for line in second.outbox.lines(held.start, held.stop - 1)]
    values = [one.value for content in contents if isinstance(content, Batch) for one in content.series()[0].readings]
    assert values == [3]
    event = next(content for content in contents if isinstance(content, Event))
    assert (event.event, event.detail["reason"], event.detail["stream"]) == ("stream-frozen", "went-back", stream)
    second.close()
    third = record(tmp_path, clock)
    assert (third.outbox.stream, third.outbox.held) == (second.outbox.stream, held)


def test_a_write_that_fails_is_a_crash_stop(tmp_path: Path) -> None:
    """[A2]"""
    staging = Staging(tmp_path / "gone", OUTBOX, 1, POINTS)
    with pytest.raises(DiskFailed, match=r"staging-1\.jsonl"):
        staging.add(groups(HandClock(), 1)[0])


def record(folder: Path, clock: HandClock) -> Record:
    opened = Record(folder, DEVICE, Outbox(folder, DEVICE, MB, 0, ids()), {one.id: one for one in POINTS}, clock)
    opened.open(Metrics(folder))
    return opened


def test_what_was_staged_is_sealed_at_the_next_boot_with_its_own_time(tmp_path: Path) -> None:
    """The machine was off for a day and its clock is wrong now; the readings carry the boot and the clock in which they were taken."""
    clock = HandClock()
    first = record(tmp_path, clock)
    waiting = Waiting()
    taken = groups(clock, 3)
    for group in taken:
        first.staging.add(group)
        waiting = add(waiting, group, {one.id: one for one in POINTS})
    first.close()

    later = HandClock(wall=1_000, up=50, boot_id="ffffffff", told=("unset", None))
    second = record(tmp_path, later)
    (line,) = second.outbox.lines(1, 1)
    batch = read_entry(line)[1]
    assert isinstance(batch, Batch)
    assert (batch.boot, batch.at, batch.up, batch.clock) == ("0a1b2c3d", clock.wall, clock.up, ("synced", 5))
    temperature = next(series for series in batch.series() if series.point == "t")
    assert [(one.at_ms, one.value) for one in temperature.readings] == [
        (group.moment.at, at) for at, group in enumerate(taken)
    ]
    second.close()
    assert record(tmp_path, later).outbox.head.n == 2, "and what the new boot says of the time between"


def test_a_process_killed_between_commit_and_deletion_seals_nothing_twice(tmp_path: Path) -> None:
    """[A1] The commit that seals the readings is what spends their file, not its deletion."""
    clock = HandClock()
    first = record(tmp_path, clock)
    waiting = Waiting()
    for group in groups(clock, 3):
        first.staging.add(group)
        waiting = add(waiting, group, {one.id: one for one in POINTS})
    (file,) = tmp_path.glob("staging-*.jsonl")
    raw = file.read_bytes()
    first.seal(waiting)
    first.close()
    file.write_bytes(raw)  # as if it had never come to the deletion
    second = record(tmp_path, clock)
    assert (second.outbox.head.n, second.outbox.books.produced) == (1, 6)
    assert not file.exists()


def test_a_boot_with_nothing_staged_seals_nothing(tmp_path: Path) -> None:
    assert record(tmp_path, HandClock()).outbox.head.n == 0
