"""What people put aside: with a reason, a name and an end, never what must not be, and shown again by itself."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from larder_hub.alarms.shelves import SqliteShelves
from larder_hub.web.ports import UNKNOWN_SHELF, Refusal, ShelfView, Wish
from tests.support.incidents import FRIDGE, SECOND, County, register

HOUR_MS = 3_600_000
CountyOf = Callable[..., County]


def shelves(county: County) -> SqliteShelves:
    return SqliteShelves(county.file, lambda: county.directory, county.projection._rules)


def aside(hub: County, hours: float = 1.0, **words: Any) -> ShelfView:
    wish = Wish("张某", "化霜", hub.now_ms() + round(hours * HOUR_MS), **words)
    done = shelves(hub).shelve(wish, hub.now_ms())
    assert isinstance(done, ShelfView)
    return done


def visibility(county: County, kind: str = "food") -> list[str]:
    return [one["visibility"] for one in county.alarms(kind) if one["condition"] != "normal"]


@pytest.mark.parametrize(
    "words", [{"site": "site1"}, {"county": "632224", "kind": "food"}, {"device": "box1", "point": FRIDGE}]
)
def test_what_matches_is_recorded_and_not_told_until_the_time_is_over(county: County, words: dict[str, str]) -> None:
    county.until(5)
    aside(county, **words)
    county.reads(FRIDGE, 13.0).until(60)
    assert (visibility(county), county.told()) == (["shelved"], [])
    county.until(70)
    assert visibility(county) == ["shown"]
    assert [(minute, kind) for minute, kind, _ in county.told("cook1")] == [(65, "raise")]


def test_what_does_not_match_is_told(county: County) -> None:
    county.until(5)
    aside(county, device="box1", point=SECOND)
    county.reads(FRIDGE, 13.0).until(30)
    assert [kind for _, kind, _ in county.told()] == ["raise"]


def test_one_alarm_is_put_aside_until_it_is_worse_and_its_history_says_who(county: County) -> None:
    county.reads(FRIDGE, 13.0).until(20)
    (alarm,) = county.alarms("food")
    aside(county, 12, alarm=alarm["id"])
    assert visibility(county) == ["shelved"]
    county.until(200)
    assert [kind for _, kind, _ in county.told()] == ["raise"]
    county.until(245)
    assert [kind for _, kind, _ in county.told("cook1")] == ["raise", "worse"]
    known = county.book.get(alarm["id"])
    assert known is not None
    assert ("张某", "shelve", "化霜") in [(act.actor, act.act, act.note) for act in known.acts]


def test_taken_back_before_its_end_it_is_told(county: County) -> None:
    county.until(5)
    shelf = aside(county, 5, site="site1")
    county.reads(FRIDGE, 13.0).until(40)
    assert [one.id for one in shelves(county).listed(county.now_ms())] == [shelf.id]
    assert isinstance(shelves(county).unshelve(shelf.id, "李某", county.now_ms()), ShelfView)
    assert shelves(county).listed(county.now_ms()) == []
    county.until(42)
    assert [kind for _, kind, _ in county.told("cook1")] == ["raise"]
    again = shelves(county).unshelve(shelf.id, "李某", county.now_ms())
    assert isinstance(again, Refusal) and again.reason == UNKNOWN_SHELF


@pytest.mark.parametrize(
    "words, hours, reason",
    [
        ({"site": "site1"}, 24.1, "too-long"),
        ({"site": "site1"}, 0, "too-long"),
        ({"kind": "food"}, 1, "too-wide"),
        ({"alarm": "0" * 16}, 1, "unknown-alarm"),
        ({"site": "site1", "reason": " "}, 1, "no-reason"),
        ({"site": "site1", "actor": ""}, 1, "no-reason"),
        ({"device": "box1", "point": FRIDGE}, 1, "never"),
        ({"device": "box1"}, 1, "never"),
    ],
)
def test_what_is_not_put_aside(county_of: CountyOf, words: dict[str, str], hours: float, reason: str) -> None:
    directory = register()
    vaccine = directory.points["box1", FRIDGE]._replace(profile="drug.vaccine")
    county = county_of(replace(directory, points={**directory.points, ("box1", FRIDGE): vaccine})).until(3)
    wish = Wish(**({"actor": "张某", "reason": "化霜", "until_ms": county.now_ms() + round(hours * HOUR_MS)} | words))  # type: ignore[arg-type]
    refused = shelves(county).shelve(wish, county.now_ms())
    assert isinstance(refused, Refusal) and refused.reason == reason
    assert county.rows("SELECT count(*) FROM aside") == [(0,)]


def test_what_is_put_aside_for_a_site_hides_nothing_critical(county: County) -> None:
    county.until(5)
    aside(county, 23, site="site1")
    county.reads(FRIDGE, 13.0).until(246)
    assert visibility(county) == ["shown"]
    assert [kind for _, kind, _ in county.told("cook1")] == ["raise"]
