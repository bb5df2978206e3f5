"""Many short excursions: the budget of time beyond a limit within a moving window."""

from larder_core.limits.excursion import Reading, run
from larder_core.limits.profiles import FRIDGE_FOOD
from larder_core.limits.spans import MOST, added, total_ms
from larder_core.limits.state import State
from tests.unit.limits.incident import MINUTE, above, below, profile, series, story, told

SINGLE = profile(above(8.0, "critical", 240), high=7.5)
FOUR_HOURS_A_DAY = profile(above(8.0, "critical", 240, window_min=1440), high=7.5)
TEN_IN_THIRTY = profile(above(8.0, "alarm", 10, window_min=30), high=7.5, clear_min=5)


def dips(count: int, minutes: int, every: int) -> str:
    """`count` times `minutes` too warm, then cool for the rest of `every` minutes."""
    return " ".join([f"9.0x{minutes} 4.0x{every - minutes}"] * count)


def test_three_and_a_half_hours_of_short_dips_a_day_raise_nothing_in_single_mode():
    # 7 x 30 min = 3.5 h in each of three days.
    day = dips(7, 30, 205) + " 4.0x5"
    assert {line.split()[2] for line in story(SINGLE, " ".join([day] * 3))} == {"pending", "near-miss"}
    assert {line.split()[2] for line in story(FOUR_HOURS_A_DAY, " ".join([day] * 3))} == {"pending", "near-miss"}


def test_four_hours_of_short_dips_within_a_day_are_critical():
    # 8 x 30 min; the eighth begins at minute 7 * 120 and uses up the 240th minute when it ends.
    assert story(SINGLE, dips(8, 30, 120))[-1] == "870 high near-miss"
    told_of = story(FOUR_HOURS_A_DAY, dips(8, 30, 120))
    assert told_of[-4:] == [
        "840 high pending",
        "870 high raised critical",
        "870 high clearing critical",
        "880 high cleared critical",
    ]
    assert not [line for line in told_of[:-3] if "raised" in line]


def test_a_minute_less_is_not():
    assert "raised" not in " ".join(story(FOUR_HOURS_A_DAY, dips(7, 30, 120) + " 9.0x29 4.0x30"))


def test_the_default_fridge_knows_the_budget():
    # Dips of 29 minutes never warn; the ninth (8 * 29 = 232) reaches 240 in its eighth minute.
    told_of = story(FRIDGE_FOOD, dips(9, 29, 60))
    assert [line for line in told_of if "raised" in line] == ["488 high raised critical"]


def test_time_leaves_the_window():
    # Minutes 0 to 8 and, 28 minutes later, 36 to 44: at minute 38 the first eight have left the window (8, 38].
    assert story(TEN_IN_THIRTY, "9.0x8 4.0x28 9.0x8 4.0x1") == [
        "0 high pending",
        "8 high near-miss",
        "36 high pending",
        "44 high near-miss",
    ]


def test_the_tenth_minute_counts_if_it_comes_just_in_time():
    # Minutes 0 to 5, then from 25: at 30 the window (0, 30] holds 5 + 5.
    assert story(TEN_IN_THIRTY, "9.0x5 4.0x20 9.0x5 4.0x1")[-2:] == ["30 high raised alarm", "30 high clearing alarm"]
    # Then from 26: at 31 the window (1, 31] holds 4 + 5, and every minute more takes one away.
    assert story(TEN_IN_THIRTY, "9.0x5 4.0x21 9.0x5 4.0x1")[-1] == "31 high near-miss"
    assert story(TEN_IN_THIRTY, "9.0x5 4.0x21 9.0x9 4.0x1")[-1] == "35 high near-miss"


def test_cold_counts_too_and_only_on_its_own_side():
    limits = profile(below(2.0, "alarm", 10, window_min=60), above(8.0, "alarm", 10, window_min=60), high=7.0, low=3.0)
    assert "raised" not in " ".join(story(limits, "1.0x6 9.0x6 1.0x3 9.0x3 5.0x1"))
    assert "13 low raised alarm" in story(limits, "1.0x6 5.0x3 1.0x5")


def test_a_gap_too_long_adds_nothing_to_the_budget():
    assert "raised" not in " ".join(story(TEN_IN_THIRTY, "9.0x5 _x5 9.0x6 4.0x0"))
    assert "15 high raised alarm" in story(TEN_IN_THIRTY, "9.0x5 _x4 9.0x7 4.0x0")


def test_one_budget_one_alarm():
    # Raised at 10, cleared at 16: the next dip of nine minutes within the window is a near miss, not the same alarm again.
    told_of = story(TEN_IN_THIRTY, "9.0x11 4.0x6 9.0x9 4.0x1")
    assert told_of == [
        "0 high pending",
        "10 high raised alarm",
        "11 high clearing alarm",
        "16 high cleared alarm",
        "17 high pending",
        "26 high near-miss",
    ]
    # A relapse before the end is still the same episode and says nothing new.
    assert [line.split()[2] for line in story(TEN_IN_THIRTY, "9.0x11 4.0x2 9.0x9")] == [
        "pending",
        "raised",
        "clearing",
        "relapsed",
    ]


def test_a_milder_alarm_leaves_the_graver_budget_alone():
    limits = profile(above(8.0, "warning", 5), above(8.0, "critical", 20, window_min=120), high=7.5, clear_min=5)
    told_of = story(limits, " ".join(["9.0x8 4.0x7"] * 3))
    # 8 + 8 + 4: the third dip has not yet lasted for a warning when the budget of 20 is used up.
    assert [line for line in told_of if "raised" in line] == [
        "5 high raised warning",
        "20 high raised warning",
        "34 high raised critical",
    ]


def test_an_alarm_on_one_side_leaves_the_budget_of_the_other_alone():
    limits = profile(below(2.0, "warning", 5), above(8.0, "alarm", 10, window_min=120), high=7.0, low=3.0, clear_min=5)
    told_of = story(limits, "9.0x6 5.0x3 1.0x6 5.0x6 9.0x5")
    assert told_of[-3:] == ["20 low cleared warning", "21 high pending", "25 high raised alarm"]


def test_readings_of_thirty_minutes_count_as_long_as_they_speak():
    readings = [Reading(i * 30 * MINUTE, 9.0 if i % 2 == 0 else 4.0) for i in range(20)]
    told_of = told(run(State(), FOUR_HOURS_A_DAY, readings, max_gap_ms=90 * MINUTE)[1])
    assert [line for line in told_of if "raised" in line] == ["450 high raised critical"]


class TestSpans:
    def test_neighbours_grow_together(self):
        assert added(added((), 0, 5, 100), 5, 9, 100) == ((9, 9),)

    def test_others_stay_apart(self):
        assert added(added((), 0, 5, 100), 6, 9, 100) == ((5, 5), (9, 3))

    def test_what_left_the_window_is_forgotten(self):
        assert added(((5, 5), (50, 3)), 104, 105, 100) == ((50, 3), (105, 1))
        assert added(((6, 5), (50, 3)), 104, 105, 100) == ((6, 5), (50, 3), (105, 1))

    def test_a_span_over_the_edge_counts_with_its_part_inside(self):
        assert total_ms(((50, 40), (100, 10)), 100, 60) == 20
        assert total_ms(((50, 40), (100, 10)), 130, 80) == 10
        assert total_ms(((50, 40), (100, 10)), 129, 80) == 11
        assert total_ms((), 100, 60) == 0

    def test_memory_is_bounded_and_errs_on_the_strict_side(self):
        window = 24 * 3_600_000
        spans, exact, most = (), [], 0
        for start in range(0, 2 * window, 20_000):
            spans = added(spans, start, start + 10_000, window)
            exact.append((start + 10_000, 10_000))
            most = max(most, len(spans))
        now = exact[-1][0]
        true = total_ms(tuple(exact), now, window)
        assert most == MOST
        assert len(spans) <= MOST
        assert true <= total_ms(spans, now, window) <= true * 1.01

    def test_as_many_as_fit_stay_exact_and_one_more_condenses(self):
        window = 100 * MOST
        spans = ()
        for place in range(1, MOST + 1):
            spans = added(spans, place * 90 - 10, place * 90, window)
        assert spans == tuple((place * 90, 10) for place in range(1, MOST + 1))
        # Cells of 200 ms: the ends 90 and 180 fall into the first one, 270 and 360 into the second.
        after = added(spans, MOST * 90 + 30, MOST * 90 + 40, window)
        assert after[:2] == ((180, 20), (360, 20))
        assert total_ms(after, MOST * 90 + 40, window) == 10 * (MOST + 1)


def test_series_without_readings_is_empty():
    assert series("_x5") == []
