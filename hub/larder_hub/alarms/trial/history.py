"""What the hub has stored, as a scene: read beside a running hub, never written to."""

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import apsw

from larder_hub.alarms.lanes import Lane
from larder_hub.alarms.trial.run import TICK_MS
from larder_hub.alarms.trial.stage import Act, Scene
from larder_hub.ledger.reading import SqliteLedgerReader
from larder_hub.ledger.rows import LedgerRow
from larder_hub.register.directory import Directory
from larder_hub.register.schema import open_register
from larder_hub.register.store import load

WARM_UP_MS = 86_400_000
"""Before the period: budgets within a day, and what was going on already."""

ROWS_AT_ONCE = 2_000

_FIRST = """
SELECT s.stream, s.device, min(e.n) FROM counted c JOIN entry e ON e.id = c.entry JOIN stream s ON s.id = e.stream
 WHERE c.position > ? AND c.position <= ? GROUP BY s.stream, s.device"""


class NoHistory(ValueError):
    """The folder or the period holds nothing that could be judged; says what to do."""


@dataclass(frozen=True)
class History:
    """The ledger, the register and what people did in `data_dir`."""

    data_dir: Path

    def directory(self) -> Directory:
        """The register in force, from a copy: reading an older file would otherwise upgrade it. Raises NoHistory, RegisterFailed."""
        file = self.data_dir / "hub.db"
        with tempfile.TemporaryDirectory() as name:
            copy = Path(name) / "hub.db"
            try:
                source = apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READONLY)
                target = apsw.Connection(str(copy))
                with target.backup("main", source, "main") as backup:
                    backup.step()
                source.close()
                target.close()
            except apsw.Error as error:
                raise NoHistory(f"{file}: {error} (give the hub's data_dir with --data)") from error
            db = open_register(copy)
            try:
                return load(db)
            finally:
                db.close()

    def scene(self, directory: Directory, devices: Iterable[str], from_ms: int, to_ms: int) -> Scene:
        """The devices' rows that the hub received in the period and a day before it. Raises NoHistory, LedgerFailed."""
        wanted = frozenset(devices)
        reader = SqliteLedgerReader(self.data_dir / "ledger.db")
        try:
            head = reader.head()
            first = _position(reader, from_ms - WARM_UP_MS, head)
            last = _position(reader, to_ms, head)
            if last <= first:
                raise NoHistory(f"the ledger has nothing of that period ({head} rows in all; see larder account)")
            begin_ms = reader.after(first, 1)[0].received_ms
            lanes = tuple(Lane(*row) for row in reader.connection.execute(_FIRST, (first, last)) if row[1] in wanted)
        finally:
            reader.close()
        start_ms = begin_ms // TICK_MS * TICK_MS
        own = replace(directory, devices={id: one for id, one in directory.devices.items() if id in wanted})
        rows = Rows(self.data_dir / "ledger.db", first, last, wanted)
        return Scene(start_ms, to_ms, own, rows, self._acts(start_ms, to_ms), {}, lanes)

    def _acts(self, from_ms: int, to_ms: int) -> tuple[Act, ...]:
        """Who signed what, where the hub's alarms.db says so: an alarm that is the same is signed in the trial too."""
        file = self.data_dir / "alarms.db"
        query = "SELECT at_ms, actor, alarm FROM act WHERE act = 'ack' AND at_ms >= ? AND at_ms < ? ORDER BY at_ms"
        try:
            db = apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READONLY)
            rows = db.execute(query, (from_ms, to_ms)).fetchall()
            db.close()
        except apsw.Error:
            return ()
        return tuple(Act(int(str(at)), "ack", "", str(actor), "", str(alarm)) for at, actor, alarm in rows)


@dataclass(frozen=True)
class Rows:
    """Rows of some devices between two positions; each walk through them has a reader of its own."""

    file: Path
    first: int
    last: int
    devices: frozenset[str]

    def __iter__(self) -> Iterator[LedgerRow]:
        reader = SqliteLedgerReader(self.file)
        try:
            position = self.first
            while position < self.last and (rows := reader.after(position, min(ROWS_AT_ONCE, self.last - position))):
                yield from (row for row in rows if row.device in self.devices)
                position = rows[-1].position
        finally:
            reader.close()


def _position(reader: SqliteLedgerReader, at_ms: int, head: int) -> int:
    """The last position received before `at_ms`: the hub's clock only grows along the ledger, or nearly so."""
    low, high = 0, head
    while low < high:
        middle = (low + high) // 2
        row = reader.after(middle, 1)
        if row and row[0].received_ms < at_ms:
            low = middle + 1
        else:
            high = middle
    return low
