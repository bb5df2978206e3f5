"""`larder hub alarms` and `larder hub drill`, as an operator types them."""

import json
from pathlib import Path

import pytest

from larder_cli.main import main
from larder_hub.alarms.schema import open_alarms
from larder_hub.directories import Directories
from larder_hub.key import create_key

EXAMPLE = Path(__file__).parents[4] / "deploy" / "register.example.toml"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "hub.toml"
    file.write_text('data_dir = "data"\n')
    create_key(tmp_path / "data")
    assert main(["hub", "register", "import", str(EXAMPLE), "--config", str(file)]) == 0
    open_alarms(tmp_path / "data" / "alarms.db").close()
    return file


def test_put_aside_list_and_take_back(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    end = ["--config", str(config)]
    who = ["--actor", "张某", *end]
    assert main(["hub", "alarms", "shelve", "--site", "minzu-school", "--hours", "2", "--reason", "化霜", *who]) == 0
    capsys.readouterr()
    assert main(["hub", "alarms", "list", "--json", *end]) == 0
    (one,) = json.loads(capsys.readouterr().out)
    assert (one["site"], one["actor"], one["reason"], one["until_ms"] - one["made_ms"]) == (
        "minzu-school",
        "张某",
        "化霜",
        7_200_000,
    )
    assert main(["hub", "alarms", "unshelve", one["id"], *who]) == 0
    assert main(["hub", "alarms", "unshelve", one["id"], *who]) == 2
    assert "or it is over" in capsys.readouterr().err
    assert main(["hub", "alarms", "shelve", "--site", "x", "--hours", "25", "--reason", "化霜", *who]) == 2
    assert "24小时" in capsys.readouterr().err


def test_begin_list_and_end_a_drill(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    end = ["--config", str(config)]
    capsys.readouterr()
    wrong = ["--site", "nowhere", "--place", "none", "--reason", "演练", "--actor", "李某", *end]
    assert main(["hub", "drill", "begin", *wrong]) == 2
    assert "no thermometer" in capsys.readouterr().err
    known = Directories(config.parent / "data" / "hub.db", lambda: 10**12).current()
    point = next(one for one in known.points.values() if one.quantity == "temperature")
    right = ["--site", known.devices[point.device].site, "--place", point.place, "--kind", "warm"]
    assert main(["hub", "drill", "begin", *right, "--reason", "演练", "--actor", "李某", *end]) == 0
    capsys.readouterr()
    assert main(["hub", "drill", "list", "--json", *end]) == 0
    (one,) = json.loads(capsys.readouterr().out)
    assert (one["point"], one["until_ms"] - one["begun_ms"], one["ended_ms"]) == (point.id, 1_800_000, None)
    assert main(["hub", "drill", "end", one["id"], "--actor", "李某", *end]) == 0
    assert main(["hub", "drill", "end", one["id"], "--actor", "李某", *end]) == 2


def test_without_a_hub_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "hub.toml"
    file.write_text('data_dir = "data"\n')
    assert main(["hub", "alarms", "list", "--config", str(file)]) == 2
    assert "has the hub run" in capsys.readouterr().err
