"""What a hub had acknowledged before a power cut, and whether what is left keeps it. [H1], [H3], [H5], [H8], [H9], [R1], [R2].

After the opening the group that was on its way is delivered again, as a broker would: what leaves then must be true as well.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import apsw

from larder_core.digest import GENESIS
from larder_hub.config import ConfigError
from larder_hub.ingest.receipts import UNHEARD
from tests.crash_states.bodies import digest
from tests.crash_states.findings import Finding
from tests.crash_states.hub_run import REGISTRY, Hub
from tests.crash_states.operations import Said
from tests.crash_states.shelves import Shelf, links_of, read_shelf

Place = tuple[str, int, str]
"""Stream, number, hash."""


class Told(NamedTuple):
    """What a receipt said."""

    upto: int
    upto_hash: str
    safe: int


class Second(NamedTuple):
    """What the registry alone knows: all that there is to go by when the ledger is lost. `streams`: frozen or not."""

    streams: dict[str, bool]
    claims: set[Place]
    generation: int


@dataclass
class Promises:
    """`lines`, `claims`, `noise` (hashes of payloads that prove nothing): acknowledged. `told`: by stream, the last receipt.
    `pending`: the group that was taken in and not acknowledged."""

    root: str = ""
    key: str = ""
    lines: set[Place] = field(default_factory=set)
    claims: set[Place] = field(default_factory=set)
    noise: set[str] = field(default_factory=set)
    told: dict[str, Told] = field(default_factory=dict)
    have: dict[str, set[int]] = field(default_factory=dict)
    frozen: set[str] = field(default_factory=set)
    generation: int = 0
    backups: list[str] = field(default_factory=list)
    pending: list[tuple[str, bytes]] = field(default_factory=list)

    def hear(self, said: Said) -> None:
        words: Mapping[str, Any] = said.words
        match words["did"]:
            case "began":
                self.root, self.key = words["root"], words["key"]
            case "arrived":
                self.pending = [(topic, base64.b64decode(payload)) for topic, payload in words["group"]]
            case "settled":
                self.settle([base64.b64decode(receipt) for receipt in words["receipts"]])
            case "backed up":
                self.backups.append(words["folder"])

    def copy(self) -> "Promises":
        return replace(self, lines=set(self.lines), claims=set(self.claims), noise=set(self.noise), told=dict(self.told),
                       have=dict(self.have), frozen=set(self.frozen), backups=list(self.backups))  # fmt: skip

    def settle(self, receipts: list[bytes]) -> None:
        for topic, payload in self.pending:
            self._acknowledged(topic.rsplit("/", 1)[1], payload)
        self.pending = []
        for receipt in receipts:
            fields = json.loads(receipt)
            stream = fields["stream"]
            if stream == UNHEARD:
                continue
            self.told[stream] = Told(fields["upto"], fields["upto_hash"], fields["safe"])
            self.have[stream] = {n for first, last in fields["have"] for n in range(first, last + 1)}
            self.generation = fields["generation"]
            if fields["frozen"]:
                self.frozen.add(stream)

    def _acknowledged(self, channel: str, payload: bytes) -> None:
        if payload.startswith(b"noise"):
            self.noise.add(digest(payload))
            return
        fields = json.loads(payload.rsplit(b"\n", 1)[-1])
        if channel == "entry":
            places = [(fields["stream"], fields["first"] + at, hash_) for at, hash_ in enumerate(fields["hashes"])]
            self.lines |= set(places)
            self.claims.add(places[-1])
        elif fields["n"]:
            self.claims.add((fields["stream"], fields["n"], fields["hash"]))


def check(root: Path, promises: Promises, killed: bool) -> Iterator[Finding]:
    second = read_second(root / REGISTRY / "registry.db")
    try:
        hub = Hub(root)
    except ConfigError as error:
        if promises.key:  # before its first start a hub may need `larder hub init` again
            yield Finding("lost", f"the hub's key: {error}")
        return
    try:
        if promises.key and hub.key.public != promises.key:
            yield Finding("lost", "the hub's key, and with it every receipt's worth")
        shelf = read_shelf(hub.ledger._db)
        yield from sound(hub, shelf, promises)
        yield from remembered(second, shelf, promises)
        if promises.pending:
            again = promises.copy()
            again.settle(hub.settle(promises.pending))
            shelf = read_shelf(hub.ledger._db)
            yield from sound(hub, shelf, again)
            second = read_second(root / REGISTRY / "registry.db")
            yield from remembered(second, shelf, again)
            yield from agreed(second, shelf)
        yield from restorable(hub, root, promises)
    finally:
        hub.ledger._db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)  # work that nobody looks at any more
        hub.close()


def sound(hub: Hub, shelf: Shelf, promises: Promises) -> Iterator[Finding]:
    for name, db in (("ledger", hub.ledger._db), ("registry", hub.ledger.registry._db)):
        verdict = [row[0] for row in db.execute("PRAGMA integrity_check")]
        if verdict != ["ok"]:
            yield Finding("corrupt", f"{name}: {verdict[:3]}")
    yield from shelf.faults
    missing = promises.lines - shelf.lines
    if missing:
        yield Finding("lost", f"{len(missing)} acknowledged lines, one is {sorted(missing)[0][:2]}")
    if lost := promises.noise - shelf.quarantined:
        yield Finding("lost", f"{len(lost)} payloads of the quarantine")
    for stream, told in promises.told.items():
        yield from confirmed(shelf, stream, told, promises.have[stream])
    yield from claimed("ledger", shelf, shelf.claims, promises)
    for stream in promises.frozen - shelf.frozen:
        yield Finding("lost", f"stream {stream[14:18]} was frozen and is not")


def read_second(file: Path) -> Second | None:
    """The registry's file as it is, before or beside a hub; None where there is none yet. Leaves it as it was."""
    if not file.exists():
        return None
    db = apsw.Connection(str(file))
    try:
        db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        if db.pragma("user_version") == 0:
            return None
        streams = {stream: bool(frozen) for stream, frozen in db.execute("SELECT stream, frozen FROM stream")}
        return Second(
            streams, set(db.execute("SELECT stream, n, hash FROM claim")), db.execute("SELECT n FROM generation").get
        )
    finally:
        db.close()


def remembered(second: Second | None, shelf: Shelf, promises: Promises) -> Iterator[Finding]:
    """[R1] What a receipt followed from was in the registry before it left."""
    if second is None:
        if promises.told:
            yield Finding("lost", "the registry")
        return
    yield from claimed("registry", shelf, second.claims, promises)
    if missing := promises.told.keys() - second.streams.keys():
        yield Finding(
            "lost", f"stream {sorted(missing)[0][14:18]} is not in the registry, though a receipt left for it"
        )
    if melted := {stream for stream in promises.frozen if not second.streams.get(stream)}:
        yield Finding("lost", f"stream {sorted(melted)[0][14:18]} was frozen, the registry does not know it")
    if promises.generation and second.generation != promises.generation:
        yield Finding("lost", f"generation {promises.generation} is {second.generation}")


def agreed(second: Second | None, shelf: Shelf) -> Iterator[Finding]:
    """[R1] Once receipts have left, ledger and registry say the same."""
    assert second is not None, "a hub has run"
    if second.claims != shelf.claims:
        yield Finding(
            "lost",
            f"a claim that one of ledger and registry does not have: {sorted(second.claims ^ shelf.claims)[0][:2]}",
        )
    frozen = {stream for stream, one in second.streams.items() if one}
    if second.streams.keys() != shelf.passed.keys() or frozen != shelf.frozen:
        yield Finding("lost", "streams that ledger and registry do not both know as they are")


def confirmed(shelf: Shelf, stream: str, told: Told, have: set[int]) -> Iterator[Finding]:
    passed = shelf.passed.get(stream, {0: GENESIS})
    if passed.get(told.upto) != told.upto_hash:
        kind = "reused" if told.upto in passed else "lost"
        yield Finding(kind, f"upto {told.upto} of stream {stream[14:18]} was told, the ledger has passed {max(passed)}")
    if gone := {n for n in have - shelf.numbers.get(stream, set()) if n not in passed}:
        yield Finding("lost", f"have of stream {stream[14:18]}: {sorted(gone)[:3]}")


def claimed(where: str, shelf: Shelf, claims: set[Place], promises: Promises) -> Iterator[Finding]:
    """[R2] A claim stands, or a claim at least as high does and the ledger holds, or has passed, its number with its hash."""
    highest: dict[str, int] = {}
    for stream, n, _ in claims:
        highest[stream] = max(n, highest.get(stream, 0))
    for stream, n, hash_ in promises.claims - claims:
        known = (stream, n, hash_) in shelf.lines or shelf.passed.get(stream, {}).get(n) == hash_
        if not known or highest.get(stream, 0) < n:
            yield Finding("lost", f"the {where} does not know the claim on {n} of stream {stream[14:18]}")
            return


def restorable(hub: Hub, root: Path, promises: Promises) -> Iterator[Finding]:
    """[H8] Registered points are there and hold what they say; no receipt has called safe what a point does not reach."""
    registry = hub.ledger.registry
    points = {Path(point.file).name: point for point in registry.restore_points()}
    for folder in promises.backups:
        if folder not in points or not points[folder].complete:
            yield Finding("lost", f"restore point {folder}")
    for folder, point in points.items():
        reach = dict(registry._db.execute("SELECT stream, upto || ' ' || hash FROM reach WHERE point=?", (point.id,)))
        for stream, told in promises.told.items():
            if told.safe > int(reach.get(stream, "0").split()[0]):
                yield Finding(
                    "lost",
                    f"{told.safe} of stream {stream[14:18]} was told safe, {folder} reaches {reach.get(stream, '0')}",
                )
        if point.complete:
            yield from readable(root / folder / "ledger.db", reach)


def readable(file: Path, reach: dict[str, str]) -> Iterator[Finding]:
    if not file.exists():
        yield Finding("lost", f"the backup {file.parent.name} that is registered as complete")
    elif dict(links_of(file)) != reach:
        yield Finding("lost", f"the backup {file.parent.name} does not hold what is registered")
