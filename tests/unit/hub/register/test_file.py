"""A register file is read strictly, and every error names the file, the key and what to do."""

import copy
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from tomli_w import dumps as write_toml

from larder_core.limits.profiles import PROFILES
from larder_hub.register.directory import Duty
from larder_hub.register.file import read_register, write_register
from larder_hub.register.refusal import RegisterError
from larder_hub.register.shapes import CountyTable
from larder_hub.register.table import INVISIBLE

EXAMPLE = Path(__file__).parents[4] / "deploy" / "register.example.toml"
PROFILE_UNITS = {key: profile.unit for key, profile in PROFILES.items()}


def example() -> dict[str, Any]:
    return tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))


def refusal(tmp_path: Path, document: dict[str, Any]) -> RegisterError:
    file = tmp_path / "register.toml"
    file.write_text(write_toml(document), encoding="utf-8")
    with pytest.raises(RegisterError) as raised:
        read_register(file, PROFILE_UNITS)
    assert str(raised.value).startswith(str(file))
    return raised.value


def test_the_example_is_a_register() -> None:
    register = read_register(EXAMPLE, PROFILE_UNITS)
    directory = register.directory
    point = directory.points["minzu-school-box", "fridge-1-t"]
    assert (point.period_s, point.profile, directory.devices["minzu-school-box"].county) == (
        60.0,
        "fridge.food",
        "632224",
    )
    place = directory.place_of(point)
    assert place is not None and place.name_zh == "冷藏柜1"
    assert [person.name for person in directory.on_duty("county", "632224")] == ["县局值班"]
    assert register.counties["632224"].name_zh == "刚察县"


def test_what_is_written_reads_back_the_same(tmp_path: Path) -> None:
    register = read_register(EXAMPLE, PROFILE_UNITS)
    file = tmp_path / "again.toml"
    file.write_text(write_register(register), encoding="utf-8")
    assert read_register(file, PROFILE_UNITS) == register


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_any_text_survives_the_writer(text: str) -> None:
    assert tomllib.loads(write_toml({"key": text, "table": [{"inner": text}]})) == {
        "key": text,
        "table": [{"inner": text}],
    }


SITE = "site[minzu-school]"
POINT = f"{SITE}.device[minzu-school-box].point[fridge-1-t]"


@pytest.mark.parametrize(
    ("path", "value", "key", "words"),
    [
        (("site", 0, "id"), "Minzu", "site[Minzu].id", "wrong form"),
        (("site", 0, "id"), "a/b", "site[a/b].id", "wrong form"),
        (("site", 0, "id"), "a\n", "site[a\n].id", "wrong form"),
        (("site", 0, "county"), "632299", f"{SITE}.county", "no county 632299"),
        (("county", 0, "code"), "6322", "county[6322].code", "wrong form"),
        (("site", 0, "name_zh"), "食堂\u202e", f"{SITE}.name_zh", "U+202E"),
        (("site", 0, "name_zh"), "食\n堂", f"{SITE}.name_zh", "U+000A"),
        (("site", 0, "name_zh"), " 食堂", f"{SITE}.name_zh", "space"),
        (("site", 0, "name_zh"), "", f"{SITE}.name_zh", "at least 1"),
        (("site", 0, "colour"), "red", f"{SITE}.colour", "not a key"),
        (("site", 0, "device", 0, "public_key"), "abc", f"{SITE}.device[minzu-school-box].public_key", "43 characters"),
        (("site", 0, "device", 0, "in_service"), "yes", f"{SITE}.device[minzu-school-box].in_service", "boolean"),
        (("site", 0, "device", 0, "point", 0, "unit"), "F", f"{POINT}.unit", "Cel"),
        (("site", 0, "device", 0, "point", 0, "unit"), "%RH", f"{POINT}.unit", 'unit = "Cel"'),
        (("site", 0, "device", 0, "point", 0, "quantity"), "smell", f"{POINT}.quantity", "temperature"),
        (("site", 0, "device", 0, "point", 0, "place"), "fridge-2", f"{POINT}.place", "did you mean 'fridge-1'"),
        (
            ("site", 0, "device", 0, "point", 0, "profile"),
            "fridge.fod",
            f"{POINT}.profile",
            "did you mean 'fridge.food'",
        ),
        (("site", 0, "device", 0, "point", 0, "profile"), "store.dry.humidity", f"{POINT}.profile", "are in %RH"),
        (("site", 0, "device", 0, "point", 0, "period_s"), 0.0, f"{POINT}.period_s", "greater than 0"),
        (("person", 0, "phone"), "13800138000", "person[zhang-wei].phone", "+86"),
        (("person", 0, "phone"), "+861380013800", "person[zhang-wei].phone", "11 digits"),
        (("person", 0, "phone"), "+8613800138000\n", "person[zhang-wei].phone", "11 digits"),
        (("person", 0, "language"), "fr", "person[zhang-wei].language", "'zh' or 'en'"),
        (("person", 0, "quiet"), "22:00-12:00", "person[zhang-wei].quiet", "12 hours"),
        (("person", 0, "quiet"), "at night", "person[zhang-wei].quiet", "20:00-08:00"),
        (("route", 0, "digest"), "weekly", "route[1]", "without then"),
        (("duty", 0, "person"), "nobody", "duty[1].person", "no person 'nobody'"),
        (("duty", 0, "scope"), "minzu-schol", "duty[1].scope", "did you mean 'minzu-school'"),
        (("duty", 2, "scope"), "632224", "duty[3].scope", 'scope = ""'),
    ],
)
def test_a_wrong_key_is_named(tmp_path: Path, path: tuple[str | int, ...], value: object, key: str, words: str) -> None:
    document: Any = example()
    at = document
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    error = refusal(tmp_path, document)
    assert error.key == key
    assert words in str(error)


def second_site(document: dict[str, Any]) -> dict[str, Any]:
    site: dict[str, Any] = copy.deepcopy(document["site"][0]) | {"id": "other"}
    document["site"].append(site)
    return site


def test_a_device_stands_at_one_site_only(tmp_path: Path) -> None:
    document = example()
    second_site(document)
    error = refusal(tmp_path, document)
    assert error.key == "site[other].device[minzu-school-box].id"


def test_two_devices_never_share_a_key(tmp_path: Path) -> None:
    document = example()
    second_site(document)["device"][0]["id"] = "other-box"
    error = refusal(tmp_path, document)
    assert (error.key, "larder agent init" in error.hint) == ("site[other].device[other-box].public_key", True)


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("county", "county[632224].code"),
        ("site", f"{SITE}.id"),
        ("person", "person[zhang-wei].id"),
        ("duty", "duty[7]"),
    ],
)
def test_a_table_stands_there_once(tmp_path: Path, table: str, key: str) -> None:
    document = example()
    document[table].append(copy.deepcopy(document[table][0]))
    assert refusal(tmp_path, document).key == key


def test_a_place_and_a_point_stand_there_once(tmp_path: Path) -> None:
    document = example()
    document["site"][0]["place"].append(document["site"][0]["place"][0])
    assert refusal(tmp_path, document).key == f"{SITE}.place[fridge-1].id"
    document = example()
    points = document["site"][0]["device"][0]["point"]
    points.append(points[0])
    assert refusal(tmp_path, document).key == f"{POINT}.id"


@pytest.mark.parametrize("content", [b"[[site", b"\xff\xfe", b"county = 7", b"[[site]]\nid = 3"])
def test_what_is_no_register_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "register.toml"
    file.write_bytes(content)
    with pytest.raises(RegisterError, match=r"register\.toml"):
        read_register(file, PROFILE_UNITS)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RegisterError, match="give the path"):
        read_register(tmp_path / "none.toml", PROFILE_UNITS)


@given(st.sampled_from(sorted(INVISIBLE - set(map(chr, range(0xD800, 0xE000))))))
def test_no_invisible_character_gets_into_a_name(hidden: str) -> None:

    with pytest.raises(ValidationError):
        CountyTable(code="632224", name_zh=f"刚{hidden}察", name_en="Gangcha")


def test_a_period_may_be_a_whole_number(tmp_path: Path) -> None:
    document = example()
    document["site"][0]["device"][0]["point"][0]["period_s"] = 30
    file = tmp_path / "register.toml"
    file.write_text(write_toml(document), encoding="utf-8")
    assert read_register(file, PROFILE_UNITS).directory.points["minzu-school-box", "fridge-1-t"].period_s == 30.0


def test_the_order_of_duties_is_kept() -> None:
    assert read_register(EXAMPLE, PROFILE_UNITS).directory.duties[0] == Duty("zhang-wei", "site", "minzu-school")


def test_more_points_than_a_configuration_can_say_are_refused(tmp_path: Path) -> None:
    """A register that was taken ended the hub, which could not write the device's configuration."""
    document = example()
    device = document["site"][0]["device"][0]
    device["point"] = [{**device["point"][0], "id": f"p{number}"} for number in range(257)]
    error = refusal(tmp_path, document)
    assert error.key.endswith(f"device[{device['id']}].point")
    assert "257 points" in error.problem and "second device" in error.hint
    device["point"].pop()
    file = tmp_path / "register.toml"
    file.write_text(write_toml(document), encoding="utf-8")
    assert len(read_register(file, PROFILE_UNITS).directory.points_of(device["id"])) == 256
