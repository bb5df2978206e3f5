"""One seeded history: real agents, real hub, a broker that lies, disks that fail, and what truly happened.

Every reading has a serial number as its value, so that the hub's ledger can be compared with the truth reading by reading. The
scheduler is one `Random(seed)`; the same seed gives the same history, hash by hash.
"""

import hashlib
import json
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
from larder_core.content import Adoption, Batch, Content, Event, Loss
from larder_core.digest import line_hash
from larder_core.entry import read_entry
from larder_core.header import read_header
from larder_core.names import Address
from larder_core.refusal import Refused
from larder_core.signing import Key, PublicKey, to_text
from larder_hub.backups.points import open_registry, restore, take
from larder_hub.config import HubConfig
from larder_hub.ingest.intake import Intake
from larder_hub.ingest.mailbox import Arrival
from larder_hub.key import FILE as KEY_FILE
from larder_hub.key import load_key
from larder_hub.ledger.account import AccountBook, StreamAccount
from larder_hub.ledger.reading import SqliteLedgerReader
from larder_hub.ledger.registry import Registry
from larder_hub.ledger.rows import LedgerRow
from larder_hub.ledger.store import Ledger
from larder_hub.register.directory import Device as Registered
from larder_hub.register.directory import Directory
from tests.simulation.parts import AgentClock, BadDisk, Network, ScheduledInbox, ScheduledLink, Time

POINT = PointSpec("serial", "count", 0)
PACE = Pace(SealRule(2_000, 4), heartbeat_ms=3_000, resend_ms=4_000)
TURN_MS = 500


@dataclass
class Body:
    """A sealed line as it was committed: where, by whose disk, and the readings of its own."""

    place: tuple[str, int]
    hash: str
    prev: str
    serials: tuple[int, ...]
    adopted: tuple[str, ...]
    covers: tuple[tuple[str, int, int], ...]


@dataclass
class Truth:
    """What happened, seen from outside: it survives every disk."""

    taken: set[int] = field(default_factory=set)
    bodies: dict[str, Body] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    staged_gone: set[int] = field(default_factory=set)
    announced: set[str] = field(default_factory=set)
    copied: set[str] = field(default_factory=set)
    """`taken`: staged by an agent, from there on the system answers for it. `gone` are bodies and `staged_gone` readings that a lost
    disk took with it. `copied`: devices of whose disk a copy was made."""
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
        outbox = Outbox(
            self.folder, self.address.device, world.bound, 0, lambda: f"{world.random.getrandbits(128):032x}"
        )
        points = {POINT.id: POINT}
        self.record = Record(self.folder, self.address.device, outbox, points, clock)
        self.record.open(self.metrics)
        self.disk = BadDisk(outbox._db)
        outbox._db = self.disk  # type: ignore[assignment]
        stage = self.record.staging.add
        self.record.staging.add = lambda group: (stage(group), world.truth.taken.update(serials_of(group)))[0]  # type: ignore[method-assign]
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

    def held_hashes(self) -> set[str]:
        """Of every body on this disk, adopted ones too."""
        outbox = self.record.outbox
        lines = outbox.lines(max(outbox.held.start, 1), outbox.held.stop - 1) if len(outbox.held) else []
        bodies = [self.world.truth.bodies[line_hash(line)] for line in lines]
        return {body.hash for body in bodies} | {digest for body in bodies for digest in body.adopted}

    def staged(self) -> set[int]:
        """Readings that wait for their seal."""
        return {serial for group in self.device._waiting.groups for serial in serials_of(group)}

    def answers_for(self) -> set[str]:
        """Bodies that this disk alone may speak for: held, dropped under a loss that is not safe, or named by a loss that it holds."""
        dropped = {row[0] for row in self.disk.execute("SELECT hash FROM dropped").fetchall()}
        held, truth = self.held_hashes(), self.world.truth
        named = [cover for digest in held if digest in truth.bodies for cover in truth.bodies[digest].covers]
        covered = {body.hash for body in truth.bodies.values()
                   for stream, first, last in named if body.place[0] == stream and first <= body.place[1] <= last}  # fmt: skip
        return held | dropped | covered

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


def serials_of(group: Group) -> set[int]:
    return {sample.value for sample in group.samples if sample.value is not None}


def body_of(line: bytes) -> Body:
    parts = read_header(line)
    assert parts is not None
    header, content = parts[0], content_of(line)
    serials: tuple[int, ...] = ()
    if isinstance(content, Batch):
        serials = tuple(one.value for series in content.series() for one in series.readings if one.value is not None)
    adopted = tuple(line_hash(text.encode()) for text in content.adopted) if isinstance(content, Adoption) else ()
    covers = tuple((one.stream, one.first, one.last) for one in content.covers) if isinstance(content, Loss) else ()
    return Body((header.stream, header.n), line_hash(line), header.prev, serials, adopted, covers)


def content_of(line: bytes) -> Content | None:
    try:
        return read_entry(line)[1]
    except Refused:
        return None


class SimHub:
    """The hub's custody: ledger, registry, intake, backups."""

    def __init__(self, world: "World", config: HubConfig, register: Directory) -> None:
        self.world, self.config, self.register = world, config, register
        config.data_dir.mkdir(parents=True)
        (config.data_dir / KEY_FILE).write_text(to_text(b"\x07" * 32))
        (config.data_dir / KEY_FILE).chmod(0o600)
        self.key = load_key(config.data_dir)
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
        self.network = Network(
            Random(seed + 1), draw.choice([0.0, 0.1, 0.4]), draw.choice([0.0, 0.2]), draw.choice([0.0, 0.3])
        )
        kinds = {
            "lost-commit": 0.02, "ghost-commit": 0.02, "agent-kill": 0.03, "hub-kill": 0.03, "broker-loss": 0.03, "disconnect": 0.03,
            "backup": 0.03, "restore": 0.02, "wipe": 0.006, "rollback": 0.006, "clone": 0.004, "poison": 0.01, "image": 0.02,
        }  # fmt: skip
        if seed % 4 == 3:  # a quarter of the histories is about disks that are copied, put back and lost
            kinds |= {kind: 5 * kinds[kind] for kind in ("wipe", "rollback", "clone")} | {"image": 0.05}
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
        answers = self.hub.settle(packets)
        for topic, payload in packets:
            self._announced(topic, payload)
        for topic, payload in answers:
            self.network.put(self.network.down, (topic, payload))
        for topic, payload in self.network.take(self.network.down, 30):
            self.truth.say(topic, payload)
            for agent in self.agents:
                if agent.address.topic("receipt") == topic and agent.link.connected:
                    agent.inbox.put(Received(topic, payload))

    def _announced(self, topic: str, payload: bytes) -> None:
        """Every body that a committed packet speaks for: by the truth's own memory of the branch, not by the hub's."""
        if topic.endswith("/entry"):
            for line in payload.split(b"\n")[:-1]:
                self.truth.announced.add(line_hash(line))
            return
        fields = json.loads(payload)
        n, digest = fields["n"], fields["hash"]
        while n >= fields["first"] and digest in self.truth.bodies:
            self.truth.announced.add(digest)
            n, digest = n - 1, self.truth.bodies[digest].prev

    def produce(self, agent: SimAgent) -> None:
        for _ in range(self.random.choice([0, 1, 2])):
            self.serial += 1
            agent.inbox.put(Group(moment(agent.clock), (Sample(POINT.id, self.serial, ""),)))

    # ---------------------------------------------------------------- faults

    def _strike(self, kind: str) -> None:
        agent = self.random.choice(self.agents)
        match kind:
            case "lost-commit" | "ghost-commit":
                agent.disk.fault = kind.removesuffix("-commit")
            case "agent-kill":
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

    def _poison(self, agent: SimAgent) -> None:
        at = moment(agent.clock)

        def build(total: int) -> Content:
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
            answered, staged = agent.answers_for(), agent.staged()
            agent.record.close()
            shutil.rmtree(agent.folder)
            if kind == "rollback":
                shutil.copytree(self.images[name], agent.folder)
                self.truth.copied.add(name)
            self.truth.say(kind)
            agent.boot()
            self.truth.gone |= answered - agent.held_hashes()
            self.truth.staged_gone |= staged

    def _copy(self, agent: SimAgent, folder: Path) -> None:
        """What an image of a card taken by a stopped device holds."""
        agent.record.close()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(agent.folder, folder)
        agent.boot()

    # ---------------------------------------------------------------- the end

    def drain(self, rounds: int = 400) -> bool:
        """All faults stop. True when no agent holds anything that no receipt covers, several times in a row."""
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

        return (
            not self.network.up
            and not self.network.down
            and all(
                not pending(agent.device._uplink, agent.record.outbox.held) and not agent.device._waiting.groups
                for agent in self.agents
            )
        )

    def close(self) -> None:
        for agent in self.agents:
            agent.record.close()
        self.hub.ledger.close()

    def counted(self) -> Counter[str]:
        return Counter(row.hash for row in self._rows())

    def counted_serials(self) -> Counter[int]:
        return Counter(serial for row in self._rows() for serial in body_of(row.line).serials)

    def kept(self) -> set[str]:
        """The hash of every line in the ledger: counted, refused, or evidence of a fork."""
        reader = SqliteLedgerReader(self.hub.config.data_dir / "ledger.db")
        try:
            return {row[0] for row in reader.connection.execute("SELECT hash FROM entry")}
        finally:
            reader.close()

    def declared(self) -> dict[str, list[tuple[int, int]]]:
        """Every range that a counted loss names, by stream; on a forked stream another branch's body may hold such a number."""
        found: dict[str, list[tuple[int, int]]] = {}
        for row in self._rows():
            for stream, first, last in body_of(row.line).covers:
                found.setdefault(stream, []).append((first, last))
        return found

    def _rows(self) -> list[LedgerRow]:
        reader = SqliteLedgerReader(self.hub.config.data_dir / "ledger.db")
        try:
            return reader.after(0, 10**9)
        finally:
            reader.close()

    def accounts(self) -> dict[str, StreamAccount]:
        book = AccountBook(self.hub.config.data_dir / "ledger.db")
        try:
            return {one.stream: one for one in book.streams()}
        finally:
            book.close()
