"""A ledger row as readings. Adapters differ in where they keep them, not in what they take."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from larder_core.columns import Reading
from larder_core.content import Batch, Content
from larder_core.refusal import Refused
from larder_hub.ledger.rows import LedgerRow
from larder_hub.metrics import Metrics
from larder_hub.series.port import MAX_AHEAD_MS


class Column(NamedTuple):
    """The readings of one point in one entry, by their position in its column."""

    device: str
    point: str
    unit: str
    scale: int
    readings: tuple[tuple[int, Reading], ...]


class HoleInRows(RuntimeError):
    """A projection was given rows that do not follow its position: values between them would be missing without a trace."""


def fresh(rows: Sequence[LedgerRow], position: int) -> Sequence[LedgerRow]:
    """The rows behind `position`. Raises HoleInRows unless they follow it one by one."""
    behind = [row for row in rows if row.position > position]
    expected = range(position + 1, position + 1 + len(behind))
    if [row.position for row in behind] != list(expected):
        raise HoleInRows(
            f"series stands at {position} and was given {behind[0].position} to {behind[-1].position} "
            "(is ledger.db older than series.db? remove series.db, it is built again)"
        )
    return behind


def content_of(row: LedgerRow, metrics: Metrics) -> Content | None:
    """What a row says; None, and counted, for one that cannot be read."""
    try:
        return row.content()
    except Refused as error:
        metrics.unread.labels("series", error.refusal.reason).inc()
        return None


def columns_of(content: Content | None, device: str) -> list[Column]:
    """The columns of a batch; none for any other content: bodies inside an adoption are rows of their own."""
    if not isinstance(content, Batch):
        return []
    return [
        Column(device, series.point, series.unit, series.scale, tuple(enumerate(series.readings)))
        for series in content.series()
    ]


def moved(column: Column, shift_ms: int) -> Column:
    """The column with its instants moved."""
    readings = tuple((place, one._replace(at_ms=one.at_ms + shift_ms)) for place, one in column.readings)
    return column._replace(readings=readings)


def newest(column: Column, received_ms: int) -> tuple[Reading | None, Reading | None]:
    """The newest reading of a column and the newest good one; of equal instants the later in the column."""
    timely = [reading for _, reading in column.readings if reading.at_ms <= received_ms + MAX_AHEAD_MS]
    return _latest(timely), _latest(reading for reading in timely if not reading.quality)


def _latest(readings: Iterable[Reading]) -> Reading | None:
    latest: Reading | None = None
    for reading in readings:
        if latest is None or reading.at_ms >= latest.at_ms:
            latest = reading
    return latest
