"""One running copy of a device: its folder, and the objects of its present process. All of its code is the real one."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING
from unittest.mock import patch

import larder_agent.schema
import larder_agent.staging
from larder_agent.clock import moment
from larder_agent.device import Device, Pace
from larder_agent.drivers.port import PointSpec, Sample
from larder_agent.failures import DiskFailed
from larder_agent.metrics import Metrics
from larder_agent.mqtt import Connected, Disconnected
from larder_agent.outbox import FILE, Outbox
from larder_agent.record import Record
from larder_agent.sealing import SealRule
from larder_agent.staging import Group, read
from larder_agent.uplink import Uplink, pending
from larder_agent.voice import Voice
from larder_agent.words import Identity
from larder_core.content import Content, Event
from larder_core.digest import line_hash
from larder_core.names import Address
from larder_core.signing import Key
from tests.simulation.connections import Connection
from tests.simulation.disks import Files, files_of, flip_a_bit, put_back
from tests.simulation.parts import AgentClock, ScheduledInbox, ScheduledLink
from tests.simulation.sites import Killed
from tests.simulation.truth import body_of, serials_of

if TYPE_CHECKING:
    from tests.simulation.world import World

POINT = PointSpec("serial", "count", 0)
PACE = Pace(SealRule(2_000, 4), heartbeat_ms=3_000, resend_ms=4_000)


def refusal(code: int, text: str) -> sqlite3.OperationalError:
    """As SQLite's own, with its code: one without is what Python makes of damaged text, and the agent takes it for damage."""
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    return error


class SimAgent:
    def __init__(self, world: "World", address: Address, folder: Path, key: Key) -> None:
        self.world, self.address, self.folder, self.key = world, address, folder, key
        self.skew_ms, self.deaf_until, self.away_until = 0, 0, 0
        self._known = ("", 0)
        self.boot()

    # ---------------------------------------------------------------- a process

    def boot(self) -> None:
        """A new process, again and again until one of them gets through its own start."""
        self.folder.mkdir(parents=True, exist_ok=True)
        while True:
            try:
                self._boot()
                break
            except (Killed, DiskFailed) as end:
                self.world.truth.say("died at its start", type(end).__name__)
                self._end(power=self._torn() is not None)
        self.witness()

    def _boot(self) -> None:
        world = self.world
        self.inbox, self.metrics = ScheduledInbox(), Metrics(self.folder)
        self.link = ScheduledLink(self.address, world.send, world.sites)
        self.clock = AgentClock(world.time, f"{world.random.getrandbits(32):08x}", self)
        self.outbox = Outbox(self.folder, self.address.device, world.bound, world.keep_ms, self._new_id)
        self.record = Record(self.folder, self.address.device, self.outbox, {POINT.id: POINT}, self.clock)
        with self._watched_disk():
            self.record.open(self.metrics)
        staging = self.record.staging.add
        self.record.staging.add = lambda group: self._stage(staging, group)  # type: ignore[method-assign]
        who = Identity(self.address.device, "sim", {}, [(POINT, 1000)])
        voice = Voice(who, self.key, self.clock, self.record.standing(Uplink(PACE.resend_ms)))
        self.device = Device(
            self.address, self.record, {POINT.id: POINT}, PACE, self.inbox, voice, self.link, self.key, world.hub_public,  # type: ignore[arg-type]
            self.clock, self.metrics, Random(world.random.getrandbits(32)),
        )  # fmt: skip
        self.voice = voice

    def _new_id(self) -> str:
        return f"{self.world.random.getrandbits(128):032x}"

    @contextmanager
    def _watched_disk(self) -> Iterator[None]:
        connect = larder_agent.schema.connect

        def watched(path: Path) -> Connection:
            return Connection(connect(path), path, "agent", self.world.sites, self.world.random,
                              lambda: refusal(sqlite3.SQLITE_IOERR, "disk I/O error"),
                              lambda: refusal(sqlite3.SQLITE_FULL, "database or disk is full"))  # fmt: skip

        with patch.object(larder_agent.schema, "connect", watched):
            yield

    def _stage(self, stage: Callable[[Group], None], group: Group) -> None:
        if self.world.sites.strikes("agent.stage-full"):
            write, share = os.write, self.world.random.random()
            with patch.object(
                larder_agent.staging.os, "write", lambda file, raw: write(file, raw[: int(share * len(raw))])
            ):
                stage(group)  # raises DiskFailed
        stage(group)
        self.world.truth.taken.update(serials_of(group))

    def turn(self) -> None:
        """One turn of the device's thread; when its process ends, another begins."""
        if self.link.wants_reconnect:
            self.link.wants_reconnect, self.link.connected = False, False
            self.inbox.put(Disconnected("again", ""))
        try:
            self.world.sites.kill("agent.kill")
            self.device._turn()
        except DiskFailed:
            self.world.truth.say("disk failed", self.address.device)
            self.restart()
            return
        except Killed as end:
            self.world.truth.say("killed", self.address.device, str(end))
            self.restart(power=self._torn() is not None)
            return
        self.witness()

    def restart(self, *, power: bool = False) -> None:
        """The process or the machine is gone, and comes back."""
        self._end(power=power)
        self.boot()

    def _end(self, *, power: bool) -> None:
        """The files stay as they are at this moment; closing would tidy them up. With the power goes what nobody has synced."""
        torn = self._torn()
        left = torn if torn is not None else files_of(self.folder / FILE)
        self.stop()
        put_back(self.folder / FILE, left)
        if power:
            self._lose_staged()

    def stop(self) -> None:
        """As systemd stops it: files are closed, nothing is sealed."""
        self.record.close()

    def _torn(self) -> Files | None:
        return getattr(getattr(self.outbox, "_db", None), "torn", None)

    def _lose_staged(self) -> None:
        random, truth = self.world.random, self.world.truth
        for path in sorted(self.folder.glob("staging-*.jsonl")):
            truth.staged_gone |= serials_in(path)
            kept = random.choice([0, path.stat().st_size, random.randrange(path.stat().st_size + 1)])
            path.write_bytes(path.read_bytes()[:kept])

    # ---------------------------------------------------------------- what is on its disk

    def witness(self) -> None:
        """Remember what this disk has committed."""
        outbox, bodies = self.outbox, self.world.truth.bodies
        stream, last = self._known
        held = outbox.held
        first = max(held.start, 1) if stream != outbox.stream else max(held.start, last + 1)
        for line in outbox.lines(first, held.stop - 1) if first < held.stop else []:
            if line_hash(line) not in bodies:
                bodies[line_hash(line)] = body_of(line)
        self._known = (outbox.stream, held.stop - 1)

    def held_hashes(self) -> set[str]:
        """Of every body on this disk, adopted ones too."""
        outbox = self.outbox
        lines = outbox.lines(max(outbox.held.start, 1), outbox.held.stop - 1) if len(outbox.held) else []
        bodies = [self.world.truth.bodies[line_hash(line)] for line in lines]
        return {body.hash for body in bodies} | {digest for body in bodies for digest in body.adopted}

    def staged(self) -> set[int]:
        """Readings that wait for their seal."""
        return {serial for path in self.folder.glob("staging-*.jsonl") for serial in serials_in(path)}

    def answers_for(self) -> set[str]:
        """Bodies that this disk alone may speak for: held, dropped under a loss that is not safe, or named by a loss that it holds."""
        dropped = {row[0] for row in self.outbox._db.execute("SELECT hash FROM dropped").fetchall()}
        held, truth = self.held_hashes(), self.world.truth
        named = [cover for digest in held if digest in truth.bodies for cover in truth.bodies[digest].covers]
        covered = {body.hash for body in truth.bodies.values()
                   for stream, first, last in named if body.place[0] == stream and first <= body.place[1] <= last}  # fmt: skip
        return held | dropped | covered

    def at_rest(self) -> bool:
        return not pending(self.device._uplink, self.outbox.held) and not self.device._waiting.groups

    # ---------------------------------------------------------------- what befalls it

    def connect(self) -> None:
        if not self.link.connected and self.world.time.now_ms >= self.away_until:
            self.link.connected, self.link.will = True, self.voice.will()
            self.inbox.put(Connected("3.1.1"))

    def disconnect(self) -> None:
        """The broker speaks the last will that it was given when the connection began."""
        if self.link.connected:
            self.link.connected = False
            self.world.send(self.address.topic("status"), self.link.will)
            self.inbox.put(Disconnected("lost", ""))

    def seal_poison(self) -> None:
        """An entry in another device's name: the hub refuses it, and it may stop nothing."""
        at = moment(self.clock)

        def build(total: int) -> Content:
            return Event(kind="event", device="somebody-else", boot=at.boot, at=at.at, up=at.up, clock=at.clock, total=total,
                         event="poison", detail={})  # fmt: skip

        try:
            self.outbox.seal([build], at)
        except (DiskFailed, Killed):
            self.restart(power=self._torn() is not None)
            return
        self.witness()

    def produce(self, serial: int) -> None:
        self.inbox.put(Group(moment(self.clock), (Sample(POINT.id, serial, ""),)))

    def copy_to(self, folder: Path) -> None:
        """What an image of a card taken by a stopped device holds."""
        self.stop()
        self.world.truth.copied_staged |= self.staged()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder, folder)
        self.boot()

    def lose_disk(self, image: Path | None) -> None:
        """The card is wiped, or put back from an image."""
        answered, staged, truth = self.answers_for(), self.staged(), self.world.truth
        self.stop()
        shutil.rmtree(self.folder)
        if image is not None:
            shutil.copytree(image, self.folder)
            truth.copied.add(self.address.device)
        self._come_back(answered, staged)

    def flip(self) -> None:
        """A bit of the outbox changes while the device is off: the file is whole, set aside and carried on by a new stream, or goes
        back in time, which is the only one that may make a fork."""
        answered, staged, stream, head = self.answers_for(), self.staged(), self.outbox.stream, self.outbox.head
        spoken = {body.place[0] for body in self.world.truth.bodies.values()}
        left = files_of(self.folder / FILE)
        self.stop()
        put_back(self.folder / FILE, left)
        flip_a_bit(
            self.world.random, self.folder / self.world.random.choice([name for name in sorted(left) if left[name]])
        )
        self._come_back(answered, staged)
        now = (
            self.outbox.stream
        )  # a start seals: what stands at the old head says whether the disk went back, not how high it is
        if self.outbox.hash_at(head.n) != head.hash if now == stream else now in spoken:
            self.world.truth.copied.add(self.address.device)

    def _come_back(self, answered: set[str], staged: set[int]) -> None:
        self._known = ("", 0)
        self.boot()
        self.world.truth.gone |= answered - self.held_hashes()
        self.world.truth.staged_gone |= staged


def serials_in(path: Path) -> set[int]:
    found = read(path)
    return {serial for group in found.groups for serial in serials_of(group)} if found else set()
