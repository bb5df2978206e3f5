"""The prefilter: True only where nothing can happen."""

import pytest

from larder_core.limits.calm import calm, passed
from larder_core.limits.excursion import run, unknown
from larder_core.limits.profiles import DRUG_COLD, FREEZER, FRIDGE_FOOD
from larder_core.limits.state import State
from tests.unit.limits.incident import MAX_GAP, above, profile, series

NAN = float("nan")


@pytest.mark.parametrize(
    "limits, lo, hi, expected",
    [
        (DRUG_COLD, 2.3, 7.7, True),
        (DRUG_COLD, 2.29, 7.7, False),
        (DRUG_COLD, 2.3, 7.71, False),
        (FREEZER, -60.0, -15.5, True),
        (FREEZER, -60.0, -15.4, False),
        (FRIDGE_FOOD, 5.0, 4.0, False),
        (FRIDGE_FOOD, NAN, 4.0, False),
        (FRIDGE_FOOD, 4.0, NAN, False),
    ],
)
def test_a_column_inside_the_clear_limits_is_calm(limits, lo, hi, expected):
    assert calm(limits, lo, hi, State()) is expected


@pytest.mark.parametrize("notation", ["9.0x1", "9.0x31", "9.0x31 7.0x1", "-1.0x1", "-1.0x61 1.0x1"])
def test_an_open_episode_is_never_calm(notation):
    state, _ = run(State(), FRIDGE_FOOD, series(notation), max_gap_ms=MAX_GAP)
    assert not calm(FRIDGE_FOOD, 4.0, 4.0, state)


def test_a_point_without_data_is_not_calm():
    assert not calm(FRIDGE_FOOD, 4.0, 4.0, unknown(State(), 0))


def test_a_last_reading_beyond_a_limit_that_is_new_is_not_calm():
    state, _ = run(State(), FRIDGE_FOOD, series("7.0x1"), max_gap_ms=MAX_GAP)
    stricter = profile(above(6.0, "alarm", 5, window_min=60), high=5.5)
    assert calm(FRIDGE_FOOD, 4.0, 4.0, state)
    assert not calm(stricter, 4.0, 4.0, state)


def test_passing_over_a_calm_column_is_stepping_through_it():
    before, _ = run(State(), FRIDGE_FOOD, series("9.0x10 4.0x1"), max_gap_ms=MAX_GAP)
    column = series("4.0x5 5.5x5 3.0x5", start_min=11)
    assert passed(before, column[-1].at_ms, 3.0) == run(before, FRIDGE_FOOD, column, max_gap_ms=MAX_GAP)[0]
    assert before.accounts  # the budget spent so far is not lost


@pytest.mark.parametrize("last_ms", [9, 10])
def test_a_late_column_does_not_turn_back_time(last_ms):
    state = State(last_ms=10, last_value=4.0)
    assert passed(state, last_ms, 5.0) == state
