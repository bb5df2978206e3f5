"""The plant: what a scenario does to a world, second by second."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from larder_sim.occurrences import Occurrence
from larder_sim.plant import Happening, LimitPassed, Plant, StepTaken
from larder_sim.scenario import Scenario, load_scenario
from larder_sim.steps import Step
from larder_sim.world import World
from larder_sim.world_file import load_world
from tests.unit.sim.worlds import DEMO_SCENARIO, DEMO_WORLD, small_world

FRIDGE = "school/fridge-1"


def _plant(world: World, *steps: Step, seed: int = 7) -> Plant:
    return Plant(world, Scenario(Path("s.toml"), "试", "test", steps), seed)


def test_the_demo_fridge_warms_and_recovers_as_promised() -> None:
    world = load_world(DEMO_WORLD)
    minzhong = replace(world, sites=world.sites[:1])  # the one site that matters keeps the test quick
    steps = tuple(step for step in load_scenario(DEMO_SCENARIO, world).steps if step.target.startswith("minzhong/"))
    plant = _plant(minzhong, *steps)
    sensed = []
    for second in range(90 * 60):
        plant.advance(second)
        sensed.append(plant.sensed_c("minzhong/fridge-2"))
    assert max(sensed[: 5 * 60]) < 6.0
    assert min(sensed[13 * 60 : 32 * 60]) > 12.0, "above 12 °C from 8 minutes after the door opened until it closed"
    assert max(sensed[57 * 60 :]) < 7.5, "below 7.5 °C from 25 minutes after the door closed"


def test_steps_are_taken_at_their_second_and_once(tmp_path: Path) -> None:
    plant = _plant(small_world(tmp_path), Step(0, "power-cut", "school"), Step(90, "power-back", "school"))
    assert plant.advance(0.0) == [StepTaken(0, Step(0, "power-cut", "school"))]
    assert not plant.powered("school") and plant.camera_mode("school/cam") == "unplugged"
    assert plant.advance(89.99) == []
    back = [StepTaken(90, Step(90, "power-back", "school")), Occurrence("power-cut", "school", 0, 90, "")]
    assert plant.advance(500) == back
    assert plant.powered("school") and plant.camera_mode("school/cam") == "healthy"


def test_without_power_a_fridge_warms(tmp_path: Path) -> None:
    plant = _plant(small_world(tmp_path), Step(0, "power-cut", "school"))
    plant.advance(4 * 3600)
    assert plant.state(FRIDGE).air_c > 7.0 and not plant.state(FRIDGE).running


def test_limits_are_passed_on_the_way_up_and_down(tmp_path: Path) -> None:
    steps = (
        Step(10, "open-door", FRIDGE, openness=1.0),
        Step(10, "stop-compressor", FRIDGE),
        Step(600, "close-door", FRIDGE),
        Step(600, "start-compressor", FRIDGE),
    )
    happenings = _plant(small_world(tmp_path), *steps).advance(3000)
    passed = [each for each in happenings if isinstance(each, LimitPassed)]
    assert [(each.place, each.limit_c, each.rising) for each in passed] == [(FRIDGE, 8.0, True), (FRIDGE, 8.0, False)]
    assert 10 < passed[0].sim_s < 600 < passed[1].sim_s


def test_sensors_and_cameras_fail_as_told(tmp_path: Path) -> None:
    plant = _plant(
        small_world(tmp_path),
        Step(1, "unplug-sensor", FRIDGE, mode="0x8000"),
        Step(1, "unplug-camera", "school/cam", mode="hang"),
        Step(2, "plug-sensor", FRIDGE),
        Step(2, "plug-camera", "school/cam"),
    )
    assert (plant.sensor_fault(FRIDGE), plant.camera_mode("school/cam")) == ("", "healthy")
    plant.advance(1)
    assert (plant.sensor_fault(FRIDGE), plant.camera_mode("school/cam")) == ("0x8000", "hang")
    plant.advance(2)
    assert (plant.sensor_fault(FRIDGE), plant.camera_mode("school/cam")) == ("", "healthy")


@given(looks=st.lists(st.floats(0, 120), max_size=8))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_true_does_not_depend_on_when_somebody_looks(tmp_path: Path, looks: list[float]) -> None:
    world = small_world(tmp_path)
    steps = (Step(30, "open-door", FRIDGE, openness=1.0), Step(60, "close-door", FRIDGE))
    looked, alone = _plant(world, *steps), _plant(world, *steps)
    seen: list[Happening] = [each for look in looks for each in looked.advance(look)]
    seen += looked.advance(120)
    assert seen == alone.advance(120)
    assert looked.state(FRIDGE) == alone.state(FRIDGE)


@pytest.mark.parametrize("other", ["school/freezer-1", "school/store"])
def test_places_have_chance_of_their_own(tmp_path: Path, other: str) -> None:
    plant = _plant(small_world(tmp_path))
    plant.advance(5)
    off = [plant.sensed_c(name) - plant.state(name).probe_c for name in (FRIDGE, other)]
    assert off[0] != off[1]
