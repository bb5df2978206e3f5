"""Which device time the hub believes, and when a batch reports the past. PROTOCOL.md [C2], [C3]. Pure."""

from collections.abc import Iterable

from larder_core.anchor import Anchor, derive, told_by
from larder_core.content import Batch

AHEAD_MS = 5 * 60_000
"""A device whose clock is further ahead of the hub's is not believed: readings from the future would make every later true one
look old, and a warm fridge would go unseen."""


def doubted(batch: Batch, received_ms: int) -> bool:
    """A wall clock that was never set, or that runs ahead of the hub's, says nothing of when."""
    return batch.clock[0] == "unset" or batch.at > received_ms + AHEAD_MS


def shift_ms(batch: Batch, received_ms: int, anchors: Iterable[Anchor] = (), least_ms: int | None = None) -> int:
    """What to add to a batch's times: by an anchor of its boot where there is one, and 0 where the device's own clock counts.

    Otherwise by `least_ms`, the least (arrival - uptime) seen of this boot: what arrived with the least delay says best when the
    machine was started, and never too early. Within a boot, times then keep the distances of the uptime, also in a backlog.
    """
    told = told_by(batch)
    derived = derive(told, anchors) if told else None
    if derived is not None and batch.at + derived.shift_ms <= received_ms + AHEAD_MS:
        return derived.shift_ms
    if not doubted(batch, received_ms):
        return 0
    started_ms = received_ms - batch.up if least_ms is None else min(least_ms, received_ms - batch.up)
    return started_ms - (batch.at - batch.up)


def newest_ms(batch: Batch) -> int:
    """The time of the batch's newest reading, by the device's own clock."""
    return max(series.readings[-1].at_ms for series in batch.series())


def is_late(batch: Batch, received_ms: int, shift_ms: int, late_ms: float) -> bool:
    return received_ms - (newest_ms(batch) + shift_ms) > late_ms
