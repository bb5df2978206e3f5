"""The device's record on a real file. [A1], [A2], [A3], [A6], [A8]."""

import sqlite3
from pathlib import Path

import pytest

from larder_agent.books import read_account
from larder_agent.chain import Link
from larder_agent.clock import moment
from larder_agent.failures import DiskFailed
from larder_agent.schema import LOG_BYTES, UnknownFormat
from larder_core.content import Adoption, Batch, Covers, Event, Loss
from larder_core.digest import GENESIS, line_hash
from larder_core.entry import read_entry
from larder_core.sizes import MAX_ENTRY
from tests.unit.agent.sealed import MB, Box, batch

SMALL = 4_000


def test_entries_follow_one_another_and_count_readings(tmp_path: Path) -> None:
    """[A1], [W-ENTRY]"""
    box = Box(tmp_path)
    box.seal(1, 2, 3)
    box.seal(4, 5)
    first, second = box.outbox.lines(1, 2)
    (header, content), (after, then) = read_entry(first), read_entry(second)
    assert (header.n, header.prev, content.total) == (1, GENESIS, 3)
    assert (after.n, after.prev, then.total) == (2, line_hash(first), 5)
    assert box.outbox.head == Link(2, line_hash(second))


def test_the_number_comes_from_the_disk(tmp_path: Path) -> None:
    """[A1] Not from memory: another process sealed in between, which the lock of the state folder forbids, and yet no number is
    given twice."""
    box = Box(tmp_path)
    box.seal(1)
    other = Box(tmp_path)
    other.seal(2)
    box.seal(3)
    assert box.outbox.head.n == 3
    assert [content.total for content in box.contents()] == [1, 2, 3]


def test_what_was_sealed_is_there_after_a_reopening(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.seal(1, 2)
    stream, head, lines = box.outbox.stream, box.outbox.head, box.outbox.lines(1, 1)
    outbox = box.open()
    assert (outbox.stream, outbox.head, outbox.lines(1, 1)) == (stream, head, lines)
    assert box.evidence is None


def test_a_seal_that_fails_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    """[A1] Several batches of one seal are one transaction, and the epoch with them."""
    box = Box(tmp_path)
    epoch = box.outbox.books.epoch

    def broken(total: int) -> Batch:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        box.outbox.seal([batch(box.clock, 1), broken], moment(box.clock), next_epoch=True)
    outbox = box.open()
    assert (outbox.head.n, outbox.books.epoch, outbox.books.produced) == (0, epoch, 0)


def test_a_failing_disk_is_a_crash_stop(tmp_path: Path) -> None:
    """[A2] The hint says what to do, and the object refuses everything after it."""
    box = Box(tmp_path)
    box.seal(1)
    box.outbox._db.execute("PRAGMA query_only=ON")  # what a disk that went read-only does
    with pytest.raises(DiskFailed, match=r"outbox\.db.*started again it reads from the disk") as failed:
        box.seal(2)
    assert failed.value.code == 74
    with pytest.raises(DiskFailed):
        box.outbox.lines(1, 1)
    assert box.open().head.n == 1


def test_every_commit_waits_for_the_disk(tmp_path: Path) -> None:
    """[A2] synchronous FULL, so that what was sealed outlives the power."""
    assert Box(tmp_path).outbox._db.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_full_outbox_declares_what_it_drops(tmp_path: Path) -> None:
    """[A3], [W-LOSS]"""
    box = Box(tmp_path, bound=SMALL)
    hashes = {}
    for value in range(40):
        box.seal(value, value + 1)
        hashes[box.outbox.head.n] = box.outbox.head.hash
    first_held = box.outbox.held.start
    losses = [content for content in box.contents() if isinstance(content, Loss)]
    assert losses
    (cover,) = losses[-1].covers
    assert (cover.stream, cover.first, cover.last) == (box.outbox.stream, 1, first_held - 1)
    assert cover.end == box.outbox.hash_at(first_held - 1)
    lost = box.outbox.books.lost
    assert cover.count == lost
    ((point, unit, scale, readings, good, least, greatest, total),) = cover.points
    assert (point, unit, scale, readings, good) == ("fridge-1", "Cel", -1, lost, lost)
    assert (least, greatest) == (0, lost // 2)
    assert total == sum(value + value + 1 for value in range(lost // 2))
    assert box.outbox.books.held_bytes <= SMALL
    held = sum(content.readings for content in box.contents())
    assert box.outbox.books.produced == 80 == lost + held


def lots_of(box: Box, values: dict[int, int]) -> list[int]:
    """Seal forty entries of one reading each, told in `values` by number; where each lot ended that gave way at once."""
    ends = []
    for value in range(40):
        before = box.outbox.held.start
        box.seal(value)
        values[box.outbox.head.n] = value
        if box.outbox.held.start > before:
            ends.append(box.outbox.held.start - 1)
    return ends


def last_loss(box: Box) -> Covers:
    (cover,) = [content for content in box.contents() if isinstance(content, Loss)][-1].covers
    return cover


def link(box: Box, n: int) -> Link:
    return Link(n, str(box.outbox.hash_at(n)))


def test_hashes_of_dropped_entries_stay_until_safe_has_passed(tmp_path: Path) -> None:
    """[A3], [A6]"""
    box = Box(tmp_path, bound=SMALL)
    box.seal(0)
    first = box.outbox.head
    ends = lots_of(box, {})
    assert box.outbox.hash_at(first.n) == first.hash
    box.open()
    safe = link(box, ends[1])
    assert box.outbox.prune(safe, box.clock.wall)
    assert box.outbox.hash_at(first.n) is None
    assert box.outbox.hash_at(safe.n - 1) is None
    assert (box.outbox.floor, box.outbox.hash_at(safe.n)) == (safe, safe.hash)
    lots_of(box, {})
    assert last_loss(box).first == safe.n + 1


@pytest.mark.parametrize("above_the_end", range(4))
def test_the_figures_of_a_loss_are_those_of_exactly_what_it_counts(tmp_path: Path, above_the_end: int) -> None:
    """[A3] Also where safe passes a part of what gave way at once: of the rest nobody could tell the figures any more."""
    box = Box(tmp_path, bound=SMALL)
    values: dict[int, int] = {}
    *_, end, last = lots_of(box, values)
    safe = link(box, end + above_the_end)
    assert last - end > 3
    assert box.outbox.prune(safe, box.clock.wall)
    assert box.outbox.floor.n == end
    box.open()
    assert box.outbox.hash_at(safe.n) == safe.hash
    lots_of(box, values)
    cover = last_loss(box)
    lost = [value for n, value in values.items() if cover.first <= n <= cover.last]
    assert (cover.first, cover.count) == (end + 1, len(lost))
    assert cover.points == [("fridge-1", "Cel", -1, len(lost), len(lost), min(lost), max(lost), sum(lost))]
    assert box.outbox.prune(link(box, cover.last), box.clock.wall)
    assert box.outbox.floor.n == cover.last


def test_figures_leave_bad_values_out(tmp_path: Path) -> None:
    box = Box(tmp_path, bound=SMALL)
    for _ in range(12):
        box.seal(850, quality="power-on")
        box.seal(-180)
    losses = [content for content in box.contents() if isinstance(content, Loss)]
    ((*_, readings, good, least, greatest, total),) = losses[-1].covers[0].points
    assert 0 < good < readings
    assert (least, greatest, total) == (-180, -180, -180 * good)


def test_only_what_is_safe_under_our_own_hash_is_deleted(tmp_path: Path) -> None:
    """[A6]"""
    box = Box(tmp_path)
    for value in range(4):
        box.seal(value)
    assert not box.outbox.prune(Link(2, line_hash(b"another branch")), box.clock.wall)
    assert box.outbox.held == range(1, 5)
    assert box.outbox.prune(Link(2, str(box.outbox.hash_at(2))), box.clock.wall)
    assert (box.outbox.held, box.outbox.floor.n) == (range(3, 5), 2)
    assert box.open().held == range(3, 5)


def test_a_long_backlog_is_pruned_by_parts(tmp_path: Path) -> None:
    """[A6] One transaction for all of it would need as much room in the log as it frees, on a disk that may be full."""
    box = Box(tmp_path, bound=8 * MB)
    box.outbox.seal([batch(box.clock, value) for value in range(6_000)], moment(box.clock))
    held = box.outbox.books.held_bytes
    box.outbox._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert box.outbox.prune(box.outbox.head, box.clock.wall)
    assert (box.outbox.floor, len(box.outbox.held)) == (box.outbox.head, 0)
    assert (tmp_path / "outbox.db-wal").stat().st_size < 1.5 * LOG_BYTES < held
    outbox = box.open()
    assert (outbox.floor.n, outbox.books.held_bytes, outbox.books.safe_n) == (6_000, 0, 6_000)


def test_what_is_safe_is_kept_for_its_days_unless_the_disk_is_full(tmp_path: Path) -> None:
    """What had only been kept for its days gives way without a loss: the hub has it."""
    box = Box(tmp_path, bound=SMALL, keep_ms=3_600_000)
    for value in range(6):
        box.seal(value)
    box.outbox.prune(box.outbox.head, box.clock.wall)
    assert box.outbox.held == range(1, 7)
    for value in range(10):
        box.seal(value)
    assert box.outbox.held.start > 1
    assert box.outbox.books.lost == 0
    floor = box.outbox.floor.n
    box.clock.pass_ms(3_600_000)
    box.outbox.prune(Link(6, str(box.outbox.hash_at(6))), box.clock.wall)
    assert box.outbox.floor.n == floor, "many at once, a hundredth of their days later"
    box.clock.pass_ms(36_000)
    box.outbox.prune(Link(6, str(box.outbox.hash_at(6))), box.clock.wall)
    assert box.outbox.floor.n == 6


def test_a_receipt_that_frees_nothing_costs_no_transaction(tmp_path: Path) -> None:
    """[A6] What is safe is known at once, and on the disk with the next seal, or when it is asked to be kept."""
    box = Box(tmp_path, keep_ms=3_600_000)
    for value in range(4):
        box.seal(value)
    before = box.outbox._db.total_changes
    box.outbox.prune(link(box, 2), box.clock.wall)
    assert (box.outbox._db.total_changes, box.outbox.books.safe_n) == (before, 2)
    assert read_account(tmp_path).books.safe_n == 0
    box.seal(5)
    assert read_account(tmp_path).books.safe_n == 2
    box.outbox.prune(link(box, 3), box.clock.wall)
    assert box.outbox.discardable(4).first == 4, "known although it is not written"
    box.outbox.keep_safe()
    assert box.open().books.safe_n == 3


def test_what_was_safe_of_a_stream_says_nothing_of_the_next(tmp_path: Path) -> None:
    """[A6], [A8]"""
    box = Box(tmp_path, keep_ms=3_600_000)
    for value in range(4):
        box.seal(value)
    box.outbox.prune(link(box, 4), box.clock.wall)
    box.freeze("above-head")
    box.seal(5)
    assert box.outbox.books.safe_n == 0
    assert box.open().books.safe_n == 0


def test_a_frozen_stream_ends_and_the_new_one_carries_everything(tmp_path: Path) -> None:
    """[A7], [A8] Verbatim, safe numbers excepted, and the readings are not counted again."""
    box = Box(tmp_path)
    for value in range(5):
        box.seal(value)
    old = box.outbox.stream
    box.outbox.prune(Link(2, str(box.outbox.hash_at(2))), box.clock.wall)
    bodies = [line.decode() for line in box.outbox.lines(3, 5)]
    box.freeze("above-head")
    adoption, event = box.contents()
    assert isinstance(adoption, Adoption)
    assert adoption.adopted == bodies
    assert isinstance(event, Event)
    assert (event.event, event.detail) == ("stream-frozen", {"reason": "above-head", "stream": old})
    assert (box.outbox.books.produced, box.outbox.books.total, box.outbox.books.lost) == (5, 0, 0)
    assert box.outbox.readings(1, 2) == 3
    box.seal(7)
    assert box.contents()[-1].total == 1


def test_an_adoption_is_unwrapped_when_its_stream_ends_too(tmp_path: Path) -> None:
    """[A8] The number of the adoption itself is explained."""
    box = Box(tmp_path)
    box.seal(1)
    body = box.outbox.lines(1, 1)[0].decode()
    box.freeze()
    second = box.outbox.stream
    end = box.outbox.hash_at(1)
    box.freeze()
    loss, adoption, _ = box.contents()
    assert isinstance(loss, Loss)
    assert isinstance(adoption, Adoption)
    assert [(cover.stream, cover.first, cover.last, cover.end, cover.count, cover.reason) for cover in loss.covers] == [
        (second, 1, 1, end, 0, "carried-on")
    ]
    assert adoption.adopted[0] == body
    assert not any("adopted" in text for text in adoption.adopted)


def test_what_does_not_fit_when_adopted_is_declared_lost(tmp_path: Path) -> None:
    """[A8]"""
    box = Box(tmp_path, bound=SMALL)
    for value in range(12):
        box.seal(value)
    old, held = box.outbox.stream, box.outbox.held
    box.freeze()
    contents = box.contents()
    (loss,) = [content for content in contents if isinstance(content, Loss)]
    carried = [text for content in contents if isinstance(content, Adoption) for text in content.adopted]
    (cover,) = [cover for cover in loss.covers if cover.stream == old and cover.first == held.start]
    assert cover.last - cover.first + 1 + len(carried) == len(held)
    assert box.outbox.books.held_bytes <= SMALL


def test_a_loss_that_does_not_fit_when_adopted_is_repeated(tmp_path: Path) -> None:
    """[A8] What it said of other numbers is said again; else nobody would ever explain them."""
    box = Box(tmp_path, bound=SMALL)
    box.seal(0)
    while not isinstance(box.contents()[0], Loss):
        box.seal(0)
    while box.outbox.books.held_bytes < SMALL - 350:
        box.seal(0)
    (swallowed,) = box.contents()[0].covers  # type: ignore[union-attr]
    assert swallowed.first == 1
    oldest = box.outbox.lines(box.outbox.held.start, box.outbox.held.start)[0].decode()
    box.freeze()
    loss, adoption, _ = box.contents()
    assert isinstance(loss, Loss)
    assert isinstance(adoption, Adoption)
    assert oldest not in adoption.adopted
    assert (swallowed.first, swallowed.last, swallowed.end, swallowed.count) in [
        (cover.first, cover.last, cover.end, cover.count) for cover in loss.covers if cover.stream == swallowed.stream
    ]


def test_a_swallowed_adoption_says_what_became_of_its_bodies(tmp_path: Path) -> None:
    """[A3] What it carried of another stream is declared by that stream's name, once."""
    box = Box(tmp_path, bound=SMALL)
    for value in range(6):
        box.seal(value)
    old = box.outbox.stream
    box.freeze()
    for value in range(40):
        box.seal(value)
    covers = [cover for content in box.contents() if isinstance(content, Loss) for cover in content.covers]
    mine = {cover.first: cover for cover in covers if cover.stream == old}
    assert sum(cover.count for cover in mine.values()) == 6
    books = box.outbox.books
    assert books.produced == 46 == books.lost + box.outbox.readings(1, books.head_n)


def test_many_large_bodies_are_adopted_within_the_bounds_of_the_wire(tmp_path: Path) -> None:
    box = Box(tmp_path)
    for size in (1, 1_000, 2_000, 4_000, 1, 1):
        box.seal(*([100_000, -100_000] * size)[:4_000])
    for _ in range(100):
        box.seal(1)
    held = box.outbox.readings(1, 200)
    box.freeze()
    head = box.outbox.head.n
    assert max(box.outbox.sizes(1, head).values()) <= MAX_ENTRY
    assert box.outbox.readings(1, head) == held
    assert len(box.contents()) == head


def flip(file: Path, at: int, bit: int = 0x40) -> None:
    raw = bytearray(file.read_bytes())
    raw[at] ^= bit
    file.write_bytes(raw)


def test_a_flipped_bit_in_a_line_is_found_at_opening(tmp_path: Path) -> None:
    """The damaged file is kept as evidence; the outbox goes on in a new stream."""
    box = Box(tmp_path)
    box.seal(1, 2, 3)
    stream = box.outbox.stream
    box.outbox.close()
    file = tmp_path / "outbox.db"
    flip(file, file.read_bytes().index(b'"content"') + 40)
    damaged = file.read_bytes()
    outbox = box.open()
    assert box.evidence is not None
    assert box.evidence.read_bytes() == damaged
    assert box.evidence.name == "outbox.db.damaged-1"
    assert outbox.stream != stream
    loss, event = box.contents()
    assert isinstance(loss, Loss) and isinstance(event, Event)
    assert [(one.stream, one.first, one.last, one.count, one.reason) for one in loss.covers] == [
        (stream, 1, 1, 3, "damaged")
    ]
    assert (event.event, event.detail["whole"], event.detail["damaged"]) == ("outbox-damaged", 0, 1)
    box.seal(1)


@pytest.mark.parametrize(
    "content", [b"not a database at all, but long enough to look like one" * 100, b"SQLite format 3\0" + b"x" * 5000]
)
def test_a_file_of_something_else_is_set_aside(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "outbox.db").write_bytes(content)
    box = Box(tmp_path)
    assert box.evidence is not None
    box.seal(1)


def test_an_entry_that_vanished_is_found_at_opening(tmp_path: Path) -> None:
    box = Box(tmp_path)
    for value in range(3):
        box.seal(value)
    box.outbox.close()
    with sqlite3.connect(tmp_path / "outbox.db") as db:
        db.execute("DELETE FROM entry WHERE n=2")
    db.close()
    box.open()
    assert box.evidence is not None


def test_a_file_that_was_only_begun_is_new(tmp_path: Path) -> None:
    """Killed between making the file and the first commit."""
    (tmp_path / "outbox.db").touch()
    assert Box(tmp_path).evidence is None


def test_another_versions_file_is_left_alone(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.outbox._db.execute("UPDATE meta SET value=2 WHERE key='version'")
    with pytest.raises(UnknownFormat, match=r"outbox\.db: format 2.*install the agent that wrote it"):
        box.open()
    assert list(tmp_path.glob("*damaged*")) == []


def test_an_event_is_an_entry(tmp_path: Path) -> None:
    """[W-EVENT]"""
    box = Box(tmp_path)
    at = moment(box.clock)
    box.outbox.seal([box.outbox.event("clock-set", at, {"was": 5})], at)
    (event,) = box.contents()
    assert isinstance(event, Event)
    assert (event.event, event.detail, event.total) == ("clock-set", {"was": 5}, 0)


def test_a_small_disk_has_the_size_that_was_configured(tmp_path: Path) -> None:
    assert Box(tmp_path, bound=MB).outbox.bound == MB


def test_what_an_operator_discards_is_declared(tmp_path: Path) -> None:
    """[A10] By the same code as a full disk: numbers, hash at the end, figures; and when the device last spoke stays."""
    box = Box(tmp_path)
    for value in range(6):
        box.seal(value, value)
    box.outbox.prune(Link(1, str(box.outbox.hash_at(1))), box.clock.wall)
    last, end = box.outbox.books.last_at, box.outbox.hash_at(4)
    box.clock.pass_ms(60_000)
    assert box.outbox.discardable(4) == (2, 4, 3, 6)
    box.outbox.discard(4, "test-data", moment(box.clock))
    outbox = box.open()
    assert (outbox.held.start, outbox.head.n, outbox.books.lost, outbox.books.last_at) == (5, 8, 6, last)
    *_, loss, event = box.contents()
    assert isinstance(loss, Loss) and isinstance(event, Event)
    (cover,) = loss.covers
    assert (cover.first, cover.last, cover.end, cover.count, cover.reason) == (2, 4, end, 6, "maintenance")
    assert cover.points == [("fridge-1", "Cel", -1, 6, 6, 1, 3, 12)]
    assert event.detail == {"upto": 4, "entries": 3, "readings": 6, "reason": "test-data"}


def test_what_is_safe_is_discarded_without_a_loss(tmp_path: Path) -> None:
    """[A10]"""
    box = Box(tmp_path, keep_ms=3_600_000)
    for value in range(4):
        box.seal(value)
    box.outbox.prune(box.outbox.head, box.clock.wall)
    assert box.outbox.discardable(3).entries == 0
    box.outbox.discard(3, "test-data", moment(box.clock))
    assert (box.outbox.held.start, box.outbox.books.lost) == (4, 0)
    assert [content.kind for content in box.contents()] == ["batch", "event"]


def test_everything_can_be_discarded(tmp_path: Path) -> None:
    """[A10] The next entry follows the last that is gone."""
    box = Box(tmp_path)
    for value in range(3):
        box.seal(value)
    box.outbox.discard(3, "test-data", moment(box.clock))
    box.seal(9)
    assert (box.open().held, box.outbox.books.lost) == (range(4, 7), 3)


def test_which_entries_were_sealed_before(tmp_path: Path) -> None:
    box = Box(tmp_path)
    for value in range(3):
        box.seal(value)
    assert [box.outbox.sealed_before(box.clock.wall - back) for back in (2_000, 1_000, 0, -1)] == [0, 1, 2, 3]
