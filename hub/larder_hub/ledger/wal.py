"""The write-ahead log of the ledger: a reader that holds a transaction open keeps SQLite from emptying it, and it grows."""

import logging
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from larder_hub.metrics import Metrics

log = logging.getLogger("larder.hub.wal")


class WalWatch:
    """Owned by the ingest thread; `large` is read by the web. `bound_mb` is what counts as too much."""

    def __init__(self, ledger: Path, bound_mb: int, metrics: Metrics, every_s: float = 1.0,
                 clock: Callable[[], float] = monotonic) -> None:  # fmt: skip
        self._file, self._bound, self._metrics = ledger.with_name(ledger.name + "-wal"), bound_mb << 20, metrics
        self._every_s, self._clock = every_s, clock
        self._due = float("-inf")
        self.large = False

    def look(self) -> None:
        now = self._clock()
        if now < self._due:
            return
        self._due = now + self._every_s
        size = self._file.stat().st_size if self._file.exists() else 0
        self._metrics.wal_bytes.set(size)
        if (large := size > self._bound) and not self.large:
            log.error("%s has %s MB: some program holds a transaction open on the ledger (a backup, a shell, a report; "
                      "fuser names it). Nothing is lost; the disk fills", self._file, size >> 20)  # fmt: skip
        self.large = large
