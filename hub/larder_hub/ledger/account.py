"""The gap account: for every stream, which numbers are stored, awaited, declared lost, or unexplained. PROTOCOL.md [H7].

A number is *stored* if a body holds it (refused ones too: their bytes are kept), *declared lost* if it is not stored and a signed loss
names it, *awaited* if its holder still answers for it, and *unexplained* otherwise: the stream has ended, or its holder says that
it no longer has what the hub never got. What the hub holds counts as stored, whatever a loss says.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

import apsw

from larder_hub.ledger.schema import LedgerFailed, open_for_reading
from larder_hub.ledger.spans import Loss, LossOf, Span, losses_by_reason, outermost, subtract, total, union

_STREAMS = """
SELECT id, device, stream, heard, first_heard_ms, heard_ms, upto, frozen, first, stored, refused, evidence, readings
  FROM stream ORDER BY device, heard"""


MAX_RANGES = 100


class StreamState(StrEnum):
    """`current`: the one its device speaks. `closed`: the device speaks a newer one, or it was only named by one. `forked`: two signed
    statements disagree, it is frozen. `restored`: the ledger was lost and only the registry remembers it; its device has not spoken it
    since."""

    CURRENT = "current"
    CLOSED = "closed"
    FORKED = "forked"
    RESTORED = "restored"


@dataclass(frozen=True)
class StreamAccount:
    """Counts are entries, `readings_*` readings. `ranges_*` name the numbers, at most 100 ranges of each. `losses` share what is
    declared lost among its reasons. `first_heard_ms` and `heard_ms` are the hub's clock, None where nobody remembers.

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
    ranges_stored: tuple[Span, ...]
    ranges_refused: tuple[Span, ...]
    ranges_awaited: tuple[Span, ...]
    ranges_declared_lost: tuple[Span, ...]
    ranges_unexplained: tuple[Span, ...]
    ranges_unproven: tuple[Span, ...]
    losses: tuple[LossOf, ...]
    first_heard_ms: int | None
    heard_ms: int | None
    ended: bool
    frozen: bool

    @property
    def state(self) -> StreamState:
        if self.frozen:
            return StreamState.FORKED
        if self.ended:
            return StreamState.CLOSED
        return StreamState.CURRENT if self.heard_ms is not None else StreamState.RESTORED


class AccountBook:
    """Reads the account from ledger.db; one instance for each thread."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._connection: apsw.Connection | None = None

    def streams(self) -> list[StreamAccount]:
        """Every stream's account, by device, the current one of each last. One consistent look at the ledger. Raises LedgerFailed."""
        if self._connection is None:
            self._connection = open_for_reading(self._file)
        try:
            with self._connection as db:
                rows = [_Row(*row) for row in db.execute(_STREAMS)]
                current = {row.device: row.id for row in rows if row.heard}
                accounts = [
                    _account(db, row, ended=bool(row.frozen) or current.get(row.device) != row.id) for row in rows
                ]
        except apsw.Error as error:
            raise LedgerFailed(f"{self._file}: {error} (is it a ledger, can this user read it?)") from error
        return accounts

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class _Row(NamedTuple):
    id: int
    device: str
    stream: str
    heard: int
    first_heard_ms: int
    heard_ms: int
    upto: int
    frozen: int
    first: int
    stored: int
    refused: int
    evidence: int
    readings: int


def _account(db: apsw.Connection, row: _Row, *, ended: bool) -> StreamAccount:
    told = "SELECT first, last, count, reason FROM loss WHERE stream=? ORDER BY id"
    losses = [Loss(*found) for found in db.execute(told, (row.id,))]
    claimed = int(db.execute("SELECT max(n) FROM claim WHERE stream=?", (row.id,)).get or 0)
    stored = _stored(db, row)
    head = max([row.upto, claimed, *(span.last for span in stored), *(loss.last for loss in losses)])
    declared = subtract(union(Span(loss.first, loss.last) for loss in losses), stored)
    missing = subtract([Span(1, head)] if head else [], union([*stored, *declared]))
    answered_for = [] if ended or row.first > head else [Span(row.first, head)]
    unexplained = subtract(missing, answered_for)
    awaited = subtract(missing, unexplained)
    lost = {loss: max(0, loss.readings - _readings_between(db, row.id, loss)) for loss in outermost(losses)}
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
        readings_declared_lost=sum(lost.values()),
        ranges_stored=tuple(stored[:MAX_RANGES]),
        ranges_refused=_refused(db, row),
        ranges_awaited=tuple(awaited[:MAX_RANGES]),
        ranges_declared_lost=tuple(declared[:MAX_RANGES]),
        ranges_unexplained=tuple(unexplained[:MAX_RANGES]),
        ranges_unproven=tuple(unproven[:MAX_RANGES]),
        losses=losses_by_reason(losses, declared, lost),
        first_heard_ms=row.first_heard_ms or None,
        heard_ms=(row.heard_ms or None) if row.heard else None,
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


def _refused(db: apsw.Connection, row: _Row) -> tuple[Span, ...]:
    """The first ranges of refused numbers; the index holds nothing else, and refusals are few."""
    if not row.refused:
        return ()
    numbers = "SELECT n FROM entry WHERE stream=? AND refusal != '' AND holds ORDER BY n"
    return tuple(union(Span(n, n) for (n,) in db.execute(numbers, (row.id,)))[:MAX_RANGES])


def _readings_between(db: apsw.Connection, stream: int, loss: Loss) -> int:
    held = "SELECT sum(readings) FROM entry WHERE stream=? AND n BETWEEN ? AND ? AND holds"
    return int(db.execute(held, (stream, loss.first, loss.last)).get or 0)
