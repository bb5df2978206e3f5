"""`larder sim generate`: the same arguments give the same bytes, and what is written is what the servers would have given."""

import json
from argparse import ArgumentParser
from pathlib import Path

import pytest

from larder_sim import cli
from larder_sim.scenario import load_scenario, world_of
from larder_sim.shipped import find_shipped, names
from larder_sim.world_file import load_world
from tests.unit.sim.worlds import SMALL

LIVELY = """\
[scenario]
name_zh = "试"
name_en = "test"
life = true

[[step]]
at = "00:10:00"
action = "power-cut"
site = "school"

[[step]]
at = "02:10:00"
action = "power-back"
site = "school"
"""


def _generate(to: Path, *words: str) -> int:
    parser = ArgumentParser()
    cli.add_parser(parser.add_subparsers())
    return cli.run(parser.parse_args(["sim", "generate", "--to", str(to), *words]))


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    """A small world with a lively scenario for six hours."""
    world, scenario = tmp_path / "w.toml", tmp_path / "s.toml"
    world.write_text(SMALL, encoding="utf-8")
    scenario.write_text(LIVELY, encoding="utf-8")
    return ["--world", str(world), "--scenario", str(scenario), "--days", "0.25"]


def test_two_runs_give_the_same_bytes_and_another_seed_others(tmp_path: Path, words: list[str]) -> None:
    for name, seed in (("a", "7"), ("b", "7"), ("c", "8")):
        assert _generate(tmp_path / name, *words, "--seed", seed) == 0
    for file in ("truth.jsonl", "readings.jsonl"):
        first, again, other = ((tmp_path / name / file).read_bytes() for name in "abc")
        assert first == again != other


def test_readings_stand_in_hours_with_the_reason_where_there_is_none(tmp_path: Path, words: list[str]) -> None:
    assert _generate(tmp_path / "a", *words) == 0
    lines = [json.loads(line) for line in (tmp_path / "a" / "readings.jsonl").read_text("utf-8").splitlines()]
    fridge = [line for line in lines if line["point"] == "fridge-1-t"]
    assert [line["from_s"] for line in fridge] == [0, 3600, 7200, 10_800, 14_400, 18_000]
    assert all(len(line["values"]) == 60 for line in fridge)
    values = [value for line in fridge for value in line["values"]]
    assert [n for n, value in enumerate(values) if value is None] == list(range(10, 130))
    assert fridge[1]["why"] == {str(n): "no-power" for n in range(60)}
    assert all(20 < value < 200 for value in values if value is not None)
    probe = [line for line in lines if line["point"] == "freezer-1-t"]
    assert all(value is not None for line in probe for value in line["values"]), "the box and its probes have a battery"
    camera = [value for line in lines if line["point"] == "cam" for value in line["values"]]
    assert camera[9:11] + camera[129:131] == [1, 0, 0, 1]


def test_a_shorter_period_reads_the_same_world(tmp_path: Path, words: list[str]) -> None:
    """The values of a period of 60 s are among those of 10 s, and the truth is the same but for the lines' order of writing."""
    assert _generate(tmp_path / "a", *words) == 0 == _generate(tmp_path / "b", *words, "--period", "10")

    def values(name: str) -> list[int | None]:
        lines = [json.loads(line) for line in (tmp_path / name / "readings.jsonl").read_text("utf-8").splitlines()]
        return [value for line in lines if line["point"] == "fridge-1-t" for value in line["values"]]

    assert values("a") == values("b")[::6]
    assert (tmp_path / "a" / "truth.jsonl").read_text("utf-8") == (tmp_path / "b" / "truth.jsonl").read_text("utf-8")


@pytest.mark.parametrize("name", names("scenarios"))
def test_every_scenario_that_comes_with_larder_fits_its_world(name: str) -> None:
    file = find_shipped(name, "scenarios")
    scenario = load_scenario(file, load_world(find_shipped(world_of(file) or "demo", "worlds")))
    assert scenario.name_zh and scenario.name_en


def test_bad_input_is_one_line_and_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _generate(tmp_path / "a", "--scenario", "nothing") == 2
    assert "nothing" in capsys.readouterr().err
