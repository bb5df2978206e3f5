"""Hours, defrosts, fast rises, gaps and cycles, told in minutes."""

import pytest

from larder_core.limits.excursion import Kind, run
from larder_core.limits.hours import Hours, Opening, Special
from larder_core.limits.profiles import FREEZER, FRIDGE_FOOD, FRIDGE_SAMPLE, HOT_HOLD, PROFILES, VACCINE
from larder_core.limits.state import State
from larder_core.limits.watching import Terms, watch
from tests.unit.limits.incident import MAX_GAP, MINUTE, series

DAILY = range(1, 8)
EIGHT = 8 * 60
"""Minute 0 of a series is 1970-01-01 00:00 UTC, which is 08:00 in Beijing."""


def hours(*spans):
    """(opens, closes) in minutes of the series, every day."""
    return Hours(tuple(Opening(day, EIGHT + opens, EIGHT + closes) for day in DAILY for opens, closes in spans))


def story(terms, notation, **more):
    state, lines = State(), []
    for at_ms, value, quality in series(notation, **more):
        state, happened = watch(state, terms, at_ms, value, quality)
        lines += [
            " ".join([f"{one.at_ms / MINUTE:g}", *([] if one.about == "limit" else [one.about]), one.side, one.kind,
                      *([one.severity] if one.severity else []), *([one.reason] if one.reason else [])])
            for one in happened
        ]  # fmt: skip
    return lines


# ------------------------------------------------------------------------------------------------ hours

MEALS = Terms(HOT_HOLD, MAX_GAP, hours((60, 120), (300, 360)))


def test_cold_outside_of_meals_is_nothing():
    assert story(MEALS, "20.0x59") == []
    assert story(MEALS, "20.0x170", start_min=121) == []


def test_without_any_hours_nothing_is_judged():
    assert story(Terms(HOT_HOLD, MAX_GAP, None), "20.0x1000") == []


def test_cold_at_a_meal_is_counted_from_the_opening():
    assert story(MEALS, "20.0x80") == ["60 low pending", "70 low raised warning", "75 low worsened alarm"]


def test_what_is_open_at_the_end_of_the_meal_is_closed_then_and_says_so():
    assert story(MEALS, "70.0x100 55.0x60")[-2:] == ["115 low worsened alarm", "120 low closed alarm window-end"]


def test_what_was_only_pending_is_a_near_miss_at_the_end_of_the_meal():
    assert story(MEALS, "70.0x115 55.0x60") == ["115 low pending", "120 low near-miss window-end"]


def test_no_time_is_carried_from_one_meal_to_the_next():
    # ten minutes too cold at the end of lunch and fourteen at supper are no fifteen
    assert story(MEALS, "70.0x110 55.0x10 20.0x180 55.0x9 70.0x20")[-2:] == ["300 low pending", "309 low near-miss"]


def test_the_budget_of_two_hours_is_one_meals():
    long = Terms(HOT_HOLD, MAX_GAP, hours((0, 240), (300, 540)))
    dips = "55.0x10 63.5x1 "
    assert any("critical" in line for line in story(long, dips * 20))
    assert not any("critical" in line for line in story(long, dips * 10 + "63.5x190 " + dips * 10))


def test_a_device_that_was_silent_at_the_end_has_its_alarm_closed_at_the_end():
    assert story(MEALS, "70.0x60 55.0x20 _x60 20.0x1")[-1] == "120 low closed alarm window-end"


def test_holidays_are_like_the_weekday_that_the_register_says():
    term = Hours((Opening(4, EIGHT, EIGHT + 60),), (Special(0, 0, 0), Special(1, 1, 4)))  # 1970-01-01 was a Thursday
    assert not term.at(30 * MINUTE).is_open
    assert term.at((24 * 60 + 30) * MINUTE).is_open


def test_openings_that_touch_at_midnight_are_one():
    night = Hours((Opening(4, 1380, 1440), Opening(5, 0, 60)))
    assert night.at((16 * 60 - 1) * MINUTE) == (True, 15 * 60 * MINUTE, 17 * 60 * MINUTE)


# ------------------------------------------------------------------------------------------------ defrosts

THAWING = Terms(FREEZER, MAX_GAP, defrosts=hours((30, 75)))


def test_a_defrost_stops_the_timers_and_ends_nothing():
    """25 minutes too warm before, 45 of defrost, then on: an hour is over after 35 more, counted from the first reading after it."""
    lines = story(THAWING, "-20.0x5 -14.0x25 -8.0x45 -14.0x60")
    assert lines == ["5 high pending", "111 high raised warning"]


def test_without_a_word_in_the_register_the_hour_is_counted_through():
    assert story(Terms(FREEZER, MAX_GAP), "-20.0x5 -14.0x25 -8.0x45 -14.0x60")[2] == "65 high raised warning"


@pytest.mark.parametrize("value, begins", [(-0.1, 75), (0.0, 30)])
def test_a_defrost_hides_nothing_that_is_no_defrost(value, begins):
    assert story(THAWING, f"-20.0x30 {value}x50")[0] == f"{begins} high pending"


def test_a_defrost_hides_nothing_for_longer_than_its_bound():
    endless = Terms(FREEZER, MAX_GAP, defrosts=hours((30, 600)))
    assert story(endless, "-20.0x30 -8.0x200")[:2] == ["75 high pending", "135 high raised alarm"]


def test_vaccines_and_medicines_are_never_masked():
    assert [key for key, profile in PROFILES.items() if profile.mask is not None] == ["freezer"]
    fridge = Terms(VACCINE, MAX_GAP, defrosts=hours((0, 45)))
    assert story(fridge, "9.0x31")[-1] == "30 high raised warning"


# ------------------------------------------------------------------------------------------------ fast rises

FRIDGE = Terms(FRIDGE_FOOD, MAX_GAP)


def test_a_fast_rise_that_stays_is_told_before_the_half_hour():
    assert story(FRIDGE, "4.0x30 5.0x2 7.0x2 9.0x40") == [
        "34 high pending", "57 early high raised warning", "64 high raised warning",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "opening",
    [
        "4.0x30 9.0x3 12.0x2 10.0x4 8.0x5 6.0x10 4.0x30",  # loading: up for five minutes, down within ten
        "4.0x30 14.0x1 4.0x30",
        "4.0x30 9.5x20 4.0x30",  # twenty minutes of loading
        "4.0x30 12.0x8 9.0x10 7.5x5 4.0x30",  # slowly down again
        "4.0x30 " + "11.0x4 6.0x4 " * 10,  # a busy hour
    ],
)
def test_an_ordinary_door_opening_is_no_fast_rise(opening):
    assert not any("early" in line for line in story(FRIDGE, opening))


def test_a_slow_rise_is_left_to_the_limits():
    slow = " ".join(f"{7.5 + step / 200:g}x1" for step in range(300))  # 0.9 in three hours
    assert [line for line in story(FRIDGE, slow) if "early" in line] == []


def test_one_wild_reading_is_not_a_rise_and_ends_none():
    assert story(FRIDGE, "4.0x30 9.0x10 4.0x1 9.0x16")[-1] == "53 early high raised warning"


def test_a_fast_rise_is_over_when_the_value_is_back():
    lines = story(FRIDGE, "4.0x30 9.0x27 5.0x20")
    assert [line for line in lines if "early" in line] == [
        "53 early high raised warning",
        "58 early high cleared warning",
    ]


def test_a_defrost_without_a_word_in_the_register_is_no_fast_rise():
    assert story(Terms(FREEZER, MAX_GAP), "-20.0x60 -8.0x45 -20.0x60") == ["60 high pending", "105 high near-miss"]


# ------------------------------------------------------------------------------------------------ gaps

SAMPLES = Terms(FRIDGE_SAMPLE, MAX_GAP)


def test_a_gap_in_the_record_of_samples_is_said_once_and_over_after_an_hour_of_record():
    assert story(SAMPLES, "4.0x10 _x61 4.0x70") == [
        "71 gap high raised critical", "131 gap high cleared critical",
    ]  # fmt: skip


@pytest.mark.parametrize("notation", ["4.0x10 _x59 4.0x70", "4.0x10 _x3000 4.0x70", "_x100 4.0x70"])
def test_no_gap(notation):
    assert story(SAMPLES, notation) == []


def test_readings_of_bad_quality_do_not_fill_a_gap():
    assert story(SAMPLES, "4.0x10 bad(crc)x61 4.0x1") == ["71 gap high raised critical"]


def test_where_something_is_known_to_be_missing_there_is_no_gap_yet():
    state, _ = watch(State(), SAMPLES, 0, 4.0, "")
    assert watch(state, SAMPLES, 90 * MINUTE, 4.0, "", whole=False)[1] == ()


# ------------------------------------------------------------------------------------------------ cycles

WASHER = Terms(PROFILES["dish.cycle"], MAX_GAP)
GOOD, BAD = "30.0x20 70.0x2 84.0x3 70.0x2 40.0x3 ", "30.0x20 70.0x2 79.0x3 70.0x2 40.0x3 "


def test_a_washing_is_judged_by_its_peak_when_it_is_over():
    assert story(WASHER, GOOD * 3) == []
    assert story(WASHER, BAD)[-1] == "27 low raised warning"


def test_two_bad_ones_are_an_alarm_and_the_next_good_one_ends_it():
    assert story(WASHER, BAD + BAD + GOOD)[1:] == [
        "27 low raised warning", "57 low worsened alarm", "87 low clearing alarm", "87 low cleared alarm",
    ]  # fmt: skip
    assert "57 low cleared warning" in story(WASHER, BAD + GOOD)


# ------------------------------------------------------------------------------------------------ without stages


@pytest.mark.parametrize("key", ["drug.cold", "store.dry", "drug.humidity", "power.mains"])
def test_a_profile_without_stages_is_its_limits(key):
    terms = Terms(PROFILES[key], MAX_GAP)
    assert terms.plain
    readings = series("9.0x130 -1.0x40 35.0x300 0.0x40")
    state, happened = State(), []
    for reading in readings:
        state, more = watch(state, terms, *reading)
        happened += more
    assert (state, tuple(happened)) == run(State(), PROFILES[key], readings, max_gap_ms=MAX_GAP)
    assert any(one.kind is Kind.RAISED for one in happened)
