"""Quiet hours hold back what can wait, never what is critical; what is minor is told on Monday."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from larder_core.limits.words import Severity
from larder_hub.alarms.quiet import held_until
from larder_hub.alarms.weekly import monday
from larder_hub.notices.wording import Kind
from larder_hub.register.directory import Directory
from larder_hub.register.roster import LOCAL
from larder_hub.register.route import Route
from tests.support.incidents import FRIDGE, SECOND, County, register

CountyOf = Callable[..., County]
NIGHT = "22:00-06:00"
NO_EARLY = Route("early", "*")
TEN_PM, ONE_AM = 14 * 60, 17 * 60
"""Minutes of the county, which begins at eight in the morning."""


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=LOCAL).timestamp() * 1000)


def quiet(hours: str = NIGHT) -> Directory:
    plain = register()
    people = {id: one._replace(quiet=hours) for id, one in plain.people.items()}
    return replace(plain, people=people, routes=(NO_EARLY,))


def held(county: County) -> list[tuple[str, str]]:
    return [(str(row[0]), str(row[1])) for row in county.rows("SELECT kind, state FROM notice ORDER BY id")]


@pytest.mark.parametrize(
    "hours, when, until",
    [
        (NIGHT, "2026-11-24T21:59", None),
        (NIGHT, "2026-11-24T22:00", "2026-11-25T06:00"),
        (NIGHT, "2026-11-25T05:59", "2026-11-25T06:00"),
        (NIGHT, "2026-11-25T06:00", None),
        ("12:30-14:00", "2026-11-24T13:00", "2026-11-24T14:00"),
        ("", "2026-11-24T23:00", None),
    ],
)
def test_a_message_waits_for_the_end_of_quiet_hours(hours: str, when: str, until: str | None) -> None:
    expected = None if until is None else at(until)
    assert held_until(hours, Kind.RAISE, Severity.ALARM, at(when)) == expected


@settings(suppress_health_check=[HealthCheck.too_slow])  # five plain draws; slow is only a machine that is busy
@given(
    st.integers(0, 1439), st.integers(1, 720), st.sampled_from(list(Kind)), st.sampled_from(list(Severity)),
    st.integers(0, 14 * 1440),
)  # fmt: skip
def test_critical_is_never_held_and_nothing_longer_than_the_hours(
    begin: int, length: int, kind: Kind, severity: Severity, minute: int
) -> None:
    hours = "-".join(f"{one // 60:02}:{one % 60:02}" for one in (begin, (begin + length) % 1440))
    now_ms = at("2026-11-23T00:00") + minute * 60_000
    until = held_until(hours, kind, severity, now_ms)
    if severity is Severity.CRITICAL or kind is Kind.DRILL:
        assert until is None
    elif (minute - begin) % 1440 < length:
        assert until is not None and 0 < until - now_ms <= length * 60_000
    else:
        assert until is None


def starting(county: County, minute: int) -> County:
    county.minute = minute - 1
    return county


def test_the_end_of_the_hours_brings_one_message_about_what_still_stands(county_of: CountyOf) -> None:
    county = starting(county_of(quiet("22:00-01:00")), TEN_PM - 5)
    county.until(TEN_PM).reads(FRIDGE, 9.0).reads(SECOND, 9.0).until(TEN_PM + 90)
    assert [(kind, state) for kind, state in held(county)] == [("raise", "quiet")] * 2
    county.reads(SECOND, 4.0).until(ONE_AM - 1)
    assert [kind for kind, _ in held(county)] == ["raise", "raise"], "nobody can answer: the next level is not asked"
    county.until(ONE_AM + 1)
    digests = [(minute, text) for minute, kind, text in county.told("cook1") if kind == "digest"]
    assert len(digests) == 1 and digests[0][0] == ONE_AM and "1条未恢复，0条已恢复" in digests[0][1]
    assert sorted(held(county)) == [("digest", "waiting"), ("raise", "digested"), ("raise", "dropped")]
    county.until(ONE_AM + 29)
    assert county.told("officer") == []
    county.until(ONE_AM + 32)
    assert [kind for _, kind, _ in county.told("officer")] == ["escalate"], "half an hour after he could answer"


def test_what_becomes_critical_in_the_night_is_told_at_once_and_not_again_in_the_morning(county_of: CountyOf) -> None:
    county = starting(county_of(quiet("22:00-03:00")), TEN_PM + 1)
    county.reads(FRIDGE, 13.0).until(ONE_AM + 125)
    rows = county.rows("SELECT kind, state, severity FROM notice WHERE person = 'cook1' ORDER BY id")
    assert rows[0] == ("raise", "dropped", "alarm") and rows[1] == ("worse", "waiting", "critical")
    assert [row for row in rows if row[0] == "digest"] == []


def test_the_end_of_what_was_heard_before_is_a_line_of_the_morning(county_of: CountyOf) -> None:
    county = starting(county_of(quiet("22:00-01:00")), TEN_PM - 90)
    county.reads(FRIDGE, 9.0).until(TEN_PM + 5)
    (told,) = county.told("cook1")
    assert told[1] == "raise"
    county.reads(FRIDGE, 4.0).until(ONE_AM + 2)
    assert [kind for _, kind, _ in county.told("cook1")] == ["raise", "cleared", "digest"]
    assert "0条未恢复，1条已恢复" in county.told("cook1")[-1][2]
    why = json.loads(str(county.rows("SELECT why FROM notice WHERE kind = 'cleared'")[0][0]))
    assert why["quiet"] == "22:00-01:00"


def test_worse_than_what_was_signed_asks_for_a_new_signature(county: County) -> None:
    county.reads(FRIDGE, 13.0).until(20)
    (alarm,) = county.alarms("food")
    county.book.acknowledge(alarm["id"], "张某", "", county.now_ms())
    county.until(250)
    (alarm,) = county.alarms("food")
    assert alarm["severity"] == "critical" and alarm["acked_ms"] is None
    assert [(minute, kind) for minute, kind, _ in county.told("cook1")][-1] == (240, "worse")
    assert not hasattr(county.book.acknowledge(alarm["id"], "张某", "", county.now_ms()), "code")
    assert county.alarms("food")[0]["acked_ms"] is not None


def test_the_week_is_one_message_on_monday_morning(county_of: CountyOf) -> None:
    """The county begins on a Sunday at eight."""
    low = Route("food", "alarm", "fridge.*", to=("site",), digest="weekly")
    county = starting(county_of(replace(register(), routes=(low, NO_EARLY))), 20 * 60)
    county.reads(FRIDGE, 9.0).until(21 * 60 + 30)
    county.reads(FRIDGE, 4.0).until(22 * 60 + 30)
    county.reads(SECOND, 9.0).until(24 * 60 + 59)
    assert county.told() == []
    county.until(25 * 60 + 5)
    ((minute, kind, text),) = county.told()
    assert (minute, kind) == (25 * 60, "digest") and "上周有2条" in text


@pytest.mark.parametrize(
    "now, expected",
    [
        ("2026-11-23T09:00", "2026-11-23T09:00"),
        ("2026-11-23T08:59", "2026-11-16T09:00"),
        ("2026-11-29T23:00", "2026-11-23T09:00"),
    ],
)
def test_the_latest_monday(now: str, expected: str) -> None:
    assert monday(at(now)) == at(expected)
