"""The device's disk fails, fills, goes read-only or slow under the real agent: rows 7 to 11 and 17."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from larder_agent.chain import Link
from larder_agent.clock import moment
from larder_agent.outbox import RESERVE
from larder_cli.demo.stage import Stage
from larder_core.content import Loss
from tests.chaos.device_books import box, counter, ends, exits, nothing_missing, one_box, supervised
from tests.chaos.disks import fill, free, tmpfs
from tests.chaos.measures import watch
from tests.chaos.other_machine import slow_disk
from tests.chaos.rows import row
from tests.chaos.test_agent_killed import state
from tests.support.stages import grows, logs
from tests.support.waiting import wait_for
from tests.unit.agent.sealed import Box, batch

pytestmark = pytest.mark.process
Show = Callable[[str, object], None]
QUIET = ("strace", "-f", "-DD", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync")


def counted_exits(stage: Stage) -> int:
    """The count that outlives processes, as the disk has it."""
    return int((box(stage) / "io_error_exits").read_text())


@row(7, "fsync EIO once", injection="strace: the 12th fsync or fdatasync of a thread says EIO",
     expected="crash-stop with code 74; started again it reads the disk, gives no number twice", metric="io_error_exits=1, forked=0",
     quick=True)  # fmt: skip
def test_one_failed_fsync_is_a_crash_stop(tmp_path: Path, record_property: Show) -> None:
    """[A2] The failed commit is there or it is not (it is, mostly): either way every number is given once."""
    with one_box(tmp_path) as stage:
        grows(stage, 8)
        stage.stop_program("agent")
        stage.prefix["agent"] = (*QUIET, "-e", "inject=fsync,fdatasync:error=EIO:when=12")
        stage.restart("agent")
        told = ends(stage)
        assert "code 74" in told and "outbox.db: disk I/O error" in told
        stage.prefix.pop("agent")
        stage.restart("agent")
        grows(stage, 8)
        found = nothing_missing(stage, ends=1)
        record_property("io_error_exits", counted_exits(stage))
        assert counted_exits(stage) == 1
        assert len(set(found.hub.stored)) == 1, "one stream from beginning to end"


@row(8, "fsync EIO sticky", injection="strace: every fsync and fdatasync from the 12th of a thread on says EIO, at every start",
     expected="stops again and again with code 74 and sends nothing unkept; the hub says silent; goes on when the disk does",
     metric="io_error_exits = ends with 74")  # fmt: skip
def test_a_disk_that_keeps_failing_keeps_the_agent_down(tmp_path: Path, record_property: Show) -> None:
    """[A2]"""
    with one_box(tmp_path) as stage:
        grows(stage, 8)
        stage.stop_program("agent")
        stage.prefix["agent"] = supervised(tmp_path, *QUIET, "-e", "inject=fsync,fdatasync:error=EIO:when=1+")
        stage._begin("agent", "larder_agent", "run", "--config", str(stage.plan.agent_file))
        began = time.monotonic()
        wait_for(lambda: state(stage) == "silent", f"silent\n{logs(stage)}", 60)
        record_property("silent_after_s", round(time.monotonic() - began, 1))
        stage.stop_program("agent")
        codes = exits(tmp_path)
        record_property("exits", f"{codes.count(74)} of 74")
        assert codes.count(74) >= 3
        assert set(codes) <= {74, -15, 0}
        assert counted_exits(stage) == codes.count(74)
        stage.prefix.pop("agent")
        stage.restart("agent")
        grows(stage, 8)
        nothing_missing(stage, ends=len(codes))


# ---------------------------------------------------------------- small disks


def use_up_inodes(folder: Path) -> Path:
    taken = folder / "taken"
    taken.mkdir()
    count = 0
    while True:
        try:
            (taken / str(count)).touch()
        except OSError:
            return taken
        count += 1


def empty(path: Path) -> None:
    if path.is_dir():
        for one in path.iterdir():
            one.unlink()
    else:
        path.unlink()


FULL: dict[str, tuple[int, Callable[[Path], Path]]] = {"disk": (0, fill), "inodes": (60, use_up_inodes)}


def full_and_free_again(tmp_path: Path, what: str, show: Show) -> None:
    inodes, use_up = FULL[what]
    with (
        tmpfs(tmp_path / "small", 8, inodes=inodes) as disk,
        one_box(tmp_path, roots={"agent": disk}, prefix={"agent": supervised(tmp_path)}) as stage,
    ):
        grows(stage, 20)
        taken = use_up(disk)
        wait_for(lambda: len(exits(tmp_path)) >= 3, f"it stops, and is started again\n{logs(stage)}", 30)
        empty(taken)
        began = time.monotonic()
        grows(stage, 20)
        show("recovered_s", round(time.monotonic() - began, 1))
        codes = exits(tmp_path)
        show("exits", f"{codes.count(74)} of 74")
        assert set(codes) == {74}
        nothing_missing(stage, ends=len(codes))
        show("io_error_exits", counted_exits(stage))
        assert counted_exits(stage) == len(codes), "the count is kept by a disk that takes no more"


@row(9, "disk full, agent", injection="8 MB tmpfs filled to the last byte by another file",
     expected="crash-stop with 74 until there is room, then goes on by itself; no acknowledged reading is lost",
     metric="io_error_exits = ends, missing=0")  # fmt: skip
def test_a_full_disk_stops_the_agent_until_there_is_room(tmp_path: Path, record_property: Show) -> None:
    """[A2]"""
    full_and_free_again(tmp_path, "disk", record_property)


@row(10, "inodes full, agent", injection="tmpfs of 60 inodes, all of them taken", expected="as with a full disk",
     metric="io_error_exits = ends, missing=0")  # fmt: skip
def test_a_disk_without_inodes_stops_the_agent_until_there_are(tmp_path: Path, record_property: Show) -> None:
    full_and_free_again(tmp_path, "inodes", record_property)


@row(9, "disk smaller than the bound", injection="an outbox of 64 MB on a tmpfs of 8 MB, sealed 20,000 times",
     expected="the oldest give way to declared losses, and a reserve stays free", metric="declared_lost, free_mb")  # fmt: skip
def test_the_outbox_never_fills_its_disk(tmp_path: Path, record_property: Show) -> None:
    """[A3] It could not be opened again to hear of the receipts that empty it."""
    with tmpfs(tmp_path / "small", 8) as disk:
        held = Box(disk, bound=64 << 20)
        least = 1 << 62
        for value in range(200):
            builds = [batch(held.clock, *range(value, value + 60)) for _ in range(100)]
            held.clock.pass_ms(1000)
            held.outbox.seal(builds, moment(held.clock))
            least = min(least, free(disk))
        books = held.outbox.books
        readings = held.outbox.readings(held.outbox.held.start, books.head_n)
        assert books.produced == 200 * 100 * 60 == readings + books.lost
        assert books.lost > 0
        assert any(isinstance(one, Loss) for one in held.contents())
        assert least > RESERVE // 2, "room for a commit is always left"
        assert held.open().prune(Link(books.head_n, books.head_hash), held.clock.wall)
        record_property("free_mb", round(least / (1 << 20), 1))
        record_property("declared_lost", f"{books.lost:,} of {books.produced:,}")
        held.outbox.close()


@row(11, "disk goes read-only", injection="kill -9, then mount -o remount,ro, for some starts; then remount,rw",
     expected="ends with 74 at every start and says so; goes on when it can write", metric="exits=74, missing=0")  # fmt: skip
def test_a_disk_that_is_read_only_keeps_the_agent_down(tmp_path: Path, record_property: Show) -> None:
    """[A2] The kernel refuses to remount under a file that is open for writing, so the agent is killed first, as a bad card would."""
    with tmpfs(tmp_path / "small", 8) as disk, one_box(tmp_path, roots={"agent": disk}) as stage:
        grows(stage, 20)
        stage.kill("agent")
        remount(disk, "ro")
        stage.prefix["agent"] = supervised(tmp_path)
        stage._begin("agent", "larder_agent", "run", "--config", str(stage.plan.agent_file))
        wait_for(lambda: len(exits(tmp_path)) >= 3, f"it cannot start\n{logs(stage)}", 30)
        assert "read-only" in stage.last_lines("agent").lower()
        remount(disk, "rw")
        grows(stage, 20)
        record_property("exits", exits(tmp_path))
        assert set(exits(tmp_path)) == {74}
        nothing_missing(stage, ends=1)


def remount(disk: Path, how: str) -> None:
    """Once nobody writes there any more."""
    said: list[str] = []

    def done() -> bool:
        told = subprocess.run(["mount", "-o", f"remount,{how}", disk], capture_output=True, text=True, check=False)
        said[:] = [told.stderr]
        return told.returncode == 0

    wait_for(done, f"remount,{how}: {said}", 10)


@row(17, "slow disk", injection="shim: every fsync and fdatasync takes 1 s longer",
     expected="readings wait, none is lost, heartbeats go on", metric="heartbeat_gap_s < patience, missing=0")  # fmt: skip
def test_a_slow_disk_delays_and_loses_nothing(tmp_path: Path, record_property: Show) -> None:
    with one_box(tmp_path) as stage:
        grows(stage, 8)
        stage.stop_program("agent")
        stage.env["agent"] = slow_disk(1000)
        stage.restart("agent")
        grows(stage, 1)
        gaps: list[float] = []
        heard, since = heard_ms(stage), time.monotonic()
        for _ in watch(15, every_s=0.1):
            if (now := heard_ms(stage)) != heard:
                heard, since = now, time.monotonic()
            gaps.append(time.monotonic() - since)
        record_property("heartbeat_gap_s", round(max(gaps), 1))
        assert max(gaps) < 8, "patience is 15 s"
        assert state(stage) == "reporting"
        stage.stop_program("agent")
        stage.env.pop("agent")
        stage.restart("agent")
        nothing_missing(stage)
        assert counter(stage, "io_error_exits") == 0


def heard_ms(stage: Stage) -> int:
    account = stage.ask("account")
    return int(account["devices"][0]["heard_ms"] or 0) if account else 0
