"""Ranges of entry numbers, and losses that repeat one another. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple


class Span(NamedTuple):
    first: int
    last: int

    @property
    def size(self) -> int:
        return self.last - self.first + 1


def subtract(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """What of `spans` no span of `taken` covers. Both ascending and free of overlap."""
    rest: list[Span] = []
    holes = list(taken)
    for first, last in spans:
        for hole in holes:
            if hole.last < first or hole.first > last:
                continue
            if hole.first > first:
                rest.append(Span(first, hole.first - 1))
            first = hole.last + 1
        if first <= last:
            rest.append(Span(first, last))
    return rest


def union(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.first <= joined[-1].last + 1:
            joined[-1] = Span(joined[-1].first, max(joined[-1].last, span.last))
        else:
            joined.append(span)
    return joined


def total(spans: Iterable[Span]) -> int:
    return sum(span.size for span in spans)


class Loss(NamedTuple):
    """A range that a signed loss names: how many readings it held, and why it is gone."""

    first: int
    last: int
    readings: int
    reason: str


def outermost(losses: Iterable[Loss]) -> list[Loss]:
    """Of losses that repeat earlier ones, those that say it all: from the highest end down, none that reaches into one taken.

    A holder's own range begins right after a number that it deleted under safe, and safe stands only on stored numbers and on
    ends of losses. So what a skipped loss names below the taken one is stored, or is named by a third loss that ends before it.
    """
    taken: list[Loss] = []
    for loss in sorted(losses, key=lambda one: (-one.last, one.first, -one.readings)):
        if not taken or loss.last < taken[-1].first:
            taken.append(loss)
    return taken


class LossOf(NamedTuple):
    """What was declared lost for one reason and never came: in how many ranges, entries and readings."""

    reason: str
    ranges: int
    entries: int
    readings: int


def losses_by_reason(
    losses: Sequence[Loss], declared: Sequence[Span], readings: Mapping[Loss, int]
) -> tuple[LossOf, ...]:
    """Share the numbers declared lost among the reasons given for them, each number once: the latest and widest loss speaks first.

    `readings` are those that each of the outermost losses still misses. Entries add up to `declared`, readings to theirs.
    """
    order = [*readings, *(loss for loss in losses if loss not in readings)]
    left, ranges, entries, counts = list(declared), Counter[str](), Counter[str](), Counter[str]()
    for loss in order:
        rest = subtract(left, [Span(loss.first, loss.last)])
        ranges[loss.reason] += sum(span.last >= loss.first and span.first <= loss.last for span in left)
        entries[loss.reason] += total(left) - total(rest)
        counts[loss.reason] += readings.get(loss, 0)
        left = rest
    return tuple(
        LossOf(reason, ranges[reason], entries[reason], counts[reason])
        for reason in sorted(ranges)
        if entries[reason] or counts[reason]
    )
