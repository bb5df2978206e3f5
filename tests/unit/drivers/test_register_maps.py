"""Register maps: the shipped ones, and what a wrong one is told."""

from pathlib import Path
from typing import Any

import pytest

from larder_agent.drivers.modbus.maps import SHIPPED, load_map, shipped_names
from larder_agent.drivers.modbus.register import RegisterPoint
from larder_agent.drivers.modbus.registers import sample
from larder_agent.drivers.modbus_tcp.gateway import read_settings
from larder_agent.drivers.port import Sample, SettingsError

GOOD = """\
title: T
maker: M
source: manual, page 3
points:
  - {name: temp, unit: Cel, register: 0, scale: -1}
"""


def points(*units: dict[str, Any]) -> tuple[RegisterPoint, ...]:
    return read_settings({"host": "10.0.0.1", "unit": list(units)}).points


def written(folder: Path, text: str) -> str:
    (folder / "mine.yaml").write_text(text)
    return str(folder / "mine.yaml")


def test_five_are_shipped_and_each_says_where_it_is_from() -> None:
    assert shipped_names() == ["n4dsc08", "r4dcb08", "rs-ws-n01", "unipi-xg18", "xy-md02"]
    for name in shipped_names():
        found = load_map(name)
        assert found.source and found.maker and found.points
        assert found.verified is None, "somebody has compared it with a device: say so in the README too"
        assert "未对照实物" in (SHIPPED / f"{name}.yaml").read_text()


@pytest.mark.parametrize(
    "name, point, words, expected",
    [
        # 01 04 02 ... : 0x0131 = 305 -> 30.5 Cel
        ("xy-md02", "temp", [0x0131], (305, "")),
        ("xy-md02", "temp", [0xFF9B], (-101, "")),
        ("xy-md02", "rh", [0x0222], (546, "")),
        ("rs-ws-n01", "rh", [0x0292], (658, "")),
        ("rs-ws-n01", "temp", [0xFF9B], (-101, "")),
        ("r4dcb08", "t8", [0x8000], (None, "no-sensor")),
        ("r4dcb08", "t1", [0x00B6], (182, "")),
        ("n4dsc08", "t1", [0x00B6], (182, "")),
        ("unipi-xg18", "t1", [0xF830], (-2000, "")),
        ("unipi-xg18", "t1", [0x8000], (None, "no-sensor")),
        ("r4dcb08", "t1", [0x7FFF], (32767, "out-of-range")),
    ],
)
def test_what_registers_say_by_a_map(name: str, point: str, words: list[int], expected: tuple[Any, str]) -> None:
    (found,) = points({"id": "x", "map": name, "only": [point]})
    assert sample(found, words) == Sample(f"x-{point}", *expected)


def test_a_unit_gives_the_points_of_its_map_under_its_own_name_and_address() -> None:
    found = points({"id": "a", "map": "xy-md02", "unit_id": 7}, {"id": "b", "map": "rs-ws-n01", "only": ["temp"]})
    assert [(one.spec.id, one.unit_id, one.kind, one.register) for one in found] == [
        ("a-temp", 7, "input", 1),
        ("a-rh", 7, "input", 2),
        ("b-temp", 1, "holding", 1),
    ]


def test_points_and_units_stand_side_by_side() -> None:
    table = {"id": "c", "unit": "Cel", "register": 0, "scale": -1}
    both = read_settings({"host": "10.0.0.1", "point": [table], "unit": [{"id": "a", "map": "xy-md02"}]})
    assert [one.spec.id for one in both.points] == ["c", "a-temp", "a-rh"]


def test_a_map_of_ones_own_is_read_from_its_path(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD.replace("scale: -1", "scale: -1, byte_order: low-first, no_sensor: [0x8000, -1]"))
    (found,) = points({"id": "x", "map": path})
    assert sample(found, [0x2900]) == Sample("x-temp", 41)
    assert sample(found, [0x0080]) == Sample("x-temp", None, "no-sensor")
    assert sample(found, [0xFFFF]) == Sample("x-temp", None, "no-sensor")


@pytest.mark.parametrize(
    "text, problem",
    [
        (GOOD.replace("scale: -1", "scale: yes"), r"mine.yaml: points\[1\].scale: is a yes or no"),
        (GOOD.replace("register: 0, ", ""), r"points\[1\].register: is missing"),
        (GOOD.replace("register:", "registr:"), r"points\[1\].register: is missing"),
        (GOOD + "colour: red\n", "colour: is not a setting"),
        (GOOD.replace("source: manual, page 3\n", ""), "source: is missing"),
        (GOOD + "maker: N\n", "maker: is there twice, the second time in line 6"),
        (GOOD.replace("name: temp", "name: no"), r"points\[1\].name: is a yes or no, not a text"),
        (GOOD + "  - {name: temp, unit: Cel, register: 1, scale: -1}\n", r"points\[2\].name: temp is there twice"),
        (GOOD.replace("]", "").replace("}", ""), "is not YAML"),
        ("- 1\n", "is not a table"),
        ("points: !!python/object/apply:os.system [true]\n", "is not YAML"),
        ("a: " + "[" * 20_000, "is not YAML|nested"),
        ("#" * 70_000, "is longer than"),
        (GOOD.replace("scale: -1", "scale: -1, no_sensor: [0x10000]"), r"points\[1\].no_sensor: does not fit"),
    ],
)
def test_a_wrong_map_is_refused_with_its_file_and_its_key(text: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=problem) as caught:
        points({"id": "x", "map": written(tmp_path, text)})
    assert caught.value.key == "unit[1].map"
    assert caught.value.hint


@pytest.mark.parametrize(
    "unit, key, hint",
    [
        ({"id": "x", "map": "xy-md01"}, "unit[1].map", "xy-md02"),
        ({"id": "x", "map": "maps/mine.yaml"}, "unit[1].map", "from the root"),
        ({"id": "x", "map": "/nowhere/mine.yaml"}, "unit[1].map", "path"),
        ({"id": "x", "map": "xy-md02", "only": ["t"]}, "unit[1].only", "temp, rh"),
        ({"id": "x" * 30, "map": "xy-md02"}, "unit[1].id", "shorter"),
        ({"map": "xy-md02"}, "unit[1].id", "as fridge-2"),
    ],
)
def test_a_wrong_unit_is_refused_by_its_key(unit: dict[str, Any], key: str, hint: str) -> None:
    with pytest.raises(SettingsError) as caught:
        points(unit)
    assert caught.value.key == key
    assert hint in caught.value.hint


def test_two_units_of_one_name_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"unit\[2\].id: x-rh is there twice"):
        points({"id": "x", "map": "xy-md02"}, {"id": "x", "map": "rs-ws-n01"})
