"""What explains that a reading is missing: a declared loss, an entry on its way, an absence the device told of. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """In the order in which they are believed: what a device signed about its own record comes before what is only likely."""

    DECLARED_LOST = "declared-lost"
    AWAITED = "awaited"
    ABSENT = "absent"
    UNHEARD = "unheard"


class Interval(NamedTuple):
    """`from_ms <= t < to_ms`"""

    from_ms: int
    to_ms: int

    def overlap(self, other: "Interval") -> int:
        """Milliseconds that both share, 0 for none."""
        return max(0, min(self.to_ms, other.to_ms) - max(self.from_ms, other.from_ms))


@dataclass(frozen=True)
class Explanation:
    """Readings of `device` within `spans` are missing for this reason. `readings` says how many at most, None where nobody knows;
    `points` of which points, None of all."""

    device: str
    kind: Kind
    reason: str
    spans: tuple[Interval, ...]
    readings: int | None = None
    points: frozenset[str] | None = None


class Explainer:
    """Explains the missing readings of one device, point after point. What an explanation is good for is used up on the way."""

    def __init__(self, explanations: Iterable[Explanation]) -> None:
        order = list(Kind)
        self._told = sorted(explanations, key=lambda one: (order.index(one.kind), one.reason))
        self._left = [one.readings for one in self._told]

    def explain(self, point: str, missing: int, within: Interval, period_ms: int) -> list[tuple[Explanation, int]]:
        """How many of `missing` readings of a point in a bin each explanation covers; together at most `missing`."""
        shares: list[tuple[Explanation, int]] = []
        for place, one in enumerate(self._told):
            if not missing:
                break
            if one.points is not None and point not in one.points:
                continue
            left = self._left[place]
            share = min(missing, _room(one.spans, within, period_ms), missing if left is None else left)
            if share:
                shares.append((one, share))
                missing -= share
                if left is not None:
                    self._left[place] = left - share
        return shares


def _room(spans: Sequence[Interval], within: Interval, period_ms: int) -> int:
    """How many readings of a period can fall into what `spans` share with a bin: one more than fit, for each span it meets."""
    shared = [span.overlap(within) for span in spans]
    return sum(length // period_ms + 1 for length in shared if length)
