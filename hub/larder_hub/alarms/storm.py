"""Pure: many devices of a county that fell silent together have one cause, and people get one message."""

from collections.abc import Iterable

LEAST = 3
"""Devices that make a storm."""


def storm_since(mine_ms: int, others_ms: Iterable[int], width_ms: float) -> int | None:
    """The start of a storm to which a silence since `mine_ms` belongs, given when the other devices of the county fell silent; None
    where fewer than LEAST did so within `width_ms`."""
    times = sorted([mine_ms, *others_ms])
    for start in times:
        if start <= mine_ms <= start + width_ms and sum(start <= one <= start + width_ms for one in times) >= LEAST:
            return start
    return None
