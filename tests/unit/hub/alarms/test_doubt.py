"""When nearly everybody falls silent at once the hub suspects itself, for a while; when it is off its broker it accuses nobody."""

from collections.abc import Callable

import pytest

from larder_hub.alarms.doubt import doubtful
from tests.support.counties import GANGCHA, HAIYAN, MENYUAN, counties, fridges_only
from tests.support.incidents import FRIDGE, County

CountyOf = Callable[..., County]
PLACES = {MENYUAN: 12, GANGCHA: 6, HAIYAN: 4}


@pytest.mark.parametrize(
    "silent, since",
    [
        ({MENYUAN: 12}, None),  # a whole county, and more than half of all: its power is gone
        ({MENYUAN: 6, GANGCHA: 5}, 0),
        ({MENYUAN: 6, GANGCHA: 4}, None),  # fewer than half of all
        ({MENYUAN: 12, GANGCHA: 2}, None),  # one county and two sites more
        ({MENYUAN: 12, GANGCHA: 3}, 0),
    ],
)
def test_half_of_all_in_several_counties(silent: dict[str, int], since: int | None) -> None:
    found = [(county, n) for county, count in silent.items() for n in range(count)]
    assert doubtful(found, PLACES, 60_000) == since
    spread = [(county, n * 100_000) for county, count in silent.items() for n in range(count)]
    assert doubtful(spread, PLACES, 60_000) is None


def test_a_few_devices_prove_nothing() -> None:
    assert doubtful([(MENYUAN, 0), (GANGCHA, 0)], {MENYUAN: 1, GANGCHA: 1}, 60_000) is None


def silenced(county: County, up: bool, boxes: range) -> None:
    for n in boxes:
        county.boxes[f"box{n}"].up = up


@pytest.fixture
def prefecture(county_of: CountyOf) -> County:
    return fridges_only(county_of(counties(PLACES)))


def kinds(county: County, person: str) -> list[tuple[int, str]]:
    return [(minute, kind) for minute, kind, _ in county.told(person)]


def test_all_silent_at_once_is_one_message_to_the_prefecture(prefecture: County) -> None:
    county = prefecture.until(9)
    silenced(county, False, range(1, 23))
    county.until(18)
    said = "【海北食安】平台：监管中心自08:09起收不到22家单位数据，疑中心线路故障。请查中心网络 hbsa.cn/a 单1"
    assert [text for _, _, text in county.told()] == [said.replace("单1", f"单{county.alarms('hub')[0]['ticket']}")]
    assert {one["inhibited_by"] for one in county.alarms("silence")} == {county.alarms("hub")[0]["id"]}
    silenced(county, True, range(1, 23))
    county.until(50)
    assert [kind for _, kind in kinds(county, "chief")] == ["raise", "cleared"]
    assert {person for person in county.directory.people if county.told(person)} == {"chief"}


def test_who_is_silent_after_the_doubt_is_told_by_county(prefecture: County) -> None:
    """The broker comes back, one county does not; and where nothing comes back the doubt ends after ten minutes."""
    county = prefecture.until(9)
    silenced(county, False, range(1, 23))
    county.until(15)
    silenced(county, True, range(13, 23))
    county.until(24)
    assert kinds(county, "officer-632221") == [(22, "digest")]
    assert county.told("officer-632224") == []


def test_the_doubt_is_bounded_in_time(prefecture: County) -> None:
    county = prefecture.until(9)
    silenced(county, False, range(1, 23))
    county.until(60)
    (hub,) = county.alarms("hub")
    assert hub["condition"] == "active"
    assert kinds(county, "officer-632221") == [(22, "digest")]
    assert [kind for _, kind in kinds(county, "officer-632224")] == ["digest"]
    assert [kind for _, kind in kinds(county, "cook1")] == ["digest"]


def test_an_excursion_is_raised_while_the_hub_doubts_itself(prefecture: County) -> None:
    county = prefecture.until(9)
    silenced(county, False, range(1, 22))
    county.reads(FRIDGE, 13.0, box="box22").until(30)
    assert [kind for _, kind in kinds(county, "cook22")] == ["raise"]


def test_off_its_broker_the_hub_accuses_nobody_and_says_so_itself(prefecture: County) -> None:
    county = prefecture.until(9)
    silenced(county, False, range(1, 23))
    county.hearing = False
    county.until(120)
    assert county.alarms("silence") == []
    assert [one["condition"] for one in county.alarms("broker")] == ["active"]
    assert kinds(county, "chief")[0] == (12, "raise")
    county.hearing = True
    silenced(county, True, range(1, 22))
    county.until(128)
    assert [one["condition"] for one in county.alarms("broker")] == ["normal"]
    assert [one["device"] for one in county.alarms("silence")] == ["box22"]
    assert [kind for _, kind in kinds(county, "chief") if kind != "escalate"] == ["raise", "cleared"]


def test_a_short_break_of_the_line_is_no_alarm_also_when_the_hub_is_killed_in_it(county_of: CountyOf) -> None:
    county = fridges_only(county_of(counties(PLACES), kill_often=True)).until(4)
    county.hearing = False
    county.until(5)
    county.hearing = True
    county.until(7)
    assert county.alarms("broker") == [] and county.told() == []
