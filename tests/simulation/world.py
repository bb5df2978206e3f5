"""One seeded history: real agents, real hub, a broker that lies, disks that fail, and what truly happened.

Every reading has a serial number as its value, so that the hub's ledger can be compared with the truth reading by reading. The
scheduler is one `Random(seed)`; the same seed gives the same history, hash by hash.
"""

import hashlib
import shutil
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from larder_agent.clock import moment
from larder_agent.device import Device, Pace
from larder_agent.drivers.port import PointSpec, Sample
from larder_agent.failures import DiskFailed
from larder_agent.metrics import Metrics
from larder_agent.mqtt import Connected, Disconnected, Received
from larder_agent.outbox import Outbox
from larder_agent.record import Record
from larder_agent.sealing import SealRule
from larder_agent.staging import Group
from larder_agent.uplink import Uplink
from larder_agent.voice import Voice
from larder_agent.words import Identity
from larder_core.content import Adoption, Batch, Content
from larder_core.digest import line_hash
from larder_core.entry import read_entry
from larder_core.header import read_header
from larder_core.names import Address
from larder_core.refusal import Refused
from larder_core.signing import Key, PublicKey
from larder_hub.backups.points import open_registry, restore, take
from larder_hub.config import HubConfig
from larder_hub.ingest.intake import Intake
from larder_hub.ingest.mailbox import Arrival
from larder_hub.key import create_key
from larder_hub.ledger.account import AccountBook
from larder_hub.ledger.reading import SqliteLedgerReader
from larder_hub.ledger.registry import Registry
from larder_hub.ledger.store import Ledger
from larder_hub.register.directory import Directory
from larder_hub.register.directory import Device as Registered
from tests.simulation.parts import AgentClock, BadDisk, Network, ScheduledInbox, ScheduledLink, Time

POINT = PointSpec("serial", "count", 0)
PACE = Pace(SealRule(2_000, 4), heartbeat_ms=3_000, resend_ms=4_000)
TURN_MS = 500


@dataclass
class Body:
    """A sealed line as it was committed: where, by whose disk, and the readings of its own."""

    place: tuple[str, int]
    hash: str
    serials: tuple[int, ...]
    adopted: tuple[str, ...]


@dataclass
class Truth:
    """What happened, seen from outside: it survives every disk."""

    taken: set[int] = field(default_factory=set)
    bodies: dict[str, Body] = field(default_factory=dict)
    lost_disks: set[int] = field(default_factory=set)
    copied: set[str] = field(default_factory=set)
    trace: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def say(self, *words: object) -> None:
        self.trace.update(repr(words).encode())


class SimAgent:
    """One running copy of a device: its folder, and the objects of its present process."""

    def __init__(self, world: "World", address: Address, folder: Path, key: Key) -> None:
        self.world, self.address, self.folder, self.key = world, address, folder, key
        self.boots = 0
        self.boot()

    def boot(self) -> None:
        world, self.boots = self.world, self.boots + 1
        self.folder.mkdir(parents=True, exist_ok=True)
        self.inbox, self.metrics = ScheduledInbox(), Metrics(self.folder)
        self.link = ScheduledLink(self.address, world.send)
        clock = AgentClock(world.time, f"{world.random.getrandbits(32):08x}")
        self.clock = clock
        outbox = Outbox(self.folder, self.address.device, world.bound, 0, lambda: f"{world.random.getrandbits(128):032x}")
        points = {POINT.id: POINT}
        self.record = Record(self.folder, self.address.device, outbox, points, clock)
        self.record.open(self.metrics)
        self.disk = BadDisk(outbox._db)
        outbox._db = self.disk  # type: ignore[assignment]
        who = Identity(self.address.device, "sim", {}, [(POINT, 1000)])
        voice = Voice(who, self.key, clock, self.record.standing(Uplink(PACE.resend_ms)))
        self.device = Device(self.address, self.record, points, PACE, self.inbox, voice, self.link, self.key, world.hub_public, clock,  # type: ignore[arg-type]
                             self.metrics, Random(world.random.getrandbits(32)))  # fmt: skip
        self.witness()

    def witness(self) -> None:
        """Remember what this disk has committed."""
        outbox = self.record.outbox
        held = outbox.held
        for line in outbox.lines(max(held.start, 1), held.stop - 1) if len(held) else []:
            if line_hash(line) not in self.world.truth.bodies:
                self.world.truth.bodies[line_hash(line)] = body_of(line)

    def turn(self) -> None:
        """One turn of the device's thread; an error of its disk ends the process, and another begins."""
        if self.link.wants_reconnect:
            self.link.wants_reconnect, self.link.connected = False, False
            self.inbox.put(Disconnected("again", ""))
        try:
            self.device._turn()
        except DiskFailed:
            self.world.truth.say("disk failed", self.address.device)
            self.kill()
            return
        self.witness()

    def kill(self) -> None:
        """kill -9 and a restart."""
        self.record.close()
        self.boot()

    def connect(self) -> None:
        if not self.link.connected:
            self.link.connected = True
            self.inbox.put(Connected("3.1.1"))


def body_of(line: bytes) -> Body:
    parts = read_header(line)
    assert parts is not None
    header, content = parts[0], content_of(line)
    serials: tuple[int, ...] = ()
    if isinstance(content, Batch):
        serials = tuple(one.value for series in content.series() for one in series.readings if one.value is not None)
    adopted = tuple(line_hash(text.encode()) for text in content.adopted) if isinstance(content, Adoption) else ()
    return Body((header.stream, header.n), line_hash(line), serials, adopted)


def content_of(line: bytes) -> Content | None:
    try:
        return read_entry(line)[1]
    except Refused:
        return None


class SimHub:
    """The hub's custody: ledger, registry, intake, backups."""

    def __init__(self, world: "World", config: HubConfig, register: Directory) -> None:
        self.world, self.config, self.register = world, config, register
        self.key = create_key(config.data_dir)
        self.backups = 0
        self.start()

    def start(self) -> None:
        assert self.config.registry_dir is not None
        self.ledger = Ledger(self.config.data_dir / "ledger.db", Registry(self.config.registry_dir / "registry.db"))
        self.ledger.open()
        self.intake = Intake(self.ledger, lambda: self.register, self.key, credit=self.world.credit)

    def settle(self, packets: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
        group = [Arrival(topic, payload, 1, 1, 1) for topic, payload in packets]
        return [(owed.topic, owed.payload) for owed in self.intake.settle(group, self.world.time.now_ms).receipts]

    def kill(self) -> None:
        self.ledger.close()
        self.start()

    def backup(self) -> None:
        """Two restore points of different age, as a prudent operator keeps."""
        self.backups += 1
        take(self.config, self.config.data_dir.parent / f"backup-{self.backups}", self.world.time.now_ms)
        registry = open_registry(self.config)
        for point in registry.restore_points()[:-2]:
            registry.forget_point(point)
            shutil.rmtree(point.file)
        registry.close()

    def restore(self) -> None:
        self.ledger.close()
        registry = open_registry(self.config)
        points = registry.restore_points()
        registry.close()
        if points:
            self.backups += 1
            restore(self.config, self.world.random.choice(points), self.world.time.now_ms + self.backups)
        self.start()


class World:
    def __init__(self, seed: int, folder: Path) -> None:
        self.random, self.time, self.truth, self.folder = Random(seed), Time(), Truth(), folder
        draw = self.random
        self.credit = draw.choice([1, 2, 4, 8])
        self.bound = draw.choice([6_000, 20_000, 10_000_000])
        self.network = Network(Random(seed + 1), draw.choice([0.0, 0.1, 0.4]), draw.choice([0.0, 0.2]), draw.choice([0.0, 0.3]))
        kinds = {
            "lost-commit": 0.02, "ghost-commit": 0.02, "agent-kill": 0.03, "hub-kill": 0.03, "broker-loss": 0.03, "disconnect": 0.03,
            "backup": 0.03, "restore": 0.02, "wipe": 0.006, "rollback": 0.006, "clone": 0.004, "poison": 0.01, "image": 0.02,
        }  # fmt: skip
        self.faults = {kind: odds for kind, odds in kinds.items() if draw.random() < 0.6}
        addresses = [Address("632224", f"site-{n}", f"box-{n}") for n in range(draw.choice([1, 2]))]
        keys = [Key(bytes([n + 1]) * 32) for n in range(len(addresses))]
        register = Directory(devices={at.device: Registered(at.device, at.county, at.site, key.public, True)
                                      for at, key in zip(addresses, keys, strict=True)})  # fmt: skip
        config = HubConfig(data_dir=folder / "hub", registry_dir=folder / "registry")
        self.hub = SimHub(self, config, register)
        self.hub_public = PublicKey(self.hub.key.public)
        self.serial = 0
        self.images: dict[str, Path] = {}
        self.agents = [SimAgent(self, at, folder / at.device, key) for at, key in zip(addresses, keys, strict=True)]

    def send(self, topic: str, payload: bytes) -> None:
        self.network.put(self.network.up, (topic, payload))

    # ---------------------------------------------------------------- history

    def run(self, steps: int) -> None:
        for _ in range(steps):
            self.time.now_ms += self.random.choice([50, TURN_MS, 2 * TURN_MS])
            for kind, odds in self.faults.items():
                if self.random.random() < odds:
                    self.truth.say("fault", kind)
                    self._strike(kind)
            self._step()

    def _step(self) -> None:
        for agent in self.agents:
            agent.connect()
            self.produce(agent)
            agent.turn()
        if self.random.random() < 0.8:
            self.exchange()

    def exchange(self) -> None:
        """The hub takes a group, commits, answers; agents get what came down."""
        packets = self.network.take(self.network.up, self.random.choice([1, 4, 30]))
        for topic, payload in self.hub.settle(packets):
            self.network.put(self.network.down, (topic, payload))
        for topic, payload in self.network.take(self.network.down, 30):
            self.truth.say(topic, payload)
            for agent in self.agents:
                if agent.address.topic("receipt") == topic and agent.link.connected:
                    agent.inbox.put(Received(topic, payload))

    def produce(self, agent: SimAgent) -> None:
        samples = []
        for _ in range(self.random.choice([0, 1, 2])):
            self.serial += 1
            samples = [Sample(POINT.id, self.serial, "")]
            self.truth.taken.add(self.serial)
            agent.inbox.put(Group(moment(agent.clock), tuple(samples)))

    # ---------------------------------------------------------------- faults

    def _strike(self, kind: str) -> None:
        agent = self.random.choice(self.agents)
        match kind:
            case "lost-commit" | "ghost-commit":
                agent.disk.fault = kind.removesuffix("-commit")
            case "agent-kill":
                self._forget_unstaged(agent)
                agent.kill()
            case "hub-kill":
                self.hub.kill()
            case "broker-loss":
                self.network.up.clear()
                self.network.down.clear()
            case "disconnect":
                agent.link.connected = False
                agent.inbox.put(Disconnected("lost", ""))
            case "backup":
                self.hub.backup()
            case "restore":
                self.hub.restore()
            case "poison":
                self._poison(agent)
            case _:
                self._disk(kind, agent)

    def _forget_unstaged(self, agent: SimAgent) -> None:
        """Samples that wait in the inbox were never staged: a killed process loses them before they are anybody's."""
        for event in agent.inbox.take(0):
            if isinstance(event, Group):
                self.truth.taken -= {sample.value for sample in event.samples if sample.value is not None}

    def _poison(self, agent: SimAgent) -> None:
        at = moment(agent.clock)

        def build(total: int) -> Content:
            from larder_core.content import Event

            return Event(kind="event", device="somebody-else", boot=at.boot, at=at.at, up=at.up, clock=at.clock, total=total,
                         event="poison", detail={})  # fmt: skip

        try:
            agent.record.outbox.seal([build], at)
        except DiskFailed:
            agent.kill()
            return
        agent.witness()

    def _disk(self, kind: str, agent: SimAgent) -> None:
        name = agent.address.device
        image = self.folder / f"image-{name}"
        if kind == "image":
            self._copy(agent, image)
            self.images[name] = image
            return
        if kind == "clone" and len([one for one in self.agents if one.address == agent.address]) == 1:
            folder = self.folder / f"{name}-clone-{self.serial}"
            self._copy(agent, folder)
            self.truth.copied.add(name)
            self.agents.append(SimAgent(self, agent.address, folder, agent.key))
        if kind == "wipe" or (kind == "rollback" and name in self.images):
            self._forget_unstaged(agent)
            agent.record.close()
            shutil.rmtree(agent.folder)
            if kind == "rollback":
                shutil.copytree(self.images[name], agent.folder)
                self.truth.copied.add(name)
            self.truth.say(kind)
            agent.boot()

    def _copy(self, agent: SimAgent, folder: Path) -> None:
        """What an image of a card taken by a stopped device holds."""
        self._forget_unstaged(agent)
        agent.record.close()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(agent.folder, folder)
        agent.boot()

    # ---------------------------------------------------------------- the end

    def drain(self, rounds: int = 400) -> bool:
        """All faults stop. True when every agent holds nothing that no receipt covers, twice in a row; False: it never came to rest."""
        self.network.heal()
        calm = 0
        for _ in range(rounds):
            self.time.now_ms += 2 * TURN_MS
            for agent in self.agents:
                agent.connect()
                agent.turn()
            for _ in range(3):
                self.exchange()
            calm = calm + 1 if self._at_rest() else 0
            if calm == 6:
                return True
        return False

    def _at_rest(self) -> bool:
        from larder_agent.uplink import pending

        return not self.network.up and not self.network.down and all(
            not pending(agent.device._uplink, agent.record.outbox.held) and not agent.device._waiting.groups for agent in self.agents
        )

    def close(self) -> None:
        for agent in self.agents:
            agent.record.close()
        self.hub.ledger.close()

    def counted(self) -> Counter[str]:
        reader = SqliteLedgerReader(self.hub.config.data_dir / "ledger.db")
        try:
            return Counter(row.hash for row in reader.after(0, 10**9))
        finally:
            reader.close()

    def counted_serials(self) -> Counter[int]:
        reader = SqliteLedgerReader(self.hub.config.data_dir / "ledger.db")
        try:
            return Counter(serial for row in reader.after(0, 10**9) for serial in body_of(row.line).serials)
        finally:
            reader.close()

    def accounts(self) -> AccountBook:
        return AccountBook(self.hub.config.data_dir / "ledger.db")
