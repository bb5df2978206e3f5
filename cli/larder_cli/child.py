"""Child processes that never outlive the process that started them.

Each child leads its own process group, so that its own children stop with it, and the kernel kills it when the thread that
started it ends (``setpriv --pdeathsig``; a Linux without util-linux goes without). So start long-lived children from a
thread that lives as long as they should.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


def start_child(
    argv: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start ``argv`` in its own process group, standard output and error appended to ``log``.

    ``env`` replaces the environment; None inherits it. Raises OSError when the program cannot be started.
    """
    setpriv = shutil.which("setpriv")
    leash: list[str] = [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []
    with log.open("ab") as out:
        return subprocess.Popen(
            [*leash, *(str(word) for word in argv)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=None if env is None else dict(env),
            cwd=cwd,
            start_new_session=True,
        )


def signal_child(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to the child's whole group; nothing when it has ended."""
    if child.poll() is None:
        os.killpg(child.pid, number)


def kill_child(child: subprocess.Popen[bytes]) -> None:
    """SIGKILL the child's whole group and wait for it."""
    signal_child(child, signal.SIGKILL)
    child.wait()


def stop_child(child: subprocess.Popen[bytes], grace_s: float = 10.0) -> int:
    """Ask the child to end (SIGTERM), kill it after ``grace_s`` seconds; its exit code (negative: the signal)."""
    signal_child(child, signal.SIGTERM)
    return await_child(child, grace_s)


def await_child(child: subprocess.Popen[bytes], grace_s: float) -> int:
    """Wait for a child that was asked to end; otherwise as ``stop_child``. A second SIGTERM would end an agent without its goodbye."""
    try:
        return child.wait(timeout=grace_s)
    except subprocess.TimeoutExpired:
        kill_child(child)
        return child.returncode
