"""The writer of ledger.db: takes proven lines and announcements, one group in one transaction. One thread owns it.

Its memory (the chains) runs ahead of the file inside a transaction. If that transaction fails, memory and file no longer agree, so
every error of the file is LedgerFailed and the process ends: a new one reads the file again.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import apsw

from larder_core.content import Adoption, Batch, Content, Loss
from larder_core.digest import line_hash
from larder_core.entry import read_entry
from larder_core.header import read_header
from larder_core.message import Line, Message
from larder_core.refusal import Refusal, Refused
from larder_core.statement import Birth, Status
from larder_hub.ledger.chain import DeclaredLoss, Link, Slot
from larder_hub.ledger.quarantine import Kept, Quarantine
from larder_hub.ledger.registry import Claim, Registry, StreamNote
from larder_hub.ledger.safe import safe_of
from larder_hub.ledger.schema import LedgerFailed, open_ledger
from larder_hub.ledger.soundness import check
from larder_hub.ledger.streams import ForeignStream, Stream, Streams, TooManyStreams

Value = int | float | str | bytes | None


MAX_FORKS = 256
"""Disagreements of one stream that are written down; the first freezes it, and bodies are kept whatever their number."""


UNKNOWN_MS = 0
"""When a stream was heard, where only the registry remembers that it was."""


class Fork(NamedTuple):
    """Two signed statements about one number of a stream that disagree."""

    device: str
    stream: str
    n: int


@dataclass
class Outcome:
    """What a group brought: counts by outcome, refusals by reason, forks, births by device, and the streams owed a receipt."""

    entries: dict[str, int] = field(default_factory=dict)
    refused: list[tuple[str, Refusal]] = field(default_factory=list)
    forks: list[Fork] = field(default_factory=list)
    births: list[str] = field(default_factory=list)
    heard: dict[str, str] = field(default_factory=dict)
    readings: int = 0
    untaken: int = 0
    excess: list[Kept] = field(default_factory=list)

    def count(self, what: str) -> None:
        self.entries[what] = self.entries.get(what, 0) + 1


class Ledger:
    """`open()` reads nothing but the heads; chains are loaded when first spoken of."""

    def __init__(self, file: Path, registry: Registry) -> None:
        self._file, self.registry = file, registry
        self.outcome = Outcome()
        self._spoken, self._claimed, self._changed = set[str](), set[str](), set[str]()

    def open(self, now_ms: int = 0) -> None:
        """Opens the registry too, and takes back from it what a restored ledger has forgotten; a fork found in that is dated `now_ms`.
        Raises LedgerFailed."""
        self.registry.open()
        self._db = open_ledger(self._file)
        check(self._db, self._file)
        self._kept = Quarantine(self._db)
        self._streams = Streams(self._db, lambda name: self._spoken.add(name))
        self.head = self._highest("SELECT max(position) FROM counted")
        self._heard = self._highest("SELECT max(heard) FROM stream")
        self._remember(now_ms)
        self._remind()

    def close(self) -> None:
        self._db.close()
        self.registry.close()

    def _remember(self, now_ms: int) -> None:
        """Streams, the order they were heard in, freezes and claims of the registry, as far as this ledger does not know them."""
        notes, claims = list(self.registry.streams()), list(self.registry.claims())
        with self.group(now_ms):
            for note in notes:
                stream = self._streams.known(note.device, note.stream, UNKNOWN_MS, most=None)
                stream.chain.frozen |= note.frozen
                stream.chain.first = max(stream.chain.first, note.first)
                self._heard = max(self._heard, note.heard)
                self._run("UPDATE stream SET heard=max(heard, ?), first=?, frozen=? WHERE id=?", note.heard, stream.chain.first,
                          stream.chain.frozen, stream.id)  # fmt: skip
            for claim in claims:
                target = self._streams.get(claim.stream)
                assert target is not None, "the registry names a stream before its claims"
                if claim.hash:
                    self._claim(target, claim.first, Link(claim.n, claim.hash))
                else:
                    before = dict(target.chain.claims)
                    target.chain.give_up(claim.first, claim.n)
                    self._write_claims(target, before)

    def _remind(self) -> None:
        """The other way round: tell the registry what a process committed here and did not live to note there. The same announcement
        again changes nothing in the ledger, and would never be noted otherwise [R1]."""
        there = {note.stream: note for note in self.registry.streams()}
        rows = self._db.execute("SELECT stream, device, heard, first, frozen FROM stream")
        here = [StreamNote(row[0], row[1], row[2], row[3], bool(row[4])) for row in rows]
        claimed = "SELECT stream.stream, n, hash, claim.first FROM claim JOIN stream ON stream.id = claim.stream ORDER BY 1, 2, 3"
        ours, theirs = _by_stream(Claim(*row) for row in self._db.execute(claimed)), _by_stream(self.registry.claims())
        notes = [note for note in here if there.get(note.stream) != note]
        claims = {
            note.stream: ours.get(note.stream, []) for note in here if ours.get(note.stream) != theirs.get(note.stream)
        }
        if notes or claims:
            self.registry.note(notes, claims)

    @contextmanager
    def group(self, now_ms: int) -> Iterator[Outcome]:
        """One transaction. Leaves only after COMMIT with synchronous FULL; any failure is LedgerFailed [H9]."""
        self.outcome, self._now, self._changed = Outcome(), now_ms, set[str]()
        self._spoken, self._claimed = set[str](), set[str]()
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield self.outcome
            for name in self._changed:
                self._streams.write(self._streams[name])
            self._db.execute("COMMIT")
        except apsw.Error as error:
            hint = "the group was not committed and not acknowledged: agents send it again"
            raise LedgerFailed(f"{self._file}: {error} ({hint})") from error
        self._note()

    def _note(self) -> None:
        """What the group changed of what must survive the ledger, before any receipt leaves [R1]."""
        notes = [self._noted(self._streams[name]) for name in sorted(self._spoken | self._claimed)]
        if notes:
            claims = {name: [Claim(name, *link, first) for link, first in self._streams[name].chain.claims.items()]
                      for name in self._claimed}  # fmt: skip
            self.registry.note(notes, claims)

    def _noted(self, stream: Stream) -> StreamNote:
        return StreamNote(stream.stream, stream.device, stream.heard, stream.chain.first, stream.chain.frozen)

    # ---------------------------------------------------------------- what comes in

    def message(self, device: str, message: Message) -> None:
        """Every proven line of a message, and the claim that it makes. Raises Refused (wrong-device) for another's stream."""
        stream = self._speaking(device, message.stream)
        if message.lines:
            last = message.lines[-1]
            self._claim(stream, message.lines[0].n, Link(last.n, last.hash))
        self._message_row: int | None = None
        for line in message.lines:
            self._accept(stream, line, message.trailer, adopted=False)

    def announcement(self, device: str, statement: Birth | Status, body: bytes) -> None:
        """A birth or status: its claim [H7], and a status as the device's last word about itself.

        A broker repeats a retained status to every new connection, and speaks a last will in the device's name: neither is the device
        heard from.
        """
        alive = isinstance(statement, Birth) or (statement.online and not self._said_before(device, body))
        stream = self._speaking(device, statement.stream, alive=alive)
        stream.chain.first = max(stream.chain.first, statement.first)
        self._run("UPDATE stream SET first=? WHERE id=?", stream.chain.first, stream.id)
        self._claim(stream, statement.first, Link(statement.n, statement.hash))
        if isinstance(statement, Status):
            self._run(
                "INSERT INTO status VALUES (?1,?2,?3,?4) ON CONFLICT DO UPDATE SET received_ms=?2, online=?3, body=?4",
                device,
                self._now,
                statement.online,
                body,
            )

    def _said_before(self, device: str, body: bytes) -> bool:
        return self._db.execute("SELECT 1 FROM status WHERE device=? AND body=?", (device, body)).fetchone() is not None

    def unproven(self, topic: str, device: str, sender: str, refusal: Refusal, raw: bytes) -> str:
        """Keep a payload that proves nothing under the hash of its bytes [H10], within the bounds of `sender` [H12]: the device where
        the register knows it, else STRANGERS. Returns that hash."""
        digest, kept = self._kept.unproven(topic, device, sender, refusal, raw, self._now)
        if kept is not Kept.WHOLE:
            self.outcome.excess.append(kept)
        return digest

    # ---------------------------------------------------------------- one line

    def _accept(self, stream: Stream, line: Line, trailer: bytes, *, adopted: bool) -> None:
        known = self._db.execute(
            "SELECT id, refusal FROM entry WHERE stream=? AND n=? AND hash=?", (stream.id, line.n, line.hash)
        ).fetchone()
        if known is not None:
            self.outcome.count("duplicate")
            if adopted and not known[1]:
                self._count(stream, int(known[0]), line)
            return
        chain = stream.chain
        self._compare(stream, Link(line.n, line.hash))
        self._compare(stream, Link(line.n - 1, line.prev))
        holds = chain.slot(line.n) is None
        entry = self._insert(stream, line, trailer, holds)
        stream.tally.stored += holds
        stream.tally.evidence += not holds
        stream.tally.refused += line.refusal is not None
        if holds and line.n > chain.upto:
            chain.ahead[line.n] = Slot(line.hash, line.prev)
        if line.refusal is not None:
            self.outcome.count("refused")
            self.outcome.refused.append((stream.device, line.refusal))
            place = (stream.stream, line.n, line.raw, self._now)
            self._kept.add("", stream.device, line.refusal, line.hash, *place)
        elif holds or adopted:
            self.outcome.count("stored")
            self._count(stream, entry, line)
        else:
            self.outcome.count("evidence")
        self._advance(stream)

    def _insert(self, stream: Stream, line: Line, trailer: bytes, holds: bool) -> int:
        if self._message_row is None:
            self._run(
                "INSERT INTO message(device, received_ms, trailer) VALUES (?,?,?)", stream.device, self._now, trailer
            )
            self._message_row = self._db.last_insert_rowid()
        content, refusal = line.content, line.refusal
        self._run(
            "INSERT INTO entry(stream, n, hash, prev, message, received_ms, holds, readings, kind, refusal, line)"
            " VALUES (?,?,?,?,?,?,?,?,?,?,?)",
            stream.id,
            line.n,
            line.hash,
            line.prev,
            self._message_row,
            self._now,
            holds,
            content.readings if content else 0,
            content.kind if content else "refused",
            refusal.reason if refusal else "",
            line.raw,
        )
        return self._db.last_insert_rowid()

    def _count(self, stream: Stream, entry: int, line: Line) -> None:
        """The content of a body counts once, known by its hash [H6]."""
        if self._db.execute("SELECT 1 FROM counted WHERE entry=?", (entry,)).fetchone():
            return
        self.head += 1
        self._run("INSERT INTO counted VALUES (?,?)", self.head, entry)
        if isinstance(line.content, Batch):
            self.outcome.readings += line.content.readings
            stream.tally.readings += line.content.readings
            self._changed.add(stream.stream)
        elif isinstance(line.content, Loss):
            self._declare(stream, entry, line.content)
        elif isinstance(line.content, Adoption):
            self._adopt(stream, line.content)

    def _declare(self, stream: Stream, entry: int, content: Loss) -> None:
        for cover in content.covers:
            try:
                target = self._streams.known(stream.device, cover.stream, self._now)
            except (ForeignStream, TooManyStreams) as error:
                self.outcome.refused.append(
                    (stream.device, Refusal(error.reason, f"declares losses of {cover.stream}"))
                )
                continue
            self._compare(target, Link(cover.last, cover.end))
            loss = DeclaredLoss(cover.first, cover.last, cover.end, cover.count, target is stream)
            if loss not in target.chain.losses:
                target.chain.losses.append(loss)
                self._run(
                    "INSERT INTO loss(stream, first, last, end, count, reason, own, entry) VALUES (?,?,?,?,?,?,?,?)",
                    target.id,
                    cover.first,
                    cover.last,
                    cover.end,
                    cover.count,
                    cover.reason,
                    loss.own,
                    entry,
                )
            self._advance(target)

    def _adopt(self, stream: Stream, content: Adoption) -> None:
        """Each adopted body is accepted as an entry of its own stream [H6]; one that cannot be read is quarantined alone."""
        for text in content.adopted:
            raw = text.encode("utf-8", "surrogatepass")
            parts = read_header(raw)
            body: Content | None = None
            refusal: Refusal | None = None
            try:
                _, body = read_entry(raw, device=stream.device)
                if isinstance(body, Adoption):
                    body, refusal = None, Refusal("bad-content", "an adoption inside an adoption")
            except Refused as error:
                refusal = error.refusal
            if parts is None:
                self.outcome.refused.append((stream.device, Refusal("bad-header", "adopted body")))
                unread = Refusal("bad-header", "adopted body")
                self._kept.add("", stream.device, unread, line_hash(raw), "", 0, raw, self._now)
                continue
            header = parts[0]
            try:
                target = self._streams.known(stream.device, header.stream, self._now)
            except (ForeignStream, TooManyStreams) as error:
                self.outcome.refused.append((stream.device, Refusal(error.reason, f"adopts from {header.stream}")))
                continue
            self._accept(target, Line(header.n, header.prev, line_hash(raw), raw, body, refusal), b"", adopted=True)

    # ---------------------------------------------------------------- claims, forks, upto

    def _claim(self, stream: Stream, first: int, place: Link) -> None:
        self._compare(stream, place)
        chain, before = stream.chain, dict(stream.chain.claims)
        chain.claim(first, place)
        chain.forget_claims(safe_of(chain, self.registry.reaches(stream.stream)).n)
        self._write_claims(stream, before)

    def _write_claims(self, stream: Stream, before: dict[Link, int]) -> None:
        for place in before.keys() - stream.chain.claims.keys():
            self._run("DELETE FROM claim WHERE stream=? AND n=? AND hash=?", stream.id, *place)
        if before != stream.chain.claims:
            self._claimed.add(stream.stream)
        for place, first in stream.chain.claims.items():
            if before.get(place) != first:
                kept = "INSERT INTO claim VALUES (?1,?2,?3,?4) ON CONFLICT DO UPDATE SET first=?4"
                self._run(kept, stream.id, *place, first)

    def _compare(self, stream: Stream, place: Link) -> None:
        """Two hashes for one number are a fork; the stream is frozen for every holder [H4]."""
        known = stream.chain.disagreement(place)
        if known is None:
            return
        if int(self._db.execute("SELECT count(*) FROM fork WHERE stream=?", (stream.id,)).get or 0) < MAX_FORKS:
            told = (stream.id, place.n, known, place.hash, self._now)
            self._run("INSERT OR IGNORE INTO fork(stream, n, known, told, received_ms) VALUES (?,?,?,?,?)", *told)
        if not stream.chain.frozen:
            stream.chain.frozen = True
            self._spoken.add(stream.stream)
            self._run("UPDATE stream SET frozen=1 WHERE id=?", stream.id)
            self.outcome.forks.append(Fork(stream.device, stream.stream, place.n))

    def _advance(self, stream: Stream) -> None:
        chain, here = stream.chain, stream.chain.upto
        for place, bridged in chain.advance():
            if bridged:
                self._run("INSERT INTO bridge VALUES (?,?,?)", stream.id, here, place.n)
            here = place.n
        self._changed.add(stream.stream)

    # ---------------------------------------------------------------- streams

    def stream(self, name: str) -> Stream | None:
        """A stream of the ledger by its name."""
        return self._streams.get(name)

    def current_stream(self, device: str) -> Stream | None:
        """The stream that the device spoke of last."""
        return self._streams.current(device)

    def refused_numbers(self, stream: Stream, limit: int) -> list[tuple[int, str]]:
        """The newest refused numbers of a stream with their reasons, ascending."""
        rows = self._db.execute(
            "SELECT n, refusal FROM entry WHERE stream=? AND refusal != '' ORDER BY n DESC LIMIT ?", (stream.id, limit)
        ).fetchall()
        return [(int(n), str(reason)) for n, reason in reversed(rows)]

    def _speaking(self, device: str, name: str, *, alive: bool = True) -> Stream:
        """The stream a signed payload of `device` is about; it becomes the device's current one. `alive`: the device was heard now."""
        try:
            stream = self._streams.known(device, name, self._now)
        except ForeignStream as error:
            raise Refused("wrong-device", f"stream {name} belongs to another device") from error
        except TooManyStreams as error:
            raise Refused("too-many-streams", str(error)) from error
        self._heard += 1
        stream.heard = self._heard
        self._spoken.add(name)
        heard = "UPDATE stream SET heard=?, heard_ms=iif(?, ?, heard_ms) WHERE id=?"
        self._run(heard, self._heard, alive, self._now, stream.id)
        self.outcome.heard[name] = device
        return stream

    def _run(self, sql: str, *values: Value) -> None:
        self._db.execute(sql, values)

    def _highest(self, sql: str) -> int:
        return int(self._db.execute(sql).get or 0)


def _by_stream(claims: Iterable[Claim]) -> dict[str, list[Claim]]:
    found: dict[str, list[Claim]] = {}
    for claim in sorted(claims):
        found.setdefault(claim.stream, []).append(claim)
    return found
