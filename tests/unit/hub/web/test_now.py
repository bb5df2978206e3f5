"""Silence is judged from the register, in the time of this world; an unknown value is never a normal one."""

import pytest

from larder_core.limits.profiles import SILENCE
from larder_hub.register.directory import Point
from larder_hub.series.port import LastReading
from larder_hub.web.now import PointNow, State, places_now
from larder_hub.web.page_places import blind
from tests.support.web_world import NOW_MS, county

MIN = 60_000


def last(age_ms: int, value: int | None = 42, quality: str = "") -> LastReading:
    at_ms = NOW_MS - age_ms
    if quality:
        return LastReading(at_ms, value, "Cel", -1, quality, None, None, "Cel", -1)
    return LastReading(at_ms, value, "Cel", -1, "", at_ms, value, "Cel", -1)


def point_now(reading: LastReading | None, point: str = "fridge-1-t", time_scale: float = 1.0) -> PointNow:
    known = {} if reading is None else {("minzhong-box", point): reading}
    places = places_now(county(), known, SILENCE.scaled(time_scale), NOW_MS)
    return next(
        one for place in places for one in place.points if (one.point.device, one.point.id) == ("minzhong-box", point)
    )


@pytest.mark.parametrize(
    ("age_ms", "state"),
    [
        (0, State.FRESH),
        (3 * MIN, State.FRESH),
        (3 * MIN + 1, State.STALE),
        (30 * MIN, State.OFFLINE),
        (300 * MIN, State.OFFLINE),
    ],
)
def test_a_point_is_as_fresh_as_its_period_says(age_ms: int, state: State) -> None:
    assert point_now(last(age_ms)).state is state


def test_a_point_that_never_spoke_is_offline_and_blind() -> None:
    now = point_now(None)
    assert (now.state, now.age_ms, now.value, blind(now)) == (State.OFFLINE, None, None, True)


def test_a_reading_from_next_year_proves_nothing_about_now() -> None:
    assert point_now(last(-365 * 24 * 60 * MIN)).state is State.OFFLINE


def test_a_faster_world_is_silent_sooner() -> None:
    assert point_now(last(4 * MIN), time_scale=60).state is State.OFFLINE


def test_a_bad_value_is_blind_though_it_is_fresh() -> None:
    now = point_now(last(0, 850, "power-on"))
    assert (now.state, now.sound, blind(now)) == (State.FRESH, False, True)


@pytest.mark.parametrize(
    ("reading", "answering", "unseen"),
    [
        (last(0, 1), True, False),
        (last(0, 0, "refused"), False, False),
        (last(0, None, "no-answer"), None, True),
        (last(31 * MIN, 1), None, True),
        (None, None, True),
    ],
)
def test_a_camera_answers_or_does_not_or_is_not_known(
    reading: LastReading | None, answering: bool | None, unseen: bool
) -> None:
    now = point_now(reading, "cam-stove")
    assert (now.answering, blind(now)) == (answering, unseen)


def test_a_resting_device_is_not_blind() -> None:
    places = places_now(county(), {}, SILENCE, NOW_MS)
    resting = [one for place in places for one in place.points if place.site.id == "quanji"]
    assert resting and not any(blind(one) for one in resting)


def test_places_keep_the_order_of_the_register_and_their_points() -> None:
    places = places_now(county(), {}, SILENCE, NOW_MS)
    assert [(place.site.id, place.place.id) for place in places] == list(county().places)
    assert [one.point for one in places[0].points] == [
        Point("minzhong-box", "fridge-1-t", "fridge-1", "temperature", "Cel", 60.0, ""),
        Point("minzhong-box", "fridge-1-rh", "fridge-1", "humidity", "%RH", 60.0, ""),
    ]
