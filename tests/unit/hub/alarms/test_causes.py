"""A greater cause is told once, and what follows from it is kept, listed and not told again; food is never explained away."""

from collections.abc import Callable
from typing import Any

import pytest

from larder_core.limits.words import Severity
from tests.support.counties import GANGCHA, MENYUAN, counties, fridges_only, mains, with_mains
from tests.support.incidents import FRIDGE, SECOND, County, register

CountyOf = Callable[..., County]


def visible(county: County, kind: str) -> list[tuple[str, str, str]]:
    """(device, visibility, kind of what explains it) of the open alarms of a kind."""
    kinds = dict(county.rows("SELECT id, kind FROM alarm"))
    return [
        (one["device"], one["visibility"], kinds.get(one["inhibited_by"], ""))
        for one in county.alarms(kind)
        if one["condition"] != "normal"
    ]


def test_a_cut_line_is_one_silence_also_where_points_are_read_one_after_another(county_of: CountyOf) -> None:
    """Half a minute apart: the first point would be stale before the last one is."""
    county = county_of(register(1, period_s=60.0))
    county.until(20)
    last = county.now_ms() - 40_000
    county.projection._db.execute("UPDATE point_state SET last_any_ms=? WHERE point=?", (last, SECOND))
    county.boxes["box1"].up = False
    county.until(60)
    assert [(one["point"], one["severity"]) for one in county.alarms("silence")] == [("", "alarm")]


def test_lost_mains_are_one_message_and_explain_silence_and_sensors_of_their_site(county_of: CountyOf) -> None:
    county = county_of(with_mains(register(2)))
    county.until(9)
    mains(county, "box1")
    for point in (FRIDGE, SECOND, "camera"):
        county.reads(point, None, "no-answer")
    county.reads(FRIDGE, None, "no-answer", box="box2").until(60)
    explained = [one["visibility"] for one in county.alarms("sensor") if one["device"] == "box1"]
    assert explained == ["inhibited", "inhibited"]
    assert visible(county, "camera") == [("box1", "inhibited", "power")]
    assert [one for one in visible(county, "sensor") if one[0] == "box2"] == [("box2", "shown", "")]
    county.boxes["box1"].up = False
    county.until(100)
    assert visible(county, "silence") == [("box1", "inhibited", "power")]
    assert len([kind for _, kind, _ in county.told("cook1") if kind != "escalate"]) == 1


def test_food_that_warms_while_the_mains_are_lost_is_raised_and_told(county_of: CountyOf) -> None:
    county = county_of(with_mains(register(1)))
    county.until(9)
    mains(county, "box1")
    county.reads(FRIDGE, 13.0).until(30)
    (food,) = county.alarms("food")
    assert (food["visibility"], food["severity"], food["inhibited_by"]) == ("shown", "alarm", "")
    assert "raise" in [kind for _, kind, _ in county.told("cook1")]


def test_food_that_warmed_unseen_while_the_mains_were_lost_comes_with_the_backlog(county_of: CountyOf) -> None:
    county = county_of(with_mains(register(1)))
    county.until(9)
    mains(county, "box1")
    county.boxes["box1"].online = False
    county.reads(FRIDGE, 13.0).until(80)
    county.reads(FRIDGE, 5.0).until(120)
    county.boxes["box1"].online = True
    county.backlog(newest_first=True)
    mains(county, "box1", "cleared")
    county.until(130)
    (late,) = [text for _, kind, text in county.told("cook1") if kind == "late"]
    assert "补报" in late and "最高13.0度" in late
    assert len(county.alarms("food")) == 1


def test_what_mains_do_not_explain_any_more_is_told(county_of: CountyOf) -> None:
    county = county_of(with_mains(register(1)))
    county.until(9)
    mains(county, "box1")
    county.boxes["box1"].up = False
    county.until(50)
    assert visible(county, "silence") == [("box1", "inhibited", "power")]
    mains(county, "box1", "cleared")
    county.until(52)
    assert visible(county, "silence") == [("box1", "shown", "")]
    assert "【海北食安】离线" in county.told("cook1")[-1][2]


def test_a_warning_explains_no_alarm(county_of: CountyOf) -> None:
    county = county_of(with_mains(register(1)))
    county.until(9)
    mains(county, "box1", severity=Severity.WARNING)
    county.boxes["box1"].up = False
    county.until(20)
    assert visible(county, "silence") == [("box1", "inhibited", "power")]
    county.until(40)
    assert visible(county, "silence") == [("box1", "shown", "")]


def test_devices_of_a_site_that_fall_silent_together_are_one_message(county_of: CountyOf) -> None:
    county = fridges_only(county_of(counties({GANGCHA: 2}, devices=4)))
    county.until(9)
    for m in (1, 2, 3, 4):
        county.boxes[f"box1{m:02d}"].up = False
    county.until(60)
    assert [kind for _, kind, _ in county.told("cook1")] == ["offline"]
    assert [by for _, _, by in visible(county, "silence")] == ["", "silence", "silence", "silence"]
    county.boxes["box101"].up = True
    county.until(62)
    assert [one[1] for one in visible(county, "silence")] == ["shown", "inhibited", "inhibited"]
    assert sorted(kind for _, kind, _ in county.told("cook1")) == ["cleared", "offline", "offline"]


@pytest.mark.parametrize("dark", [True, False], ids=["on battery", "silent"])
def test_a_county_without_power_is_one_message_for_each_person_within_a_minute(county_of: CountyOf, dark: bool) -> None:
    county = fridges_only(county_of(with_mains(counties({MENYUAN: 12, GANGCHA: 2}))))
    county.until(9)
    for n in range(1, 13):
        if dark:
            mains(county, f"box{n}")
        else:
            county.boxes[f"box{n}"].up = False
    county.until(9 + 5)
    (digest,) = county.told("officer-632221")
    assert digest[:2] == ((10 if dark else 13), "digest")
    assert "门源县有12家单位" in digest[2] and ("停电" if dark else "断联") in digest[2]
    county.boxes["box3"].up = True
    county.reads(FRIDGE, 13.0, box="box3").until(60)
    told: dict[str, list[str]] = {
        person: [kind for _, kind, _ in county.told(person)] for person in county.directory.people
    }
    food = ["raise"]
    assert {person: kinds for person, kinds in told.items() if person.startswith("cook")} == {
        **{f"cook{n}": ["digest"] for n in range(1, 13) if n != 3},
        "cook3": ["digest", *food] if dark else food,
        "cook13": [], "cook14": [],
    }  # fmt: skip
    assert [kind for kind in told["officer-632221"] if kind != "escalate"] == ["digest"]
    assert (told["officer-632224"], told["chief"]) == ([], ["escalate"] if dark else []), (
        "nobody signed for half an hour"
    )


def test_who_comes_back_to_a_storm_late_hears_of_it_once(county_of: CountyOf) -> None:
    county = fridges_only(county_of(counties({GANGCHA: 20})))
    county.until(9)
    for n in range(1, 20):
        county.boxes[f"box{n}"].up = False
    county.until(300)
    kinds: dict[str, Any] = {f"cook{n}": [kind for _, kind, _ in county.told(f"cook{n}")] for n in range(1, 21)}
    assert kinds == {**{f"cook{n}": ["digest"] for n in range(1, 20)}, "cook20": []}
    for n in range(1, 20):
        county.boxes[f"box{n}"].up = True
    county.until(310)
    assert [kind for _, kind, _ in county.told("cook7")] == ["digest", "cleared"]
