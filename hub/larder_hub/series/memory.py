"""The series in memory: the plainest statement of what the port means."""

from bisect import insort
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from threading import Lock

from larder_core.columns import Reading
from larder_hub.ledger.rows import LedgerRow
from larder_hub.metrics import Metrics
from larder_hub.register.directory import PointKey
from larder_hub.series.decoded import Column, columns_of, fresh, newest
from larder_hub.series.filling import Bin, listed, words
from larder_hub.series.port import Filled, LastReading, Value


class MemorySeries:
    name = "series"

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._lock = Lock()
        self._position = 0
        self._bodies: set[str] = set()
        self._values: dict[PointKey, list[tuple[int, int, int, Value]]] = defaultdict(list)
        self._last: dict[PointKey, LastReading] = {}

    def position(self) -> int:
        return self._position

    def apply(self, rows: Sequence[LedgerRow]) -> None:
        with self._lock:
            for row in fresh(rows, self._position):
                if row.hash not in self._bodies:
                    self._bodies.add(row.hash)
                    for column in columns_of(row, self._metrics):
                        self._take(column, row)
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

    def _take(self, column: Column, row: LedgerRow) -> None:
        key = (column.device, column.point)
        for place, (at_ms, number, quality) in column.readings:
            value = Value(at_ms, number, column.unit, column.scale, quality, row.position)
            insort(self._values[key], (at_ms, row.position, place, value))
        reading, good = newest(column, row.received_ms)
        if reading is not None:
            self._last[key] = _moved(self._last.get(key), column, reading, good)


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
