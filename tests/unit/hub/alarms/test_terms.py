"""Hours and changed limits of the register, through the whole projection."""

from dataclasses import replace
from pathlib import Path

import pytest

from larder_core.limits.override import Figures
from larder_core.limits.profile import Rule
from larder_core.limits.words import Severity, Side
from larder_hub.alarms.rules import Rules
from larder_hub.directives.wanted import wanted
from larder_hub.register.directory import Changed, Day, Directory, Open
from tests.support.incidents import FRIDGE, SECOND, County, register

SUNDAY = "7"  # 2026-11-22; minute 0 is 08:00
FROM_NINE = Open("site1", "", "service", SUNDAY, "09:00", "10:00")


def serving(*opens: Open, days: tuple[Day, ...] = ()) -> Directory:
    """The first fridge is a hot cabinet."""
    plain = register()
    hot = plain.points["box1", FRIDGE]._replace(profile="hot.hold")
    return replace(plain, points={**plain.points, ("box1", FRIDGE): hot}, opens=opens, days=days)


def told(county: County) -> list[tuple[str, str]]:
    rows = county.rows("SELECT t.what, a.reason FROM transition t JOIN alarm a ON a.id = t.alarm ORDER BY t.id")
    return [(str(row[0]), str(row[1])) for row in rows]


def texts(county: County) -> list[str]:
    return [str(row[0]) for row in county.rows("SELECT text FROM notice ORDER BY id")]


@pytest.mark.parametrize("kill_often", [False, True])
def test_a_cabinet_that_is_cold_alarms_in_service_hours_only_and_its_end_is_no_recovery(
    tmp_path: Path, kill_often: bool
) -> None:
    county = County(tmp_path, serving(FROM_NINE), kill_often=kill_often)
    county.reads(FRIDGE, 20.0).until(69)
    assert told(county) == []
    county.until(76)
    assert [what for what, _ in told(county)] == ["raised", "worsened"]
    before = len(texts(county))
    county.until(125)
    assert told(county)[-1] == ("cleared", "window-end")
    assert county.rows("SELECT cleared_ms - t0_ms FROM alarm")[0][0] == 60 * 60_000
    assert not any("恢复" in text for text in texts(county)[before:])
    county.close()


def test_on_a_holiday_nothing_is_judged(tmp_path: Path) -> None:
    county = County(tmp_path, serving(FROM_NINE, days=(Day("site1", "2026-11-20", "2026-11-23", 0),)))
    county.reads(FRIDGE, 20.0).until(100)
    assert told(county) == []
    county.close()


STRICTER = Figures(rules=(Rule(severity=Severity.WARNING, side=Side.HIGH, limit=6.0, hold_s=600.0),), clear_high=5.5)


def changed(place: str, figures: Figures = STRICTER) -> Directory:
    text = figures.model_dump_json(exclude_none=True, exclude_defaults=True)
    row = Changed("site1", place, "fridge.food", "张伟", "存放酸奶", "2026-11-20", text)
    return replace(register(), changed=(row,))


def test_changed_limits_are_for_their_place_and_the_alarm_says_so(tmp_path: Path) -> None:
    county = County(tmp_path, changed(FRIDGE))
    county.reads(FRIDGE, 6.5).reads(SECOND, 6.5).until(30)
    rows = county.rows("SELECT point, severity, level, judged_by FROM alarm")
    assert rows == [(FRIDGE, "warning", 6.0, f"fridge.food/2 +site1/{FRIDGE} 2026-11-20 张伟")]
    county.close()


def test_without_a_change_the_alarm_names_profile_and_version(tmp_path: Path) -> None:
    county = County(tmp_path, changed(FRIDGE))
    county.reads(SECOND, 9.0).until(61)
    assert ("fridge.food/2",) in county.rows("SELECT judged_by FROM alarm WHERE kind = 'food'")
    county.close()


def test_devices_are_told_changed_limits_and_none_that_need_hours() -> None:
    directory = changed(FRIDGE)
    desired = wanted(directory, directory.devices["box1"], Rules.of(1.0))
    assert {point.id: point.profile for point in desired.points}[FRIDGE] == f"fridge.food.{FRIDGE}"
    assert {profile.key for profile in desired.profiles} == {"fridge.food", f"fridge.food.{FRIDGE}"}
    serves = serving(FROM_NINE)
    assert wanted(serves, serves.devices["box1"], Rules.of(1.0)).points[0].profile == ""


def test_a_point_has_the_hours_of_its_place_before_those_of_its_site() -> None:
    own = Open("site1", FRIDGE, "service", SUNDAY, "12:00", "13:00")
    directory = serving(FROM_NINE, own)
    assert directory.opens_of(directory.points["box1", FRIDGE], "service")[0] == (own,)
    assert directory.opens_of(directory.points["box1", SECOND], "service")[0] == (FROM_NINE,)
