"""Room on the hub's disks: how much is free, and what the hub still takes. Below a reserve it says so instead of failing."""

import logging
import os
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from time import monotonic

from larder_hub.metrics import Metrics

log = logging.getLogger("larder.hub.room")

MIB = 1 << 20


class Room(StrEnum):
    """AMPLE: everything. LOW: credit 0, what is on its way is still taken. OUT: no entry is taken, a birth or status is answered."""

    AMPLE = "ample"
    LOW = "low"
    OUT = "out"


def room_of(free_bytes: int, reserve_bytes: int) -> Room:
    """The upper half of the reserve is for what was sent before the agents heard of credit 0, the lower for the hub's other files."""
    if free_bytes >= reserve_bytes:
        return Room.AMPLE
    return Room.LOW if free_bytes >= reserve_bytes // 2 else Room.OUT


def always_ample() -> Room:
    return Room.AMPLE


def free_bytes(folder: Path) -> int:
    """What a process without privileges may still write there. Raises OSError."""
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


class DiskWatch:
    """Looks at the disks of `folders` at most once in `every_s`; asked by the ingest thread, read by the web.

    The logged line comes once for each change, the gauge with each look.
    """

    def __init__(self, folders: Sequence[Path], reserve_mb: int, metrics: Metrics, every_s: float = 0.5,
                 clock: Callable[[], float] = monotonic) -> None:  # fmt: skip
        self._folders, self._reserve, self._metrics = tuple(folders), reserve_mb * MIB, metrics
        self._every_s, self._clock = every_s, clock
        self._due = float("-inf")
        self.room = Room.AMPLE
        self.free_mb = 0

    def look(self) -> Room:
        """Raises OSError where a folder's disk cannot be asked: the hub cannot work without it either."""
        now = self._clock()
        if now >= self._due:
            self._due = now + self._every_s
            free = min(free_bytes(folder) for folder in self._folders)
            self._metrics.disk_free.set(free)
            self.free_mb = free // MIB
            self._change(room_of(free, self._reserve))
        return self.room

    def _change(self, room: Room) -> None:
        if room is self.room:
            return
        where = ", ".join(str(folder) for folder in self._folders)
        if room is Room.AMPLE:
            log.warning("disk of %s: %s MB free again, entries are taken as before", where, self.free_mb)
        else:
            log.error("disk of %s: %s MB free, less than the reserve of %s MB: credit is 0%s, agents keep their entries (make "
                      "room there, or lower ingest.reserve_mb)", where, self.free_mb, self._reserve // MIB,
                      "" if room is Room.LOW else " and no entry is taken")  # fmt: skip
        self.room = room
