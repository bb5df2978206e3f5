"""How late a point is, at each edge. Times in minutes unless they say ms."""

import pytest

from larder_core.limits.profiles import SILENCE, SILENCE_STRICT
from larder_core.limits.silence import Level, SilenceFigures, judge
from tests.unit.limits.incident import MINUTE

SECOND = 1000
HOUR = 60 * MINUTE


@pytest.mark.parametrize(
    "figures, period_s, silent_ms, level",
    [
        (SILENCE, 60, 0, "fresh"),
        (SILENCE, 60, 3 * MINUTE, "fresh"),
        (SILENCE, 60, 3 * MINUTE + 1, "stale"),
        (SILENCE, 60, 30 * MINUTE - 1, "stale"),
        (SILENCE, 60, 30 * MINUTE, "offline"),
        (SILENCE, 60, 4 * HOUR - 1, "offline"),
        (SILENCE, 60, 4 * HOUR, "critical"),
        (SILENCE_STRICT, 60, 30 * MINUTE - 1, "stale"),
        (SILENCE_STRICT, 60, 30 * MINUTE, "critical"),
        # a slow point is not offline before its own three intervals are over
        (SILENCE, 900, 45 * MINUTE, "fresh"),
        (SILENCE, 900, 45 * MINUTE + 1, "offline"),
        (SILENCE, 86_400, 72 * HOUR, "fresh"),
        (SILENCE, 86_400, 72 * HOUR + 1, "critical"),
        # the demo: sixty times faster, sampled each second
        (SILENCE.scaled(60), 1, 3 * SECOND, "fresh"),
        (SILENCE.scaled(60), 1, 3 * SECOND + 1, "stale"),
        (SILENCE.scaled(60), 1, 30 * SECOND, "offline"),
        (SILENCE.scaled(60), 1, 240 * SECOND, "critical"),
    ],
)
def test_level(figures, period_s, silent_ms, level):
    now_ms = 1_000 * HOUR
    heard_ms = now_ms - silent_ms
    assert judge(heard_ms, heard_ms, 0, period_s, now_ms, figures).level == level


@pytest.mark.parametrize(
    "good, any_, expected, now, since, blind",
    [
        (100, 100, 0, 101, 100, 100),
        (90, 100, 0, 101, 100, 90),  # answers badly: not silent, but blind since its last good value
        (None, 100, 50, 101, 100, 50),  # never had a good value: blind since it was due
        (None, None, 50, 101, 50, 50),  # never spoke: silent since it was due
        (90, None, 50, 101, 90, 90),
        (90, 90, 100, 101, 100, 100),  # holidays ended at 100: what was before is not held against it
        (100, 90, 0, 101, 100, 100),
    ],
)
def test_since(good, any_, expected, now, since, blind):
    def ms(minute):
        return None if minute is None else minute * MINUTE

    silence = judge(ms(good), ms(any_), ms(expected), 60, ms(now), SILENCE)
    assert (silence.since_ms, silence.blind_since_ms) == (since * MINUTE, blind * MINUTE)


def test_a_point_not_yet_due_is_fresh():
    assert judge(None, None, 100 * MINUTE, 60, 10 * MINUTE, SILENCE).level is Level.FRESH


@pytest.mark.parametrize("ahead_ms, level", [(3 * MINUTE, "fresh"), (3 * MINUTE + 1, "critical")])
def test_a_reading_from_the_far_future_proves_nothing(ahead_ms, level):
    now_ms = 100 * HOUR
    assert judge(now_ms + ahead_ms, now_ms + ahead_ms, 0, 60, now_ms, SILENCE).level == level


def test_each_of_the_two_times_is_judged_for_itself():
    now_ms = 100 * HOUR
    silence = judge(now_ms - MINUTE, now_ms + HOUR, 0, 60, now_ms, SILENCE)
    assert (silence.level, silence.since_ms) == (Level.FRESH, now_ms - MINUTE)


def test_critical_before_offline_is_refused():
    with pytest.raises(ValueError, match="critical_s 10 is before offline_s 20"):
        SilenceFigures(stale_intervals=3, offline_s=20, critical_s=10)


def test_the_stale_interval_is_the_gap_that_timers_allow():
    assert SILENCE.stale_after_ms(60) == 180_000
    assert SILENCE.stale_after_ms(0.5) == 1_500


def test_a_senseless_scale_is_refused():
    with pytest.raises(ValueError, match="time_scale"):
        SILENCE.scaled(0)


@pytest.mark.parametrize(("silent_ms", "level"), [(44_999, "fresh"), (45_000, "fresh"), (45_001, "stale")])
def test_a_reading_may_be_on_its_way_before_its_absence_counts(silent_ms, level):
    """10 s a reading, three intervals, and 15 s for sealing and sending: true seconds, whatever the time scale."""
    figures = SILENCE.model_copy(update={"delivery_s": 15.0})
    assert judge(0, 0, 0, 10.0, silent_ms, figures).level == level
    assert figures.scaled(60.0).delivery_s == 15.0
