"""A real agent's record, to be recorded: `python -m tests.crash_states.agent_run FOLDER MARKER`.

Device, record, outbox, staging, sealing and uplink are the real code; only time, the broker and the hub's receipts are given. The
phases are processes that follow one another over the same files: killed (with staged readings), ended cleanly, killed. Together they
see a new outbox, a full one (declared losses), deletion under safe, freezes with adoptions, recovery of staged readings, checkpoints.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import cast

from larder_agent.clock import HandClock, moment
from larder_agent.device import Device, Pace
from larder_agent.drivers.port import PointSpec, Sample
from larder_agent.inbox import Inbox
from larder_agent.key import create_key, load_key
from larder_agent.metrics import Metrics
from larder_agent.mqtt import BrokerLink, Connected, Received
from larder_agent.outbox import Outbox
from larder_agent.record import Record
from larder_agent.sealing import SealRule
from larder_agent.staging import Group
from larder_agent.uplink import Uplink
from larder_agent.voice import Voice
from larder_agent.words import Identity
from larder_core.names import Address, Channel
from larder_core.receipt import Receipt, write_receipt
from larder_core.signing import Key, PublicKey
from tests.crash_states.bodies import bodies_of
from tests.crash_states.processes import Marker, one_after_the_other
from tests.simulation.parts import ScheduledInbox

ADDRESS = Address("632224", "site-1", "box-1")
POINT = PointSpec("serial", "count", 0)
PACE = Pace(SealRule(2_000, 4), heartbeat_ms=5_000, resend_ms=4_000)
BOUND = 16_000
FOLDER = "state"
HUB = Key(b"\x07" * 32)


def open_record(folder: Path, clock: HandClock) -> tuple[Record, Metrics]:
    """As the agent does at its start."""
    metrics = Metrics(folder)
    outbox = Outbox(folder, ADDRESS.device, BOUND, 0, lambda: os.urandom(16).hex())
    record = Record(folder, ADDRESS.device, outbox, {POINT.id: POINT}, clock)
    record.open(metrics)
    return record, metrics


class Link:
    """The broker's side: what is published is promised."""

    def __init__(self, say: Marker) -> None:
        self.say = say

    def publish(self, channel: Channel, payload: bytes, *, retain: bool = False) -> bool:
        fields = json.loads(payload.split(b"\n")[-1])
        if channel == "entry":
            links = [(fields["first"] + place, digest) for place, digest in enumerate(fields["hashes"])]
        else:
            links = [(fields["n"], fields["hash"])]
        self.say(did="sent", stream=fields["stream"], links=links)
        return True

    def reconnect(self) -> None:
        """The next turn begins with a new connection."""


class Agent:
    """One process of the agent. Every promise goes to the marker after it was made."""

    def __init__(self, root: Path, say: Marker, boot: int, synchronous: str) -> None:
        self.folder, self.say = root / FOLDER, say
        create_key(self.folder)
        self.clock = HandClock(1_790_000_000_000 + 10_000_000 * boot, 1_000, f"{boot:08x}")
        self.record, metrics = open_record(self.folder, self.clock)
        self.record.outbox._db.execute(f"PRAGMA synchronous={synchronous}")  # FULL is what the product has set
        self.seen = ("", 0)
        self.next = 1_000_000 * boot
        self.witness()
        key = load_key(self.folder)
        voice = Voice(
            Identity(ADDRESS.device, "crash", {}, [(POINT, 1000)]), key, self.clock, self.record.standing(Uplink(1))
        )
        self.inbox = ScheduledInbox()
        self.device = Device(
            ADDRESS, self.record, {POINT.id: POINT}, PACE, cast(Inbox, self.inbox), voice, cast(BrokerLink, Link(say)), key,
            PublicKey(HUB.public), self.clock, metrics, Random(boot),
        )  # fmt: skip
        self.inbox.put(Connected("3.1.1"))

    def turn(self, readings: int) -> None:
        """Samples in, and what the device makes of them."""
        self.clock.pass_ms(700)
        given = {}
        for _ in range(readings):
            self.next += 1
            given[self.next] = self.clock.wall
            self.inbox.put(Group(moment(self.clock), (Sample(POINT.id, self.next),)))
        if given:
            self.say(did="given", readings=given)
        self.device._turn()
        if given:
            self.say(did="staged", serials=list(given))
        self.witness()

    def witness(self) -> None:
        """Every entry that was committed since the last look."""
        outbox = self.record.outbox
        first = self.seen[1] + 1 if self.seen[0] == outbox.stream else 1
        first = max(first, outbox.held.start)
        if first <= outbox.head.n:
            lines = outbox.lines(first, outbox.head.n)
            bodies = [body for line in lines for body in bodies_of(line)]
            self.say(did="sealed", bodies=bodies, rare=any(body.kind in ("loss", "adoption") for body in bodies))
        self.seen = (outbox.stream, outbox.head.n)

    def receipt(self, behind: int | None, *, frozen: bool = False) -> None:
        """The hub has everything; `safe` is `behind` the head, or stays where it is (None)."""
        outbox = self.record.outbox
        n = outbox.floor.n if behind is None else max(outbox.floor.n, outbox.head.n - behind)
        digest = outbox.hash_at(n)
        assert digest is not None, "the floor's hash is known, and every one above it"
        self.say(did="allowed", stream=outbox.stream, n=n)
        head = outbox.head
        receipt = Receipt(
            receipt=1, device=ADDRESS.device, stream=outbox.stream, generation=1, upto=head.n, upto_hash=head.hash, have=[],
            refused=[], safe=n, safe_hash=digest, announced=[], frozen=frozen, credit=64, hub_time=self.clock.wall, unproven=[],
        )  # fmt: skip
        self.inbox.put(Received(ADDRESS.topic("receipt"), write_receipt(receipt, HUB)))

    def freeze(self) -> None:
        self.receipt(None, frozen=True)
        self.turn(1)
        self.inbox.put(Connected("3.1.1"))


def first(agent: Agent, turns: int) -> None:
    """New; receipts lag, then stop until the outbox is full; killed between two seals."""
    for step in range(turns):
        if step % 5 == 4 and step < turns - 100:
            agent.receipt(step % 4)
        agent.turn(2)
    agent.turn(1)


def second(agent: Agent) -> None:
    """Recovers; another copy has spoken: the stream ends. Then a full outbox again, and a clean end."""
    for step in range(40):
        agent.turn(1 + step % 3)
    agent.freeze()
    for step in range(60):
        if step in (20, 40):
            agent.receipt(12)
        agent.turn(2)
    agent.record.close()


def third(agent: Agent) -> None:
    """A full outbox ends its stream; the hub catches up; killed."""
    for _ in range(45):
        agent.turn(2)
    agent.freeze()
    for step in range(90):
        if step > 45 and step % 6 == 0:
            agent.receipt(3)
        agent.turn(step % 3)


TURNS = 900
"""Of the first process: as many as it takes until SQLite checkpoints by itself, after 1000 pages in its WAL."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("marker", type=Path)
    parser.add_argument("--turns", type=int, default=TURNS, help="of the first process")
    parser.add_argument("--synchronous", default="FULL", help="a mutant: NORMAL or OFF")
    args = parser.parse_args()

    def phase(boot: int, act: Callable[[Agent], None]) -> Callable[[], None]:
        return lambda: act(Agent(args.folder, Marker(args.marker), boot, args.synchronous))

    phases = (lambda agent: first(agent, args.turns), second, third)
    return one_after_the_other([phase(boot, act) for boot, act in enumerate(phases, 1)])


if __name__ == "__main__":
    sys.exit(main())
