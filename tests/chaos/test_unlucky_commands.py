"""The programs' own commands at unlucky moments: beside what they must not touch, on a full disk, killed half-way. Row 61."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from larder_cli.demo.stage import Stage
from tests.chaos.arena import larder
from tests.chaos.disks import fill, tmpfs
from tests.chaos.hubs import larder_hub
from tests.chaos.measures import balanced
from tests.chaos.rows import row
from tests.support.stages import grows, keep_nothing, staged

pytestmark = pytest.mark.process
Show = Callable[[str, object], None]
EAST = "east-box"


def refused(done: "subprocess.CompletedProcess[str]", *why: str) -> None:
    told = done.stdout + done.stderr
    assert done.returncode not in (0, 1) and all(word in told for word in why) and "Traceback" not in told, told


def points(stage: Stage) -> dict[int, bool]:
    """Restore points by number, and whether they are complete."""
    told = larder_hub(stage, "restore-points").stdout.splitlines()
    return {int(line.split()[0]): "not complete" not in line for line in told}


@row(61, "commands beside what they must not touch", injection="restore, discard, a second agent, a broken register, all running",
     expected="each refused with a hint, nothing changed", metric="exit status, books at zero", quick=True)  # fmt: skip
def test_commands_beside_running_programs(tmp_path: Path, record_property: Show) -> None:
    """[A10] [R3]"""
    with staged(tmp_path / "stage", "nats", settings={"hub": {"registry_dir": str(tmp_path / "registry")}}) as stage:
        grows(stage, 20)
        done = larder_hub(stage, "backup", "--to", str(tmp_path / "point"))
        assert done.returncode == 0, done.stderr
        refused(larder_hub(stage, "restore", "--point", "1"), "another hub runs over this registry", "stop it first")
        refused(larder_hub(stage, "restore", "--begin-anew"), "another hub runs over this registry")
        refused(larder_hub(stage, "backup", "--to", str(tmp_path / "point")), "exists already")
        agent = ("--config", stage.plan.agent_file)
        refused(larder("agent", "run", *agent), "another agent works here", "stop it first")
        discard = ("agent", "discard", "--device", EAST, "--upto", "9", "--reason", "drill", "--yes", *agent)
        refused(larder(*discard), "another agent works here")
        broken = tmp_path / "broken.toml"
        broken.write_text(stage.plan.register_file.read_text() + "\n[[site]]\nid = 7\n")
        refused(larder_hub(stage, "register", "import", str(broken)), "broken.toml")
        record_property("refused", 6)
        assert points(stage) == {1: True}
        grows(stage, 20)
        balanced(stage)


@row(61, "a restore killed half-way", injection="SIGKILL at each rename, copy and sync of larder hub restore, then larder hub run",
     expected="the hub refuses to start until a restore has ended", metric="exit status 2, books at zero")  # fmt: skip
def test_a_restore_that_was_killed_is_done_again(tmp_path: Path, record_property: Show) -> None:
    """[R3]"""
    with staged(tmp_path / "stage", "nats", settings={"hub": {"registry_dir": str(tmp_path / "registry")}}) as stage:
        grows(stage, 20)
        assert larder_hub(stage, "backup", "--to", str(tmp_path / "point")).returncode == 0
        grows(stage, 20)
        stage.kill("hub")
        killed = 0
        for nth in (1, 2, 4, 7, 10):
            argv = [sys.executable, "-m", "tests.support.killed_restore", str(nth), "restore", "--point", "1",
                    "--config", str(stage.plan.hub_file)]  # fmt: skip
            done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
            if done.returncode != -signal.SIGKILL:
                assert done.returncode == 0, done.stderr
                break
            killed += 1
            refused(larder_hub(stage, "run"), "was interrupted", "larder hub restore --point N")
        record_property("killed", killed)
        assert killed >= 4
        done = larder_hub(stage, "restore", "--point", "1")
        assert done.returncode == 0, done.stderr
        stage.restart("hub")
        grows(stage, 20)
        balanced(stage)


@row(61, "backup and restore on a full disk", injection="larder hub backup to a tmpfs with 64 KiB left; restore onto one",
     expected="refused with a hint; nothing is registered; the restore is done again", metric="restore-points, books")  # fmt: skip
def test_backup_and_restore_on_a_full_disk(tmp_path: Path) -> None:
    """[H8] [R3]"""
    small, root = tmp_path / "small", tmp_path / "root"
    settings = {"hub": {"registry_dir": str(tmp_path / "registry"), "ingest": {"reserve_mb": 4}}}
    with (
        tmpfs(small, 1),
        tmpfs(root, 32),
        staged(tmp_path / "stage", "nats", settings=settings, roots={"hub": root}) as stage,
    ):
        keep_nothing(stage)
        grows(stage, 40)
        fill(small, leave_bytes=65_536)
        refused(larder_hub(stage, "backup", "--to", str(small / "point")), str(small / "point"), "the disk is full")
        assert points(stage) == {}, "agents keep nothing for a point that is none"
        assert larder_hub(stage, "backup", "--to", str(tmp_path / "point")).returncode == 0
        grows(stage, 40)
        stage.kill("hub")
        fill(root, leave_bytes=40_000)
        restore = ("restore", "--point", "1")
        refused(larder_hub(stage, *restore), "is not restored", "larder hub restore --point 1")
        refused(larder_hub(stage, "run"), "was interrupted")
        (root / "ballast").unlink()
        done = larder_hub(stage, *restore)
        assert done.returncode == 0, done.stderr
        stage.restart("hub")
        grows(stage, 40)
        balanced(stage)
