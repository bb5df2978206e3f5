"""One seeded history: real agents, real hub, a broker that lies, disks that fail, clocks that jump, and what truly happened.

Every reading has a serial number as its value, so that the hub's ledger can be compared with the truth reading by reading. The
scheduler is one `Random(seed)`; the same seed gives the same history, hash by hash.
"""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from random import Random

from larder_agent.mqtt import Received
from larder_core.digest import line_hash
from larder_core.names import Address
from larder_core.receipt import read_receipt, write_receipt
from larder_core.signing import Key, PublicKey
from larder_hub.config import HubConfig
from larder_hub.ledger.account import AccountBook, StreamAccount
from larder_hub.ledger.reading import SqliteLedgerReader
from larder_hub.ledger.rows import LedgerRow
from larder_hub.register.directory import Device as Registered
from larder_hub.register.directory import Directory
from tests.simulation.agents import SimAgent
from tests.simulation.hubs import SimHub
from tests.simulation.parts import Network, Packet, Time
from tests.simulation.sites import Sites
from tests.simulation.truth import Truth, body_of

TURN_MS = 500
YEAR_MS = 31_536_000_000
STRANGER = Key(b"\xee" * 32)


class World:
    def __init__(self, seed: int, folder: Path) -> None:
        self.random, self.time, self.truth, self.folder = Random(seed), Time(), Truth(), folder
        draw = self.random
        self.sites = Sites(draw, seed)
        self.credit = draw.choice([1, 2, 4, 8])
        self.bound = draw.choice([6_000, 20_000, 10_000_000])
        self.keep_ms = draw.choice([0, 0, 5_000, 60_000])
        self.network = Network(
            Random(seed + 1), draw.choice([0.0, 0.1, 0.4]), draw.choice([0.0, 0.2]), draw.choice([0.0, 0.3])
        )
        addresses = [Address("632224", f"site-{n}", f"box-{n}") for n in range(draw.choice([1, 2]))]
        keys = [Key(bytes([n + 1]) * 32) for n in range(len(addresses))]
        register = Directory(devices={at.device: Registered(at.device, at.county, at.site, key.public, True)
                                      for at, key in zip(addresses, keys, strict=True)})  # fmt: skip
        config = HubConfig(data_dir=folder / "hub", registry_dir=folder / "registry")
        self.hub = SimHub(self, config, register)
        self.second: SimHub | None = None
        self.second_until = 0
        self.hub_public = PublicKey(self.hub.key.public)
        self.serial = 0
        self.images: dict[str, Path] = {}
        self.said: list[Packet] = []
        self.agents = [SimAgent(self, at, folder / at.device, key) for at, key in zip(addresses, keys, strict=True)]

    def send(self, topic: str, payload: bytes) -> None:
        self._under_way(self.network.up, (topic, payload))

    def _under_way(self, way: list[Packet], packet: Packet) -> None:
        if self.sites.strikes("net.late"):
            self.network.delay(way, packet, self.time.now_ms + self.random.choice([5_000, 30_000]))
        else:
            self.network.put(way, packet)

    # ---------------------------------------------------------------- history

    def run(self, steps: int) -> None:
        for _ in range(steps):
            self.time.now_ms += self.random.choice([50, TURN_MS, 2 * TURN_MS])
            self.network.arrive(self.time.now_ms)
            self._befall(self.random.choice(self.agents))
            self._befall_network(self.random.choice(self.agents))
            self._befall_hub()
            for agent in self.agents:
                agent.connect()
                for _ in range(self.random.choice([0, 1, 2])):
                    self.serial += 1
                    agent.produce(self.serial)
                agent.turn()
            if self.random.random() < 0.8:
                self.exchange()

    def exchange(self) -> None:
        """The hub takes a group, commits, answers; agents get what came down. After a restore the hub that was may get it instead."""
        packets = self.network.take(self.network.up, self.random.choice([1, 4, 30]))
        if self.second is not None and self.random.random() < 0.4:
            self._answer(self.second.settle(packets) or [])
            packets = packets if self.random.random() < 0.5 else []
        answers = self.hub.settle(packets)
        if answers is None:
            self.network.up[:0] = packets if self.random.random() < 0.5 else []
        else:
            for topic, payload in packets:
                self._announced(topic, payload)
            self._answer(answers)
        for topic, payload in self.network.take(self.network.down, 30):
            self.truth.say(topic, payload)
            for agent in self.agents:
                hears = agent.link.connected and agent.deaf_until <= self.time.now_ms
                if agent.address.topic("receipt") == topic and hears:
                    agent.inbox.put(Received(topic, payload))

    def _answer(self, packets: list[Packet]) -> None:
        self.said = (self.said + packets)[-200:]
        for packet in packets:
            self._under_way(self.network.down, packet)

    def _announced(self, topic: str, payload: bytes) -> None:
        """Every body that a packet speaks for which the hub has committed and answered."""
        if topic.endswith("/entry"):
            for line in payload.split(b"\n")[:-1]:
                self.truth.announced.add(line_hash(line))
            return
        fields = json.loads(payload)
        self.truth.announce(fields["first"], fields["n"], fields["hash"])

    # ---------------------------------------------------------------- faults

    def _befall(self, agent: SimAgent) -> None:
        """What happens to a device, its card and its clock between two turns."""
        strikes, name = self.sites.strikes, agent.address.device
        if strikes("agent.power"):
            agent.restart(power=True)
        if strikes("agent.poison"):
            agent.seal_poison()
        if strikes("disk.image"):
            self.images[name] = self.folder / f"image-{name}"
            agent.copy_to(self.images[name])
        if name in self.images and strikes("disk.rollback"):
            agent.lose_disk(self.images[name])
        if not any(one is not agent and one.address == agent.address for one in self.agents) and strikes("disk.clone"):
            folder = self.folder / f"{name}-clone"
            agent.copy_to(folder)
            self.truth.copied.add(name)
            self.agents.append(SimAgent(self, agent.address, folder, agent.key))
        if strikes("disk.wipe"):
            agent.lose_disk(None)
        if strikes("disk.flip"):
            agent.flip()
        if strikes("clock.step"):
            agent.skew_ms = self.random.choice([-YEAR_MS, -300_000, 300_000, YEAR_MS, 0])
        if strikes("clock.unset"):
            agent.skew_ms = None
            agent.restart(power=True)
        elif agent.skew_ms is None and self.random.random() < 0.05:
            agent.skew_ms = 0

    def _befall_network(self, agent: SimAgent) -> None:
        strikes, now = self.sites.strikes, self.time.now_ms
        if strikes("net.broker-loss"):
            self.network.up.clear()
            self.network.down.clear()
        if strikes("net.disconnect"):
            agent.disconnect()
        if strikes("net.partition"):
            agent.disconnect()
            agent.away_until = now + self.random.choice([10_000, 40_000])
        if strikes("net.deaf"):
            agent.deaf_until = now + self.random.choice([10_000, 40_000])
        if self.said and strikes("net.stale"):
            self.network.put(self.network.down, self.random.choice(self.said))
        if self.said and strikes("net.forged"):
            self.network.put(self.network.down, self._forged(*self.random.choice(self.said)))

    def _forged(self, topic: str, payload: bytes) -> Packet:
        """A receipt that would let the agent delete everything, signed by a stranger; or a true one with a bit flipped."""
        if self.random.random() < 0.5:
            flipped = bytearray(payload)
            flipped[self.random.randrange(len(flipped))] ^= 1 << self.random.randrange(8)
            return topic, bytes(flipped)
        true = read_receipt(payload, self.hub_public, topic.split("/")[-2])
        more = true.model_copy(update={"upto": true.upto + 5, "generation": true.generation + 1, "safe": true.upto,
                                       "safe_hash": true.upto_hash, "frozen": True})  # fmt: skip
        return topic, write_receipt(more, STRANGER)

    def _befall_hub(self) -> None:
        strikes = self.sites.strikes
        if strikes("hub.kill"):
            self.hub.restart()
        if strikes("hub.lost"):
            lost = declared(self.counted())
            kept = self.kept() | {body.hash for body in self.truth.bodies.values()
                                  if within(body.place[1], lost.get(body.place[0], ()))}  # fmt: skip
            self.hub.lose_everything()
            self.truth.gone |= kept
            self.truth.burnt |= kept
        if strikes("hub.request"):
            self.hub.ask_again(self.random.choice(self.agents).address.device)
        if strikes("hub.backup"):
            self.hub.backup()
        if self.second is not None and self.time.now_ms >= self.second_until:
            self.second.close()
            self.second = None
        if self.second is None and strikes("hub.restore"):
            self.second, self.second_until = self.hub.restore(), self.time.now_ms + 15_000

    # ---------------------------------------------------------------- the end

    def drain(self, rounds: int = 2000) -> bool:
        """All faults stop. True when no agent holds anything that no receipt covers and every request to a stream that is still spoken
        is answered, several times in a row."""
        self.network.heal()
        self.sites.heal()
        if self.second is not None:
            self.second.close()
            self.second = None
        for agent in self.agents:
            agent.away_until = agent.deaf_until = agent.skew_ms = 0
        calm = 0
        for _ in range(rounds):
            self.time.now_ms += 2 * TURN_MS
            self.network.arrive(self.time.now_ms)
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
        under_way = self.network.up or self.network.down or self.network.late
        return not under_way and not self.hub.unanswered() and all(agent.at_rest() for agent in self.agents)

    def close(self) -> None:
        for agent in self.agents:
            agent.stop()
        self.hub.close()

    # ---------------------------------------------------------------- what the hub has

    def counted(self) -> list[LedgerRow]:
        """Every entry whose content counts."""
        reader = SqliteLedgerReader(self.hub.data / "ledger.db")
        try:
            return reader.after(0, 10**9)
        finally:
            reader.close()

    def kept(self) -> set[str]:
        """The hash of every line in the ledger: counted, refused, or evidence of a fork."""
        reader = SqliteLedgerReader(self.hub.data / "ledger.db")
        try:
            return {row[0] for row in reader.connection.execute("SELECT hash FROM entry")}
        finally:
            reader.close()

    def accounts(self) -> dict[str, StreamAccount]:
        book = AccountBook(self.hub.data / "ledger.db")
        try:
            return {one.stream: one for one in book.streams()}
        finally:
            book.close()


def serials_counted(rows: list[LedgerRow]) -> Counter[int]:
    return Counter(serial for row in rows for serial in body_of(row.line).serials)


def declared(rows: list[LedgerRow]) -> dict[str, list[tuple[int, int]]]:
    """Every range that a counted loss names, by stream; on a forked stream another branch's body may hold such a number."""
    found: dict[str, list[tuple[int, int]]] = {}
    for row in rows:
        for stream, first, last in body_of(row.line).covers:
            found.setdefault(stream, []).append((first, last))
    return found


def within(n: int, ranges: Iterable[tuple[int, int]]) -> bool:
    return any(first <= n <= last for first, last in ranges)
