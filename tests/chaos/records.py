"""What the oracle reads: the simulator's record, the ledger's raw lines, the image of a card. SQLite rows, plain JSON and SHA-256, and
nothing of agent, hub or reconciler."""

import hashlib
import json
import sqlite3
from base64 import urlsafe_b64encode
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

Point = tuple[str, str]
"""Device and point."""


class Given(NamedTuple):
    """A value that the simulator gave out; `up_ms` since boot."""

    up_ms: int
    value: int


class Kept(NamedTuple):
    """A reading of the ledger. `received_ms` on the hub's clock, `flaw` a reason or ""."""

    up_ms: int
    value: int | None
    flaw: str
    stream: str
    n: int
    received_ms: int


class Body(NamedTuple):
    stream: str
    n: int
    prev: str
    hash: str
    instants: tuple[tuple[str, int], ...]
    """Point and ms since boot, in the order in which they stand."""


@dataclass
class Books:
    """The ledger's raw lines. `claims`: stream, number and hash that devices announced and nothing has confirmed."""

    kept: dict[Point, list[Kept]] = field(default_factory=lambda: defaultdict(list))
    absences: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    covers: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    device_of: dict[str, str] = field(default_factory=dict)
    claims: set[tuple[str, int, str]] = field(default_factory=set)
    bodies: list[Body] = field(default_factory=list)


def truth(file: Path, boot_ms: int, points: Mapping[tuple[str, str], Point]) -> dict[Point, list[Given]]:
    """`boot_ms`: the wall clock at which the machine's time since boot was 0; `points` by (place, quantity)."""
    found: dict[Point, list[Given]] = defaultdict(list)
    for line in file.read_text("utf-8").splitlines():
        one = json.loads(line)
        if one["kind"] == "served":
            found[points[one["place"], one["quantity"]]].append(Given(one["wall_ms"] - boot_ms, one["value"]))
    return found


def hash_of(line: bytes) -> str:
    return urlsafe_b64encode(hashlib.sha256(line).digest()).decode().rstrip("=")


def ledger(file: Path) -> Books:
    books = Books()
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as db:
        books.device_of |= dict(db.execute("SELECT stream, device FROM stream"))
        books.claims |= set(db.execute("SELECT s.stream, c.n, c.hash FROM claim c JOIN stream s ON s.id = c.stream"))
        rows = db.execute("SELECT e.line, e.received_ms FROM counted c JOIN entry e ON e.id = c.entry ORDER BY e.id")
        for line, received_ms in rows:
            one = json.loads(line)
            _read(books, one["stream"], one["n"], one["content"], received_ms)
            instants = tuple((point, up_ms) for point, up_ms, _, _ in readings(one["content"]))
            books.bodies.append(Body(one["stream"], one["n"], one["prev"], hash_of(line), instants))
    for kept in books.kept.values():
        kept.sort(key=lambda one: one.up_ms)
    return books


def _read(books: Books, stream: str, n: int, content: dict[str, Any], received_ms: int) -> None:
    device, boot_ms = content["device"], content["at"] - content["up"]
    if content["kind"] == "event" and content["event"] == "absence":
        detail = content["detail"]
        books.absences[device].append((detail["from"] - boot_ms, detail["to"] - boot_ms))
    for cover in content.get("covers", []):
        books.covers[cover["stream"]].append(cover)
    for point, up_ms, value, flaw in readings(content):
        books.kept[device, point].append(Kept(up_ms, value, flaw, stream, n, received_ms))


def readings(content: Mapping[str, Any]) -> Iterator[tuple[str, int, int | None, str]]:
    """(point, ms since boot, value, flaw) of a batch, decoded here and nowhere else."""
    columns = []
    for ago, *changes in content.get("times", []):
        at, step = content["up"] - ago, 0
        instants = [at]
        for change in changes:
            step += change
            at += step
            instants.append(at)
        columns.append(instants)
    flaws = content.get("flaws") or {}
    for point, _, _, which, values in content.get("cols", []):
        bad, last = dict(flaws.get(point, [])), 0
        for place, (at, told) in enumerate(zip(columns[which], values, strict=True)):
            last = last if told is None else last + told
            yield point, at, None if told is None else last, bad.get(place, "")


class Card(NamedTuple):
    """What stood on a card that was thrown away: readings of its entries, and of those that waited for their seal.
    `staged` readings of a copied card may stand twice: both copies seal them."""

    device: str
    sealed: dict[Point, dict[int, tuple[str, int, str]]]
    staged: dict[Point, set[int]]
    hashes: dict[tuple[str, int], str]
    """Of every body that stood on it, by stream and number: its branch."""


def card(device: str, folder: Path) -> Card:
    """Read an image of a state folder, as a process that was killed or stands still left it."""
    sealed: dict[Point, dict[int, tuple[str, int, str]]] = defaultdict(dict)
    staged: dict[Point, set[int]] = defaultdict(set)
    epoch, hashes = 0, dict[tuple[str, int], str]()
    if (folder / "outbox.db").exists():
        with sqlite3.connect(folder / "outbox.db") as db:  # its log belongs to it
            epoch = int(dict(db.execute("SELECT key, value FROM meta"))["epoch"])
            for (line,) in db.execute("SELECT line FROM entry"):
                for raw in _unwrapped(line):
                    one, digest = json.loads(raw), hash_of(raw)
                    hashes[one["stream"], one["n"]] = digest
                    for point, up_ms, _, _ in readings(one["content"]):
                        sealed[device, point][up_ms] = (one["stream"], one["n"], digest)
    file = folder / f"staging-{epoch}.jsonl"
    for text in file.read_bytes().split(b"\n")[1:-1] if file.exists() else []:
        _, up_ms, _, samples = json.loads(text)
        for sample in samples:
            staged[device, sample[0]].add(up_ms)
    return Card(device, sealed, staged, hashes)


def _unwrapped(line: bytes) -> Iterator[bytes]:
    yield line
    yield from (body.encode() for body in json.loads(line)["content"].get("adopted", []))
