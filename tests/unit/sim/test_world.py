"""A world is loaded whole or refused with its file, its key and a hint."""

import re
from pathlib import Path

import pytest

from larder_sim.strict_toml import InputError
from larder_sim.world_file import load_world
from tests.unit.sim.worlds import DEMO_WORLD, SMALL, small_world


def test_the_demo_world_is_as_large_as_promised() -> None:
    world = load_world(DEMO_WORLD)
    points = [point for site in world.sites for device in site.devices for point in site.points(device)]
    assert [county.code for county in world.counties] == ["632224"]
    assert [site.kind for site in world.sites] == ["canteen"] * 5 + ["grain"]
    assert all(len(site.devices) == 1 for site in world.sites)
    assert len([point for point in points if point.quantity != "alive"]) >= 24
    assert {point.unit for point in points} == {"Cel", "%RH", "/"}
    assert len(list(world.cameras())) == 6
    assert {type(place.read).__name__ for _, _, place in world.places()} == {"ModbusRead", "OnewireRead"}
    assert "minzhong/fridge-2" in {name for name, _, _ in world.places()}


def test_names_fit_an_sms_and_ids_fit_a_topic() -> None:
    for site in load_world(DEMO_WORLD).sites:
        for name_zh in [place.name_zh for place in site.places] + [camera.name_zh for camera in site.cameras]:
            assert len(site.name_zh + name_zh) <= 12
        for device in site.devices:
            assert all(re.fullmatch("[a-z0-9-]{1,32}", point.id) for point in site.points(device))


def test_points_carry_unit_scale_and_profile(tmp_path: Path) -> None:
    site = small_world(tmp_path).sites[0]
    assert [(point.id, point.unit, point.scale, point.profile) for point in site.points("box")] == [
        ("fridge-1-t", "Cel", -1, "fridge.food"),
        ("fridge-1-h", "%RH", -1, ""),
        ("freezer-1-t", "Cel", -1, "freezer"),
        ("store-t", "Cel", -1, "store.dry"),
        ("cam", "/", 0, ""),
    ]


SPOILED = [
    ('county = "632224"', 'county = "63222"', "world.county"),
    ('local_start = "11:00"', 'local_start = "25:00"', "world.local_start"),
    ('kind = "canteen"', 'kind = "canten"', "site[school].kind"),
    ('kind = "canteen"', 'kind = "canteen"\ncolour = "red"', "site[school].colour"),
    ('phone = "+8613900000001"', 'phone = "139"', "site[school].person.phone"),
    ('phone = "+8613900000001"', 'phone = "+8613900000001", age = 3', "site[school].person.age"),
    ("swing_c = 2.5", "swing_c = nan", "site[school].room[kitchen].swing_c"),
    ("unit = 1,", "unit = 248,", "site[school].place[fridge-1].read.unit"),
    ("unit = 1,", "unit = true,", "site[school].place[fridge-1].read.unit"),
    ("unit = 2,", "unit = 1,", "site[school].place[gw unit 1]"),
    ('gateway = "gw", unit = 1', 'gateway = "gq", unit = 1', "site[school].place[fridge-1].read.gateway"),
    ('id = "fridge-1"', 'id = "Fridge1"', "site[school].place[Fridge1].id"),
    ('id = "fridge-1"', 'id = "a123456789012345678901234567890"', "place[a123456789012345678901234567890].id"),
    ('id = "freezer-1"', 'id = "fridge-1"', "site[school].place[fridge-1]"),
    ('id = "cam"', 'id = "store-t"', "site[school].place[store-t]"),
    ('name_zh = "冷藏柜1"', 'name_zh = "二楼南侧冷藏柜第一号"', "site[school].place[fridge-1].name_zh"),
    ('model = "freezer"', 'model = "frezer"', "site[school].place[freezer-1].model"),
    ('rom = "28-0316a2795f01"', 'rom = "10-0316a2795f01"', "site[school].place[freezer-1].read.rom"),
    ("port_offset = 1", "port_offset = 0", "site[school].camera[cam].port_offset"),
    ('id = "cam"', 'id = "c12345678901234567890123456789"', "camera[c12345678901234567890123456789].id"),
    ('auth = "md5"', 'auth = "basic"', "site[school].camera[cam].auth"),
    ('path = "/Streaming', 'path = "Streaming', "site[school].camera[cam].path"),
    ('profile = "freezer"', 'profile = ""', "site[school].place[freezer-1].profile"),
    ("period_s = 2.0", 'period_s = 2.0\nprofile = "x"', "site[school].camera[cam].profile"),
    ("watch_c = [8.0]", 'watch_c = ["8"]', "site[school].place[fridge-1].watch_c"),
    ('  [[site.device]]\n  id = "box"\n', "", "site[school].device"),
    ('profile = "freezer"', 'profile = "freezer"\nhumidity_profile = "x"', "place[freezer-1].humidity_profile"),
]


@pytest.mark.parametrize(("good", "bad", "key"), SPOILED, ids=[f"{n}-{case[2]}" for n, case in enumerate(SPOILED)])
def test_a_mistake_names_file_key_and_hint(tmp_path: Path, good: str, bad: str, key: str) -> None:
    assert SMALL.count(good) == 1, "the case no longer spoils what it means to"
    with pytest.raises(InputError) as caught:
        small_world(tmp_path, SMALL.replace(good, bad))
    text = str(caught.value)
    assert text.startswith(f"{tmp_path / 'world.toml'}: ")
    assert key in caught.value.key and caught.value.hint
    assert text.endswith(f"({caught.value.hint})")


@pytest.mark.parametrize("key", ["id", "name_zh", "model", "read", "period_s", "profile"])
def test_a_missing_key_is_named(tmp_path: Path, key: str) -> None:
    before, freezer, after = SMALL.partition('  id = "freezer-1"')
    lines = [
        line for line in (freezer + after).split("\n\n")[0].splitlines() if not line.strip().startswith(f"{key} =")
    ]
    rest = "\n\n".join((freezer + after).split("\n\n")[1:])
    with pytest.raises(InputError, match=rf"{key}: is missing"):
        small_world(tmp_path, before + "\n".join(lines) + "\n\n" + rest)


def test_a_device_id_is_unique_over_all_sites(tmp_path: Path) -> None:
    second = SMALL.partition("[[site]]")[2].replace('"school"', '"other"')
    second = second.replace("port_offset = 0", "port_offset = 2").replace("port_offset = 1", "port_offset = 3")
    second = second.replace("28-0316a2795f01", "28-0316a2795f02")
    with pytest.raises(InputError, match="device 'box' is used twice"):
        small_world(tmp_path, SMALL + "[[site]]" + second)
    twin = second.replace('"box"', '"box-2"')
    assert [site.id for site in small_world(tmp_path, SMALL + "[[site]]" + twin).sites] == ["school", "other"]


def test_a_near_miss_gets_a_suggestion(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="did you mean 'period_s'"):
        small_world(tmp_path, SMALL.replace("period_s = 2.0", "period_s = 2.0\n  periods = 3"))


def test_a_misspelt_key_that_is_needed_is_pointed_at(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"profile: is missing \(is 'profil' meant to be it"):
        small_world(tmp_path, SMALL.replace('profile = "freezer"', 'profil = "freezer"'))


def test_no_file_and_no_toml_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.toml: No such file"):
        load_world(tmp_path / "none.toml")
    with pytest.raises(InputError, match="is not TOML"):
        small_world(tmp_path, "[world")
