"""A point's last hours as an inline SVG: the line, its limit, and gaps that are left open."""

from collections.abc import Sequence

from larder_hub.series.port import Value
from larder_hub.web.html import Html, tag

WIDTH, HEIGHT, MOST = 320, 120, 160
"""In units of the picture; at most so many columns, each drawn from its least to its greatest value."""


def curve(values: Sequence[Value], limit: float | None, span: tuple[int, int], gap_ms: float, said: str) -> Html:
    """Good values within `span` (from, to; ms). Where nothing came for `gap_ms` the line is broken. `said` is the picture in words."""
    good = [
        (value.at_ms, value.value * 10.0**value.scale)
        for value in values
        if value.value is not None and not value.quality
    ]
    if not good:
        return tag("p", said, class_="quiet")
    shown = [number for _, number in good] + ([limit] if limit is not None else [])
    low, high = min(shown) - 0.5, max(shown) + 0.5

    def x(at_ms: float) -> float:
        return round((at_ms - span[0]) * WIDTH / max(1, span[1] - span[0]), 1)

    def y(number: float) -> float:
        return round(HEIGHT - (number - low) * HEIGHT / (high - low), 1)

    path, before = [], None
    for at_ms, least, greatest in _columns(good, span):
        pen = "M" if before is None or at_ms - before > max(gap_ms, (span[1] - span[0]) / MOST * 2) else "L"
        path.append(f"{pen}{x(at_ms)} {y(greatest)}" + (f"V{y(least)}" if least != greatest else "h.1"))
        before = at_ms
    lines = [tag("path", d="".join(path), class_="line")]
    if limit is not None:
        lines.insert(0, tag("path", d=f"M0 {y(limit)}H{WIDTH}", class_="limit"))
    return tag(
        "svg", tag("title", said), lines, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", preserveAspectRatio="none"
    )


def _columns(good: Sequence[tuple[int, float]], span: tuple[int, int]) -> list[tuple[int, float, float]]:
    """(time of the first, least, greatest) of each column that has any."""
    width_ms = max(1, (span[1] - span[0]) // MOST)
    found: dict[int, tuple[int, float, float]] = {}
    for at_ms, number in good:
        column = (at_ms - span[0]) // width_ms
        first, least, greatest = found.get(column, (at_ms, number, number))
        found[column] = (first, min(least, number), max(greatest, number))
    return [found[column] for column in sorted(found)]
