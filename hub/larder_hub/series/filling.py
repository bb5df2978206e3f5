"""Which instants have a reading, and of which word: what completeness counts. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping

from larder_hub.series.port import HOUR_MS, Filled

Bin = tuple[str, str, int, str]
"""(device, point, beginning of the bin, quality)"""


def words(readings: Iterable[tuple[int, str]], known: Mapping[int, str] | None = None) -> dict[int, str]:
    """The word of each instant, from (instant, quality) in the order of the ledger: good outweighs all, else the first stays."""
    said = dict(known or {})
    for at_ms, quality in readings:
        if at_ms not in said or not quality:
            said[at_ms] = quality
    return said


def by_hour(readings: Iterable[tuple[int, str]]) -> dict[int, list[tuple[int, str]]]:
    """Readings by the beginning of their hour, their order kept."""
    hours: dict[int, list[tuple[int, str]]] = {}
    for at_ms, quality in readings:
        hours.setdefault(at_ms - at_ms % HOUR_MS, []).append((at_ms, quality))
    return hours


def change(before: Mapping[int, str], after: Mapping[int, str]) -> Counter[str]:
    """How many instants each word gains or loses."""
    gained = Counter(after.values())
    gained.subtract(before.values())
    return gained


def whole_hours(from_ms: int, to_ms: int) -> tuple[int, int]:
    """The longest span of whole hours within `from_ms..to_ms`; empty (both `to_ms`) where there is none."""
    first, last = -(-from_ms // HOUR_MS) * HOUR_MS, to_ms // HOUR_MS * HOUR_MS
    return (first, last) if first < last else (to_ms, to_ms)


def listed(bins: Mapping[Bin, int]) -> list[Filled]:
    return [Filled(*key, instants) for key, instants in sorted(bins.items()) if instants]
