"""How long something was so within a moving window: stretches of time, oldest first, bounded in number.

A span is (end_ms, length_ms). When there are more than `MOST`, those that end within the same 2/`MOST` of the window become one that
ends with the last of them: their time then leaves the window up to that much late (3 minutes of a day), so a bounded memory errs on
the strict side. The cells are fixed in time, so a span is never carried on from cell to cell.
"""

Span = tuple[int, int]
Spans = tuple[Span, ...]

MOST = 1000
"""One stretch in 90 s all day long; a kitchen door stays below that."""


def added(spans: Spans, start_ms: int, end_ms: int, window_ms: int) -> Spans:
    """`spans` with start..end, which must not lie before the last one, and without what has left the window that ends at `end_ms`."""
    horizon = end_ms - window_ms
    kept = [span for span in spans if span[0] > horizon]
    if kept and kept[-1][0] == start_ms:
        kept[-1] = (end_ms, kept[-1][1] + end_ms - start_ms)
    else:
        kept.append((end_ms, end_ms - start_ms))
    return tuple(kept) if len(kept) <= MOST else _condensed(kept, -(-2 * window_ms // MOST))


def _condensed(spans: list[Span], cell_ms: int) -> Spans:
    cells: dict[int, Span] = {}
    for end, length in spans:
        cell = end // cell_ms
        cells[cell] = (end, length + cells.get(cell, (0, 0))[1])
    return tuple(cells.values())


def total_ms(spans: Spans, now_ms: int, window_ms: int) -> int:
    """The time within the last `window_ms` before `now_ms`; a span that reaches over the edge counts with the part inside."""
    horizon = now_ms - window_ms
    return sum(min(length, end - horizon) for end, length in spans if end > horizon)
