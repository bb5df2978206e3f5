"""Reading by reading: what the series server holds against series.db, which a ledger can build again."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from larder_hub.influx.lines import BAD, READING
from larder_hub.register.directory import PointKey
from larder_hub.series.port import LastReading, SeriesReader

DAY_MS = 86_400_000
MOST = 1_000_000

Held = Counter[tuple[int, int, float | None]]
"""(instant, ledger position, value), and how often."""


class Querying(Protocol):
    def query(self, text: str) -> list[dict[str, object]]: ...


@dataclass(frozen=True)
class Checked:
    """`missing` are in the series and not on the server, `surplus` the other way round; each as (device, point, instant)."""

    readings: int
    missing: tuple[tuple[str, str, int], ...]
    surplus: tuple[tuple[str, str, int], ...]

    @property
    def sound(self) -> bool:
        return not self.missing and not self.surplus


def check(series: SeriesReader, server: Querying, from_ms: int, to_ms: int, progress: Callable[[str], None]) -> Checked:
    """Compare every point of `from_ms <= t < to_ms`, day by day. Raises NotNow, FileFailed."""
    readings, missing, surplus = 0, list[tuple[str, str, int]](), list[tuple[str, str, int]]()
    points: Mapping[PointKey, LastReading] = series.last()
    for place, key in enumerate(sorted(points), start=1):
        progress(f"{place}/{len(points)} {key[0]} {key[1]}")
        for begin, end in _days(from_ms, to_ms):
            ours, theirs = _of_series(series, key, begin, end), _of_server(server, key, begin, end)
            readings += ours.total()
            missing += [(*key, at_ms) for at_ms, _, _ in (ours - theirs).elements()]
            surplus += [(*key, at_ms) for at_ms, _, _ in (theirs - ours).elements()]
    return Checked(readings, tuple(missing), tuple(surplus))


def _days(from_ms: int, to_ms: int) -> Iterator[tuple[int, int]]:
    while from_ms < to_ms:
        end = min(to_ms, (from_ms // DAY_MS + 1) * DAY_MS)
        yield from_ms, end
        from_ms = end


def _of_series(series: SeriesReader, key: PointKey, from_ms: int, to_ms: int) -> Held:
    values = series.between(*key, from_ms, to_ms, MOST)
    return Counter(
        (one.at_ms, one.position, None if one.value is None else round(one.value * 10.0**one.scale, 6))
        for one in values
    )  # fmt: skip


def _of_server(server: Querying, key: PointKey, from_ms: int, to_ms: int) -> Held:
    held: Held = Counter()
    where = f"device='{key[0]}' AND point='{key[1]}' AND time >= {from_ms}ms AND time < {to_ms}ms"
    for measurement in (READING, BAD):
        for one in server.query(f'SELECT position, value FROM "{measurement}" WHERE {where} GROUP BY *'):  # noqa: S608 (identifiers)
            for at_ms, position, value in _values(one):
                held[int(at_ms), int(position), None if value is None else round(float(value), 6)] += 1
    return held


def _values(one: dict[str, object]) -> list[list[float]]:
    values = one["values"]
    assert isinstance(values, list)
    return values
