"""Another wall clock and a slower disk for one real process; `other_machine.c` says how."""

import os
import struct
import subprocess
import tempfile
import time
from datetime import datetime
from pathlib import Path

SOURCE = Path(__file__).with_name("other_machine.c")


def library() -> Path:
    """The shim, compiled once a source; needs a C compiler (gcc)."""
    built = Path(tempfile.gettempdir()) / f"larder-other-machine-{os.getuid()}-{SOURCE.stat().st_mtime_ns}.so"
    if not built.exists():
        beside = built.with_suffix(f".{os.getpid()}")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", beside, SOURCE, "-ldl"], check=True)
        beside.replace(built)
    return built


def slow_disk(ms: int) -> dict[str, str]:
    """For the environment of a program."""
    return {"LD_PRELOAD": str(library()), "LARDER_FSYNC_MS": str(ms)}


class WallClock:
    """The wall clock of whatever runs with `env`; every change is seen at its next look."""

    def __init__(self, file: Path, *, synced: bool = False) -> None:
        self._file, self._offset_ns, self._synced = file, 0, synced
        file.write_bytes(bytes(16))
        self._write()
        self.env = {"LD_PRELOAD": str(library()), "LARDER_WALL": str(file)}

    def now_ms(self) -> int:
        """What it shows."""
        return (time.time_ns() + self._offset_ns) // 1_000_000

    def step(self, seconds: float) -> None:
        """Forward, or back."""
        self._offset_ns += round(seconds * 1e9)
        self._write()

    def show(self, moment: datetime) -> None:
        """Say now that it is `moment`, which has a zone."""
        self._offset_ns = round(moment.timestamp() * 1e9) - time.time_ns()
        self._write()

    def set_by_ntp(self) -> None:
        """True time, and the kernel says that it is disciplined."""
        self._offset_ns, self._synced = 0, True
        self._write()

    def _write(self) -> None:
        """In place: the file is mapped. Sixteen bytes are one store to the reader, or two that he reads one after the other."""
        with self._file.open("r+b") as out:
            out.write(struct.pack("=qq", self._offset_ns, int(self._synced)))
