"""The series in memory: the plainest statement of what the port means."""

from bisect import insort
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import NamedTuple

from larder_core.anchor import Anchor, Derived, Told, anchor_of, derive, told_by
from larder_core.columns import Reading
from larder_core.content import Batch
from larder_hub.ledger.rows import LedgerRow
from larder_hub.metrics import Metrics
from larder_hub.register.directory import PointKey
from larder_hub.series.decoded import Column, columns_of, content_of, fresh, moved, newest
from larder_hub.series.filling import Bin, listed, words
from larder_hub.series.port import MAX_AHEAD_MS, Filled, LastReading, Value


class MemorySeries:
    name = "series"

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._lock = Lock()
        self._position = 0
        self._bodies: set[str] = set()
        self._values: dict[PointKey, list[tuple[int, int, int, Value]]] = defaultdict(list)
        self._last: dict[PointKey, LastReading] = {}
        self._anchors: dict[str, list[Anchor]] = defaultdict(list)
        self._untrusted: dict[int, _Untrusted] = {}
        self._received: dict[int, int] = {}

    def position(self) -> int:
        return self._position

    def apply(self, rows: Sequence[LedgerRow]) -> None:
        with self._lock:
            for row in fresh(rows, self._position):
                if row.hash not in self._bodies:
                    self._bodies.add(row.hash)
                    self._read(row)
                self._position = row.position

    def tick(self, now_ms: int) -> None:
        """Time alone changes no value."""

    def last(self) -> Mapping[PointKey, LastReading]:
        with self._lock:
            return dict(self._last)

    def between(self, device: str, point: str, from_ms: int, to_ms: int, limit: int) -> list[Value]:
        with self._lock:
            values = [value for *_, value in self._values.get((device, point), ())]
        return [value for value in values if from_ms <= value.at_ms < to_ms][:limit]

    def filled(self, from_ms: int, to_ms: int, step_ms: int) -> list[Filled]:
        with self._lock:
            points = {key: [(value.at_ms, value.quality) for *_, value in told] for key, told in self._values.items()}
        bins: Counter[Bin] = Counter()
        for (device, point), told in points.items():
            for at_ms, word in words(one for one in told if from_ms <= one[0] < to_ms).items():
                bins[device, point, at_ms - at_ms % step_ms, word] += 1
        return listed(bins)

    def _read(self, row: LedgerRow) -> None:
        content = content_of(row, self._metrics)
        columns = columns_of(content, row.device)
        told = told_by(content) if isinstance(content, Batch) else None
        anchor = None if content is None else anchor_of(content)
        self._received[row.position] = row.received_ms
        if told is not None:
            self._untrusted[row.position] = _Untrusted(row.device, told, columns)
        if anchor is not None:
            self._anchors[row.device].append(anchor)
            self._retime(row.device)
        derived = None if told is None else derive(told, self._anchors[row.device])
        for column in columns:
            self._put(row.position, column, derived)
            reading, good = newest(moved(column, derived.shift_ms if derived else 0), row.received_ms)
            if reading is not None:
                key = (column.device, column.point)
                self._last[key] = _moved(self._last.get(key), column, reading, good)

    def _put(self, position: int, column: Column, derived: Derived | None) -> None:
        shift, error = derived if derived else (0, None)
        for place, (at_ms, number, quality) in column.readings:
            value = Value(
                at_ms + shift, number, column.unit, column.scale, quality, position, at_ms if derived else None, error
            )
            insort(self._values[column.device, column.point], (value.at_ms, position, place, value))

    def _retime(self, device: str) -> None:
        """Take every batch of the device whose clock was not set anew, in the light of all anchors."""
        touched: set[PointKey] = set()
        for position, batch in self._untrusted.items():
            if batch.device == device:
                for column in batch.columns:
                    key = (device, column.point)
                    touched.add(key)
                    self._values[key] = [one for one in self._values[key] if one[1] != position]
                    self._put(position, column, derive(batch.told, self._anchors[device]))
        for key in touched:
            values = [one for one in self._values[key] if one[0] <= self._received[one[1]] + MAX_AHEAD_MS]
            self._last.pop(key, None)
            for *_, value in values:
                reading = Reading(value.at_ms, value.value, value.quality)
                column = Column(*key, value.unit, value.scale, ())
                self._last[key] = _moved(self._last.get(key), column, reading, None if value.quality else reading)


class _Untrusted(NamedTuple):
    """A batch whose clock was not set, as it was told."""

    device: str
    told: Told
    columns: list[Column]


def _moved(last: LastReading | None, column: Column, reading: Reading, good: Reading | None) -> LastReading:
    unit, scale = column.unit, column.scale
    if last is None:
        last = LastReading(*reading[:2], unit, scale, reading.quality, None, None, unit, scale)
    if reading.at_ms >= last.at_ms:
        last = last._replace(at_ms=reading.at_ms, value=reading.value, unit=unit, scale=scale, quality=reading.quality)
        if last.last_good_at_ms is None:
            last = last._replace(last_good_unit=unit, last_good_scale=scale)
    if good is not None and (last.last_good_at_ms is None or good.at_ms >= last.last_good_at_ms):
        last = last._replace(
            last_good_at_ms=good.at_ms, last_good_value=good.value, last_good_unit=unit, last_good_scale=scale
        )
    return last
