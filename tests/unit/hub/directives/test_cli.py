"""`larder hub command`, `commands` and `configs`, as an operator types them. [D6] [D10]"""

import json
from pathlib import Path

import pytest

from larder_cli.main import main
from larder_hub.backups.points import open_registry
from larder_hub.config import load_config
from larder_hub.key import create_key

EXAMPLE = Path(__file__).parents[4] / "deploy" / "register.example.toml"
BOX = "minzu-school-box"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "hub.toml"
    file.write_text('data_dir = "data"\n')
    create_key(tmp_path / "data")
    assert main(["hub", "register", "import", str(EXAMPLE), "--config", str(file)]) == 0
    return file


def order(config: Path, *words: str) -> int:
    return main(
        [
            "hub",
            "command",
            BOX,
            *words,
            "--reason",
            "inspection-17",
            "--actor",
            "li",
            "--wait",
            "0",
            "--config",
            str(config),
        ]
    )


def test_a_command_is_kept_with_who_and_why_and_waits_for_the_hub(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert order(config, "inspect-now", "--count", "3", "--still", "cam-stove") == 1, "nobody has answered yet"
    assert "待发 not sent yet" in capsys.readouterr().out
    assert main(["hub", "commands", "--json", "--config", str(config)]) == 0
    (kept,) = json.loads(capsys.readouterr().out)
    assert (kept["actor"], kept["reason"], kept["args"]) == (
        "li",
        "inspection-17",
        {"count": 3, "still": ["cam-stove"]},
    )
    assert kept["expires_ms"] - kept["issued_ms"] == 600_000


def test_an_answer_is_shown(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    order(config, "identify", "--json")
    number = json.loads(capsys.readouterr().out)["number"]
    registry = open_registry(load_config(config))
    registry.directives.answered(BOX, number, "unable", "", '{"output": "none"}', 5, recorded=True)
    registry.directives.wish(BOX, 3, "{}", b"x", 5)
    registry.directives.refused(BOX, 3, "unknown-point", 6)
    registry.close()
    assert main(["hub", "commands", "--config", str(config)]) == 0
    shown = capsys.readouterr().out
    assert "unable" in shown
    assert "入账" in shown
    assert main(["hub", "configs", "--config", str(config)]) == 0
    assert "被拒 refused: unknown-point" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("inspect-now", "--still", "cam-stove", "--picture"), "authority"),
        (("resend", "--first", "5"), "resend takes"),
        (("self-test", "--seconds", "5"), "self-test takes"),
    ],
)
def test_what_cannot_be_ordered_is_said_and_not_kept(
    config: Path, words: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert order(config, *words) == 2
    assert says in capsys.readouterr().err
    main(["hub", "commands", "--json", "--config", str(config)])
    assert json.loads(capsys.readouterr().out) == []


def test_a_device_that_nobody_registered(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hub", "command", "nobody", "restart", "--reason", "x", "--config", str(config)]) == 2
    assert "larder hub register show" in capsys.readouterr().err
