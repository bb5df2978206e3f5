"""Habits, mishaps, and the plant under them: what a day of a place looks like in the record."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

import pytest

from larder_sim import habits, mishaps
from larder_sim.agenda import Agenda
from larder_sim.food import Excursion
from larder_sim.occurrences import Occurrence
from larder_sim.plant import Happening, Plant
from larder_sim.scenario import FIRST_DAY, Scenario
from larder_sim.steps import Step
from larder_sim.world import World
from larder_sim.world_file import load_world
from tests.unit.sim.worlds import FIRMWARE_SIM, small_world

HAIBEI = FIRMWARE_SIM / "worlds" / "haibei.toml"
SUNDAY = date(2026, 11, 29)
DAY_S = 86_400


def _scenario(*steps: Step, life: bool = False, start: date = FIRST_DAY) -> Scenario:
    return Scenario(Path("s.toml"), "试", "test", steps, start, life)


def _site(kind: str) -> World:
    """Haibei with one site of a kind."""
    world = load_world(HAIBEI)
    return replace(world, sites=tuple(site for site in world.sites if site.kind == kind)[:1])


def _run(plant: Plant, until_s: int) -> list[Happening]:
    return [*plant.advance(until_s), *plant.end()]


def test_people_open_doors_on_working_days_within_working_hours() -> None:
    steps = list(habits.people("a/b", "fridge", "canteen", FIRST_DAY, Random(1)))
    opened = [step.at_s for step in steps if step.action == "open-door"]
    assert 25 < len(opened) < 70
    assert min(opened) >= 6 * 3600 and max(opened) <= 19.5 * 3600
    assert len([step for step in steps if step.action == "close-door"]) == len(opened)
    assert [step.action for step in steps].count("load-food") == 1


@pytest.mark.parametrize("day", [SUNDAY, date(2027, 1, 20)])
def test_nobody_is_in_a_school_kitchen_on_sundays_and_in_the_holidays(day: date) -> None:
    assert list(habits.people("a/b", "fridge", "canteen", day, Random(1))) == []
    assert list(habits.routine("a/b", "hot-cabinet", "canteen", day, Random(1))) == []
    assert list(habits.people("a/b", "fridge", "restaurant", day, Random(1)))


def test_mishaps_come_about_as_often_as_their_rates_say() -> None:
    site = _site("canteen").sites[0]
    days = 4000
    cuts = [
        step
        for day in range(days)
        for step in mishaps.of_site(site, FIRST_DAY, Random(day))
        if step.action == "power-cut"
    ]
    assert 0.8 < len(cuts) / (mishaps.POWER_WINTER.a_year * days / 365.25) < 1.2
    lasts = [
        back.at_s - cut.at_s
        for day in range(days)
        for cut, back in [
            [s for s in mishaps.of_site(site, FIRST_DAY, Random(day)) if s.action.startswith("power")] or [None, None]
        ]
        if cut and back
    ]
    assert max(lasts) <= 43_200 and 1500 < sorted(lasts)[len(lasts) // 2] < 3600


def test_a_county_loses_its_network_at_one_instant() -> None:
    sites = load_world(HAIBEI).sites[:5]
    steps = next(found for seed in range(5000) if (found := list(mishaps.of_county(sites, Random(seed)))))
    assert len({step.at_s for step in steps if step.action == "link-cut"}) == 1
    assert {step.target for step in steps} == {site.id for site in sites}


def test_a_day_is_the_same_in_whatever_pieces_it_is_asked_for() -> None:
    world = _site("canteen")
    whole = list(Agenda(world, _scenario(life=True), 7).until(2 * DAY_S))
    agenda = Agenda(world, _scenario(life=True), 7)
    pieces = [due for at in range(0, 2 * DAY_S + 1, 7200) for due in agenda.until(at)]
    assert whole == pieces and len(whole) > 300
    assert whole != list(Agenda(world, _scenario(life=True), 8).until(2 * DAY_S))


def test_a_freezer_defrosts_thrice_a_day_and_its_food_hardly_notices(tmp_path: Path) -> None:
    plant, warmest, food = Plant(small_world(tmp_path), _scenario(), 7), -30.0, -30.0
    found: list[Happening] = []
    for at in range(0, DAY_S + 1, 60):
        found += plant.advance(at)
        if at > 3600:
            warmest = max(warmest, plant.state("school/freezer-1").air_c)
            food = max(food, plant.state("school/freezer-1").mass_c)
    events = [one for one in found if isinstance(one, Occurrence)]
    assert [one.what for one in events if one.target == "school/freezer-1"] == ["defrost"] * 3
    assert all(one.to_s is not None and one.to_s - one.from_s == 1200 for one in events)
    assert warmest > -14.0 and food < -16.5
    assert not [one for one in found if isinstance(one, Excursion)]


def test_a_fridge_without_power_takes_its_food_out_of_its_limits_and_the_record_says_why(tmp_path: Path) -> None:
    steps = (Step(3600, "power-cut", "school"), Step(3600 * 24, "power-back", "school"))
    found = _run(Plant(small_world(tmp_path), _scenario(*steps), 7), 3 * DAY_S)
    food = [one for one in found if isinstance(one, Excursion) and one.place == "school/fridge-1"]
    assert [(one.side, one.limit_c, one.cause) for one in food] == [("high", 8.0, "power-cut")]
    assert food[0].to_s is not None and 3600 * 3 < food[0].from_s < 3600 * 24 < food[0].to_s
    assert food[0].worst_c > 10


def test_a_compressor_that_fades_lets_the_air_rise_first_and_the_food_later(tmp_path: Path) -> None:
    world = small_world(tmp_path)
    watched = replace(world, sites=(replace(world.sites[0], places=world.sites[0].places[:1]),))
    plant = Plant(watched, _scenario(Step(0, "fade-compressor", "school/fridge-1", hours=96)), 7)
    found = _run(plant, 5 * DAY_S)
    air = next(one.sim_s for one in found if hasattr(one, "rising") and one.rising)
    food = next(one for one in found if isinstance(one, Excursion))
    assert 2 * DAY_S < air < food.from_s < 4.5 * DAY_S
    assert food.cause == "compressor-fading" and food.to_s is None


def test_a_thermostat_that_is_shifted_freezes_medicines_until_it_is_set_right() -> None:
    world = _site("pharmacy")
    cold = replace(
        world.sites[0],
        places=tuple(place for place in world.sites[0].places if place.model == "medicine-fridge"),
        cameras=(),
    )
    name = f"{cold.id}/cold"
    steps = (Step(3600, "shift-thermostat", name, celsius=-6.0), Step(12 * 3600, "reset-thermostat", name))
    found = _run(Plant(replace(world, sites=(cold,)), _scenario(*steps), 7), DAY_S)
    assert ("thermostat-shifted", 3600, 12 * 3600) in [
        (one.what, one.from_s, one.to_s) for one in found if isinstance(one, Occurrence)
    ]
    food = [one for one in found if isinstance(one, Excursion)]
    assert [(one.side, one.cause) for one in food] == [("low", "thermostat-shifted")]
    assert food[0].worst_c < 0.5 and food[0].to_s is not None


def test_hot_food_is_held_to_its_limit_during_meals_only() -> None:
    world = _site("canteen")
    hot = replace(
        world.sites[0],
        places=tuple(place for place in world.sites[0].places if place.model == "hot-cabinet"),
        cameras=(),
    )
    world = replace(world, sites=(hot,))
    name = f"{hot.id}/hot"
    found = _run(Plant(world, _scenario(), 7), DAY_S)
    assert [one.what for one in found if isinstance(one, Occurrence)] == ["meal", "meal"]
    assert not [one for one in found if isinstance(one, Excursion)], (
        "cold between the meals, and that is as it should be"
    )
    cut = _run(Plant(world, _scenario(Step(0, "power-cut", hot.id)), 7), DAY_S)
    cold = [one for one in cut if isinstance(one, Excursion)]
    assert cold and {(one.place, one.side, one.cause) for one in cold} == {(name, "low", "power-cut")}


def test_a_heap_that_heats_itself_passes_its_limit_and_names_the_spot() -> None:
    world = _site("grain")
    name = f"{world.sites[0].id}/bin-1"
    heat = Step(3600, "heat-grain", name, amount=5.0, celsius=30.0, cable=9, layer=2)
    plant = Plant(world, _scenario(heat, Step(9 * DAY_S, "air-grain", name), start=date(2026, 8, 1)), 7)
    found = _run(plant, 20 * DAY_S)
    food = [one for one in found if isinstance(one, Excursion)]
    assert [(one.place, one.cause) for one in food] == [(name, "hot-spot")]
    assert food[0].to_s is not None and food[0].to_s > 9 * DAY_S
    assert [one.what for one in found if isinstance(one, Occurrence) and one.target == name] == ["hot-spot"]


@pytest.mark.parametrize("mode", ["stuck", "drift", "jump"])
def test_a_sensor_can_lie_while_the_food_is_well(tmp_path: Path, mode: str) -> None:
    place = "school/fridge-1"
    plant = Plant(small_world(tmp_path), _scenario(Step(600, "unplug-sensor", place, mode=mode)), 7)
    plant.advance(600)
    said = []
    for at in range(600, 6 * 3600, 60):
        plant.advance(at)
        said.append(plant.sensed_c(place))
    if mode == "stuck":
        assert len(set(said)) == 1
    if mode == "drift":
        assert said[-1] > 8.0
    if mode == "jump":
        assert 5 < len([celsius for celsius in said if celsius > 20.0]) < len(said) / 2
    assert plant.state(place).mass_c < 5.5
