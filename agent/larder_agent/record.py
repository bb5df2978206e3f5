"""The outbox and the staging file, which together keep every reading that was taken."""

import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from larder_agent import sealing, uplink
from larder_agent.clock import Clock, Moment, moment
from larder_agent.drivers.port import PointSpec
from larder_agent.failures import DiskFailed
from larder_agent.metrics import Metrics
from larder_agent.outbox import Build, Outbox
from larder_agent.sealing import Waiting
from larder_agent.staging import Staging, recover
from larder_agent.uplink import Uplink
from larder_agent.words import Standing
from larder_core.statement import Backlog, Disk

log = logging.getLogger("larder.agent.record")


class Record:
    """What a device has on its disk; the device's thread owns it."""

    def __init__(
        self, folder: Path, device: str, outbox: Outbox, points: Mapping[str, PointSpec], clock: Clock
    ) -> None:
        self.folder, self.outbox = folder, outbox
        self._device, self._points, self._clock = device, points, clock

    def open(self, metrics: Metrics) -> None:
        """Open the outbox, seal what an ended process had taken, begin a staging file. Raises DiskFailed."""
        if evidence := self.outbox.open(self._clock.wall_ms()):
            metrics.count("outbox_damaged")
            log.critical("device=%s the outbox was damaged; set aside as %s, a new stream begins (check the disk; keep the file: "
                         "entries in it may be known to nobody else)", self._device, evidence)  # fmt: skip
        books = self.outbox.books
        left = recover(self.folder, books.outbox, books.epoch)
        self.staging = Staging(self.folder, books.outbox, books.epoch, tuple(self._points.values()))
        if left is not None:
            points = {point.id: point for point in left.points}
            at = left.groups[-1].moment
            self._seal(sealing.batches(left.groups, points, self._device, at), at)
            metrics.count("recovered", sum(len(group.samples) for group in left.groups))

    def seal(self, waiting: Waiting) -> None:
        """The staged readings as entries; with the commit their staging file is spent."""
        now = moment(self._clock)
        self._seal(sealing.batches(waiting.groups, self._points, self._device, now), now)

    def _seal(self, builds: Sequence[Build], at: Moment) -> None:
        self.outbox.seal(builds, at, next_epoch=True)
        self.staging.next_epoch(self.outbox.books.epoch)

    def standing(self, state: Uplink) -> Standing:
        """What to announce, after the last commit."""
        outbox, books = self.outbox, self.outbox.books
        ranges = uplink.pending(state, outbox.held)
        oldest = outbox.sealed_ms(ranges[0][0]) if ranges else None
        entries = sum(last - first + 1 for first, last in ranges)
        backlog = Backlog(entries=entries, readings=sum(outbox.readings(*one) for one in ranges), oldest_at=oldest)
        try:
            space = os.statvfs(self.folder)
        except OSError as error:
            raise DiskFailed(self.folder, error) from error
        disk = Disk(used=books.held_bytes, bound=outbox.bound, free=space.f_bavail * space.f_frsize)
        return Standing(books.stream, books.floor_n + 1, outbox.head, backlog, disk, books.produced)

    def close(self) -> None:
        if hasattr(self, "staging"):
            self.staging.close()
        self.outbox.close()
