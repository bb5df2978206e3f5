"""The ingest thread: one group, one commit, then PUBACKs and receipts. It alone writes the ledger."""

import logging
from collections.abc import Callable, Sequence
from threading import Event
from time import monotonic, perf_counter
from typing import Protocol

from larder_core.names import parse_topic
from larder_hub.failures import FileFailed
from larder_hub.ingest.intake import Intake, Settled, describe
from larder_hub.ingest.mailbox import Arrival, Mailbox
from larder_hub.ingest.suspects import Part, Suspects
from larder_hub.metrics import Metrics

log = logging.getLogger("larder.hub.ingest")


class Link(Protocol):
    """What the loop needs of the broker connection."""

    def acknowledge(self, arrivals: Sequence[Arrival]) -> None: ...

    def publish(self, topic: str, payload: bytes) -> None: ...


class IngestLoop:
    """`turns` are called each time round, with messages or without, twice a second at least."""

    def __init__(self, mailbox: Mailbox, intake: Intake, link: Link, suspects: Suspects, metrics: Metrics, group_messages: int,
                 now_ms: Callable[[], int], committed: Callable[[], None], turns: Sequence[Callable[[], object]]) -> None:  # fmt: skip
        self._mailbox, self._intake, self._link, self._metrics = mailbox, intake, link, metrics
        self._suspects, self._turns = suspects, tuple(turns)
        self._group_messages, self._now_ms, self._committed = group_messages, now_ms, committed
        self._round = monotonic()

    def age_s(self) -> float:
        """How long ago the thread last came round; any thread may ask."""
        return monotonic() - self._round

    def run(self, stop: Event) -> None:
        """Until `stop`. Raises LedgerFailed: the process must end, what was not acknowledged comes again."""
        while not stop.is_set():
            self._round = monotonic()
            for turn in self._turns:
                turn()
            for part in self._suspects.parted(self._mailbox.take(self._group_messages, timeout_s=0.5)):
                try:
                    self._settle(part)
                except FileFailed:
                    self._suspects.release()
                    raise
            self._metrics.queue_bytes.set(self._mailbox.bytes)

    def _settle(self, part: Part) -> None:
        began, group = perf_counter(), part.arrivals
        settled = self._intake.settle(group, self._now_ms(), condemned=part.condemned)
        self._metrics.poison.inc(len(group) if part.condemned else 0)
        self._metrics.commit_seconds.observe(perf_counter() - began)
        self._link.acknowledge(group)
        for topic, payload in settled.receipts:
            self._link.publish(topic, payload)
        self._count(group, settled)
        self._committed()

    def _count(self, group: Sequence[Arrival], settled: Settled) -> None:
        outcome = settled.outcome
        for arrival in group:
            parsed = parse_topic(arrival.topic)
            self._metrics.payloads.labels(parsed[1] if parsed else "other").inc()
        for what, times in outcome.entries.items():
            self._metrics.entries.labels(what).inc(times)
        self._metrics.readings.inc(outcome.readings)
        for kept in outcome.excess:
            self._metrics.quarantine_excess.labels(kept).inc()
        self._metrics.untaken.inc(outcome.untaken)
        for device, refusal in outcome.refused:
            self._metrics.refused.labels(refusal.reason).inc()
            log.warning("refused device=%s %s", device or "?", describe(refusal))
        for device in outcome.births:
            self._metrics.births.labels(device).inc()
        for fork in outcome.forks:
            self._metrics.forks.inc()
            log.error("fork device=%s stream=%s n=%s (two signed statements disagree; the stream is frozen)", *fork)
