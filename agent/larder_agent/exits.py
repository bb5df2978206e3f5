"""How often the disk has ended this program: a count that outlives the process, beside the outbox.

The file has one size for ever and is overwritten in place, so that a full disk can count its own failure. A disk that is mounted
read-only cannot; there the supervisor's record of exit codes (74) is what is left.
"""

import logging
import os
from pathlib import Path

from larder_agent.failures import DiskFailed

log = logging.getLogger("larder.agent")

FILE = "io_error_exits"
WIDTH = 12


def read(folder: Path) -> int:
    """The count so far; the file is made where there is none. Raises DiskFailed."""
    path = folder / FILE
    try:
        if not path.exists():
            _write(path, 0)
        text = path.read_text(errors="replace").strip()
    except OSError as error:
        raise DiskFailed(path, error) from error
    return int(text) if text.isdecimal() else 0


def count(folder: Path) -> None:
    """One more, as far as the disk still takes it; never raises."""
    path = folder / FILE
    try:
        _write(path, read(folder) + 1)
    except (DiskFailed, OSError) as error:
        log.error("%s: this end of the agent is not counted: %s (the supervisor has seen exit code 74)", path, error)


def _write(path: Path, number: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o640)
    try:
        os.pwrite(handle, f"{number:<{WIDTH - 1}}\n".encode(), 0)
    finally:
        os.close(handle)
