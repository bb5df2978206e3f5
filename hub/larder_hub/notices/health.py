"""How a provider is, by what became of what it was given, and which one comes next. Pure.

One number that refuses says nothing of a provider; three messages in a row that fail for other reasons, or one that lies in an outbox
for ten minutes, make it down. A provider that is down is passed over while another is well, but for a trial now and then: only a
message shows that it works again.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

TRIAL_MS = 10 * 60_000
"""How often a provider that is down is given a message all the same."""


@dataclass(frozen=True)
class Health:
    """`failures` in a row, the first at `failing_ms`; down since `down_ms`; last tried at `tried_ms`."""

    name: str
    failures: int = 0
    failing_ms: int | None = None
    down_ms: int | None = None
    tried_ms: int = 0

    def failed(self, now_ms: int, down_after: int, *, weight: int = 1) -> "Health":
        failures = self.failures + weight
        since_ms = now_ms if self.failing_ms is None else self.failing_ms
        down_ms = since_ms if self.down_ms is None and failures >= down_after else self.down_ms
        return replace(self, failures=failures, failing_ms=since_ms, down_ms=down_ms, tried_ms=now_ms)

    def worked(self, now_ms: int) -> "Health":
        return Health(self.name, tried_ms=now_ms)

    def usable(self, now_ms: int) -> bool:
        return self.down_ms is None or now_ms - self.tried_ms >= TRIAL_MS


def next_provider(
    order: Sequence[str],
    tried: Sequence[str],
    refused: Sequence[str],
    health: Mapping[str, Health],
    now_ms: int,
    full: Collection[str] = (),
) -> str | None:
    """Whom a message goes to now: who has room for its number (not `full`), who had it the fewest times, the well before the ill, in
    the order of the configuration. None where everyone has refused it for good."""
    able = [name for name in order if name not in refused]
    return min(
        able,
        key=lambda name: (
            name in full,
            tried.count(name),
            not health.get(name, Health(name)).usable(now_ms),
            order.index(name),
        ),
        default=None,
    )
