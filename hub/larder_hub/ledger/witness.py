"""What the ledger says of when things are missing, and why: between which entries, and in which absences that devices told of."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import apsw

from larder_core.absence import Absence, read_absence
from larder_core.content import Content, Event
from larder_core.entry import read_entry
from larder_core.refusal import Refused
from larder_hub.ledger.account import StreamAccount
from larder_hub.ledger.schema import LedgerFailed, open_for_reading
from larder_hub.ledger.spans import Span

_BELOW = """
SELECT e.line, e.received_ms FROM entry e JOIN stream s ON s.id = e.stream
 WHERE s.stream=? AND e.n < ? AND e.holds ORDER BY e.n DESC LIMIT 1"""
_ABOVE = """
SELECT e.line, e.received_ms FROM entry e JOIN stream s ON s.id = e.stream
 WHERE s.stream=? AND e.n > ? AND e.holds ORDER BY e.n LIMIT 1"""
_EVENTS = """
SELECT e.id, s.device, e.line FROM entry e JOIN stream s ON s.id = e.stream
 WHERE e.kind = 'event' AND e.id > ? AND e.id IN (SELECT entry FROM counted) ORDER BY e.id"""


class Bracket(NamedTuple):
    """Numbers that are not here were sealed between these instants of device time: those of the entries held before and after them.

    None: there is no entry on that side. `readings` is how many they hold, from the running totals on both sides; None where one of
    them is missing or cannot be read.
    """

    stream: str
    span: Span
    from_ms: int | None
    to_ms: int | None
    readings: int | None


class AbsenceTold(NamedTuple):
    device: str
    absence: Absence


class Witness:
    """Reads ledger.db; one instance for each thread. Raises LedgerFailed."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._connection: apsw.Connection | None = None
        self._absences: list[AbsenceTold] = []
        self._read = 0

    def brackets(self, stream: StreamAccount, spans: Iterable[Span]) -> list[Bracket]:
        """One for each span, which holds no number that is stored."""
        return [self._bracket(stream.stream, span) for span in spans]

    def absences(self) -> list[AbsenceTold]:
        """Every absence told of so far [W-ABSENCE]. Events are read once."""
        for id_, device, line in self._ask(_EVENTS, self._read):
            self._read = int(str(id_))
            content = _content(line) if isinstance(line, bytes) else None
            if isinstance(content, Event) and (absence := read_absence(content)):
                self._absences.append(AbsenceTold(str(device), absence))
        return list(self._absences)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _bracket(self, stream: str, span: Span) -> Bracket:
        below = next(self._ask(_BELOW, stream, span.first), None)
        above = next(self._ask(_ABOVE, stream, span.last), None)
        before, after = _read(below), _read(above)
        total = before.total if before else 0 if below is None else None
        held = None if after is None or total is None else after.total - after.readings - total
        return Bracket(
            stream, span, _at(below, before), _at(above, after), held if held is not None and held >= 0 else None
        )

    def _ask(self, sql: str, *values: str | int) -> Iterator[tuple[object, ...]]:
        if self._connection is None:
            self._connection = open_for_reading(self._file)
        try:
            yield from self._connection.execute(sql, values)
        except apsw.Error as error:
            raise LedgerFailed(f"{self._file}: {error} (is it a ledger, can this user read it?)") from error


def _read(row: tuple[object, ...] | None) -> Content | None:
    return _content(row[0]) if row is not None and isinstance(row[0], bytes) else None


def _content(line: bytes) -> Content | None:
    try:
        return read_entry(line)[1]
    except Refused:
        return None


def _at(row: tuple[object, ...] | None, content: Content | None) -> int | None:
    """When an entry was sealed, by its device; of one that cannot be read, when it came."""
    if content is not None:
        return content.at
    return None if row is None else int(str(row[1]))
