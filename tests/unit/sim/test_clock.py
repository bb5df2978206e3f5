"""Simulated time is the scale times what the monotonic clock that was passed in has gained."""

import pytest

from larder_sim.clock import SimClock


class _Hands:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_minute_passes_each_second_at_scale_60() -> None:
    hands = _Hands()
    clock = SimClock(60, 100.0, hands)
    assert clock.elapsed_s() == 0.0
    hands.now = 101.5
    assert clock.elapsed_s() == 90.0


def test_time_before_the_start_is_zero() -> None:
    assert SimClock(60, 101.0, _Hands()).elapsed_s() == 0.0


@pytest.mark.parametrize("scale", [0, -1, float("inf"), float("nan")])
def test_a_scale_that_is_no_speed_is_refused(scale: float) -> None:
    with pytest.raises(ValueError, match="scale"):
        SimClock(scale, 0.0, _Hands())
