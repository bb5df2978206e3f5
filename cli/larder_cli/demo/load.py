"""What the programs of a stage take of this machine: CPU and memory, from /proc."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Load(NamedTuple):
    """CPU seconds since each program began, and resident bytes."""

    cpu_s: float
    resident: int


def load_of(pids: Iterable[int], proc: Path = Path("/proc")) -> Load:
    """Of these processes and their threads; one that has ended counts for nothing."""
    cpu_s, resident = 0.0, 0
    for pid in pids:
        try:
            fields = (proc / str(pid) / "stat").read_text("ascii", "replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        cpu_s += (int(fields[11]) + int(fields[12])) / _TICKS  # utime and stime, proc(5)
        resident += int(fields[21]) * _PAGE
    return Load(cpu_s, resident)
