"""Reading ledger.db beside its writer: WAL readers do not block it. One instance for each thread."""

from pathlib import Path

import apsw

from larder_hub.ledger.rows import LedgerRow
from larder_hub.ledger.schema import LedgerFailed, open_for_reading

_ROWS = """
SELECT c.position, s.device, s.stream, e.n, e.hash, e.received_ms, e.line
  FROM counted c JOIN entry e ON e.id = c.entry JOIN stream s ON s.id = e.stream
 WHERE c.position > ? ORDER BY c.position LIMIT ?"""


class SqliteLedgerReader:
    """The port `LedgerReader` over ledger.db. Raises LedgerFailed where the file cannot be read."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._connection: apsw.Connection | None = None

    @property
    def connection(self) -> apsw.Connection:
        if self._connection is None:
            self._connection = open_for_reading(self._file)
        return self._connection

    def after(self, position: int, limit: int) -> list[LedgerRow]:
        try:
            return [LedgerRow(*row) for row in self.connection.execute(_ROWS, (position, limit))]
        except apsw.Error as error:
            raise LedgerFailed(f"{self._file}: {error}") from error

    def head(self) -> int:
        try:
            return int(self.connection.execute("SELECT max(position) FROM counted").get or 0)
        except apsw.Error as error:
            raise LedgerFailed(f"{self._file}: {error}") from error

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
