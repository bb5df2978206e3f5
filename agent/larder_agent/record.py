"""The outbox and the staging file, which together keep every reading that was taken."""

import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from threading import Event

from larder_agent import away, sealing, uplink
from larder_agent.away import LastWord
from larder_agent.clock import Clock, Moment, moment
from larder_agent.drivers.port import PointSpec
from larder_agent.failures import DiskFailed
from larder_agent.maintenance import BEGUN, ENDED, Order, Switch
from larder_agent.metrics import Metrics
from larder_agent.outbox import STOPPED, Build, Outbox
from larder_agent.sealing import Waiting
from larder_agent.staging import Staging, ahead, recover
from larder_agent.uplink import Uplink
from larder_agent.words import Standing
from larder_core.absence import EVENT as ABSENCE
from larder_core.absence import Absence, Detail, write_absence
from larder_core.anchor import EVENT as CLOCK_SET
from larder_core.anchor import TRUST
from larder_core.statement import Backlog, Disk

log = logging.getLogger("larder.agent.record")

WENT_BACK = "went-back"
"""Why a stream ended: the outbox is older than other files of its folder."""


class Record:
    """What a device has on its disk; the device's thread owns it. `periods_ms`: of each point, to count what was missed.
    `paused` is set while an operator wants no readings."""

    def __init__(
        self, folder: Path, device: str, outbox: Outbox, points: Mapping[str, PointSpec], clock: Clock,
        periods_ms: Sequence[int] = (),
    ) -> None:  # fmt: skip
        self.folder, self.outbox = folder, outbox
        self._switch, self.paused = Switch(folder), Event()
        self._device, self._points, self._clock, self.periods_ms = device, points, clock, periods_ms

    def open(self, metrics: Metrics) -> None:
        """Open the outbox, seal what an ended process had taken, begin a staging file. Raises DiskFailed."""
        if found := self.outbox.open(moment(self._clock)):
            metrics.count("outbox_damaged")
            log.critical("device=%s the outbox was damaged; set aside as %s, stream %s carries on what is whole in it (check the "
                         "disk; keep the file: entries in it may be known to nobody else)",
                         self._device, found, self.outbox.stream)  # fmt: skip
        if later := ahead(self.folder, self.outbox.books.outbox, self.outbox.books.epoch):
            self._went_back(max(later), metrics)
        self._seal_staged(metrics)

    def _seal_staged(self, metrics: Metrics) -> None:
        books = self.outbox.books
        left = recover(self.folder, books.outbox, books.epoch)
        self.staging = Staging(self.folder, books.outbox, books.epoch, tuple(self._points.values()))
        if left is not None:
            points = {point.id: point for point in left.points}
            at = left.groups[-1].moment
            self._seal(sealing.batches(left.groups, points, self._device, at), at)
            metrics.count("recovered", sum(len(group.samples) for group in left.groups))
        if self.order() is not None:
            self.paused.set()
        self._say_away(metrics)

    def _say_away(self, metrics: Metrics) -> None:
        """Since the last entry of the disk: was the clock set, and how long was nobody here [C1] [W-ABSENCE]."""
        last = self._last_word()
        if last is None:
            return
        self.watch_clock(metrics)
        now = moment(self._clock)
        order = self.order()
        maintenance = order.reason if order else self.outbox.books.maintenance
        absence = away.at_start(last, now, self.periods_ms, maintenance=maintenance)
        if absence is not None:
            self.say_absences([absence], metrics)

    def _last_word(self) -> LastWord | None:
        books = self.outbox.books
        if not books.last_boot:
            return None
        state = next(word for word in TRUST if word == books.last_clock)
        return LastWord(Moment(books.last_boot, books.last_at, books.last_up, (state, None)), books.ended)

    def watch_clock(self, metrics: Metrics) -> None:
        """Seal an anchor where the clock has become better or was set since the last entry [C1]. Call it before sealing."""
        last, now = self._last_word(), moment(self._clock)
        detail = away.clock_set(last.moment, now) if last else None
        if detail is not None:
            self.outbox.seal([self.outbox.event(CLOCK_SET, now, detail)], now)
            metrics.count("clock_set")
            log.warning("device=%s the clock was set: by %s ms, from %s to %s", self._device, detail["step"], detail["state"],
                        now.clock[0])  # fmt: skip

    def say_absences(self, absences: Iterable[Absence], metrics: Metrics) -> None:
        """Seal what was due and not taken, one event each."""
        now = moment(self._clock)
        said = list(absences)
        if said:
            self.outbox.seal([self.outbox.event(ABSENCE, now, write_absence(one)) for one in said], now)
        for one in said:
            metrics.count("absent", one.missed or 0, reason=one.reason)
            log.warning("device=%s not taken: %s readings of %s (%s)", self._device, "?" if one.missed is None else one.missed,
                        "all points" if one.points is None else ",".join(sorted(one.points)), one.reason)  # fmt: skip

    def say(self, told: Iterable[tuple[str, Detail]]) -> None:
        """Seal events, each a word and its detail. Raises DiskFailed."""
        now = moment(self._clock)
        self.outbox.seal([self.outbox.event(word, now, detail) for word, detail in told], now)

    def now(self) -> Moment:
        return moment(self._clock)

    def order(self) -> Order | None:
        """The operator's order to pause, as it is now."""
        return self._switch.order(self._clock.wall_ms())

    def maintain(self) -> None:
        """Follow the operator's order to pause, and tell of it as it begins and ends [A11]."""
        now, said = moment(self._clock), self.outbox.books.maintenance
        order = self._switch.order(now.at)
        if order is not None:
            self.paused.set()
        else:
            self.paused.clear()
        if order is not None and not said:
            self.outbox.seal([self.outbox.event(BEGUN, now, {"reason": order.reason, "until": order.until_ms})], now)
        elif order is None and said:
            self.outbox.seal([self.outbox.event(ENDED, now, {"reason": said})], now)
        else:
            return
        log.warning(
            "device=%s maintenance %s (%s)",
            self._device,
            "begun" if order else "ended",
            order.reason if order else said,
        )

    def say_stopped(self) -> None:
        """The last entry of a device that ends as asked."""
        now = moment(self._clock)
        self.outbox.seal([self.outbox.event(STOPPED, now, {})], now)

    def _went_back(self, epoch: int, metrics: Metrics) -> None:
        """Readings wait that were taken after commits which the outbox no longer knows [A7]: their numbers may have been seen by the
        hub. The stream ends before any of them is given again. Readings of epochs before the latest were sealed by those commits."""
        self.outbox.freeze(moment(self._clock), WENT_BACK, epoch=epoch)
        metrics.count("frozen", reason=WENT_BACK)
        log.critical("device=%s the outbox is older than the readings beside it (was its file put back, or its log deleted?); the "
                     "stream ends, stream %s adopts what it holds", self._device, self.outbox.stream)  # fmt: skip

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
