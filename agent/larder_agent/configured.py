"""What the hub wants this device to watch by: taken, applied, reported, and the readings judged by it. PROTOCOL.md [D3] to [D5].

Owned by the device's thread. A device that never had a configuration does without its code.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from larder_agent import applied
from larder_agent.bell import Bell
from larder_agent.drivers.port import PointSpec
from larder_agent.metrics import Metrics
from larder_agent.orders_book import OrdersBook
from larder_agent.record import Record
from larder_agent.staging import Group
from larder_agent.tempo import Tempo
from larder_core.absence import Detail
from larder_core.digest import line_hash
from larder_core.refusal import Refused
from larder_core.signing import PublicKey

if TYPE_CHECKING:
    from larder_agent.watch import Alarm, Watch
    from larder_core.desired import Calibration, Desired

log = logging.getLogger("larder.agent.config")

REMEMBERED_MS = 6 * 3_600_000
"""How far back readings are judged again at a start: no delay of a limit profile is longer."""


class Reading(NamedTuple):
    """A source as the configuration may change it: its points, its tempo, and the period that the device's own file gives it."""

    points: Sequence[str]
    tempo: Tempo
    file_ms: int


class Configured:
    """`version` is that of the configuration in force, 0 for the file alone."""

    def __init__(
        self, device: str, hub: PublicKey, record: Record, points: Mapping[str, PointSpec], sources: Sequence[Reading],
        book: OrdersBook, bell: Bell, metrics: Metrics,
    ) -> None:  # fmt: skip
        self._device, self._hub, self._record, self._points, self._sources = device, hub, record, points, sources
        self._book, self._bell, self._metrics = book, bell, metrics
        self._payload = b""
        self._desired: Desired | None = None
        self._watch: Watch | None = None
        self._unsaid: list[Alarm] = []

    @property
    def version(self) -> int:
        return self._desired.version if self._desired else 0

    @property
    def desired(self) -> "Desired | None":
        return self._desired

    @property
    def out(self) -> frozenset[str]:
        """Points that are out of their limits, or not yet safely back."""
        return self._watch.out if self._watch else frozenset()

    @property
    def seal_ms(self) -> int | None:
        """What was read is sealed at least so often; None where the file alone decides [D4]."""
        return self._desired.fast[1] if self._desired and self.out else None

    def periods(self) -> dict[str, int]:
        """By point, how often it is due, in ms, while nothing is out of limits."""
        return {point: source.tempo.usual_ms for source in self._sources for point in source.points}

    def open(self) -> None:
        """Apply what was applied before; tell what a process that is gone did not live to tell. Raises DiskFailed."""
        found = applied.load(self._record.folder, self._hub, self._device)
        if found is None:
            return
        payload, desired = found
        if (
            self._fault(desired) is not None
        ):  # the file has lost a point since: its word counts, and birth says version 0
            return
        self._apply(payload, desired)
        self._remember()
        if self._book.orders.told != desired.version:
            self._tell(desired, ())

    def receive(self, payload: bytes) -> bool:
        """What came on `config`; True where another configuration is in force now. Raises DiskFailed."""
        from larder_core.desired import read_config

        if payload == self._payload or not payload:
            return False
        try:
            desired = read_config(payload, self._hub, self._device)
            reason = "stale" if desired.version <= self.version else self._fault(desired)
            detail = f"version {desired.version}, applied is {self.version}"
        except Refused as error:
            reason, detail = error.refusal.reason, str(error)
        if reason is not None:
            self._refuse(payload, reason, detail)
            return False
        before = self._desired.points if self._desired else ()
        applied.keep(self._record.folder, applied.FILE, payload)
        self._apply(payload, desired)
        self._tell(desired, [(one.id, one.calibration) for one in before])
        return True

    def take(self, group: Group) -> bool:
        """Judge a group of readings; True where what was read must be sealed at once [D4]."""
        if self._watch is None:
            return False
        from larder_agent.watch import judged

        before = self._watch.out
        self._watch, alarms = judged(self._watch, group)
        self._unsaid += alarms
        for one in alarms:
            log.warning(
                "device=%s local alarm %s: %s %s at %g", self._device, one.state, one.point, one.severity, one.value
            )
        if self._watch.out != before:
            self._hurry()
        if alarms or self._watch.out != before:
            self._bell.show(self._watch.severity)
        return bool(self._watch.out - before) or bool(alarms)

    def say_alarms(self) -> None:
        """After the readings that they follow from were sealed. Raises DiskFailed."""
        if self._unsaid:
            alarms, self._unsaid = self._unsaid, []
            self._record.say([("local-alarm", _heard(one)) for one in alarms])
            self._metrics.count("local_alarms", len(alarms))

    # ---------------------------------------------------------------- parts

    def _remember(self) -> None:
        """How long points have been beyond their limits, by the readings of the process before this one, and an alarm that it did not
        live to tell. A point that is beyond them where the record begins says nothing of when that began. Raises DiskFailed."""
        from larder_agent.remembered import past, untold
        from larder_agent.watch import judged

        assert self._watch is not None
        now = self._record.now()
        found = past(self._record.outbox, now.boot, now.up - REMEMBERED_MS)
        heard: list[tuple[int, Alarm]] = []
        within: set[str] = set()
        for n, groups in found.batches:
            for group in groups:
                self._watch, alarms = judged(self._watch, group)
                heard += [(n, one) for one in alarms if one.point in within or not found.cut]
                within |= {sample.point for sample in group.samples} - self._watch.out
        self._unsaid = untold(heard, found.told)
        for one in self._unsaid:
            log.warning("device=%s local alarm %s: %s %s (it fell into the end of the process before)",
                        self._device, one.state, one.point, one.severity)  # fmt: skip
        self._hurry()
        self._bell.show(self._watch.severity)
        self.say_alarms()

    def _fault(self, desired: "Desired") -> str | None:
        """Why this device cannot go by it."""
        from larder_agent.watch import unit_faults

        if any(one.id not in self._points for one in desired.points):
            return "unknown-point"
        return "wrong-unit" if any(unit_faults(desired, self._points)) else None

    def _apply(self, payload: bytes, desired: "Desired") -> None:
        from larder_agent.watch import Watch, begin

        wanted = {one.id: one.period for one in desired.points}
        for source in self._sources:
            periods = [period for point in source.points if (period := wanted.get(point)) is not None]
            source.tempo.usually(min(periods, default=source.file_ms))
        self._payload, self._desired = payload, desired
        self._watch = begin(desired, self._points, self.periods(), self._watch or Watch())
        self._record.periods_ms = list(self.periods().values())
        self._hurry()
        self._bell.show(self._watch.severity)

    def _hurry(self) -> None:
        fast = self._desired.fast[0] if self._desired else 0
        for source in self._sources:
            source.tempo.hurry(fast if self.out.intersection(source.points) else 0)

    def _tell(self, desired: "Desired", before: "Iterable[tuple[str, Calibration | None]]") -> None:
        said: list[tuple[str, Detail]] = [
            ("config-applied", {"version": desired.version, "hash": line_hash(self._payload)})
        ]
        self._record.say([*said, *calibrations(dict(before), {one.id: one.calibration for one in desired.points})])
        self._book.keep(replace(self._book.orders, told=desired.version, refused=""))
        self._metrics.count("configs_applied")
        log.info("device=%s configuration %s applied: %s points, limits for %s", self._device, desired.version, len(desired.points),
                 sum(1 for one in desired.points if one.profile))  # fmt: skip

    def _refuse(self, payload: bytes, reason: str, detail: str) -> None:
        """Counted each time, told once for the same bytes [D3]."""
        from larder_core.desired import version_of

        self._metrics.count("configs_refused", reason=reason)
        digest = line_hash(payload)
        if digest == self._book.orders.refused:
            return
        self._record.say([("config-refused", {"version": version_of(payload, self._hub), "reason": reason})])
        self._book.keep(replace(self._book.orders, refused=digest))
        log.error("device=%s configuration refused: %s (%s; larder hub config shows what the hub wants)", self._device, reason,
                  detail)  # fmt: skip


def calibrations(
    before: "Mapping[str, Calibration | None]", after: "Mapping[str, Calibration | None]"
) -> Iterator[tuple[str, Detail]]:
    """An event for each point whose calibration is another than before [D5]. A number is told as text: events hold whole numbers."""
    for point in sorted({*before, *after}):
        now = after.get(point)
        if before.get(point) == now:
            continue
        if now is None:
            yield "calibration", {"point": point, "certificate": None}
        else:
            yield (
                "calibration",
                {"point": point, "offset": f"{now.offset:g}", "certificate": now.certificate, "expires": now.expires,
                 "judged": now.judged},
            )  # fmt: skip


def _heard(alarm: "Alarm") -> Detail:
    return {"point": alarm.point, "severity": str(alarm.severity), "state": alarm.state}
