"""Which device time the hub believes, and when a batch reports the past. PROTOCOL.md [C2], [C3]. Pure."""

from collections.abc import Iterable

from larder_core.anchor import TRUST, Anchor, derive, told_by
from larder_core.content import Batch, Event

AHEAD_MS = 5 * 60_000
"""A device whose clock is further ahead of the hub's is not believed: readings from the future would make every later true one
look old, and a warm fridge would go unseen."""

LONGEST_PAUSE_MS = 7 * 86_400_000
"""A pause that says to last longer is over after a week all the same [H16]."""


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


def pause(event: Event, received_ms: int) -> tuple[int, int] | None:
    """When a word on a pause was said, and until when the device's silence is no alarm [H16]; None for any other event.

    By the device's clock where it was set, otherwise as if it had just been said.
    """
    said_ms = (
        event.at if TRUST[event.clock[0]] == TRUST["synced"] and event.at <= received_ms + AHEAD_MS else received_ms
    )
    if event.event == "maintenance-ended":
        return said_ms, said_ms
    until = event.detail.get("until")
    if event.event != "maintenance-begun" or not isinstance(until, int):
        return None
    return said_ms, said_ms + max(0, min(until - event.at, LONGEST_PAUSE_MS))


def newest_ms(batch: Batch) -> int:
    """The time of the batch's newest reading, by the device's own clock."""
    return max(series.readings[-1].at_ms for series in batch.series())


def is_late(batch: Batch, received_ms: int, shift_ms: int, late_ms: float) -> bool:
    return received_ms - (newest_ms(batch) + shift_ms) > late_ms
