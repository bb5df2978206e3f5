"""Where the files of a staged world lie."""

from pathlib import Path

from larder_cli.demo.plan import Plan
from larder_sim.world_file import load_world
from tests.support.stages import WORLDS


def test_what_one_program_writes_can_lie_on_another_disk(tmp_path: Path) -> None:
    world = load_world(WORLDS / "load.toml")
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    plan = Plan(world, here, {"agent": elsewhere})
    assert plan.state_dir("east-box") == elsewhere / "devices" / "east-box"
    assert (plan.data_dir, plan.sim_dir, plan.broker_dir) == (here / "hub", here / "sim", here / "broker")
    assert Plan(world, here).state_dir("east-box") == here / "devices" / "east-box"
