"""thingsboard-gateway's two storages beside ours: the same readings, killed with SIGKILL in the middle."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from larder_agent.books import read_account

PACKAGE = "thingsboard-gateway==3.8.5"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "larder-bench" / "thingsboard-gateway"
CHILD = Path(__file__).with_name("gateway_child.py")
POINTS = ",".join(f"bulk-{at}" for at in range(10))
GROUPS, KILLED_AT, SPACING_MS = 2_000, 1_000, 2


class Struck(NamedTuple):
    """Readings that the storage had taken (its call had returned) when it was killed, and those found again."""

    taken: int
    found: int


def interpreter() -> Path | None:
    """A Python with the gateway, in an environment of its own below the user's cache; None where it cannot be installed."""
    python = CACHE / "bin" / "python"
    if not python.exists():
        CACHE.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "venv", str(CACHE)], check=True)
        done = subprocess.run([str(python), "-m", "pip", "install", "-q", PACKAGE], capture_output=True, text=True)
        if done.returncode:
            print(f"  {PACKAGE} cannot be installed: {done.stderr.strip().splitlines()[-1]}")
            shutil.rmtree(CACHE)
            return None
    return python


def struck(argv: list[str]) -> int:
    """Groups taken by a child that is killed when it has taken KILLED_AT of them."""
    child = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert child.stdout is not None
    taken = 0
    for line in child.stdout:
        if line.strip().isdigit():
            taken += 1
            if taken == KILLED_AT:
                child.send_signal(signal.SIGKILL)
    child.wait()
    return taken


def ours(folder: Path) -> Struck:
    taken = struck(
        [sys.executable, "-m", "bench.agent.day", str(folder), "box", POINTS, str(GROUPS), "1", str(SPACING_MS)]
    )
    account = read_account(folder)
    return Struck(taken * 10, account.books.produced + account.staged)


def theirs(python: Path, kind: str, folder: Path) -> Struck:
    taken = struck([str(python), str(CHILD), "put", kind, str(folder), str(GROUPS), str(SPACING_MS)])
    read = subprocess.run(
        [str(python), str(CHILD), "read", kind, str(folder)], capture_output=True, text=True, timeout=120
    )
    return Struck(taken * 10, int(read.stdout.split()[-1]))


def a_day_of_theirs(python: Path, kind: str, folder: Path, groups: int) -> dict[str, float]:
    """Bytes, CPU and seconds of a day put as fast as it takes it."""
    done = subprocess.run([str(python), str(CHILD), "put", kind, str(folder), str(groups), "0"],
                          capture_output=True, text=True, timeout=300)  # fmt: skip
    return dict(json.loads(done.stdout.splitlines()[-1]))
