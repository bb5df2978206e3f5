"""A story told step by step: real agents on real disks, a real hub with backups, and no chance."""

import shutil
from collections import Counter
from itertools import count
from pathlib import Path
from random import Random

from larder_agent.clock import HandClock, moment
from larder_agent.device import Device, Pace
from larder_agent.drivers.port import PointSpec, Sample
from larder_agent.inbox import DeviceEvent
from larder_agent.metrics import Metrics
from larder_agent.mqtt import Connected, Received
from larder_agent.outbox import Outbox
from larder_agent.record import Record
from larder_agent.sealing import SealRule
from larder_agent.staging import Group
from larder_agent.uplink import Uplink, pending
from larder_agent.voice import Voice
from larder_agent.words import Identity
from larder_core.content import Batch
from larder_core.entry import read_entry
from larder_core.message import write_message
from larder_core.names import Address, Channel
from larder_core.signing import PublicKey
from larder_hub.backups.points import restore, take
from larder_hub.config import load_config
from larder_hub.ingest.intake import Intake
from larder_hub.key import create_key
from larder_hub.ledger.account import StreamAccount
from larder_hub.ledger.registry import RestorePoint
from tests.support.hubs import HUB_KEY, IntakeRig
from tests.support.speaker import Speaker

HOME = Address("632224", "minzhong", "minzhong-box")
POINT = PointSpec("serial", "count", 0)
PACE = Pace(SealRule(0, 1), heartbeat_ms=1_000, resend_ms=1_000)
LONG_MS = 800_000
"""Longer than the longest wait before an entry is sent again: in each exchange everything is due that credit allows."""

Packets = list[tuple[str, bytes]]


class Inbox:
    def __init__(self) -> None:
        self._events: list[DeviceEvent] = []

    def put(self, *events: DeviceEvent) -> None:
        self._events += events

    def take(self, timeout_s: float) -> list[DeviceEvent]:
        events, self._events = self._events, []
        return events


class Line:
    """To a broker that takes everything; what becomes of it the story says."""

    def __init__(self) -> None:
        self.taken: Packets = []
        self.connected = False

    def publish(self, channel: Channel, payload: bytes, *, retain: bool = False) -> bool:
        self.taken.append((HOME.topic(channel), payload))
        return True

    def reconnect(self) -> None:
        self.connected = False


class Card:
    """A disk, and the agent that runs on it. Every reading is an entry of its own."""

    def __init__(self, bench: "Bench", folder: Path) -> None:
        self.bench, self.folder = bench, folder
        self.boot()

    def boot(self) -> None:
        bench = self.bench
        self.folder.mkdir(parents=True, exist_ok=True)
        bench.clock.boot_id = f"{next(bench.numbers):08x}"
        outbox = Outbox(self.folder, HOME.device, bench.bound, 0, lambda: f"{next(bench.numbers):032x}")
        self.inbox, self.line, metrics = Inbox(), Line(), Metrics(self.folder)
        self.record = Record(self.folder, HOME.device, outbox, {POINT.id: POINT}, bench.clock)
        self.record.open(metrics)
        who = Identity(HOME.device, "bench", {}, [(POINT, 1_000)])
        self.voice = Voice(who, bench.key, bench.clock, self.record.standing(Uplink(PACE.resend_ms)))
        self.device = Device(HOME, self.record, {POINT.id: POINT}, PACE, self.inbox, self.voice, self.line, bench.key,
                             PublicKey(HUB_KEY.public), bench.clock, metrics, Random(1))  # fmt: skip

    @property
    def outbox(self) -> Outbox:
        return self.record.outbox

    def seal(self, readings: int) -> None:
        """So many readings, counted on over the whole story; not connected, nobody hears of them yet."""
        for _ in range(readings):
            self.bench.clock.pass_ms(1_000)
            serial = next(self.bench.serials)
            self.inbox.put(Group(moment(self.bench.clock), (Sample(POINT.id, serial, ""),)))
            self.device._turn()

    def talk(self) -> Packets:
        """One turn of a connected device: what it sends."""
        if not self.line.connected:
            self.line.connected = True
            self.inbox.put(Connected("3.1.1"))
        self.bench.clock.pass_ms(LONG_MS)
        self.device._turn()
        sent, self.line.taken = self.line.taken, []
        return sent

    def hear(self, receipts: Packets) -> None:
        self.inbox.put(*(Received(topic, payload) for topic, payload in receipts))
        self.device._turn()

    def status(self) -> Packets:
        self.voice.standing = self.record.standing(Uplink(PACE.resend_ms))
        return [(HOME.topic("status"), self.voice.status(online=True))]

    def message(self, first: int, last: int) -> Packets:
        before = self.outbox.hash_at(first - 1)
        assert before is not None
        lines = self.outbox.lines(first, last)
        return [(HOME.topic("entry"), write_message(self.outbox.stream, first, before, lines, self.bench.key))]

    def image(self, folder: Path) -> Path:
        """A copy of the card, as of a device that was switched off for it."""
        self.record.close()
        shutil.copytree(self.folder, folder)
        self.boot()
        return folder

    def put_back(self, image: Path | None) -> None:
        """The card is replaced by an image of it, or by an empty one."""
        self.record.close()
        shutil.rmtree(self.folder)
        if image:
            shutil.copytree(image, self.folder)
        self.boot()


class Bench:
    """One device, perhaps with several cards, and its hub. `bound` of each outbox in bytes."""

    def __init__(self, folder: Path, bound: int = 10_000_000) -> None:
        self.folder, self.bound = folder, bound
        self.clock, self.numbers, self.serials = HandClock(), count(1), count(1)
        (folder / "hub.toml").write_text('data_dir = "hub"\nregistry_dir = "elsewhere"\n')
        self.config = load_config(folder / "hub.toml")
        create_key(self.config.data_dir)
        speaker = Speaker(HOME)
        self.key = speaker.key
        assert self.config.registry_dir is not None
        self.hub = IntakeRig(self.config.data_dir, speaker, registry=self.config.registry_dir / "registry.db")
        self.card = Card(self, folder / "card")

    def clone(self, card: Card) -> Card:
        return Card(self, card.image(self.folder / f"clone-{next(self.numbers)}"))

    def credit(self, entries: int) -> None:
        self.hub.intake = Intake(self.hub.ledger, lambda: self.hub.directory, HUB_KEY, credit=entries)

    def reach_hub(self, packets: Packets) -> Packets:
        """They arrive and are committed; the receipts, which nobody has delivered yet."""
        return [(owed.topic, owed.payload) for owed in self.hub.settle(*packets).receipts]

    def exchange(self, *cards: Card) -> None:
        """Each card talks once; what the hub answers reaches every card, for a topic knows nothing of copies."""
        for card in cards:
            receipts = self.reach_hub(card.talk())
            for each in cards:
                each.hear(receipts)

    def settle(self, *cards: Card) -> None:
        """Until no card holds anything that no receipt covers."""
        for _ in range(60):
            self.exchange(*cards)
            if all(not pending(card.device._uplink, card.outbox.held) for card in cards):
                self.exchange(*cards)
                return
        raise AssertionError("the cards did not drain")

    def backup(self) -> RestorePoint:
        return take(self.config, self.folder / f"backup-{next(self.numbers)}", next(self.numbers))

    def restore(self, point: RestorePoint) -> None:
        self.hub.ledger.close()
        restore(self.config, point, next(self.numbers))
        self.hub.restart()

    # ---------------------------------------------------------------- what became of it

    def counted(self) -> Counter[int]:
        """How often each reading is counted."""
        contents = [read_entry(row.line)[1] for row in self.hub.rows()]
        return Counter(one.value for content in contents if isinstance(content, Batch)
                       for series in content.series() for one in series.readings if one.value is not None)  # fmt: skip

    def account(self, stream: str) -> StreamAccount:
        return self.hub.account(stream)
