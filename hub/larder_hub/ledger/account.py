"""The gap account: for every stream, which numbers are stored, awaited, declared lost, or unexplained. PROTOCOL.md [H7].

A number is *stored* if a body holds it (refused ones too: their bytes are kept), *declared lost* if it is not stored and a signed loss
names it, *awaited* if its holder still answers for it, and *unexplained* otherwise: the stream has ended, or its holder says that
it no longer has what the hub never got. What the hub holds counts as stored, whatever a loss says.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import apsw

from larder_hub.ledger.schema import open_for_reading


class Span(NamedTuple):
    first: int
    last: int

    @property
    def size(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True)
class StreamAccount:
    """Counts are entries, `readings_*` readings. `ranges_*` name the numbers, at most 100 ranges of each."""

    device: str
    stream: str
    head: int
    upto: int
    stored: int
    refused: int
    evidence: int
    awaited: int
    declared_lost: int
    unexplained: int
    readings_stored: int
    readings_declared_lost: int
    ranges_awaited: tuple[Span, ...]
    ranges_declared_lost: tuple[Span, ...]
    ranges_unexplained: tuple[Span, ...]
    heard_ms: int
    ended: bool
    frozen: bool


def subtract(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """What of `spans` no span of `taken` covers. Both ascending and free of overlap."""
    rest: list[Span] = []
    holes = list(taken)
    for first, last in spans:
        for hole in holes:
            if hole.last < first or hole.first > last:
                continue
            if hole.first > first:
                rest.append(Span(first, hole.first - 1))
            first = hole.last + 1
        if first <= last:
            rest.append(Span(first, last))
    return rest


def union(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.first <= joined[-1].last + 1:
            joined[-1] = Span(joined[-1].first, max(joined[-1].last, span.last))
        else:
            joined.append(span)
    return joined


def total(spans: Iterable[Span]) -> int:
    return sum(span.size for span in spans)


class Loss(NamedTuple):
    first: int
    last: int
    readings: int


def outermost(losses: Iterable[Loss]) -> list[Loss]:
    """Of losses that repeat earlier ones, those that say it all: from the highest end down, none that reaches into one already taken.

    A holder's own range begins right after a number that it deleted under safe, and safe stands only on stored numbers and on ends of losses.
    So what a skipped loss names below the taken one is stored, or is named by a third loss that ends before it.
    """
    taken: list[Loss] = []
    for loss in sorted(losses, key=lambda one: (-one.last, one.first, -one.readings)):
        if not taken or loss.last < taken[-1].first:
            taken.append(loss)
    return taken


class AccountBook:
    """Reads the account from ledger.db; one instance for each thread."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._connection: apsw.Connection | None = None

    def streams(self) -> list[StreamAccount]:
        """Every stream's account, by device, the current stream of each last. One consistent look at the ledger."""
        if self._connection is None:
            self._connection = open_for_reading(self._file)
        with self._connection as db:
            rows = db.execute("SELECT id, device, stream, heard, heard_ms, upto, frozen, first FROM stream ORDER BY device, heard").fetchall()
            current = {row[1]: row[0] for row in rows if row[3]}
            return [self._one(db, row, ended=bool(row[6]) or current.get(row[1]) != row[0]) for row in rows]

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _one(self, db: apsw.Connection, row: tuple[int, str, str, int, int, int, int, int], *, ended: bool) -> StreamAccount:
        id_, device, name, _, heard_ms, upto, frozen, first = row
        losses = [(Loss(*found[:3]), found[3]) for found in
                  db.execute("SELECT first, last, count, own FROM loss WHERE stream=?", (id_,))]
        stored = list(_stored(db, id_))
        claimed = db.execute("SELECT max(n) FROM claim WHERE stream=?", (id_,)).get or 0
        head = max([upto, claimed, *(span.last for span in stored), *(loss.last for loss, _ in losses)])
        declared = subtract(union(Span(loss.first, loss.last) for loss, _ in losses), stored)
        missing = subtract([Span(1, head)] if head else [], union([*stored, *declared]))
        awaited, unexplained = ([], missing) if ended else (subtract(missing, [Span(1, first - 1)] if first > 1 else []),
                                                            subtract(missing, [Span(first, head)] if head >= first else []))
        counts = db.execute("SELECT coalesce(sum(holds), 0), coalesce(sum(refusal != ''), 0), coalesce(sum(1 - holds), 0)"
                            " FROM entry WHERE stream=?", (id_,)).fetchone()
        readings = db.execute("SELECT coalesce(sum(e.readings), 0) FROM counted c JOIN entry e ON e.id = c.entry WHERE e.stream=?",
                              (id_,)).get
        lost = sum(max(0, loss.readings - _readings_between(db, id_, loss)) for loss in outermost(one for one, _ in losses))
        return StreamAccount(device, name, head, upto, counts[0], counts[1], counts[2], total(awaited), total(declared),
                             total(unexplained), readings, lost, tuple(awaited[:100]), tuple(declared[:100]),
                             tuple(unexplained[:100]), heard_ms, ended, bool(frozen))


def _stored(db: apsw.Connection, stream: int) -> Iterator[Span]:
    """The numbers a stream holds, as ranges: those whose predecessor is not held begin one, found by the index alone."""
    begins = [row[0] for row in db.execute(
        "SELECT n FROM entry e WHERE stream=?1 AND holds AND NOT EXISTS"
        " (SELECT 1 FROM entry p WHERE p.stream=?1 AND p.n=e.n-1 AND p.holds) ORDER BY n", (stream,))]
    last = db.execute("SELECT max(n) FROM entry WHERE stream=? AND holds", (stream,)).get
    for begin, following in pairwise([*begins, None]):
        end = last if following is None else db.execute(
            "SELECT max(n) FROM entry WHERE stream=? AND holds AND n<?", (stream, following)).get
        yield Span(begin, end)


def _readings_between(db: apsw.Connection, stream: int, loss: Loss) -> int:
    return int(db.execute("SELECT coalesce(sum(readings), 0) FROM entry WHERE stream=? AND n BETWEEN ? AND ? AND holds",
                          (stream, loss.first, loss.last)).get)
