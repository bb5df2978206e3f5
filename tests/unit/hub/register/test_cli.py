"""`larder hub register` from the outside: exit codes, and what an operator reads."""

import argparse
import tomllib
from pathlib import Path

import pytest
import tomli_w

from larder_core.signing import Key
from larder_hub.register.cli import add_parser, run

EXAMPLE = Path(__file__).parents[4] / "deploy" / "register.example.toml"
OTHER_KEY = Key(bytes([9]) * 32).public


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "hub.toml"
    file.write_text('data_dir = "hub"\n')
    return file


def register(config: Path, *words: str) -> int:
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers())
    return run(parser.parse_args(["register", *words, "--config", str(config)]))


def test_import_then_export_gives_the_same_register(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert register(config, "import", str(EXAMPLE), "--actor", "wang") == 0
    assert "23 处变更" in capsys.readouterr().out
    assert register(config, "export") == 0
    copy = tmp_path / "copy.toml"
    copy.write_text(capsys.readouterr().out, encoding="utf-8")
    assert register(config, "import", str(copy)) == 0
    assert capsys.readouterr().out.startswith("0 处变更")


def test_show_says_what_there_is_and_who_changed_it(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    register(config, "import", str(EXAMPLE), "--actor", "wang")
    capsys.readouterr()
    assert register(config, "show", "--changes", "1") == 0
    shown = capsys.readouterr().out
    assert "刚察县 民族中学食堂" in shown and "4 点 points" in shown
    assert "wang  新增 added  limit_change" in shown


def test_a_key_is_replaced_only_when_asked(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    register(config, "import", str(EXAMPLE))
    assert register(config, "key", "minzu-school-box", OTHER_KEY) == 2
    assert "--replace-key" in capsys.readouterr().err
    assert register(config, "key", "minzu-school-box", OTHER_KEY, "--replace-key") == 0
    assert OTHER_KEY in capsys.readouterr().out


@pytest.mark.parametrize(
    "words", [("key", "minzu-school-box", "zzz"), ("import", "nowhere.toml"), ("key", "nobody", OTHER_KEY)]
)
def test_a_refusal_is_one_line_with_a_hint(
    config: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    register(config, "import", str(EXAMPLE))
    capsys.readouterr()
    assert register(config, *words) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "(" in error


def test_an_import_warns_of_a_site_that_nobody_watches_and_of_medicines_with_too_few_people(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert register(config, "import", str(EXAMPLE)) == 0
    assert "site minzu-school" not in capsys.readouterr().err
    document = EXAMPLE.read_text(encoding="utf-8")
    file = tmp_path / "lonely.toml"
    lonely = document.replace('profile = "fridge.food"', 'profile = "drug.cold"', 1)
    assert lonely != document
    document = tomllib.loads(lonely)
    document["duty"] = [duty for duty in document["duty"] if duty["level"] == "prefecture"]
    file.write_text(tomli_w.dumps(document), encoding="utf-8")
    assert register(config, "import", str(file)) == 0
    err = capsys.readouterr().err
    assert "nobody on duty for the site" in err and "3 people must hear of medicines, 1 would" in err
