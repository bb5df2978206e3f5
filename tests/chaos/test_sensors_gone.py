"""Sensors that say nothing and sensors that always say the same: row 57."""

import json
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import tomli_w

from larder_cli.demo.stage import Stage
from tests.chaos.device_books import batches, nothing_missing, one_box
from tests.chaos.rows import row
from tests.support.stages import grows, logs
from tests.support.waiting import wait_for

pytestmark = pytest.mark.process
Show = Callable[[str, object], None]

SCENARIO = """
[scenario]
name_zh = "传感器失灵"
name_en = "sensors fail"

[[step]]
at = "00:10:00"
action = "unplug-sensor"
place = "east/fridge-1"
mode = "silent"

[[step]]
at = "00:10:00"
action = "unplug-sensor"
place = "east/fridge-2"
mode = "stuck"
"""


def failed_at(stage: Stage) -> float:
    """When the simulator let them fail, by its own record; seconds since 1970."""
    lines = [json.loads(line) for line in (stage.plan.sim_dir / "truth.jsonl").read_text("utf-8").splitlines()]
    return max(float(line["wall_ms"]) for line in lines if line["kind"] == "step") / 1000


def flat_after(stage: Stage, seconds: float) -> None:
    """Let the agent doubt the temperatures of both fridges after so long a standstill."""
    config = tomllib.loads(stage.plan.agent_file.read_text())
    config["device"][0]["source"][0]["screen"] = {f"fridge-{at}-t": {"flat_after_s": seconds} for at in (1, 2)}
    stage.plan.agent_file.write_text(tomli_w.dumps(config))


def sensor_alarms(stage: Stage) -> dict[str, str]:
    """Open alarms by point, and their kind."""
    found = stage.ask("alarms")
    return {one["point"]: one["kind"] for one in found["alarms"]} if found else {}


@row(57, "sensor missing, and sensor frozen", injection="simulator: one transmitter goes silent, another repeats itself",
     expected="both are sensor alarms, neither is shown as normal or as food; every instant is a reading with a reason",
     metric="missing_latency_s, frozen_latency_s")  # fmt: skip
def test_a_missing_and_a_frozen_sensor_are_alarms(tmp_path: Path, record_property: Show) -> None:
    """[W-COUNT] [W-QUALITY]"""
    scenario = tmp_path / "sensors.toml"
    scenario.write_text(SCENARIO)
    with one_box(tmp_path / "stage", scenario=str(scenario)) as stage:
        flat_after(stage, 5.0)
        stage.stop_program("agent")
        stage.restart("agent")
        grows(stage, 12)
        for name, point in (("missing", "fridge-1-t"), ("frozen", "fridge-2-t")):
            wait_for(
                lambda point=point: point in sensor_alarms(stage), f"{point}: {sensor_alarms(stage)}\n{logs(stage)}", 50
            )  # type: ignore[misc]
            record_property(f"{name}_latency_s", round(time.time() - failed_at(stage), 1))
        alarms = sensor_alarms(stage)
        assert (alarms["fridge-1-t"], alarms["fridge-2-t"]) == ("sensor", "sensor")
        assert "food" not in alarms.values()
        nothing_missing(stage)
        reasons: dict[str, set[str]] = {}
        for one in batches(stage):
            for point, flaws in one.get("flaws", {}).items():
                reasons.setdefault(point, set()).update(reason for _, reason in flaws)
    assert "no-answer" in reasons["fridge-1-t"]
    assert "flat-line" in reasons["fridge-2-t"]
