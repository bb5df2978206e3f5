"""The oracle of a mix: what the sensors gave out against what the ledger's raw lines hold, reading by reading.

It shares nothing with agent, hub or reconciler: SQLite rows, plain JSON, and the simulator's record, which was written before a value
left it. Place, quantity, value and order must agree. Readings are matched on the time since boot, which all programs of one machine
share and no step of a clock touches: a value that was given out between the moment at which a reading began and the next one is that
reading's. What the record has and the ledger has not must be explained by something signed:

    late       the agent said `null` for that instant, with a reason: the answer came when nobody waited for it any more
    untaken    inside an `absence` that the device told: it was read by a process that died before it had put it down
    declared   count, sum and bounds of the point are those that a declared loss states
    on_cards   on the image of a card that the nemesis threw away (only where it did)
"""

import hashlib
import json
import sqlite3
from base64 import urlsafe_b64encode
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

Point = tuple[str, str]
"""Device and point."""

SLACK_MS = 4
"""Rounding of three clocks to ms."""
ANSWER_MS = 500
"""How long a driver waits for an answer, and a little."""
LATE_MS = 1_500
"""How long after a `null` its answer can still be given out: the simulator shares the machine with everything else."""


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


@dataclass
class Verdict:
    """Counts of readings. `card_bodies`: stream, number and hash of entries that only a thrown card had. `wrong` must be empty: each
    line says what nothing explains."""

    given: int = 0
    kept: int = 0
    nulls: int = 0
    late: int = 0
    untaken: int = 0
    declared: int = 0
    on_cards: int = 0
    card_bodies: set[tuple[str, int, str]] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)


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


def announced(books: Books, cards: Iterable[Card]) -> set[tuple[str, int, str]]:
    """The bodies of thrown cards of which the hub was told: it holds a claim, or a body, at or above them on the same branch."""
    told = books.claims | {(body.stream, body.n, body.hash) for body in books.bodies}
    found = set()
    for each in cards:
        reach: dict[str, int] = defaultdict(int)
        for (stream, n), digest in each.hashes.items():
            if (stream, n, digest) in told:
                reach[stream] = max(reach[stream], n)
        found |= {(stream, n, digest) for (stream, n), digest in each.hashes.items() if n <= reach[stream]}
    return found


def judge(given: Mapping[Point, list[Given]], books: Books, cards: Iterable[Card] = ()) -> Verdict:
    verdict, thrown = Verdict(), list(cards)
    unmatched: dict[Point, list[Given]] = {}
    for point in sorted({*given, *books.kept}):
        unmatched[point] = _match(point, given.get(point, []), books.kept.get(point, []), thrown, verdict)
    losses, here = _lost(books), {body.hash for body in books.bodies}
    for point, left in unmatched.items():
        rest = _untaken(point, _on_cards(left, point, thrown, here, verdict), books.absences[point[0]], verdict)
        _declared(point, rest, losses.get(point), verdict)
    verdict.wrong += [
        f"{device}/{name}: {loss} declared lost, nothing is missing"
        for (device, name), loss in losses.items()
        if (device, name) not in unmatched and loss != NOTHING
    ]
    _order(books, verdict)
    return verdict


def _match(point: Point, given: list[Given], kept: list[Kept], cards: list[Card], verdict: Verdict) -> list[Given]:
    """What was given out and is not kept. Each kept value was given out between its own instant and the next reading's."""
    verdict.given += len(given)
    verdict.kept += len(kept)
    left, at, name = list[Given](), 0, "/".join(point)
    late_until = -1
    for place, one in enumerate(kept):
        following = kept[place + 1].up_ms if place + 1 < len(kept) else one.up_ms + 10 * LATE_MS
        if place and kept[place - 1].up_ms == one.up_ms:
            if not any(one.up_ms in card.staged.get(point, ()) for card in cards):
                verdict.wrong.append(f"{name}: the reading at {one.up_ms} is kept twice ({one.stream}/{one.n})")
            continue
        window = list[Given]()
        while at < len(given) and given[at].up_ms < following - SLACK_MS:
            (window if given[at].up_ms >= one.up_ms - SLACK_MS else left).append(given[at])
            at += 1
        if one.value is None:
            verdict.nulls += 1
            late_until = one.up_ms + LATE_MS
        else:
            mine = next((candidate for candidate in window if candidate.value == one.value), None)
            if mine is None:
                verdict.wrong.append(
                    f"{name}: {one.value} at {one.up_ms} ({one.stream}/{one.n}) was never given out then: {window[:3]}"
                )
            else:
                window.remove(mine)
        for other in window:
            if other.up_ms <= late_until:
                verdict.late += 1
            else:
                left.append(other)
    return left + given[at:]


def _on_cards(left: list[Given], point: Point, cards: list[Card], here: set[str], verdict: Verdict) -> list[Given]:
    """A value stands on a card where the last reading there that began before it did so at most one answer's time before, and its body
    is not `here`."""
    rest = []
    for one in left:
        sealed = {body for card in cards if (body := _of(one, card.sealed.get(point, {}))) and body[2] not in here}
        if sealed or any(_of(one, dict.fromkeys(card.staged.get(point, ()), True)) for card in cards):
            verdict.on_cards += 1
            verdict.card_bodies |= sealed
        else:
            rest.append(one)
    return rest


T = TypeVar("T")


def _of(one: Given, began: Mapping[int, T]) -> T | None:
    """What stands at the last instant at which a reading began before this value was given out: its own, if a driver still waited."""
    at = max((at for at in began if at - SLACK_MS <= one.up_ms), default=None)
    return None if at is None or one.up_ms > at + ANSWER_MS else began[at]


UNTAKEN_AT_ONCE = 3
"""Values of one point that a dying process may have read and not put down: one in the driver, the rest on their way to the disk's
thread, which is busy for as long as a commit takes."""


def _untaken(point: Point, left: list[Given], absences: list[tuple[int, int]], verdict: Verdict) -> list[Given]:
    rest, inside = [], Counter[tuple[int, int]]()
    for one in left:
        found = next((span for span in absences if span[0] - SLACK_MS <= one.up_ms <= span[1] + SLACK_MS), None)
        if found is None:
            rest.append(one)
            continue
        inside[found] += 1
        verdict.untaken += 1
    verdict.wrong += [f"{'/'.join(point)}: {times} values were read and not put down before the absence {span}"
                      for span, times in inside.items() if times > UNTAKEN_AT_ONCE]  # fmt: skip
    return rest


class Lost(NamedTuple):
    """Of one point: how many good readings are lost, and their sum."""

    good: int
    sum: int


NOTHING = Lost(0, 0)


def _lost(books: Books) -> dict[Point, Lost]:
    """What covers state, less what the ledger holds of it. Of covers that repeat one another the one that reaches furthest speaks."""
    found: dict[Point, Lost] = defaultdict(lambda: NOTHING)
    for stream, covers in books.covers.items():
        device, below = books.device_of.get(stream, "?"), 2**60
        for cover in sorted(covers, key=lambda one: (-one["last"], one["first"])):
            if cover["last"] >= below:
                continue
            below = cover["first"]
            for point, _, _, _, good, _, _, total in cover["points"]:
                inside = [
                    one
                    for one in books.kept.get((device, point), ())
                    if one.stream == stream and cover["first"] <= one.n <= cover["last"]
                ]
                held = [one.value for one in inside if one.value is not None and not one.flaw]
                before = found[device, point]
                found[device, point] = Lost(before.good + good - len(held), before.sum + (total or 0) - sum(held))
    return found


def _declared(point: Point, left: list[Given], loss: Lost | None, verdict: Verdict) -> None:
    said = loss or NOTHING
    missing = Lost(len(left), sum(one.value for one in left))
    if missing == said:
        verdict.declared += missing.good
        return
    verdict.wrong.append(
        f"{'/'.join(point)}: {missing} not in the ledger, {said} declared lost; first missing: {left[:3]}"
    )


def _order(books: Books, verdict: Verdict) -> None:
    """Along each branch of a stream, from body to body by the hash of the one before, the instants of a point rise."""
    reached: dict[str, dict[str, int]] = {}
    for body in sorted(books.bodies, key=lambda one: one.n):
        last = dict(reached.get(body.prev, {}))
        for point, up_ms in body.instants:
            if up_ms <= last.get(point, -1):
                verdict.wrong.append(f"{point}: {body.stream}/{body.n} has {up_ms} after {last[point]}")
            last[point] = up_ms
        reached[body.hash] = last
