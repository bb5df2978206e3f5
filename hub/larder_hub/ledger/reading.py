"""Reading ledger.db beside its writer: WAL readers do not block it. One instance for each thread."""

from pathlib import Path
from typing import Any

import apsw

from larder_hub.ledger.rows import Incident, LedgerRow
from larder_hub.ledger.schema import LedgerFailed, open_for_reading

_ROWS = """
SELECT c.position, s.device, s.stream, e.n, e.hash, e.received_ms, e.line
  FROM counted c JOIN entry e ON e.id = c.entry JOIN stream s ON s.id = e.stream
 WHERE c.position > ? ORDER BY c.position LIMIT ?"""


_QUARANTINED = """
SELECT 'quarantine', id, device, reason || ': ' || detail, received_ms FROM quarantine WHERE id > ? ORDER BY id LIMIT ?"""

_FORKS = """
SELECT 'fork', f.id, s.device, 'stream ' || s.stream || ' number ' || f.n, f.received_ms
  FROM fork f JOIN stream s ON s.id = f.stream WHERE f.id > ? ORDER BY f.id LIMIT ?"""


class SqliteLedgerReader:
    """The ports `LedgerReader` and `IncidentReader` over ledger.db. Raises LedgerFailed where the file cannot be read."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._connection: apsw.Connection | None = None

    @property
    def connection(self) -> apsw.Connection:
        if self._connection is None:
            self._connection = open_for_reading(self._file)
        return self._connection

    def after(self, position: int, limit: int) -> list[LedgerRow]:
        return [LedgerRow(*row) for row in self._rows(_ROWS, position, limit)]

    def head(self) -> int:
        return int(self._rows("SELECT max(position) FROM counted")[0][0] or 0)

    def quarantined_after(self, place: int, limit: int) -> list[Incident]:
        return [Incident(*row) for row in self._rows(_QUARANTINED, place, limit)]

    def forks_after(self, place: int, limit: int) -> list[Incident]:
        return [Incident(*row) for row in self._rows(_FORKS, place, limit)]

    def _rows(self, sql: str, *values: int) -> list[tuple[Any, ...]]:
        try:
            return self.connection.execute(sql, values).fetchall()
        except apsw.Error as error:
            raise LedgerFailed(f"{self._file}: {error}") from error

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
