"""Mean kinetic temperature against worked figures of USP <1160>."""

import pytest

from larder_core.limits.kinetic import mean_kinetic

MINUTE = 60_000


def minutes(*stretches):
    """(degC, minutes) -> readings at the end of each minute."""
    values = [celsius for celsius, count in stretches for _ in range(count)]
    return [(0, values[0]), *(((place + 1) * MINUTE, value) for place, value in enumerate(values))]


def test_two_hours_at_fifteen_in_a_day_at_five():
    assert mean_kinetic(minutes((5.0, 22 * 60), (15.0, 2 * 60)), 3 * MINUTE) == pytest.approx(6.46, abs=0.005)


def test_a_constant_temperature_is_its_own():
    assert mean_kinetic(minutes((25.0, 60)), 3 * MINUTE) == pytest.approx(25.0)


def test_heat_weighs_more_than_cold():
    assert mean_kinetic(minutes((20.0, 60), (30.0, 60)), 3 * MINUTE) > 25.5


def test_readings_count_with_their_time():
    assert mean_kinetic([(0, 5.0), (MINUTE, 5.0), (11 * MINUTE, 15.0)], 15 * MINUTE) == pytest.approx(
        mean_kinetic(minutes((5.0, 1), (15.0, 10)), 3 * MINUTE)
    )


@pytest.mark.parametrize("readings", [[], [(0, 5.0)], [(0, 5.0), (9 * MINUTE, 5.0)]])
def test_without_two_readings_close_together_there_is_none(readings):
    assert mean_kinetic(readings, 3 * MINUTE) is None


def test_below_absolute_zero_is_refused():
    with pytest.raises(ValueError, match="bad quality"):
        mean_kinetic([(0, 5.0), (MINUTE, -300.0)], 3 * MINUTE)
