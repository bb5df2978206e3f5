"""Who is told, when, and by which entry of the roster."""

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larder_hub.alarms.explain import steps
from larder_hub.alarms.routes import Spot, first
from larder_hub.alarms.routes_cli import explained
from larder_hub.register.directory import Directory, Person
from larder_hub.register.roster import LOCAL, Duty, holes, shifts, stands
from larder_hub.register.route import LEVELS, Route, route_of
from tests.support.incidents import FRIDGE, GANGCHA, County, register

CountyOf = Callable[..., County]
SPOT = Spot("site1", GANGCHA)


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=LOCAL).timestamp() * 1000)


@pytest.mark.parametrize(
    "days, hours, dates, when, on",
    [
        ("", "", "", "2026-11-24T03:00", True),
        ("mon-fri", "", "", "2026-11-22T12:00", False),  # a Sunday
        ("fri", "20:00-08:00", "", "2026-11-28T07:59", True),  # it began on Friday
        ("fri", "20:00-08:00", "", "2026-11-28T08:00", False),
        ("fri", "20:00-08:00", "", "2026-11-27T07:00", False),  # the night of Thursday
        ("sat-mon", "08:00-20:00", "", "2026-11-23T19:59", True),
        ("", "", "2026-10-01..2026-10-07", "2026-10-07T23:59", True),
        ("", "22:00-06:00", "2026-10-07", "2026-10-08T05:59", True),
        ("", "", "2026-10-07", "2026-10-08T00:00", False),
    ],
)
def test_a_shift_stands_when_it_says(days: str, hours: str, dates: str, when: str, on: bool) -> None:
    assert stands(Duty("li", "county", GANGCHA, days, hours, dates), at(when)) is on


def test_an_exception_takes_the_place_of_the_weekly_shift_for_its_hours() -> None:
    duties = (
        Duty("li", "county", GANGCHA, "mon-sun"),
        Duty("wang", "county", GANGCHA, hours="18:00-08:00", dates="2026-11-24"),
    )
    on = [[duty.person for duty in shifts(duties, "county", GANGCHA, at(when))] for when in
          ("2026-11-24T17:00", "2026-11-24T18:00", "2026-11-25T07:59", "2026-11-25T08:00")]  # fmt: skip
    assert on == [["li"], ["wang"], ["wang"], ["li"]]


def test_a_roster_tells_its_holes() -> None:
    duties = (
        Duty("li", "county", GANGCHA, "mon-fri", "08:00-20:00"),
        Duty("wang", "county", GANGCHA, "mon-fri", "20:00-08:00"),
    )
    found = list(holes(duties, at("2026-11-23T00:00"), days=7))
    assert [(hole.from_ms, hole.to_ms) for hole in found] == [
        (at("2026-11-23T00:00"), at("2026-11-23T08:00")),  # Sunday's night has no shift
        (at("2026-11-28T08:00"), at("2026-11-30T00:00")),
    ]
    assert "11-28 08:00 - 11-30 00:00" in str(found[1]) and list(holes((Duty("li", "site", "a"),), 0)) == []


@pytest.mark.parametrize(
    "kind, severity, profile, to, escalate_min",
    [
        ("food", "warning", "fridge.food", (), 30),
        ("early", "warning", "fridge.food", ("site",), 30),
        ("food", "alarm", "fridge.food", ("site",), 30),
        ("food", "critical", "fridge.food", ("site", "grid", "county"), 15),
        ("power", "alarm", "", ("site",), 30),
        ("hub", "critical", "", ("prefecture",), 30),
        ("broker", "alarm", "", ("prefecture",), 30),
        ("clock", "alarm", "", ("county",), 30),
        ("clock", "critical", "", (), 30),
        ("gap", "critical", "", (), 30),
        ("fork", "critical", "", (), 30),
        ("food", "alarm", "drug.cool.humidity", ("site",), 30),
    ],
)
def test_the_defaults(kind: str, severity: str, profile: str, to: tuple[str, ...], escalate_min: int) -> None:
    route = route_of((), kind, severity, profile, "low")
    assert (route.to, route.escalate_min) == (to, escalate_min)


def test_a_route_of_the_register_comes_before_the_defaults() -> None:
    mine = Route("early", "warning", "fridge.*", to=("grid",))
    assert route_of((mine,), "early", "warning", "fridge.food", "high") is mine
    assert route_of((mine,), "early", "warning", "freezer").to == ("site",)


LADDER = {
    "wang": ("grid", "cell"), "officer": ("county", GANGCHA), "chief": ("prefecture", ""), "leader": ("leader", ""),
}  # fmt: skip


def ladder(sites: int = 1) -> Directory:
    """A register with somebody at every level, always on duty."""
    plain = register(sites)
    return replace(
        plain,
        sites={id: site._replace(grid="cell") for id, site in plain.sites.items()},
        people={
            **plain.people,
            **{id: Person(id, id, f"1390000000{n}", "zh") for n, id in enumerate(LADDER) if id != "officer"},
        },
        duties=tuple(dict.fromkeys((*plain.duties, *(Duty(id, *spot) for id, spot in LADDER.items())))),  # type: ignore[arg-type]
    )


def test_what_nobody_signs_climbs_every_level_and_says_why(county_of: CountyOf) -> None:
    county = county_of(ladder())
    county.reads(FRIDGE, 13.0).until(200)
    who = [(minute, person) for minute, person in times(county)]
    assert who == [(15, "cook1"), (45, "wang"), (75, "officer"), (105, "chief"), (135, "leader")]
    why = [json.loads(row[0]) for row in county.rows("SELECT why FROM notice ORDER BY id")]
    assert [(one["cause"], one["level"], one["step"]) for one in why] == [
        ("raised", "site", 0), ("unsigned", "grid", 1), ("unsigned", "county", 2), ("unsigned", "prefecture", 3),
        ("unsigned", "leader", 4),
    ]  # fmt: skip
    assert why[2]["duty"] == f"officer county {GANGCHA}" and why[0]["route"] == "*/alarm/*/*"
    assert json.loads(county.book.notices(1)[0].why)["level"] == "leader"


def times(county: County) -> list[tuple[int, str]]:
    start = county.now_ms() - county.minute * 60_000
    return [
        ((int(row[0]) - start) // 60_000, str(row[1]))
        for row in county.rows("SELECT created_ms, person FROM notice ORDER BY id")
    ]


def test_a_signature_stops_the_climb_until_nobody_acts_and_an_act_for_good(county_of: CountyOf) -> None:
    county = county_of(ladder())
    county.reads(FRIDGE, 13.0).until(20)
    (alarm,) = county.alarms("food")
    county.book.acknowledge(alarm["id"], "张某", "", county.now_ms())
    county.until(139)
    assert [person for _, person in times(county)] == ["cook1"]
    county.until(150)
    assert times(county)[1:] == [(140, "wang")]
    assert "已签收" in county.told("wang")[0][2]
    write(county, "INSERT INTO act(alarm, act, actor, at_ms, note) VALUES (?, 'start', 'wang', 0, '')", alarm["id"])
    county.until(230)
    assert len(times(county)) == 2


def write(county: County, query: str, *values: Any) -> None:
    county.projection._db.execute(query, values)


def test_a_level_that_was_not_reached_is_followed_at_once(county_of: CountyOf) -> None:
    county = county_of(ladder())
    county.reads(FRIDGE, 13.0).until(16)
    write(county, "UPDATE notice SET state='failed'")
    county.until(18)
    assert times(county) == [(15, "cook1"), (17, "wang")]


def test_critical_is_said_again_until_somebody_signs_within_what_a_person_gets(county_of: CountyOf) -> None:
    county = county_of()
    county.reads(FRIDGE, 13.0).until(239 + 60 * 12)
    critical = [minute for minute, kind, text in county.told("cook1") if minute >= 240]
    assert critical[:3] == [240, 300, 360] and len(county.told("cook1")) == 8, "eight a day, and no more"
    references = [row[0] for row in county.rows("SELECT reference FROM notice")]
    assert len(set(references)) == len(references)


def test_a_roster_that_changes_at_midnight_sends_the_night_to_who_is_there(county_of: CountyOf) -> None:
    """The day's officer goes at midnight; the cook is told at 23:46, the next level hears at 00:16."""
    plain = ladder()
    night = Duty("chief", "grid", "cell", hours="00:00-08:00")
    day = Duty("wang", "grid", "cell", hours="08:00-00:00")
    duties = (*(duty for duty in plain.duties if duty.level != "grid"), day, night)
    county = county_of(replace(plain, duties=duties))
    county.until(15 * 60 + 30)
    county.reads(FRIDGE, 13.0).until(16 * 60 + 20)
    assert times(county) == [(15 * 60 + 46, "cook1"), (16 * 60 + 16, "chief")]
    county.until(16 * 60 + 80)
    assert [person for _, person in times(county)][2:] == ["officer", "leader"], "the chief has heard"


def test_a_level_with_nobody_on_duty_is_followed_at_once_and_the_message_says_so() -> None:
    duties = (Duty("cook1", "site", "site1", hours="08:00-18:00"), *(Duty(id, *spot) for id, spot in LADDER.items()))  # type: ignore[arg-type]
    call = first(replace(ladder(), duties=duties), route_of((), "food", "alarm"), SPOT, at("2026-11-24T23:00"))
    assert ([one.id for one in call.people], call.unmanned, call.step) == (["wang"], ("site",), 1)


def test_of_medicines_three_people_hear() -> None:
    call = first(ladder(), route_of((), "food", "alarm", "drug.cold"), SPOT, at("2026-11-24T12:00"))
    assert [one.id for one in call.people] == ["cook1", "wang", "officer"]


def test_an_operator_sees_a_night_step_by_step() -> None:
    args = argparse.Namespace(site="site1", severity="alarm", kind="food", profile="", side="high")
    lines = list(explained(ladder(), args, at("2026-11-24T23:00")))
    assert [line.split()[:3] for line in lines[2:]] == [
        ["11-24", "23:00", "site"], ["11-24", "23:30", "grid"], ["11-25", "00:00", "county"],
        ["11-25", "00:30", "prefecture"], ["11-25", "01:00", "leader"],
    ]  # fmt: skip


SHIFT = st.sampled_from(["", "08:00-20:00", "20:00-08:00", "00:00-06:30"])
DAYS = st.sampled_from(["", "mon-fri", "sat,sun", "wed"])
DUTIES = st.lists(
    st.builds(
        lambda person, spot, days, hours: Duty(person, spot[0], spot[1], days, hours),
        st.sampled_from(["cook1", *LADDER]),
        st.sampled_from([("site", "site1"), *LADDER.values()]), DAYS, SHIFT,
    ),
    min_size=1, max_size=8,
)  # fmt: skip


@given(DUTIES, st.integers(0, 14 * 1440), st.sampled_from(["", "drug.cold"]))
def test_critical_reaches_somebody_whatever_the_roster_nobody_twice_and_levels_in_order(
    duties: list[Duty], minute: int, profile: str
) -> None:
    directory = replace(ladder(), duties=tuple(duties))
    route = route_of((), "food", "critical", profile)
    told = list(steps(directory, route, SPOT, at("2026-11-23T00:00") + minute * 60_000))
    people = [person.id for step in told for person in step.call.people]
    assert people and len(set(people)) == len(people)
    later = [LEVELS.index(one.level) for step in told[1:] for one in step.call.hearers]
    assert later == sorted(later)
