"""How long something was so within a moving window: stretches of time, oldest first, bounded in number.

A span is (end_ms, length_ms). When there are more than `MOST`, the two that lie closest together become one that ends with the later:
the earlier one's time then leaves the window a little late, so a bounded memory errs on the strict side.
"""

from itertools import pairwise

Span = tuple[int, int]
Spans = tuple[Span, ...]

MOST = 1000
"""About one stretch in 90 s over a day: a door opened more often than that is one long opening."""


def added(spans: Spans, start_ms: int, end_ms: int, window_ms: int) -> Spans:
    """`spans` with start..end, which must not lie before the last one, and without what has left the window that ends at `end_ms`."""
    horizon = end_ms - window_ms
    kept = [span for span in spans if span[0] > horizon]
    if kept and kept[-1][0] == start_ms:
        kept[-1] = (end_ms, kept[-1][1] + end_ms - start_ms)
    else:
        kept.append((end_ms, end_ms - start_ms))
    if len(kept) > MOST:
        distances = [later[0] - earlier[0] for earlier, later in pairwise(kept)]
        place = distances.index(min(distances))
        kept[place : place + 2] = [(kept[place + 1][0], kept[place][1] + kept[place + 1][1])]
    return tuple(kept)


def total_ms(spans: Spans, now_ms: int, window_ms: int) -> int:
    """The time within the last `window_ms` before `now_ms`; a span that reaches over the edge counts with the part inside."""
    horizon = now_ms - window_ms
    return sum(min(length, end - horizon) for end, length in spans if end > horizon)
