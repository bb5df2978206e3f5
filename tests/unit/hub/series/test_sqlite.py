"""What only the file can show: it is opened again, it is asked while it is written, and it fails aloud."""

from pathlib import Path

import apsw
import pytest

from larder_core.sizes import MAX_INT
from larder_hub.metrics import Metrics
from larder_hub.series.schema import SeriesFailed
from larder_hub.series.sqlite import _LAST, _ROWS, SqliteSeries
from tests.support.ledger_rows import Rows, readings


def opened(file: Path) -> SqliteSeries:
    series = SqliteSeries(file, Metrics())
    series.open()
    return series


def test_a_later_start_goes_on_from_the_file(tmp_path: Path) -> None:
    rows = Rows()
    rows.batch(readings("t", (0, 41)))
    first = opened(tmp_path / "series.db")
    first.apply(rows.rows)
    before = first.last()
    first.close()
    second = opened(tmp_path / "series.db")
    assert (second.position(), second.last()) == (1, before)
    rows.batch(readings("t", (60, 42)))
    second.apply(rows.rows)
    assert len(second.between("box", "t", 0, MAX_INT, 10)) == 2
    second.close()


def test_a_transaction_that_did_not_commit_leaves_no_trace(tmp_path: Path) -> None:
    rows = Rows()
    rows.batch(readings("t", (0, 41)))
    file = tmp_path / "series.db"
    first = opened(file)
    with apsw.Connection(str(file)) as other:
        other.execute("CREATE TRIGGER full BEFORE UPDATE ON position BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    with pytest.raises(SeriesFailed, match=r"series\.db.*disk full"):
        first.apply(rows.rows)
    first.close()
    with apsw.Connection(str(file)) as other:
        other.execute("DROP TRIGGER full")
    second = opened(file)
    assert (second.position(), second.last(), second.between("box", "t", 0, MAX_INT, 10)) == (0, {}, [])
    second.apply(rows.rows)
    assert len(second.between("box", "t", 0, MAX_INT, 10)) == 1
    second.close()


def test_neither_current_values_nor_a_range_scan_the_readings(tmp_path: Path) -> None:
    series = opened(tmp_path / "series.db")
    last = series._db.execute(f"EXPLAIN QUERY PLAN {_LAST}").fetchall()
    assert not any("reading" in str(row) for row in last)
    between = series._db.execute(f"EXPLAIN QUERY PLAN {_ROWS}", (1, 0, 1, 10)).fetchall()
    assert between and not any(str(row[3]).startswith("SCAN") for row in between)
    series.close()


def test_the_file_is_wal_and_synchronous_full(tmp_path: Path) -> None:
    series = opened(tmp_path / "series.db")
    assert (series._db.pragma("journal_mode"), series._db.pragma("synchronous")) == ("wal", 2)
    series.close()


def test_what_is_no_series_is_refused_with_a_hint(tmp_path: Path) -> None:
    file = tmp_path / "series.db"
    file.write_bytes(b"no database" * 500)
    with pytest.raises(SeriesFailed, match="built again"):
        opened(file)
    file.unlink()
    with apsw.Connection(str(file)) as other:
        other.execute("PRAGMA user_version=99")
    with pytest.raises(SeriesFailed, match="version 99"):
        opened(file)
