"""The series against the ledger that it is computed from: built once more beside it, and compared reading by reading."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from larder_hub.ledger.rows import LedgerReader
from larder_hub.metrics import Metrics
from larder_hub.register.directory import PointKey
from larder_hub.series.port import SeriesReader, Value
from larder_hub.series.sealing import DAY_MS
from larder_hub.series.sqlite import SqliteSeries

ROWS_AT_ONCE = 500
MOST = 10_000_000
MOST_KEPT = 100

Progress = Callable[[str], None]


@dataclass
class Compared:
    """`readings` were compared. `missing` are in the ledger and not in the series, `surplus` the other way round, `last` points whose
    last word differs; each as (device, point, instant), the first hundred."""

    readings: int = 0
    missing: list[tuple[str, str, int]] = field(default_factory=list)
    surplus: list[tuple[str, str, int]] = field(default_factory=list)
    last: list[PointKey] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not (self.missing or self.surplus or self.last)


def compare(ledger: LedgerReader, series: SeriesReader, upto: int, scratch: Path, progress: Progress) -> Compared:
    """Build the series of the ledger's rows up to `upto` in a folder of its own below `scratch`, and compare. Raises FileFailed."""
    with TemporaryDirectory(dir=scratch, prefix="series-check-") as folder:
        built = SqliteSeries(Path(folder) / "series.db", Metrics())
        built.open()
        try:
            _build(ledger, built, upto, progress)
            return _compared(built, series, progress)
        finally:
            built.close()


def _build(ledger: LedgerReader, built: SqliteSeries, upto: int, progress: Progress) -> None:
    position = 0
    while position < upto and (rows := ledger.after(position, min(ROWS_AT_ONCE, upto - position))):
        built.apply(rows)
        position = rows[-1].position
        progress(f"{position}/{upto} 条记录 / entries")


def _compared(built: SeriesReader, series: SeriesReader, progress: Progress) -> Compared:
    found, ours, theirs = Compared(), built.last(), series.last()
    found.last = sorted(key for key in {*ours, *theirs} if ours.get(key) != theirs.get(key))[:MOST_KEPT]
    for place, key in enumerate(sorted({*ours, *theirs}), start=1):
        progress(f"{place}/{len(ours)} {key[0]} {key[1]}")
        for begin, end in days_of(key, built, series):
            wanted, held = (set(one.between(*key, begin, end, MOST)) for one in (built, series))
            found.readings += len(wanted)
            found.missing += [(*key, one.at_ms) for one in sorted(wanted - held)][: MOST_KEPT - len(found.missing)]
            found.surplus += [(*key, one.at_ms) for one in sorted(held - wanted)][: MOST_KEPT - len(found.surplus)]
    return found


def days_of(key: PointKey, *sources: SeriesReader) -> Iterator[tuple[int, int]]:
    """Days in which any of the sources has readings of a point, skipping the empty time between them."""
    at_ms = 0
    while True:
        nexts: list[Value] = [one for source in sources for one in source.between(*key, at_ms, 2**62, 1)]
        if not nexts:
            return
        begin = min(one.at_ms for one in nexts) // DAY_MS * DAY_MS
        yield begin, begin + DAY_MS
        at_ms = begin + DAY_MS
