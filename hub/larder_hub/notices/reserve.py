"""What a carrier allows to a number in a day, and how much of it is kept for critical messages. Pure but for one question.

Who had ten messages today does not get the eleventh, and it may be the one that matters. So the last few of a provider's day are for
critical messages alone; what finds no provider with room waits, and goes out in a digest.
"""

from collections.abc import Mapping, Sequence

from larder_core.limits.words import Severity
from larder_hub.config import SmsConfig
from larder_hub.notices.capabilities import capabilities
from larder_hub.notices.queue import NoticeQueue, Queued


def limit_of(provider: str, config: SmsConfig) -> int | None:
    """Messages to one number in a day: as configured, else as known of the provider; None for no limit."""
    configured: Mapping[str, int] = {str(name): most for name, most in config.per_day.items()}
    return configured.get(provider, capabilities(provider).per_day)


def kept_of(provider: str, config: SmsConfig) -> int:
    """How many of them are for critical messages alone; one message a day is left for all others."""
    limit = limit_of(provider, config)
    return 0 if limit is None else min(config.kept_for_critical, limit - 1)


def without_room(order: Sequence[str], used: Mapping[str, int], config: SmsConfig, *, critical: bool) -> frozenset[str]:
    """The providers by which a number can have no more today; `used` is what it had, by provider."""
    limits = {name: limit for name in order if (limit := limit_of(name, config)) is not None}
    kept = {name: 0 if critical else kept_of(name, config) for name in limits}
    return frozenset(name for name, limit in limits.items() if used.get(name, 0) >= limit - kept[name])


class Reserve:
    """Over the sender's queue. `order`: the providers; `day_ms`: how long a day is, which a simulated world shortens."""

    def __init__(self, queue: NoticeQueue, order: Sequence[str], config: SmsConfig, day_ms: int) -> None:
        self._queue, self._order, self._config, self._day_ms = queue, tuple(order), config, day_ms
        self._limited = any(limit_of(name, config) is not None for name in self._order)

    def full(self, notice: Queued, now_ms: int) -> frozenset[str]:
        """The providers without room for this message."""
        if not self._limited:
            return frozenset()
        used = self._queue.used(notice.person, now_ms - self._day_ms)
        return without_room(self._order, used, self._config, critical=notice.severity == Severity.CRITICAL)

    def room(self, notice: Queued, now_ms: int) -> bool:
        return len(self.full(notice, now_ms)) < len(self._order)
