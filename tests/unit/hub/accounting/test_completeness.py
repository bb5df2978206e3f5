"""Due readings and those that are here, by hand."""

from collections.abc import Sequence

import pytest

from larder_hub.accounting.completeness import (
    DAY_MS,
    EDGE_MS,
    Completeness,
    bins_of,
    by_device,
    pieces,
    shortfalls,
    step_of,
    unheard_since,
)
from larder_hub.accounting.explanation import Explanation, Interval, Kind
from larder_hub.register.tenure import FOR_EVER, Tenure
from larder_hub.series.port import HOUR_MS, Filled

MINUTE = 60_000
T0 = 497_222 * HOUR_MS
PERIOD = Interval(T0, T0 + 4 * HOUR_MS)


def tenure(from_ms: int = 0, to_ms: int = FOR_EVER, *, point: str = "t", period_ms: int = MINUTE) -> Tenure:
    return Tenure("box", point, "minzhong", "632224", period_ms, from_ms, to_ms)


def filled(*instants: int, word: str = "", point: str = "t", begin: int = T0) -> list[Filled]:
    """So many in each hour from T0 on."""
    return [Filled("box", point, begin + hour * HOUR_MS, word, count) for hour, count in enumerate(instants) if count]


def complete(
    tenures: Sequence[Tenure], told: Sequence[Filled], *explanations: Explanation, period: Interval = PERIOD
) -> Completeness:
    return by_device(tenures, explanations, period, {period: told}).get("box", Completeness())


@pytest.mark.parametrize(
    ("bins", "missing"),
    [
        ([(60, 60), (60, 60)], [0, 0]),
        ([(60, 0), (60, 60)], [60, 0]),
        ([(60, 120), (60, 0)], [0, 59]),  # a fast hour hides no dead one: only one reading crosses the edge
        ([(60, 0), (60, 120)], [59, 0]),
        ([(60, 61), (60, 59), (60, 60)], [0, 0, 0]),  # the grid of the device is not the grid of the clock
        ([(60, 59), (60, 61), (60, 60)], [0, 0, 0]),
        ([(60, 61), (60, 60), (60, 59)], [0, 0, 0]),
        ([(60, 59), (60, 60), (60, 61)], [0, 0, 0]),
        ([(60, 59), (60, 58), (60, 61)], [1, 1, 0]),
        ([(0, 1), (1, 0)], [0, 0]),
        ([(60, 59), (60, 59)], [1, 1]),
        ([], []),
    ],
)
def test_what_is_missing_in_each_bin(bins: list[tuple[int, int]], missing: list[int]) -> None:
    assert shortfalls(bins) == missing


def test_all_of_it_is_a_hundred_percent() -> None:
    found = complete([tenure()], filled(60, 60, 60, 60))
    assert found == Completeness(due=240, good=240)
    assert found.share == 1


def test_more_than_due_is_not_more_than_complete() -> None:
    """A device that reads twice as often: 480 instants of 240."""
    found = complete([tenure()], filled(120, 120, 120, 120))
    assert (found.due, found.stored, found.share) == (240, 240, 1.0)


def test_a_fast_hour_hides_no_dead_one() -> None:
    found = complete([tenure()], filled(120, 120, 0, 0))
    assert (found.due, found.stored, found.unexplained) == (240, 121, 119)


def test_bad_readings_are_here_and_say_why() -> None:
    told = [*filled(50, 60, 60, 60), *filled(7, word="no-answer"), *filled(3, word="crc")]
    found = complete([tenure()], told)
    assert (found.good, found.bad, found.unexplained, found.share) == (230, {"no-answer": 7, "crc": 3}, 0, 1.0)


def test_nothing_due_is_no_percentage() -> None:
    found = complete([tenure(PERIOD.to_ms)], filled(60))
    assert (found.due, found.share) == (0, None)


def test_a_point_added_in_the_middle_is_due_from_then_on() -> None:
    """From 01:30:30 to 04:00 are 149.5 minutes: 149 due. What came before was not due, and fills nothing."""
    begin = T0 + 90 * MINUTE + 30_000
    one = tenure(begin)
    edge = Interval(T0 - EDGE_MS, T0)
    assert pieces([one], PERIOD) == [edge, Interval(T0, begin), Interval(begin, PERIOD.to_ms)]
    told = {Interval(T0, begin): filled(60, 31), Interval(begin, PERIOD.to_ms): filled(0, 29, 60, 50)}
    found = by_device([one], [], PERIOD, told)["box"]
    assert (found.due, found.stored, found.unexplained) == (149, 139, 10)


def test_a_changed_period_counts_from_the_change() -> None:
    middle = T0 + 2 * HOUR_MS
    two = [tenure(0, middle), tenure(middle, period_ms=10_000)]
    _edge, first, second = pieces(two, PERIOD)
    told = {first: filled(60, 60), second: filled(0, 0, 360, 360)}
    assert by_device(two, [], PERIOD, told)["box"] == Completeness(due=120 + 720, good=120 + 720)


def test_a_reading_just_before_the_period_counts_for_its_beginning() -> None:
    """Readings a millisecond before every full minute at the beginning, a millisecond after it at the end: none is missing."""
    edge, inside = pieces([tenure()], PERIOD)
    told = {edge: filled(1, begin=T0 - HOUR_MS), inside: filled(59, 60, 60, 60)}
    assert by_device([tenure()], [], PERIOD, told)["box"] == Completeness(due=240, good=240)
    late = {edge: filled(1, begin=T0 - HOUR_MS), inside: filled(59, 60, 60, 59)}
    assert by_device([tenure()], [], PERIOD, late)["box"].unexplained == 1


def test_a_period_of_no_length_asks_for_nothing() -> None:
    assert pieces([tenure()], Interval(T0, T0)) == []


def test_two_points_of_a_device_are_summed() -> None:
    found = complete([tenure(), tenure(point="rh")], [*filled(60, 60, 60, 60), *filled(60, 0, 0, 0, point="rh")])
    assert (found.due, found.stored, found.unexplained) == (480, 300, 180)


def test_a_slow_point_is_counted_by_days_whenever_it_reads() -> None:
    """Once in twelve hours, at 05:10 and 17:10 UTC: by hours every reading would miss its hour."""
    midnight = T0 // DAY_MS * DAY_MS
    period = Interval(midnight, midnight + 2 * DAY_MS)
    slow = tenure(period_ms=12 * HOUR_MS)
    hours = [Filled("box", "t", midnight + hour * HOUR_MS, "", 1) for hour in (5, 17, 29, 41)]
    assert complete([slow], hours, period=period) == Completeness(due=4, good=4)
    assert complete([slow], hours[:3], period=period).unexplained == 1


def test_long_periods_are_counted_by_days() -> None:
    assert step_of(Interval(0, 8 * DAY_MS)) == HOUR_MS
    assert step_of(Interval(0, 8 * DAY_MS + 1)) == DAY_MS
    period = Interval(T0, T0 + 30 * DAY_MS)
    bins = bins_of(tenure(), period, DAY_MS, {})
    assert sum(one.due for one in bins) == 30 * 1440
    assert bins[0].span == Interval(T0, (T0 // DAY_MS + 1) * DAY_MS)


def test_what_is_missing_is_explained_in_order_and_no_more_than_it_holds() -> None:
    """Two hours are missing, 120 readings: 50 were declared lost, 30 are on their way, and of the rest the last hour's 40 unheard."""
    hours = Interval(T0 + 2 * HOUR_MS, T0 + 4 * HOUR_MS)
    told = [
        unheard_since("box", hours.to_ms - 20 * MINUTE),
        Explanation("box", Kind.AWAITED, "", (hours,), 30),
        Explanation("box", Kind.DECLARED_LOST, "outbox-full", (hours,), 50),
    ]
    found = complete([tenure()], filled(60, 60), *told)
    assert (found.due, found.stored) == (240, 120)
    assert found.declared_lost == {"outbox-full": 50}
    assert (found.awaited, found.unheard, found.unexplained) == (30, 21, 19)


def test_an_absence_explains_only_its_own_time_points_and_number() -> None:
    break_ = Interval(T0 + HOUR_MS + 1, T0 + 2 * HOUR_MS)
    away = Explanation("box", Kind.ABSENT, "maintenance", (break_,), 60, frozenset({"t"}))
    two = [tenure(), tenure(point="rh")]
    told = [*filled(60, 0, 60, 60), *filled(60, 0, 60, 0, point="rh")]
    found = complete(two, told, away)
    assert (found.absent, found.unexplained) == ({"maintenance": 60}, 120)


def test_explanations_of_another_device_explain_nothing() -> None:
    other = Explanation("other", Kind.AWAITED, "", (PERIOD,), None)
    assert complete([tenure()], [], other).unexplained == 240


def test_nothing_that_is_here_is_explained_away() -> None:
    everything = Explanation("box", Kind.AWAITED, "", (Interval(0, FOR_EVER),), None)
    assert complete([tenure()], filled(60, 60, 60, 60), everything) == Completeness(due=240, good=240)
