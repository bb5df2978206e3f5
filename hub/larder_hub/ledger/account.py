"""The gap account: for every stream, which numbers are stored, awaited, declared lost, or unexplained. PROTOCOL.md [H7].

A number is *stored* if a body holds it (refused ones too: their bytes are kept), *declared lost* if it is not stored and a signed loss
names it, *awaited* if its holder still answers for it, and *unexplained* otherwise: the stream has ended, or its holder says that
it no longer has what the hub never got. What the hub holds counts as stored, whatever a loss says.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import apsw

from larder_hub.ledger.schema import open_for_reading

_STREAMS = """
SELECT id, device, stream, heard, heard_ms, upto, frozen, first, stored, refused, evidence, readings
  FROM stream ORDER BY device, heard"""


class Span(NamedTuple):
    first: int
    last: int

    @property
    def size(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True)
class StreamAccount:
    """Counts are entries, `readings_*` readings. `ranges_*` name the numbers, at most 100 ranges of each.

    `unproven` numbers of an ended stream lie on an announced branch that hashes do not reach: where such a number is stored too,
    nobody can say whether the stored body is the announced one.
    """

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
    unproven: int
    readings_stored: int
    readings_declared_lost: int
    ranges_awaited: tuple[Span, ...]
    ranges_declared_lost: tuple[Span, ...]
    ranges_unexplained: tuple[Span, ...]
    ranges_unproven: tuple[Span, ...]
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
    """Of losses that repeat earlier ones, those that say it all: from the highest end down, none that reaches into one taken.

    A holder's own range begins right after a number that it deleted under safe, and safe stands only on stored numbers and on
    ends of losses. So what a skipped loss names below the taken one is stored, or is named by a third loss that ends before it.
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
        self._connection.execute("BEGIN")
        try:
            rows = [_Row(*row) for row in self._connection.execute(_STREAMS)]
            current = {row.device: row.id for row in rows if row.heard}
            return [
                _account(self._connection, row, ended=bool(row.frozen) or current.get(row.device) != row.id)
                for row in rows
            ]
        finally:
            self._connection.execute("COMMIT")

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class _Row(NamedTuple):
    id: int
    device: str
    stream: str
    heard: int
    heard_ms: int
    upto: int
    frozen: int
    first: int
    stored: int
    refused: int
    evidence: int
    readings: int


def _account(db: apsw.Connection, row: _Row, *, ended: bool) -> StreamAccount:
    losses = [Loss(*found) for found in db.execute("SELECT first, last, count FROM loss WHERE stream=?", (row.id,))]
    claimed = int(db.execute("SELECT max(n) FROM claim WHERE stream=?", (row.id,)).get or 0)
    stored = _stored(db, row)
    head = max([row.upto, claimed, *(span.last for span in stored), *(loss.last for loss in losses)])
    declared = subtract(union(Span(loss.first, loss.last) for loss in losses), stored)
    missing = subtract([Span(1, head)] if head else [], union([*stored, *declared]))
    answered_for = [] if ended or row.first > head else [Span(row.first, head)]
    unexplained = subtract(missing, answered_for)
    awaited = subtract(missing, unexplained)
    lost = sum(max(0, loss.readings - _readings_between(db, row.id, loss)) for loss in outermost(losses))
    unproven = _unproven(db, row) if ended else []
    return StreamAccount(
        device=row.device,
        stream=row.stream,
        head=head,
        upto=row.upto,
        stored=row.stored,
        refused=row.refused,
        evidence=row.evidence,
        awaited=total(awaited),
        declared_lost=total(declared),
        unexplained=total(unexplained),
        unproven=total(unproven),
        readings_stored=row.readings,
        readings_declared_lost=lost,
        ranges_awaited=tuple(awaited[:100]),
        ranges_declared_lost=tuple(declared[:100]),
        ranges_unexplained=tuple(unexplained[:100]),
        ranges_unproven=tuple(unproven[:100]),
        heard_ms=row.heard_ms,
        ended=ended,
        frozen=bool(row.frozen),
    )


def _unproven(db: apsw.Connection, row: _Row) -> list[Span]:
    """From every claim that upto did not confirm, walk back by hashes: what cannot be walked is not proven to be here."""
    crossed: Iterable[Any] = db.execute("SELECT after, last FROM bridge WHERE stream=?", (row.id,))
    bridges = [Span(after + 1, last - 1) for after, last in crossed]
    claims: list[Any] = db.execute("SELECT n, hash, first FROM claim WHERE stream=?", (row.id,)).fetchall()
    spans = []
    for n, digest, first in claims:
        reached = _walk_back(db, row, bridges, n, digest, first)
        if reached >= first:
            spans.append(Span(first, reached))
    return union(spans)


def _walk_back(db: apsw.Connection, row: _Row, bridges: list[Span], n: int, digest: str, first: int) -> int:
    """The highest number at or below `n` that hashes do not reach from there; below `first` if they reach it all."""
    step = "SELECT prev, holds FROM entry WHERE stream=? AND n=? AND hash=?"
    while n >= first and (found := db.execute(step, (row.id, n, digest)).fetchone()):
        if found[1] and n <= row.upto and not any(inside.first <= n <= inside.last for inside in bridges):
            return first - 1  # upto stood here: everything below is verified or declared
        n, digest = n - 1, str(found[0])
    ends = db.execute("SELECT own, first FROM loss WHERE stream=? AND last=? AND end=?", (row.id, n, digest)).fetchall()
    if n < first or any(own for own, _ in ends):
        return first - 1
    return min((int(str(begin)) - 1 for _, begin in ends), default=n)


def _stored(db: apsw.Connection, row: _Row) -> list[Span]:
    """The numbers a stream holds: all that upto stepped over, and what lies in or beyond the losses that it crossed."""
    bridges = [
        Span(after + 1, last)
        for after, last in db.execute("SELECT after, last FROM bridge WHERE stream=? ORDER BY after", (row.id,))
    ]
    stepped = subtract([Span(1, row.upto)] if row.upto else [], bridges)
    held = "SELECT n FROM entry WHERE stream=? AND holds AND n BETWEEN ? AND ?"
    apart = [n for span in [*bridges, Span(row.upto + 1, 2**53)] for (n,) in db.execute(held, (row.id, *span))]
    return union([*stepped, *(Span(n, n) for n in apart)])


def _readings_between(db: apsw.Connection, stream: int, loss: Loss) -> int:
    held = "SELECT sum(readings) FROM entry WHERE stream=? AND n BETWEEN ? AND ? AND holds"
    return int(db.execute(held, (stream, loss.first, loss.last)).get or 0)
