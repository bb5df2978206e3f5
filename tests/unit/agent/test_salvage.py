"""A damaged outbox: what is whole goes on, what is not is declared, and no moment of dying loses either. [A1], [A3], [A8]."""

import random
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from larder_agent import evidence
from larder_agent.failures import DiskFailed
from larder_core.content import Adoption, Batch, Content, Covers, Loss
from larder_core.digest import line_hash
from larder_core.entry import read_entry
from tests.unit.agent.sealed import MB, Box
from tests.unit.agent.test_outbox import flip

ENTRIES = 40


def filled(folder: Path) -> tuple[Box, list[bytes]]:
    """An outbox of some pages, closed, and its lines."""
    box = Box(folder)
    for value in range(ENTRIES):
        box.seal(*range(value, value + 1 + value % 5))
    lines = box.outbox.lines(1, ENTRIES)
    box.outbox.close()
    return box, lines


def adopted(contents: list[Content]) -> list[bytes]:
    return [body.encode() for one in contents if isinstance(one, Adoption) for body in one.adopted]


def covers(contents: list[Content]) -> list[Covers]:
    return [one for content in contents if isinstance(content, Loss) for one in content.covers]


def counts(lines: list[bytes]) -> list[int]:
    return [content.readings for line in lines if isinstance(content := read_entry(line)[1], Batch)]


def place_of(file: Path, line: bytes) -> int:
    return file.read_bytes().index(line[:200])


@pytest.mark.parametrize("hit", [1, 7, ENTRIES])
def test_one_damaged_line_is_declared_and_the_others_go_on(tmp_path: Path, hit: int) -> None:
    """The end of the loss is the hash that was sealed there: the hub can prove every number of the old stream."""
    box, lines = filled(tmp_path)
    stream = box.outbox.stream
    flip(tmp_path / "outbox.db", place_of(tmp_path / "outbox.db", lines[hit - 1]) + 150)
    outbox = box.open()
    contents = box.contents()
    assert adopted(contents) == [line for n, line in enumerate(lines, 1) if n != hit]
    (one,) = covers(contents)
    assert (one.stream, one.first, one.last, one.end) == (stream, hit, hit, line_hash(lines[hit - 1]))
    assert one.count == counts(lines)[hit - 1]
    assert outbox.books.produced == sum(counts(lines))
    assert outbox.books.lost == one.count


def test_a_page_that_cannot_be_read_costs_the_entries_on_it_alone(tmp_path: Path) -> None:
    box, lines = filled(tmp_path)
    file = tmp_path / "outbox.db"
    raw = bytearray(file.read_bytes())
    page = place_of(file, lines[20]) // 4096 * 4096
    raw[page : page + 12] = b"\xff" * 12
    file.write_bytes(raw)
    outbox = box.open()
    contents = box.contents()
    kept, (hole,) = adopted(contents), covers(contents)
    assert kept == lines[: hole.first - 1] + lines[hole.last :]
    assert 1 <= hole.last - hole.first + 1 <= 12
    assert hole.first <= 21 <= hole.last
    assert hole.end == line_hash(lines[hole.last - 1])
    assert hole.count == sum(counts(lines[hole.first - 1 : hole.last]))
    assert outbox.books.produced == sum(counts(lines))


def test_any_flipped_bit_is_harmless_or_is_said(tmp_path: Path) -> None:
    """A hundred bits anywhere: no entry is altered, and none is gone without a declaration unless the file could not be opened."""
    box, lines = filled(tmp_path)
    whole = (tmp_path / "outbox.db").read_bytes()
    stream, dice, unopened = box.outbox.stream, random.Random(12), 0
    for trial in range(100):
        folder = tmp_path / str(trial)
        folder.mkdir()
        (folder / "outbox.db").write_bytes(whole)
        flip(folder / "outbox.db", dice.randrange(len(whole)), 1 << dice.randrange(8))
        again = Box(folder)
        if again.evidence is None:
            assert (again.outbox.stream, again.outbox.lines(1, ENTRIES)) == (stream, lines)
            continue
        contents = again.contents()
        kept = adopted(contents)
        assert set(kept) <= set(lines)
        declared = {n for one in covers(contents) for n in range(one.first, one.last + 1)}
        unopened += not kept
        assert (
            not kept
            or {lines.index(line) + 1 for line in kept} | declared == set(range(1, ENTRIES + 1))
            or box_blind(folder)
        )
        again.outbox.close()
    assert unopened < 10, "a flipped bit rarely costs a whole file"


def box_blind(folder: Path) -> bool:
    """The figures were hit: nobody can tell where the stream ended."""
    with sqlite3.connect(f"file:{folder / 'outbox.db.damaged-1'}?mode=ro", uri=True) as db:
        try:
            found = dict(db.execute("SELECT key, value FROM meta"))
        except sqlite3.Error:
            return True
    return found.get("head_n") != ENTRIES or "check" in found


def test_what_was_declared_before_is_repeated_when_its_declaration_is_damaged(tmp_path: Path) -> None:
    box = Box(tmp_path, bound=6_000)
    while not any(isinstance(one, Loss) for one in box.contents()):
        box.seal(*range(30))
    dropped = box.outbox.held.start - 1
    at = next(n for n in box.outbox.held if isinstance(read_entry(box.outbox.lines(n, n)[0])[1], Loss))
    line, lost = box.outbox.lines(at, at)[0], box.outbox.books.lost
    box.outbox.close()
    flip(tmp_path / "outbox.db", place_of(tmp_path / "outbox.db", line) + 150)
    box.bound = MB  # the old bodies and the ranges of both streams fit
    outbox = box.open()
    said = {(one.first, one.last): one.count for one in covers(box.contents())}
    assert said[1, dropped] == lost
    assert said[at, at] == 0
    assert outbox.books.lost == lost


def test_readings_that_wait_for_their_seal_outlive_the_damage(tmp_path: Path) -> None:
    """Their file is known by the outbox's name and epoch, which are carried on."""
    box, lines = filled(tmp_path)
    name, epoch = box.outbox.books.outbox, box.outbox.books.epoch
    flip(tmp_path / "outbox.db", place_of(tmp_path / "outbox.db", lines[3]) + 150)
    books = box.open().books
    assert (books.outbox, books.epoch) == (name, epoch)


# ---------------------------------------------------------------- dying in between, and a full disk


def test_a_process_that_dies_between_the_moves_is_finished_by_the_next(tmp_path: Path) -> None:
    """With its latest commits in the log: the file alone would look whole, and give numbers twice."""
    box = Box(tmp_path)
    box.seal(1)
    box.outbox._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    box.seal(2, 2)
    lines = box.outbox.lines(1, 2)
    (tmp_path / "copy").mkdir()
    for ending in ("", "-wal"):
        (tmp_path / "copy" / f"outbox.db{ending}").write_bytes((tmp_path / f"outbox.db{ending}").read_bytes())
    (tmp_path / "copy" / "outbox.db-wal").rename(tmp_path / "copy" / "outbox.db.damaged-1-wal")
    again = Box(tmp_path / "copy")
    assert again.evidence is not None
    assert adopted(again.contents()) == lines


def test_a_process_that_dies_before_the_new_file_is_whole_is_finished_by_the_next(tmp_path: Path) -> None:
    box, lines = filled(tmp_path)
    evidence.set_aside(tmp_path / "outbox.db")
    (tmp_path / "outbox.db").touch()
    box.open()
    assert adopted(box.contents()) == lines


@contextmanager
def room(size: int) -> Iterator[None]:
    """No file may grow beyond `size`, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [0, 4_096, 20_000, 60_000, 100_000])
def test_a_disk_that_is_full_during_an_adoption_loses_nothing(tmp_path: Path, size: int) -> None:
    """The freeze is one transaction: it fails whole, the old stream is as it was, and is adopted when there is room."""
    box = Box(tmp_path)
    for value in range(3 * ENTRIES):
        box.seal(*range(value, value + 60))
    lines = box.outbox.lines(1, 3 * ENTRIES)
    stream, produced = box.outbox.stream, box.outbox.books.produced
    box.open()
    with room(size), pytest.raises(DiskFailed) as failed:
        box.freeze()
    assert failed.value.code == 74
    outbox = box.open()
    assert (outbox.stream, outbox.lines(1, outbox.head.n)) == (stream, lines)
    box.freeze()
    assert adopted(box.contents()) == lines
    assert (box.outbox.books.produced, box.outbox.books.lost) == (produced, 0)


@pytest.mark.parametrize("size", [0, 4_096, 33_000, 40_000])
def test_a_disk_that_is_full_while_a_damaged_file_is_carried_on_loses_nothing(tmp_path: Path, size: int) -> None:
    box, lines = filled(tmp_path)
    flip(tmp_path / "outbox.db", place_of(tmp_path / "outbox.db", lines[0]) + 150)
    with room(size), pytest.raises(DiskFailed):
        box.open()
    with room(size), pytest.raises(DiskFailed):
        box.open()
    outbox = box.open()
    assert adopted(box.contents()) == lines[1:]
    assert outbox.books.produced == sum(counts(lines))
    assert [file.name for file in tmp_path.glob("*damaged-?")] == ["outbox.db.damaged-1"]


def test_a_line_that_turned_under_the_running_agent_is_not_signed_for(tmp_path: Path) -> None:
    """[H4] Its new bytes under a new hash would be a fork that nobody made."""
    box, _ = filled(tmp_path)
    outbox = box.open()
    outbox._db.execute("UPDATE entry SET line=CAST(replace(line, 'box-1', 'box-2') AS BLOB) WHERE n=5")
    assert len(outbox.lines(1, 4)) == 4
    with pytest.raises(DiskFailed, match="entry 5 is not the line that was sealed"):
        outbox.lines(1, 6)


def test_figures_that_were_altered_are_damage(tmp_path: Path) -> None:
    """A bit in a count would otherwise be believed by everybody."""
    box, lines = filled(tmp_path)
    with sqlite3.connect(tmp_path / "outbox.db") as db:
        db.execute("UPDATE meta SET value=value+4 WHERE key='produced'")
    db.close()
    outbox = box.open()
    assert box.evidence is not None
    assert adopted(box.contents()) == lines
    assert outbox.books.produced == sum(counts(lines))
