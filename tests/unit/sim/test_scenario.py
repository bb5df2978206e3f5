"""A scenario is checked against its world; every mistake names its file and key."""

from pathlib import Path

import pytest

from larder_sim.scenario import Scenario, load_scenario
from larder_sim.steps import Step
from larder_sim.strict_toml import InputError
from larder_sim.world_file import load_world
from tests.unit.sim.worlds import DEMO_SCENARIO, DEMO_WORLD, QUIET_SCENARIO, SMALL, small_world

HEAD = '[scenario]\nname_zh = "试"\nname_en = "test"\n'


def _load(folder: Path, *steps: str, world: str = SMALL) -> Scenario:
    file = folder / "scenario.toml"
    file.write_text(HEAD + "".join(f"[[step]]\n{step}\n" for step in steps), encoding="utf-8")
    return load_scenario(file, small_world(folder, world))


def test_the_demo_scenario_keeps_its_times() -> None:
    steps = load_scenario(DEMO_SCENARIO, load_world(DEMO_WORLD)).steps
    assert [(step.at_s // 60, step.action, step.target) for step in steps] == [
        (5, "open-door", "minzhong/fridge-2"),
        (5, "stop-compressor", "minzhong/fridge-2"),
        (20, "unplug-camera", "shaliuhe/cam-stove"),
        (32, "close-door", "minzhong/fridge-2"),
        (32, "start-compressor", "minzhong/fridge-2"),
        (40, "unplug-sensor", "haergai/fridge-1"),
        (70, "plug-camera", "shaliuhe/cam-stove"),
        (80, "plug-sensor", "haergai/fridge-1"),
    ]
    assert steps[0].openness == 1.0


def test_nothing_happens_on_a_quiet_day() -> None:
    assert load_scenario(QUIET_SCENARIO, load_world(DEMO_WORLD)).steps == ()


def test_every_action_is_read(tmp_path: Path) -> None:
    scenario = _load(
        tmp_path,
        'at = "00:00:00"\naction = "open-door"\nplace = "school/fridge-1"\nopenness = 0.5',
        'at = "00:00:01"\naction = "unplug-sensor"\nplace = "school/fridge-1"',
        'at = "00:00:02"\naction = "unplug-sensor"\nplace = "school/freezer-1"\nmode = "crc"',
        'at = "00:00:03"\naction = "unplug-camera"\ncamera = "school/cam"\nmode = "hang"',
        'at = "00:00:03"\naction = "power-cut"\nsite = "school"',
        'at = "100:00:00"\naction = "power-back"\nsite = "school"',
    )
    assert scenario.steps == (
        Step(0, "open-door", "school/fridge-1", openness=0.5),
        Step(1, "unplug-sensor", "school/fridge-1", mode="silent"),
        Step(2, "unplug-sensor", "school/freezer-1", mode="crc"),
        Step(3, "unplug-camera", "school/cam", mode="hang"),
        Step(3, "power-cut", "school"),
        Step(360_000, "power-back", "school"),
    )


SPOILED = [
    ('at = "5:00"\naction = "power-cut"\nsite = "school"', "step[1].at"),
    ('at = "00:60:00"\naction = "power-cut"\nsite = "school"', "step[1].at"),
    ('action = "power-cut"\nsite = "school"', "step[1].at"),
    ('at = "00:00:01"\naction = "explode"\nsite = "school"', "step[1].action"),
    ('at = "00:00:01"\naction = "power-cut"\nsite = "scool"', "step[1].site"),
    ('at = "00:00:01"\naction = "power-cut"\nplace = "school/fridge-1"', "step[1].site"),
    ('at = "00:00:01"\naction = "close-door"\nplace = "school/cam"', "step[1].place"),
    ('at = "00:00:01"\naction = "close-door"\nplace = "school/fridge-1"\nopenness = 1.0', "step[1].openness"),
    ('at = "00:00:01"\naction = "open-door"\nplace = "school/fridge-1"\nopenness = 1.5', "step[1].openness"),
    ('at = "00:00:01"\naction = "open-door"\nplace = "school/fridge-1"', "step[1].openness"),
    ('at = "00:00:01"\naction = "stop-compressor"\nplace = "school/store"', "step[1].action"),
    ('at = "00:00:01"\naction = "unplug-sensor"\nplace = "school/fridge-1"\nmode = "crc"', "step[1].mode"),
    ('at = "00:00:01"\naction = "unplug-sensor"\nplace = "school/freezer-1"\nmode = "silent"', "step[1].mode"),
    ('at = "00:00:01"\naction = "unplug-camera"\ncamera = "school/cam"\nmode = "broken"', "step[1].mode"),
]


@pytest.mark.parametrize(("step", "key"), SPOILED)
def test_a_mistake_names_file_and_key(tmp_path: Path, step: str, key: str) -> None:
    with pytest.raises(InputError) as caught:
        _load(tmp_path, step)
    assert caught.value.key == key
    assert str(caught.value).startswith(f"{tmp_path / 'scenario.toml'}: {key}: ") and caught.value.hint


def test_steps_stand_in_order_of_time(tmp_path: Path) -> None:
    late = 'at = "00:00:09"\naction = "power-cut"\nsite = "school"'
    early = 'at = "00:00:08"\naction = "power-back"\nsite = "school"'
    with pytest.raises(InputError, match=r"step\[2\]\.at: is before the step above it"):
        _load(tmp_path, late, early)


def test_a_camera_without_a_password_has_no_wrong_one(tmp_path: Path) -> None:
    step = 'at = "00:00:01"\naction = "unplug-camera"\ncamera = "school/cam"\nmode = "wrong-password"'
    with pytest.raises(InputError, match="asks for no password"):
        _load(tmp_path, step, world=SMALL.replace('auth = "md5"', 'auth = "none"'))
    assert _load(tmp_path, step).steps[0].mode == "wrong-password"
