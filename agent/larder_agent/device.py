"""The one thread of a device that touches its disk: samples in, entries out, receipts back."""

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from threading import Event

from larder_agent import away, memory, sealing, uplink
from larder_agent.away import Gaps, Missed
from larder_agent.clock import Clock, moment
from larder_agent.commanded import Commanded, Found
from larder_agent.configured import Configured
from larder_agent.drivers.port import PointSpec
from larder_agent.health import Health
from larder_agent.inbox import DeviceEvent, Inbox, Silenced
from larder_agent.metrics import Metrics
from larder_agent.mqtt import BrokerLink, Connected, Disconnected, Received, Refused
from larder_agent.record import Record
from larder_agent.sealing import SealRule, Waiting
from larder_agent.staging import Group
from larder_agent.still import Burst
from larder_agent.uplink import Freeze, Ignored, Prune, Uplink
from larder_agent.voice import Voice
from larder_core import refusal
from larder_core.message import write_message
from larder_core.names import Address
from larder_core.signing import PublicKey, Signer

log = logging.getLogger("larder.agent.device")

FAREWELL_MS = 3_000
"""At a clean stop: how long to wait for the receipt of what was sealed last."""

FILE_BEATS = 4
"""Heartbeats between two writings of `metrics.json`: each costs the card a block, 12 MB a day if every one of them wrote. What an
installer looks for, the connection, is written as it changes."""

HOLD_MS = 1_000
"""How long to wait when the broker's acknowledgements are slow."""


@dataclass(frozen=True)
class Pace:
    """Everything that is timed, in ms."""

    seal: SealRule
    heartbeat_ms: int
    resend_ms: int


class Device:
    """`run` is the thread. Everything it decides is decided by `sealing` and `uplink`; here it is done."""

    def __init__(
        self,
        address: Address,
        record: Record,
        points: Mapping[str, PointSpec],
        pace: Pace,
        inbox: Inbox,
        voice: Voice,
        link: BrokerLink,
        signer: Signer,
        hub: PublicKey,
        clock: Clock,
        metrics: Metrics,
        random: Random,
        configured: Configured | None = None,
        commanded: Commanded | None = None,
    ) -> None:
        self._address, self._record, self._points, self._pace = address, record, points, pace
        self._inbox, self._voice, self._link, self._signer, self._hub = inbox, voice, link, signer, hub
        self._clock, self._metrics, self._random = clock, metrics, random
        self._configured, self._commanded = configured, commanded
        self._health = Health()
        self._beats, self._filed = 0, ""
        self._waiting, self._gaps = Waiting(), Gaps()
        self._uplink = Uplink(pace.resend_ms)
        self._version = ""
        self._heartbeat_due = self._hold_until = self._sent_at = 0
        self._receipt_ms: int | None = None
        self.restarting = False
        """Whether the hub has asked for a restart of the program."""
        self.end_all: Callable[[], object] = lambda: None
        """Asks the whole program for a clean end."""
        self.beat_up = clock.up_ms()
        """When the thread last came round, in ms since boot."""
        self.heartbeat_ms = pace.heartbeat_ms
        self.left = Event()
        """Set when the thread ended as it should: the link may say goodbye."""

    def run(self, stop: Event) -> None:
        """Until `stop`; then seal and send what is there, wait a little for the receipt, and announce that we leave."""
        while not stop.is_set():
            self._turn()
        self._farewell()
        self.left.set()

    def _turn(self, longest_s: float = math.inf) -> None:
        for event in self._inbox.take(min(longest_s, self._wait_s())):
            self._on(event)
        self._record.watch_clock(self._metrics)
        self._maintain()
        if self._commanded is not None:
            self._commanded.look(self)
        now = self.beat_up = self._clock.up_ms()
        seal_due = self._seal_due()
        if seal_due is not None and seal_due <= now:
            self._seal()
        if now >= self._heartbeat_due:
            self._heartbeat()
        self._send()

    def _wait_s(self) -> float:
        due = [self._heartbeat_due]
        if (seal_due := self._seal_due()) is not None:
            due.append(seal_due)
        if self._commanded is not None and (look_due := self._commanded.due_up()) is not None:
            due.append(look_due)
        if self._version and (resend_due := uplink.next_due(self._uplink, self._sent_at)) is not None:
            due.append(max(resend_due, self._hold_until))
        if self._hold_until > self._clock.up_ms():
            due.append(self._hold_until)
        return max(0.0, (min(due) - self._clock.up_ms()) / 1000)

    def _seal_due(self) -> int | None:
        """As the file says, and sooner while a point is out of its limits [D4]."""
        rule = self._pace.seal
        if self._configured is not None and (fast_ms := self._configured.seal_ms) is not None:
            rule = rule._replace(after_ms=min(rule.after_ms, fast_ms))
        return sealing.due(self._waiting, rule)

    # ---------------------------------------------------------------- what comes in

    def _on(self, event: DeviceEvent) -> None:
        match event:
            case Group():
                self._take(event)
            case Missed():
                self._gaps = away.add(self._gaps, event)
            case Connected(version):
                self._version = version
                self._uplink = uplink.on_connected(self._uplink, self._clock.up_ms())
                self._hold_until = 0
                self._metrics.count("connects")
                log.info("device=%s connected, MQTT %s", self._address.device, version)
                self._announce(birth=True)
            case Disconnected(word, detail):
                self._version = ""
                self._metrics.count("connect_failures", reason=word)
                log.warning("device=%s not connected: %s (trying again)", self._address.device, detail)
            case Received(topic, payload, retained):
                self._hear(topic, payload, retained=retained)
            case Burst():
                if self._commanded is not None:
                    self._commanded.finished(event, self)
            case Silenced():
                self._record.say([("alarm-silenced", {})])
            case Refused(what, reason):
                self._metrics.count("publish_refused", reason=f"{what}-{reason}")
                log.error("device=%s the broker refuses to %s: %s (check its access list for this device)",
                          self._address.device, what, reason)  # fmt: skip

    def _hear(self, topic: str, payload: bytes, *, retained: bool) -> None:
        if topic == self._address.topic("receipt"):
            self._receive(payload)
        elif topic == self._address.topic("config") and self._configured is not None:
            if self._configured.receive(payload):
                self.take_config()
                self._announce(birth=True)
        elif topic == self._address.topic("command") and self._commanded is not None:
            self._commanded.receive(payload, self, retained=retained)

    def take_config(self) -> None:
        """What is in force now goes into what the device says of itself."""
        if self._configured is not None:
            periods = self._configured.periods()
            points = [(spec, periods[spec.id]) for spec, _ in self._voice.who.points]
            self._voice.who = self._voice.who._replace(config=self._configured.version, points=points)

    def _take(self, group: Group) -> None:
        self._record.staging.add(group)
        self._waiting = sealing.add(self._waiting, group, self._points)
        self._metrics.count("readings", len(group.samples))
        flaws = [sample.quality for sample in group.samples if sample.quality]
        self._metrics.count("readings_bad", len(flaws))
        for reason in flaws:
            self._metrics.count("flaws", reason=reason)
        if group.moment.clock[0] == "unset":
            self._metrics.count("clock_unset", len(group.samples))
        self._health.take(group)
        if self._configured is not None and self._configured.take(group):
            self._seal()
            self._configured.say_alarms()

    def _receive(self, payload: bytes) -> None:
        from larder_core.receipt import read_receipt  # not before the first reading

        device = self._address.device
        try:
            receipt = read_receipt(payload, self._hub, device)
        except refusal.Refused as error:
            self._metrics.count("receipts_ignored", reason=error.refusal.reason)
            log.warning("device=%s receipt ignored: %s (is hub.public_key the key of this hub?)", device, error)
            return
        self._metrics.count("receipts")
        self._receipt_ms = self._clock.wall_ms()
        for digest, reason in receipt.unproven:
            self._metrics.count("unproven", reason=reason)
            log.error("device=%s a payload proved nothing to the hub: %s %s (is the device registered there with its key? "
                      "larder agent init prints it)", device, reason, digest)  # fmt: skip
        self._uplink, effects = uplink.on_receipt(self._uplink, receipt, self._record.outbox, self._clock.up_ms())
        for effect in effects:
            match effect:
                case Ignored(reason):
                    self._metrics.count("receipts_ignored", reason=reason)
                case Prune(safe):
                    kept = self._record.outbox.prune(safe, self._clock.wall_ms())
                    self._metrics.count("pruned" if kept else "prune_refused")
                case Freeze(reason):
                    self._freeze(reason)

    def _freeze(self, reason: str) -> None:
        """The will and the birth speak of a stream that has ended: connect anew."""
        self._record.outbox.freeze(moment(self._clock), reason)
        self._metrics.count("frozen", reason=reason)
        log.critical("device=%s another copy of this device's disk has spoken (%s); the stream ends, stream %s adopts what it held "
                     "(was the card copied or put back from an image?)",
                     self._address.device, reason, self._record.outbox.stream)  # fmt: skip
        self._uplink = Uplink(self._pace.resend_ms)
        self._voice.standing = self._record.standing(self._uplink)
        self._version = ""
        self._link.reconnect()

    # ---------------------------------------------------------------- what goes out

    def _seal(self) -> None:
        if not self._waiting.groups:
            return
        books = self._record.outbox.books
        before, lost = books.head_n, books.lost
        self._record.seal(self._waiting)
        self._waiting = sealing.sealed(self._waiting)
        books = self._record.outbox.books
        self._metrics.count("sealed", books.head_n - before)
        self._metrics.count("declared_lost", books.lost - lost)

    def _announce(self, *, birth: bool = False, online: bool = True) -> None:
        """Status, after the birth on a new connection; both go at any credit."""
        self._voice.standing = self._record.standing(self._uplink)
        if self._version:
            if birth:
                self._link.publish("birth", self._voice.birth())
            self._link.publish("status", self._voice.status(online=online), retain=True)
        self._heartbeat_due = self._clock.up_ms() + self._pace.heartbeat_ms

    def _say_gaps(self, *, over: bool = False) -> None:
        """What was not taken since this was last said; a pause that goes on is said when it is `over`."""
        due, self._gaps = away.split(self._gaps, paused=not over and self._record.paused.is_set())
        note = self._record.outbox.books.maintenance
        self._record.say_absences(away.told(due, moment(self._clock), note), self._metrics)

    def _maintain(self) -> None:
        """A pause that begins comes after what was taken; one that ends says first what it cost."""
        asked = self._record.order() is not None
        if asked != bool(self._record.outbox.books.maintenance):
            self._seal()
            self._say_gaps(over=True)
        self._record.maintain()

    def _heartbeat(self) -> None:
        self._say_gaps()
        self._announce()
        self._beats += 1
        if self._beats % FILE_BEATS == 1 or self._filed != self._version:
            self._metrics.write(self._how_it_stands())
            self._filed = self._version
            memory.give_back_freed()

    def _how_it_stands(self) -> dict[str, object]:
        """For `larder agent status` and `doctor`, and for a self-test."""
        standing = self._voice.standing
        return {
            "written_ms": self._clock.wall_ms(),
            "clock": self._clock.state(),
            "mqtt": self._version,
            "receipt_ms": self._receipt_ms,
            "stream": standing.stream,
            "head": standing.head.n,
            "produced": standing.produced,
            "backlog": standing.backlog.model_dump(),
            "disk": standing.disk.model_dump(),
            "maintenance": self._record.outbox.books.maintenance,
            "heartbeat_ms": self._pace.heartbeat_ms * FILE_BEATS,
            "config": self._configured.version if self._configured else 0,
            "out": sorted(self._configured.out) if self._configured else [],
            "points": self._health.told(self._clock.up_ms()),
        }

    def _send(self) -> None:
        """What is due: the newest run first, since on a thin line what is handed over last waits for all before; oldest first within a
        run. Nothing that is not committed is ever read here."""
        outbox, now = self._record.outbox, self._clock.up_ms()
        self._sent_at = now
        if not self._version or now < self._hold_until:
            return
        held = outbox.held
        for run in reversed(uplink.consecutive(uplink.to_send(self._uplink, held, now))):
            sizes = outbox.sizes(run.start, run.stop - 1)
            for part in uplink.messages(run, sizes):
                if not self._publish(part):
                    self._metrics.count("publish_held")
                    self._hold_until = now + HOLD_MS
                    return
                self._metrics.count("sent", len(part))
                self._metrics.count("resent", sum(1 for n in part if n in self._uplink.flights))
                self._uplink = uplink.on_sent(self._uplink, part, held, now, self._random)

    def _publish(self, part: range) -> bool:
        outbox = self._record.outbox
        before = outbox.hash_at(part.start - 1)
        if before is None:
            raise ValueError(f"no hash before entry {part.start} of {outbox.stream}")
        lines = outbox.lines(part.start, part.stop - 1)
        return self._link.publish("entry", write_message(outbox.stream, part.start, before, lines, self._signer))

    # ---------------------------------------------------------------- what a command moves

    def seal_now(self) -> tuple[int, int]:
        before = self._record.outbox.head.n
        self._seal()
        return before + 1, self._record.outbox.head.n

    def send_again(self, first: int, last: int) -> int:
        self._uplink, owed = uplink.owe(self._uplink, first, last, self._record.outbox.held)
        return owed

    def ask_config(self) -> None:
        self._link.ask_config()

    def restart(self) -> None:
        self.restarting = True
        self.end_all()

    def say_reply(self, payload: bytes) -> None:
        self._link.publish("reply", payload)

    def test_self(self) -> Found:
        from larder_agent.doctor.self_test import self_test

        self._voice.standing = self._record.standing(self._uplink)
        return self_test(self._record.folder, self._how_it_stands())

    # ---------------------------------------------------------------- the end

    def _farewell(self) -> None:
        until = self._clock.up_ms() + FAREWELL_MS
        while events := self._inbox.take(0):
            for event in events:
                self._on(event)
        self._seal()
        self._say_gaps(over=True)
        self._record.say_stopped()
        self._announce()  # answered by a receipt, should the last one have been lost
        self._send()
        while self._version and (left := until - self._clock.up_ms()) > 0 and self._unreceipted():
            self._turn(left / 1000)
        self._seal()
        if not self._record.outbox.books.ended:  # something was sealed behind the farewell
            self._record.say_stopped()
        self._record.outbox.keep_safe()
        self._announce(online=False)

    def _unreceipted(self) -> bool:
        return bool(uplink.pending(self._uplink, self._record.outbox.held))
