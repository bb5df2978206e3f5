"""The agent is killed, stopped, starved of memory and of descriptors: rows 1 to 4 and 60."""

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from larder_cli.demo.stage import Stage
from tests.chaos.device_books import box, counter, ends, exits, nothing_missing, one_box, supervised
from tests.chaos.measures import hub_metric, watch
from tests.chaos.rows import row
from tests.support.stages import grows, logs
from tests.support.waiting import wait_for

pytestmark = pytest.mark.process
Show = Callable[[str, object], None]
SEED = 20261124


@row(1, "agent kill -9", injection="kill -9 at 5 random moments",
     expected="no sealed entry and no staged reading is lost",
     metric="unkept: at most one look at the gateway a kill", quick=True)  # fmt: skip
def test_kill_9_at_random_moments(tmp_path: Path, record_property: Show) -> None:
    """[A1] [A2]"""
    dice = random.Random(SEED)
    with one_box(tmp_path) as stage:
        grows(stage, 20)
        for _ in range(5):
            for _ in watch(dice.uniform(0.0, 0.3), every_s=0.02):
                pass
            stage.kill("agent")
            stage.restart("agent")
        grows(stage, 20)
        found = nothing_missing(stage, ends=5)
    record_property("stored", found.hub.readings)
    record_property("unkept", found.unkept)


@row(2, "agent killed between commit and publish", injection="strace kills it at the 40th, 90th and 140th sendto",
     expected="what was committed is sent after the restart, once", metric="missing=0, stored_twice=0")  # fmt: skip
def test_killed_at_a_send(tmp_path: Path, record_property: Show) -> None:
    """[A2] An entry is committed before its bytes are handed over; the kill comes before they leave."""
    with one_box(tmp_path) as stage:
        grows(stage, 20)
        for nth in (40, 90, 140):
            stage.stop_program("agent")
            stage.prefix["agent"] = (
                "strace",
                "-f",
                "-DD",
                "-qq",
                "-o",
                "/dev/null",
                "-e",
                "trace=sendto",
                "-e",
                f"inject=sendto:signal=KILL:when={nth}",
            )
            stage.restart("agent")
            ends(stage)
        stage.prefix.pop("agent")
        stage.restart("agent")
        grows(stage, 20)
        found = nothing_missing(stage, ends=3)
    record_property("killed", 3)
    record_property("unkept", found.unkept)


@row(2, "agent killed between publish and receipt", injection="the hub stands still, entries leave, kill -9, the hub goes on",
     expected="sent again, and known by the hash", metric="duplicates >= 1, stored_twice=0")  # fmt: skip
def test_killed_before_the_receipt(tmp_path: Path, record_property: Show) -> None:
    """[A5] [H3] A restarted agent knows no receipt, so that it sends again what the broker still carries."""
    with one_box(tmp_path) as stage:
        grows(stage, 20)
        stage.pause("hub")
        sent = counter(stage, "sent") + 2
        wait_for(lambda: counter(stage, "sent") > sent, f"entries leave\n{logs(stage)}")
        stage.kill("agent")
        stage.restart("agent")
        wait_for(lambda: 0 < counter(stage, "sent") < sent, f"the first of them leaves again\n{logs(stage)}")
        stage.resume("hub")
        grows(stage, 20)
        duplicates = hub_metric(stage, "larder_entries_total", outcome="duplicate")
        record_property("duplicates", int(duplicates))
        assert duplicates >= 1
        nothing_missing(stage, ends=1)


@row(3, "agent SIGSTOP", injection="SIGSTOP until the hub says silent, then SIGCONT",
     expected="the hub says so within 90 s; the agent catches up by itself", metric="silent_after_s, books balanced")  # fmt: skip
def test_an_agent_that_stands_still_is_silent_and_catches_up(tmp_path: Path, record_property: Show) -> None:
    with one_box(tmp_path) as stage:
        grows(stage, 20)
        stage.pause("agent")
        began = time.monotonic()
        wait_for(lambda: state(stage) == "silent", f"silent\n{logs(stage)}", 90)
        record_property("silent_after_s", round(time.monotonic() - began, 1))
        stage.resume("agent")
        wait_for(lambda: state(stage) == "reporting", "it reports again", 20)
        grows(stage, 20)
        nothing_missing(stage)


def state(stage: Stage) -> str:
    account = stage.ask("account")
    return str(account["devices"][0]["state"]) if account and account["devices"] else ""


@contextmanager
def memory_group(name: str, mb: int) -> Iterator[Path]:
    """A memory cgroup (version 1 or 2) with a limit. Needs root."""
    first = Path("/sys/fs/cgroup/memory")
    group = (first if first.is_dir() else Path("/sys/fs/cgroup")) / name
    group.mkdir()
    try:
        limit = group / ("memory.limit_in_bytes" if first.is_dir() else "memory.max")
        limit.write_text(str(mb << 20))
        yield group
    finally:
        wait_for(lambda: not (group / "cgroup.procs").read_text().split(), "the group is empty", 30)
        group.rmdir()


BALLOON = """
import sys, threading
held = []
while True:
    held.append(b"x" * (1 << 20))
    threading.Event().wait(0.02)
"""


@row(4, "agent out of memory", injection="memory cgroup of 80 MB that a balloon beside the agent fills; the kernel kills the agent",
     expected="the supervisor starts it again; nothing is lost", metric="exits=-9, missing=0")  # fmt: skip
def test_the_kernel_kills_it_for_memory(tmp_path: Path, record_property: Show) -> None:
    with memory_group(f"larder-{tmp_path.name}"[:60], 80) as group:
        inside = (
            "sh",
            "-c",
            f'echo $$ > {group}/cgroup.procs; echo 900 > /proc/self/oom_score_adj; exec "$@"',
            "inside",
        )
        with one_box(tmp_path, prefix={"agent": supervised(tmp_path, *inside)}) as stage:
            grows(stage, 20)
            for times in (1, 2):
                shell = f'echo $$ > {group}/cgroup.procs; echo -900 > /proc/self/oom_score_adj; exec "$@"'
                balloon = subprocess.Popen(["sh", "-c", shell, "inside", sys.executable, "-c", BALLOON])
                try:
                    wait_for(lambda times=times: exits(tmp_path).count(-9) >= times, f"killed\n{logs(stage)}", 20)  # type: ignore[misc]
                finally:
                    balloon.kill()
                    balloon.wait()
                grows(stage, 20)
            record_property("exits", exits(tmp_path))
            nothing_missing(stage, ends=len(exits(tmp_path)))


@row(60, "64 file descriptors", injection="ulimit -n 64, broker restarted three times", expected="works, and leaks none",
     metric="open_fds <= 64 and no more after than before")  # fmt: skip
def test_sixty_four_descriptors_are_enough(tmp_path: Path, record_property: Show) -> None:
    with one_box(tmp_path, prefix={"agent": ("prlimit", "--nofile=64:64")}) as stage:
        grows(stage, 20)
        before = descriptors(stage)
        for _ in range(3):
            stage.kill("broker")
            stage.restart("broker")
            grows(stage, 8)
        after = descriptors(stage)
        record_property("open_fds", f"{before} then {after}")
        assert after <= before + 1
        nothing_missing(stage)


def descriptors(stage: Stage) -> int:
    return len(list(Path(f"/proc/{stage.pid('agent')}/fd").iterdir()))


@row(60, "8 file descriptors", injection="ulimit -n 8", expected="ends with a code of its own and says what it could not open",
     metric="exit code 74")  # fmt: skip
def test_too_few_descriptors_are_said(tmp_path: Path, record_property: Show) -> None:
    with one_box(tmp_path) as stage:
        grows(stage, 20)
        stage.stop_program("agent")
        stage.prefix["agent"] = ("prlimit", "--nofile=8:8")
        stage._begin("agent", "larder_agent", "run", "--config", str(stage.plan.agent_file))
        told = ends(stage)
        record_property("told", told.splitlines()[0])
        assert "agent ended with code 74" in told
        stage.prefix.pop("agent")
        stage.restart("agent")
        grows(stage, 8)
        nothing_missing(stage)
        assert box(stage).is_dir()
