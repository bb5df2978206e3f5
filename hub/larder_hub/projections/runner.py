"""Carries ledger rows to a projection: one thread each, from its own position, as far as the ledger goes, for ever."""

from collections.abc import Callable
from threading import Condition, Event

from larder_hub.ledger.rows import LedgerReader
from larder_hub.metrics import Metrics
from larder_hub.projections.port import Projection


class Bell:
    """Rung after each commit, so that projections wake without asking the file again and again."""

    def __init__(self) -> None:
        self._rung = Condition()
        self._times = 0

    def ring(self) -> None:
        with self._rung:
            self._times += 1
            self._rung.notify_all()

    def wait_beyond(self, times: int, timeout_s: float) -> int:
        """Returns how often it has rung, as soon as that is more than `times`, or after `timeout_s`."""
        with self._rung:
            self._rung.wait_for(lambda: self._times != times, timeout_s)
            return self._times


class AheadOfLedger(RuntimeError):
    """A projection has applied rows that this ledger does not have."""


class Runner:
    """`rows_at_once` bounds a projection's transaction and memory. `stands` is where it stands, for any thread to read. `hurry`
    is called between transactions while there is more than one to do, and after it, as often as a tick is due, `meanwhile`."""

    def __init__(self, projection: Projection, reader: LedgerReader, bell: Bell, metrics: Metrics,
                 now_ms: Callable[[], int], rows_at_once: int = 500, tick_s: float = 1.0,
                 hurry: Callable[[LedgerReader], None] | None = None,
                 meanwhile: Callable[[int], None] | None = None) -> None:  # fmt: skip
        self._projection, self._reader, self._bell, self._metrics = projection, reader, bell, metrics
        self.stands = 0
        self._now_ms, self._rows_at_once, self._tick_s = now_ms, rows_at_once, tick_s
        self._hurry, self._meanwhile, self._ticked_ms = hurry, meanwhile, 0

    def run(self, stop: Event) -> None:
        """Until `stop`. An error ends the process: the projection's position says where the next one goes on."""
        rung = 0
        while not stop.is_set():
            self.catch_up(stop)
            self._when_due(self._projection.tick)
            rung = self._bell.wait_beyond(rung, self._tick_s)

    def catch_up(self, stop: Event) -> None:
        """Apply rows until the projection stands where the ledger does. Raises AheadOfLedger."""
        position = self.stands = self._projection.position()
        if position > self._reader.head():
            raise AheadOfLedger(
                f"{self._projection.name} stands at {position}, the ledger ends at {self._reader.head()}: "
                "they are not of one restore (stop the hub, move the projection's file away, start it: it is rebuilt)"
            )
        while not stop.is_set() and (rows := self._reader.after(position, self._rows_at_once)):
            self._projection.apply(rows)
            position = self.stands = rows[-1].position
            if self._hurry is not None and len(rows) == self._rows_at_once:
                self._hurry(self._reader)
                if self._meanwhile is not None:
                    self._when_due(self._meanwhile)
            self._metrics.position.labels(self._projection.name).set(position)
            self._metrics.ledger_head.set(self._reader.head())

    def _when_due(self, tick: Callable[[int], None]) -> None:
        now = self._now_ms()
        if abs(now - self._ticked_ms) >= self._tick_s * 1000:
            tick(now)
            self._ticked_ms = now
