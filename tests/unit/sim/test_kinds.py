"""What the kinds of place do over days: defrosts, heaps, food that leaves its limits, and whose fault it was."""

import math

import pytest

from larder_sim.climate import GANGCHA_C, is_school_day, outdoor_c, year_mean_c
from larder_sim.food import LIMITS, FoodWatch
from larder_sim.kinds.heap import Heap, HotSpot
from larder_sim.noise import noise, share
from larder_sim.occurrences import Occurrence, Occurrences
from larder_sim.scenario import FIRST_DAY
from larder_sim.vapour import dew_point_c, saturation_pa


def _layers(day_of_year: float) -> list[float]:
    """Mean of each layer of a heap in Gangcha, top first."""
    heap = Heap(1, 6, 4, 3, year_mean_c("632224"))
    values = heap.celsius(day_of_year, 0.0, [])
    return [sum(c for (_, at), c in zip(heap.points, values, strict=True) if at == layer) / 6 for layer in (1, 2, 3, 4)]


def test_a_heap_is_cold_on_top_in_winter_and_warm_on_top_in_summer() -> None:
    winter, summer = _layers(45), _layers(225)
    assert winter[0] < winter[1] < winter[2] and summer[0] > summer[1] > summer[2]
    assert abs(winter[3] - summer[3]) < 1.0, "at six metres there is hardly a year"


def test_the_annual_wave_comes_a_month_or_two_late_at_two_metres() -> None:
    second = [_layers(day)[1] for day in range(0, 366)]
    top = [_layers(day)[0] for day in range(0, 366)]
    assert 240 < second.index(max(second)) < 320, "late August to October"
    assert max(second) - min(second) < (max(top) - min(top)) / 2


def test_a_hot_spot_grows_by_its_rate_fades_with_distance_and_cools_when_aired() -> None:
    heap = Heap(1, 6, 4, 3, 0.0)
    spot = HotSpot(cable=2, layer=3, from_d=10.0, kelvin_a_day=2.0, most_k=30.0, until_d=20.0)
    calm = heap.celsius(200, 0.0, [])
    at = heap.points.index((2, 3))

    def above(day: float) -> list[float]:
        return [hot - cool for hot, cool in zip(heap.celsius(200, day, [spot]), calm, strict=True)]

    assert above(9.0)[at] == 0.0
    assert above(15.0)[at] == pytest.approx(10.0)
    assert above(20.0)[at] == pytest.approx(20.0)
    assert above(30.0)[at] < 4.0
    assert above(20.0)[at] > above(20.0)[heap.points.index((2, 4))] > above(20.0)[heap.points.index((6, 1))]


def test_months_outside_have_the_mean_of_their_table() -> None:
    january = [
        outdoor_c("632224", FIRST_DAY.replace(month=1, day=day), hour * 3600)
        for day in range(1, 32)
        for hour in range(24)
    ]
    assert sum(january) / len(january) == pytest.approx(GANGCHA_C[0], abs=2.5), "fronts move a month by a few kelvins"
    day = [outdoor_c("632224", FIRST_DAY, hour * 1800) for hour in range(48)]
    assert 14 < max(day) - min(day) < 20
    assert outdoor_c("632222", FIRST_DAY, 0) != outdoor_c("632224", FIRST_DAY, 0)


@pytest.mark.parametrize(
    ("month", "day", "school"), [(11, 23, True), (11, 29, False), (1, 20, False), (7, 31, False), (3, 3, True)]
)
def test_schools_rest_on_sundays_and_in_holidays(month: int, day: int, school: bool) -> None:
    assert is_school_day(FIRST_DAY.replace(month=month, day=day)) is school


def test_noise_is_a_function_of_the_time_alone_and_nearly_gaussian() -> None:
    knots = [noise(9, 20.0 * n) for n in range(4000)]
    mean = sum(knots) / len(knots)
    assert abs(mean) < 0.06
    assert 0.9 < math.sqrt(sum((x - mean) ** 2 for x in knots) / len(knots)) < 1.1
    assert noise(9, 30.0) == (noise(9, 20.0) + noise(9, 40.0)) / 2
    assert 0.45 < sum(share(n) for n in range(2000)) / 2000 < 0.55


@pytest.mark.parametrize("celsius", [-20.0, 0.0, 4.0, 30.0])
def test_the_dew_point_of_saturated_air_is_its_temperature(celsius: float) -> None:
    assert dew_point_c(saturation_pa(celsius)) == pytest.approx(celsius, abs=1e-9)


def test_an_excursion_is_told_once_with_its_worst_and_its_cause() -> None:
    watch = FoodWatch("a/b", "fridge.food", LIMITS["fridge.food"])
    seen = [
        watch.see(at, food, "door") for at, food in ((0, 8.0), (10, 8.1), (20, 9.5), (30, 8.0), (40, 7.95), (50, 7.9))
    ]
    ended = [one for one in seen if one]
    assert len(ended) == 1 and seen[-1] is ended[0], "7.95 is inside the band that keeps it one"
    assert (ended[0].from_s, ended[0].to_s, ended[0].worst_c, ended[0].cause) == (10, 50, 9.5, "door")


def test_frozen_stock_is_an_excursion_below() -> None:
    watch = FoodWatch("a/b", "fridge.food", LIMITS["fridge.food"])
    assert watch.see(0, -0.5, "surroundings") is None
    still = watch.end(None)
    assert still is not None and (still.side, still.limit_c, still.to_s) == ("low", 0.0, None)


def test_the_cause_is_what_acts_now_and_else_what_did_lately() -> None:
    going = Occurrences()
    assert going.cause(0, "a/b") == "surroundings"
    going.take(0, "open-door", "a/b", "")
    going.take(5, "power-cut", "a", "")
    assert going.cause(10, "a/b") == "power-cut", "a cut of the site acts on its places, and before a door"
    assert going.take(20, "power-back", "a", "") == [Occurrence("power-cut", "a", 5, 20, "")]
    assert going.cause(30, "a/b") == "door"
    going.take(40, "close-door", "a/b", "")
    assert going.cause(50, "a/b") == "power-cut"
    assert going.cause(20_000, "a/b") == "surroundings"
