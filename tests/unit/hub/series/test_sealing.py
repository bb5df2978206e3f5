"""Days that are over are packed, and nobody who asks can tell."""

from pathlib import Path
from threading import Event, Thread

import apsw

from larder_core.sizes import MAX_INT
from larder_hub.metrics import Metrics
from larder_hub.series import sealing
from larder_hub.series.schema import SCHEMA
from larder_hub.series.sealing import DAY_MS, HOUR_MS
from larder_hub.series.sqlite import SqliteSeries
from tests.support.ledger_rows import T0_MS, Rows, readings

DAY_S = DAY_MS // 1000
LATE_MS = T0_MS + 30 * DAY_MS


def opened(file: Path) -> SqliteSeries:
    series = SqliteSeries(file, Metrics())
    series.open()
    return series


def filled(series: SqliteSeries, days: int = 4) -> Rows:
    rows = Rows()
    for day in range(days):
        for hour in range(24):
            begin = DAY_S * day + 3600 * hour
            rows.batch(readings("t", *((begin + 60 * minute, 40 + (hour + minute) % 9) for minute in range(60))))
    series.apply(rows.rows)
    return rows


def rows_left(series: SqliteSeries) -> int:
    return int(series._db.execute("SELECT count(*) FROM reading").get)


def test_a_day_is_packed_two_days_after_its_end_and_says_the_same(tmp_path: Path) -> None:
    series = opened(tmp_path / "series.db")
    filled(series)
    before = series.between("box", "t", 0, MAX_INT, 10**6), series.filled(T0_MS + 90_000, T0_MS + 3 * DAY_MS, HOUR_MS)
    first_day = T0_MS // DAY_MS * DAY_MS
    series.tick(first_day + 3 * DAY_MS - 1)
    assert rows_left(series) == len(before[0]), "less than two days are over since"
    series.tick(first_day + 3 * DAY_MS)
    packed = series._db.execute("SELECT day_ms, readings FROM sealed").fetchall()
    assert [day for day, _ in packed] == [first_day]
    series.tick(LATE_MS)
    assert rows_left(series) == 0
    after = series.between("box", "t", 0, MAX_INT, 10**6), series.filled(T0_MS + 90_000, T0_MS + 3 * DAY_MS, HOUR_MS)
    assert after == before
    assert series.between("box", "t", T0_MS + DAY_MS, T0_MS + DAY_MS + 120_000, 10) == before[0][1440:1442]
    series.close()


def test_header_and_roll_ups_are_of_the_good_readings(tmp_path: Path) -> None:
    series, rows = opened(tmp_path / "series.db"), Rows()
    rows.batch(readings("t", (0, 40), (60, 50), (120, 850, "power-on"), (180, None, "no-answer"), (3600, 60)))
    series.apply(rows.rows)
    series.tick(LATE_MS)
    header = series._db.execute("SELECT readings, good, least, greatest, total, last FROM sealed").fetchall()
    assert header == [(5, 3, 40, 60, 150, 60)]
    hours = series._db.execute("SELECT good, least, greatest, total FROM hourly ORDER BY hour_ms").fetchall()
    assert hours == [(2, 40, 50, 90), (1, 60, 60, 60)]
    (daily,) = series._db.execute("SELECT device, point, least, greatest, mean FROM daily").fetchall()
    assert daily == ("box", "t", 4.0, 6.0, 5.0)
    series.close()


def test_what_comes_late_into_a_packed_day_lands_in_its_place_and_the_day_is_packed_anew(tmp_path: Path) -> None:
    series = opened(tmp_path / "series.db")
    rows = filled(series, days=1)
    series.tick(LATE_MS)
    rows.batch(readings("t", (30, 99)), received_ms=LATE_MS)
    series.apply(rows.rows)
    assert [one.value for one in series.between("box", "t", T0_MS, T0_MS + 61_000, 10)] == [40, 99, 41]
    assert series.filled(T0_MS // HOUR_MS * HOUR_MS, T0_MS + DAY_MS, DAY_MS)[0].instants > 0
    series.tick(LATE_MS)
    assert (rows_left(series), len(series.between("box", "t", 0, MAX_INT, 10**6))) == (0, 1441)
    assert series.last()["box", "t"].at_ms == T0_MS + DAY_MS - 60_000
    series.close()


def test_while_days_are_packed_every_question_meets_each_reading_once(tmp_path: Path) -> None:
    series = opened(tmp_path / "series.db")
    filled(series, days=6)
    counts, over = set[int](), Event()

    def ask() -> None:
        while not over.is_set():
            counts.add(len(series.between("box", "t", 0, MAX_INT, 10**6)))

    thread = Thread(target=ask)
    thread.start()
    for _ in range(5):
        series.tick(LATE_MS)
        series._db.execute("BEGIN IMMEDIATE")
        series._sealing.open(1, 0, MAX_INT)
        series._db.execute("COMMIT")
    over.set()
    thread.join(30)
    assert counts == {6 * 1440}
    series.close()


def test_a_file_without_packed_days_is_upgraded_in_place(tmp_path: Path) -> None:
    file = tmp_path / "series.db"
    old = apsw.Connection(str(file))
    old.execute(SCHEMA)
    old.execute("PRAGMA user_version=3")
    old.close()
    series = opened(file)
    filled(series, days=1)
    series.tick(LATE_MS)
    assert rows_left(series) == 0
    series.close()


def test_a_year_takes_little_room(tmp_path: Path) -> None:
    """Twenty days of one point here; the readings are packed, what remains by row is one body a ledger row."""
    series = opened(tmp_path / "series.db")
    filled(series, days=20)
    while series.seal(LATE_MS, sealing.SEAL_AFTER_MS):
        continue
    bytes_packed = int(series._db.execute("SELECT sum(length(packed)) FROM sealed").get)
    assert bytes_packed / (20 * 1440) < 1.5
    series.close()
