"""Which device time the hub believes, and when a batch reports the past. Pure."""

from larder_core.content import Batch

AHEAD_MS = 5 * 60_000
"""A device whose clock is further ahead of the hub's is not believed: readings from the future would make every later true one
look old, and a warm fridge would go unseen."""


def shift_ms(batch: Batch, received_ms: int) -> int:
    """What to add to a batch's times. 0 where the device's clock counts; where it was never set, or runs ahead, the moment of
    sealing is taken to be the moment of arrival, which is true for live data and the latest possible for a backlog."""
    if batch.clock[0] == "unset" or batch.at > received_ms + AHEAD_MS:
        return received_ms - batch.at
    return 0


def newest_ms(batch: Batch) -> int:
    """The time of the batch's newest reading, by the device's own clock."""
    return max(series.readings[-1].at_ms for series in batch.series())


def is_late(batch: Batch, received_ms: int, late_ms: float) -> bool:
    return received_ms - (newest_ms(batch) + shift_ms(batch, received_ms)) > late_ms
