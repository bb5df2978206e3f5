"""Children end with the process that started them, and at the latest when they are told to."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from larder_cli.child import kill_child, signal_child, start_child, stop_child
from tests.support.waiting import wait_for

pytestmark = pytest.mark.process

# Says when its handler stands, so that no signal comes too early.
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"
OBEDIENT = "print('ready', flush=True); import signal; signal.pause()"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "child.log"


def start(code: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    child = start_child([sys.executable, "-c", code], log=log)
    try:
        wait_for(lambda: log.stat().st_size > 0, "the child's first line")
        yield child
    finally:
        kill_child(child)


@pytest.fixture
def obedient(log: Path) -> Iterator[subprocess.Popen[bytes]]:
    yield from start(OBEDIENT, log)


@pytest.fixture
def stubborn(log: Path) -> Iterator[subprocess.Popen[bytes]]:
    yield from start(STUBBORN, log)


def test_a_child_is_asked_first(obedient: subprocess.Popen[bytes]) -> None:
    assert stop_child(obedient) == -signal.SIGTERM


def test_a_child_that_does_not_listen_is_killed(stubborn: subprocess.Popen[bytes]) -> None:
    assert stop_child(stubborn, grace_s=0.1) == -signal.SIGKILL


def test_a_child_that_has_ended_takes_no_signal(obedient: subprocess.Popen[bytes]) -> None:
    kill_child(obedient)
    signal_child(obedient, signal.SIGTERM)
    assert stop_child(obedient) == -signal.SIGKILL


def test_a_child_leads_its_own_group(obedient: subprocess.Popen[bytes]) -> None:
    assert os.getpgid(obedient.pid) == obedient.pid != os.getpgrp()


def test_a_child_dies_with_its_parent(tmp_path: Path, log: Path) -> None:
    code = (
        "import sys, signal; from pathlib import Path; from larder_cli.child import start_child\n"
        f"child = start_child([sys.executable, '-c', {OBEDIENT!r}], log=Path({str(log)!r}))\n"
        "print(child.pid, flush=True); signal.pause()"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=env) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        wait_for(lambda: log.exists() and log.stat().st_size > 0, "the child's first line")
        parent.kill()
    # Ended, or a zombie that nobody has collected yet.
    stat = Path(f"/proc/{pid}/stat")
    wait_for(lambda: not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] == "Z", "the child to end")
