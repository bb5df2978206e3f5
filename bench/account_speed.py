"""How fast the account answers about a month of 2,000 points: 86 million readings, one a minute, as the series counts them.

The readings themselves (4 GB in plain rows) are not made, only what the series keeps of them by hour; the day's figures ask the same
table. Prints seconds and seconds of CPU, for a month, a day and ten minutes.
"""

import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import apsw

from larder_core.limits.profiles import SILENCE
from larder_hub.accounting.desk import AccountDesk, Sources
from larder_hub.directories import Registered
from larder_hub.ledger.account import StreamAccount
from larder_hub.metrics import Metrics
from larder_hub.register.contents import County, Register
from larder_hub.register.directory import Device, Directory, Place, Point, Site
from larder_hub.register.tenure import FOR_EVER, Tenure
from larder_hub.series.port import HOUR_MS
from larder_hub.series.sqlite import SqliteSeries
from tests.support.web_world import NoTestimony, stream

DEVICES, POINTS, DAYS = 200, 10, 31
NOW_MS = 497_222 * HOUR_MS
BEGIN_MS = NOW_MS - DAYS * 24 * HOUR_MS
PERIOD_S = 60.0


def fill(file: Path) -> SqliteSeries:
    """Every hour of every point is full, but for one instant of every hundredth hour."""
    series = SqliteSeries(file, Metrics())
    series.open()
    series.close()
    db = apsw.Connection(str(file))
    with db:
        for number in range(DEVICES * POINTS):
            device, point = divmod(number, POINTS)
            db.execute("INSERT INTO series VALUES (?,?,?,'Cel',-1)", (number + 1, f"box-{device}", f"p{point}"))
            db.executemany(
                "INSERT INTO filled VALUES (?,?,'',?)",
                [(number + 1, BEGIN_MS + hour * HOUR_MS, 60 - (hour % 100 == 7)) for hour in range(DAYS * 24)],
            )
    db.close()
    series.open()
    return series


def registered() -> Registered:
    devices = [f"box-{n}" for n in range(DEVICES)]
    sites = {name: Site(name, "632224", "canteen", name, name) for name in devices}
    points = [
        Point(name, f"p{n}", "fridge", "temperature", "Cel", PERIOD_S, "") for name in devices for n in range(POINTS)
    ]
    directory = Directory(
        sites=sites,
        places={(name, "fridge"): Place(name, "fridge", "冷藏柜", "Fridge") for name in devices},
        devices={name: Device(name, "632224", name, "", True) for name in devices},
        points={(one.device, one.id): one for one in points},
    )
    due = tuple(Tenure(one.device, one.id, one.device, "632224", 60_000, BEGIN_MS, FOR_EVER) for one in points)
    return Registered(Register({"632224": County("632224", "刚察县", "Gangcha")}, directory), due)


def streams() -> list[StreamAccount]:
    return [replace(stream(f"box-{n}", 50_000), heard_ms=NOW_MS) for n in range(DEVICES)]


def main() -> None:
    with tempfile.TemporaryDirectory(dir=".") as name:
        series = fill(Path(name) / "series.db")
        register, spoken = registered(), streams()
        sources = Sources(lambda: register, lambda: spoken, NoTestimony(), series)
        for words, length_ms in (("a month", DAYS * 24 * HOUR_MS), ("a day", 24 * HOUR_MS), ("ten minutes", 600_000)):
            desk = AccountDesk(sources, lambda: NOW_MS, SILENCE)
            began, busy = time.perf_counter(), time.process_time()
            found = desk.report(NOW_MS - length_ms, NOW_MS)
            took, busy = time.perf_counter() - began, time.process_time() - busy
            again = time.perf_counter()
            desk.report(NOW_MS - length_ms, NOW_MS)
            held, complete = time.perf_counter() - again, found.total.completeness
            print(f"{words:>12} of {DEVICES * POINTS} points: {took:6.2f} s ({busy:5.2f} s of CPU), again {held:5.3f} s"
                  f"  ({complete.due:,} readings due, {complete.unexplained:,} unexplained)")  # fmt: skip
        print(f"series.db holds {(Path(name) / 'series.db').stat().st_size / 1e6:.1f} MB of counts")
        series.close()


if __name__ == "__main__":
    main()
