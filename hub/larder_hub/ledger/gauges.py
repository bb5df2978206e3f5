"""The gap account as gauges, so that a board or an alert needs no API: refreshed every few seconds in a thread of its own."""

from collections import Counter
from pathlib import Path
from threading import Event

from larder_hub.ledger.account import AccountBook
from larder_hub.metrics import Metrics


class AccountGauges:
    """Owned by one thread."""

    def __init__(self, file: Path, metrics: Metrics, every_s: float = 10.0) -> None:
        self._file, self._metrics, self._every_s = file, metrics, every_s

    def run(self, stop: Event) -> None:
        """Until `stop`. Raises LedgerFailed."""
        book = AccountBook(self._file)
        try:
            while not stop.is_set():
                self.refresh(book)
                stop.wait(self._every_s)
        finally:
            book.close()

    def refresh(self, book: AccountBook) -> None:
        unexplained: Counter[str] = Counter()
        awaited: Counter[str] = Counter()
        for one in book.streams():
            unexplained[one.device] += one.unexplained
            awaited[one.device] += one.awaited
        for device, count in unexplained.items():
            self._metrics.unexplained.labels(device).set(count)
            self._metrics.awaited.labels(device).set(awaited[device])
