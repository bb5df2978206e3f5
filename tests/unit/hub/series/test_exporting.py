"""Readings as files that others open: the same numbers in each, nothing that a spreadsheet would run."""

import csv
import zipfile
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from pyarrow import parquet

from larder_hub.metrics import Metrics
from larder_hub.register.directory import Device, Directory, Point
from larder_hub.series import exporting
from larder_hub.series.exporting import COLUMNS, WRITERS, Row, harmless, readings
from larder_hub.series.sqlite import SqliteSeries
from tests.support.ledger_rows import T0_MS, Rows
from tests.support.ledger_rows import readings as said

EVIL = '=HYPERLINK("http://x","click")'
DIRECTORY = Directory(
    devices={"box": Device("box", "632224", "minzhong", "", True)},
    points={("box", "t"): Point("box", "t", "fridge2", "temperature", "Cel", 60, "")},
)


@pytest.fixture
def rows(tmp_path: Path) -> list[Row]:
    series, told = SqliteSeries(tmp_path / "series.db", Metrics()), Rows()
    series.open()
    told.batch(said("t", (0, 41), (60, -5), (120, None, "no-answer")))
    told.batch(said("t", (86_400, 43)))
    series.apply(told.rows)
    found = list(readings(series, DIRECTORY, [("box", "t")], 0, T0_MS + 90_000_000))
    series.close()
    return found


def test_every_reading_once_in_beijing_time(rows: list[Row]) -> None:
    assert [(one.time, one.value, one.quality) for one in rows] == [
        ("2026-09-21T22:13:20.000+08:00", 4.1, ""),
        ("2026-09-21T22:14:20.000+08:00", -0.5, ""),
        ("2026-09-21T22:15:20.000+08:00", None, "no-answer"),
        ("2026-09-22T22:13:20.000+08:00", 4.3, ""),
    ]
    assert rows[0][1:7] == ("632224", "minzhong", "fridge2", "box", "t", "temperature")


def written(name: str, folder: Path, rows: Iterable[Row]) -> Path:
    file = folder / f"out.{name}"
    writer = WRITERS[name](file)
    writer.rows(rows)
    writer.close()
    return file


def evil(rows: list[Row]) -> list[Row]:
    return [rows[0]._replace(place=EVIL, quality="+1"), *rows[1:]]


def test_csv(tmp_path: Path, rows: list[Row]) -> None:
    file = written("csv", tmp_path, evil(rows))
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    header, first, second, third, _ = csv.reader(file.read_text("utf-8-sig").splitlines())
    assert tuple(header) == COLUMNS
    assert (first[3], first[7], first[9]) == (f"'{EVIL}", "4.1", "'+1")
    assert (second[7], third[7]) == ("-0.5", ""), "a negative number stays a number"


def test_xlsx_has_numbers_as_numbers_and_no_formula(
    tmp_path: Path, rows: list[Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "ROWS_OF_SHEET", 3)
    with zipfile.ZipFile(written("xlsx", tmp_path, evil(rows))) as book:
        sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
        texts = [book.read(name).decode() for name in sheets]
    assert len(sheets) == 2, "what a sheet does not hold goes into the next"
    assert not any("<f>" in text or "hyperlink" in text for text in texts)
    cells = ElementTree.fromstring(texts[0]).iter("{http://schemas.openxmlformats.org/spreadsheetml/2006/main}c")
    assert {"4.1", "-0.5"} <= {cell.findtext("{*}v") for cell in cells if cell.get("t") is None}


def test_parquet(tmp_path: Path, rows: list[Row]) -> None:
    table = parquet.read_table(written("parquet", tmp_path, rows))
    assert table.column_names == list(COLUMNS)
    assert table.column("value").to_pylist() == [4.1, -0.5, None, 4.3]
    assert table.column("position").to_pylist() == [1, 1, 1, 2]


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\rx"])
def test_what_a_spreadsheet_would_run_is_made_harmless(text: str) -> None:
    assert harmless(text) == f"'{text}"
    assert harmless("冷藏柜2") == "冷藏柜2"
