"""What must be said of entries that are gone: ranges with figures. PROTOCOL.md [A3], [W-LOSS]. Pure."""

from collections.abc import Iterable, Iterator, Sequence

from larder_core.content import Adoption, Batch, Content, Covers, Figures, Loss
from larder_core.digest import line_hash
from larder_core.entry import read_entry
from larder_core.header import read_header
from larder_core.refusal import Refused
from larder_core.sizes import MAX_BATCH, MAX_COLUMNS, MAX_COVERS, MAX_INT
from larder_core.strict_json import write_json

FULL = "outbox-full"
DISCARDED = "maintenance"
"""An operator took it out on purpose; why stands in the event beside the loss."""
TOO_LARGE = "too-large"
DAMAGED = "damaged"
"""The disk gave back other bytes than were sealed."""
CARRIED_ON = "carried-on"
"""An adoption of an ended stream: its number is explained, and its bodies go on in the new one."""

ROOM = MAX_BATCH - 1024
"""Bytes of ranges in one loss: as an entry it may have to be adopted, and escaped it must still fit one."""


def figures_of(batch: Batch) -> list[Figures]:
    """What is left of a batch's values when the batch is gone."""
    found: list[Figures] = []
    for series in batch.series():
        good = [one.value for one in series.readings if one.value is not None and not one.quality]
        extremes = (min(good), max(good), sum(good)) if good else (None, None, None)
        found.append((series.point, series.unit, series.scale, len(series.readings), len(good), *extremes))
    return [one for one in found if _fits(one)]


def _fits(figures: Figures) -> bool:
    """A sum beyond what the wire holds leaves the point's figures out: the loss itself must never be refused."""
    return figures[7] is None or -MAX_INT <= figures[7] <= MAX_INT


def add_figures(first: Sequence[Figures], second: Sequence[Figures]) -> list[Figures]:
    """Figures of both together, by point, unit and scale; as many as a loss may name."""
    together = {one[:3]: one for one in first}
    for one in second:
        known = together.get(one[:3])
        together[one[:3]] = one if known is None else _sum(known, one)
    return [together[key] for key in sorted(together) if _fits(together[key])][:MAX_COLUMNS]


def _sum(one: Figures, other: Figures) -> Figures:
    least = [value for value in (one[5], other[5]) if value is not None]
    greatest = [value for value in (one[6], other[6]) if value is not None]
    sums = [value for value in (one[7], other[7]) if value is not None]
    extremes = (min(least), max(greatest), sum(sums)) if sums else (None, None, None)
    return (*one[:3], one[3] + other[3], one[4] + other[4], *extremes)


def read_own(line: bytes) -> Content | None:
    """The content of a line that this device sealed; None for one that another version of the agent wrote."""
    try:
        return read_entry(line)[1]
    except Refused:
        return None


def range_of(line: bytes, content: Content | None, reason: str) -> Covers:
    """One entry as a range."""
    parts = read_header(line)
    if parts is None:
        raise ValueError("a line of the outbox has no header")
    _, stream, n, _ = parts[0]
    batch = content if isinstance(content, Batch) else None
    return Covers(stream=stream, first=n, last=n, end=line_hash(line), count=batch.readings if batch else 0, reason=reason,
                  points=figures_of(batch) if batch else [])  # fmt: skip


def named_by(content: Content | None) -> Iterator[Covers]:
    """What only this entry tells the hub of other numbers; whatever swallows the entry must repeat it."""
    if isinstance(content, Loss):
        yield from content.covers
    elif isinstance(content, Adoption):
        for text in content.adopted:
            line = text.encode()
            inner = read_own(line)
            yield range_of(line, inner, FULL)
            yield from named_by(inner)


def merged(covers: Iterable[Covers]) -> list[Covers]:
    """Neighbouring ranges of one stream with one reason as one; what stands twice stands once."""
    once = {(one.stream, one.first, one.last, one.end): one for one in covers}
    joined: list[Covers] = []
    for key in sorted(once):
        one = once[key]
        before = joined[-1] if joined else None
        if before and (before.stream, before.last + 1, before.reason) == (one.stream, one.first, one.reason):
            joined.pop()
            one = one.model_copy(update={"first": before.first, "count": before.count + one.count,
                                         "points": add_figures(before.points, one.points)})  # fmt: skip
        joined.append(one)
    return joined


def packed(covers: Iterable[Covers]) -> Iterator[list[Covers]]:
    """Ranges by the entry that they fit into. One that is too large alone goes without its figures."""
    pack: list[Covers] = []
    size = 0
    for one in covers:
        bytes_ = len(write_json(one.model_dump(mode="json")))
        if bytes_ > ROOM:
            one = one.model_copy(update={"points": []})
            bytes_ = len(write_json(one.model_dump(mode="json")))
        if pack and (size + bytes_ >= ROOM or len(pack) == MAX_COVERS):
            yield pack
            pack, size = [], 0
        pack.append(one)
        size += bytes_ + 1
    if pack:
        yield pack
