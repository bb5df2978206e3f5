"""`larder series check | export` as an operator types it."""

from pathlib import Path

import apsw
import pytest

from larder_cli.main import main
from larder_core.names import Address
from larder_hub.metrics import Metrics
from larder_hub.series.sqlite import SqliteSeries
from tests.support.hubs import IntakeRig
from tests.support.speaker import Speaker


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    """The configuration of a hub that has taken forty readings of one point."""
    speaker = Speaker(Address("632224", "minzhong", "box"))
    data = tmp_path / "data"
    rig = IntakeRig(data, speaker)
    for begin in range(0, 40, 10):
        speaker.batch(*range(begin, begin + 10))
    rig.entry(speaker, speaker.message(1, 4))
    series = SqliteSeries(data / "series.db", Metrics())
    series.open()
    series.apply(rig.rows())
    series.close()
    rig.ledger.close()
    file = tmp_path / "hub.toml"
    file.write_text(f'data_dir = "{data}"\n')
    return file


def check(hub: Path) -> int:
    return main(["series", "check", "--config", str(hub)])


def test_a_sound_series(hub: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(hub) == 0
    assert "40 条读数 / readings" in capsys.readouterr().out
    assert not list((hub.parent / "data").glob("series-check-*")), "what it built stays behind"


@pytest.mark.parametrize(
    ("harm", "word"),
    [
        ("DELETE FROM reading WHERE value = 7", "缺 / missing 1"),
        ("UPDATE reading SET value = 70 WHERE value = 7", "多 / surplus 1"),
        ("UPDATE last SET value = 1", "末值不同 / last differs 1"),
    ],
)
def test_a_reading_that_was_altered_is_found(
    hub: Path, capsys: pytest.CaptureFixture[str], harm: str, word: str
) -> None:
    db = apsw.Connection(str(hub.parent / "data" / "series.db"))
    db.execute(harm)
    db.close()
    assert check(hub) == 1
    said = capsys.readouterr().out
    assert word in said and "remove series.db" in said


def test_export(hub: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = hub.parent / "all.csv"
    assert (
        main(
            ["series", "export", "--config", str(hub), "--from", "2020-01-01", "--to", "2030-01-01", "--out", str(out)]
        )
        == 0
    )
    assert len(out.read_text("utf-8-sig").splitlines()) == 41


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--out", "x.doc"], "unknown format"),
        (["--out", "/nowhere/x.csv"], "/nowhere/x.csv"),
        (["--out", "x.csv", "--site", "nobody"], "no point"),
        (["--out", "x.csv", "--from", "yesterday-ish"], "moment"),
    ],
)
def test_bad_input_is_named_with_a_hint(
    hub: Path, capsys: pytest.CaptureFixture[str], more: list[str], says: str
) -> None:
    assert main(["series", "export", "--config", str(hub), *more]) == 2
    assert says in capsys.readouterr().err
