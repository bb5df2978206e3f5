"""Handing a notice over, and following it: to whom, what became of it, and who is next when it came to nothing.

Another provider is given a message only once the one before has failed, or has said nothing for ten minutes; what still lay in its
outbox is taken back first where that can be done. Each hand-over is a row of its own: a message that may have gone twice shows.
"""

import logging
from collections.abc import Sequence

from larder_core.limits.words import Severity
from larder_hub.config import SmsConfig
from larder_hub.metrics import Metrics
from larder_hub.notices.budget import backoff_ms
from larder_hub.notices.capabilities import capabilities
from larder_hub.notices.health import Health, next_provider
from larder_hub.notices.port import Accepted, Delivery, Failed, SmsDriver, Withdraws, masked
from larder_hub.notices.queue import NoticeQueue, Queued
from larder_hub.notices.reserve import Reserve

log = logging.getLogger("larder.notices")

FOLLOW_MS = 5_000
"""How soon a message that the driver has is asked after again; later and later, up to FOLLOW_MOST_MS."""

FOLLOW_MOST_MS = 60_000

PUZZLED_MS = 10 * 60_000
"""After so long without a word of what became of it, an attempt counts as failed; and a message that lies in the driver's outbox is
worth a warning."""

EXPIRED_MS = 24 * 3_600_000
"""What could not be sent for so long is not news any more; the board and the book have it. No receipt comes after it either."""


class Handing:
    """Over the sender's queue. `drivers` in the order of the configuration."""

    def __init__(self, queue: NoticeQueue, drivers: Sequence[SmsDriver], config: SmsConfig, metrics: Metrics,
                 reserve: Reserve) -> None:  # fmt: skip
        self._queue, self._config, self._metrics = queue, config, metrics
        self._drivers = {driver.name: driver for driver in drivers}
        self._order, self._reserve = list(self._drivers), reserve

    # ---------------------------------------------------------------- out

    def send(self, notice: Queued, now_ms: int) -> None:
        provider = self._next(notice, now_ms)
        if provider is None and self._short(notice, now_ms):
            self.hold(notice, now_ms, due_ms=now_ms + FOLLOW_MOST_MS)
            return
        if provider is None:
            self.end(notice, "failed", "every provider has refused it", now_ms)
            return
        begun = self._queue.begin(notice, provider, now_ms)
        outcome = self._drivers[provider].send(begun.phone, begun.text, begun.name)
        if isinstance(outcome, Accepted):
            self._queue.accepted(begun, now_ms, now_ms)
            if capabilities(provider).receipts and self._health(provider).down_ms is not None:
                self._worked(provider, now_ms)
            self._count(begun, "accepted")
        elif isinstance(outcome, Failed):
            if not outcome.personal:
                self._unwell(provider, now_ms)
            self.failed(begun, outcome, now_ms)
        else:
            self._unwell(provider, now_ms)
            self._queue.move(
                begun, "unknown", now_ms, due_ms=now_ms + FOLLOW_MS, detail=outcome.reason, outcome="unknown"
            )
            self._count(begun, "unknown")

    def failed(self, notice: Queued, failed: Failed, now_ms: int, outcome: str = "") -> None:
        """An attempt came to nothing: the next provider at once, the same one later, or the end."""
        came_to = outcome or ("failed" if failed.retry else "refused")
        self._queue.move(notice, "waiting", now_ms, due_ms=now_ms, detail=failed.reason, outcome=came_to)
        following = self._next(notice, now_ms)
        if following is None and notice.attempt < self._config.attempts and self._short(notice, now_ms):
            self.hold(notice, now_ms, due_ms=now_ms + FOLLOW_MOST_MS)
            return
        if following is None or notice.attempt >= self._config.attempts:
            self.end(notice, "failed", failed.reason, now_ms)
            return
        untried = all(one.provider != following for one in self._queue.attempts(notice))
        wait_ms = 0 if untried else backoff_ms(notice.attempt, self._config.retry_s)
        self._queue.look_later(notice, now_ms + wait_ms)
        self._metrics.notice_retries.inc()
        log.warning("notice %s to %s by %s: %s; next: %s", notice.name, masked(notice.phone), notice.provider,
                    failed.reason, following)  # fmt: skip

    def end(self, notice: Queued, state: str, why: str, now_ms: int) -> None:
        self._queue.move(notice, state, now_ms, detail=why)
        self._count(notice, state)

    def hold(self, notice: Queued, now_ms: int, *, due_ms: int = 0) -> None:
        """It waits for room, and then goes out with what else waits, as a digest."""
        self._queue.move(notice, "held", now_ms, due_ms=due_ms, detail="more than a person gets: it waits for a digest")
        self._metrics.notices.labels("held").inc()

    # ---------------------------------------------------------------- what was handed over

    def ask(self, notice: Queued, now_ms: int) -> None:
        """What became of it, and what follows from that."""
        driver = self._driver(notice)
        delivery = Delivery.UNKNOWN if driver is None else driver.status(notice.name)
        waited_ms = now_ms - notice.changed_ms
        if delivery in (Delivery.SENT, Delivery.DELIVERED):
            self._worked(notice.provider, now_ms)
            self._queue.move(notice, delivery.value, now_ms, outcome=delivery.value)
            self._count(notice, delivery.value)
        elif delivery is Delivery.FAILED:
            self._unwell(notice.provider, now_ms)
            self.failed(notice, Failed("the modem or provider refused it", retry=True), now_ms)
        elif delivery is Delivery.WAITING:
            self._still_waiting(notice, driver, waited_ms, now_ms)
        elif delivery is Delivery.ABSENT and notice.state != "accepted":
            self._queue.again(notice, now_ms)
        elif waited_ms > PUZZLED_MS:
            self.failed(notice, Failed("nothing is known of it any more", retry=True), now_ms, "silent")
        elif notice.state == "sending":
            self._queue.move(notice, "unknown", now_ms, due_ms=now_ms + FOLLOW_MS, outcome="unknown")
        else:
            self._queue.look_later(notice, now_ms + _pause(waited_ms))

    def _still_waiting(self, notice: Queued, driver: SmsDriver | None, waited_ms: int, now_ms: int) -> None:
        if notice.state != "accepted":
            self._queue.accepted(notice, now_ms + FOLLOW_MS, now_ms)
        elif waited_ms <= PUZZLED_MS:
            self._queue.look_later(notice, now_ms + _pause(waited_ms))
        elif self._untried(notice, now_ms):
            taken_back = isinstance(driver, Withdraws) and driver.withdraw(notice.name)
            self._stuck(notice, now_ms, in_outbox=taken_back)
            why = "taken back from the outbox" if taken_back else "no receipt, it may arrive yet"
            self.failed(notice, Failed(why, retry=True), now_ms, "taken back" if taken_back else "silent")
        elif capabilities(notice.provider).receipts:
            if now_ms - notice.created_ms > EXPIRED_MS:
                self._queue.move(notice, "sent", now_ms, detail="no receipt within a day", outcome="silent")
                self._count(notice, "sent")
            else:
                self._queue.look_later(notice, now_ms + FOLLOW_MOST_MS)
        else:
            log.warning("notice %s to %s lies in the outbox of %s: is the daemon running, has the modem a network?",
                        notice.name, masked(notice.phone), notice.provider)  # fmt: skip
            self._stuck(notice, now_ms, in_outbox=True)
            self._queue.accepted(notice, now_ms + FOLLOW_MS, now_ms)

    def _stuck(self, notice: Queued, now_ms: int, *, in_outbox: bool) -> None:
        """What lies in an outbox for so long says that its daemon or modem does not send; a missing receipt may be a telephone off."""
        self._metrics.notices.labels("stuck").inc()
        surely = in_outbox or not capabilities(notice.provider).receipts
        self._unwell(notice.provider, now_ms, weight=self._config.down_after if surely else 1)

    # ---------------------------------------------------------------- providers

    def _driver(self, notice: Queued) -> SmsDriver | None:
        """Whose attempt it is; None where the configuration does not name it any more. An old file says nothing: the first one's."""
        return self._drivers.get(notice.provider or self._order[0])

    def _next(self, notice: Queued, now_ms: int) -> str | None:
        before = [one for one in self._queue.attempts(notice) if one.outcome != "never left"]
        refused = [one.provider for one in before if one.outcome == "refused"]
        full = self._reserve.full(notice, now_ms)
        spared = () if notice.severity == Severity.CRITICAL else full
        refused_or_spared = {*refused, *spared}
        return next_provider(
            self._order, [one.provider for one in before], list(refused_or_spared), self._queue.health(), now_ms, full
        )

    def _short(self, notice: Queued, now_ms: int) -> bool:
        """Somebody would take it, and what that one may still send to this number today is for critical messages."""
        refused = {one.provider for one in self._queue.attempts(notice) if one.outcome == "refused"}
        return notice.severity != Severity.CRITICAL and bool(self._reserve.full(notice, now_ms) - refused)

    def _untried(self, notice: Queued, now_ms: int) -> bool:
        following = self._next(notice, now_ms)
        return following is not None and all(one.provider != following for one in self._queue.attempts(notice))

    def _health(self, provider: str) -> Health:
        return self._queue.health().get(provider, Health(provider))

    def _unwell(self, provider: str, now_ms: int, *, weight: int = 1) -> None:
        before = self._health(provider)
        after = before.failed(now_ms, self._config.down_after, weight=weight)
        self._queue.keep_health(after)
        if before.down_ms is None and after.down_ms is not None:
            log.error("provider %s is down: %d failures in a row", provider, after.failures)
        self._metrics.provider_down.labels(provider).set(after.down_ms is not None)

    def _worked(self, provider: str, now_ms: int) -> None:
        before = self._health(provider)
        if before.failures:
            self._queue.keep_health(before.worked(now_ms))
        if before.down_ms is not None:
            log.warning("provider %s sends again", provider)
        self._metrics.provider_down.labels(provider).set(0)

    def _count(self, notice: Queued, outcome: str) -> None:
        if not notice.drill:
            self._metrics.notices.labels(outcome).inc()
        log.info("notice %s %s to %s by %s: %s", notice.name, notice.kind, masked(notice.phone), notice.provider or "-",
                 outcome)  # fmt: skip


def _pause(waited_ms: int) -> int:
    return max(FOLLOW_MS, min(FOLLOW_MOST_MS, waited_ms // 4))
