"""An inspection asks a real device for its own record again, over a real broker, beside the running hub. [A9] [H15]"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from larder_cli.demo.stage import Stage
from tests.support.stages import drained, grows, logs, staged
from tests.support.waiting import wait_for

pytestmark = pytest.mark.process


def larder_hub(stage: Stage, act: str, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "larder_cli.main", "hub", act, *words, "--config", str(stage.plan.hub_file)],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return done.stdout


def request(stage: Stage) -> dict[str, Any]:
    (only,) = json.loads(larder_hub(stage, "requests", "--json"))
    return dict(only)


def test_a_device_sends_its_own_record_again(tmp_path: Path) -> None:
    """Also what was deleted nowhere yet is safe at the hub, and after a restart of the hub in the midst of it."""
    with staged(tmp_path, "nats") as stage:
        grows(stage, 60)
        account = stage.ask("account")
        device = max(account["streams"], key=lambda one: one["upto"])
        before = device["readings_stored"]
        larder_hub(stage, "request", device["device"], "2", str(device["upto"]), "--reason", "inspection-17")
        stage.kill("hub")
        stage.restart("hub")
        wait_for(lambda: request(stage)["closed_ms"], f"every number sent again\n{logs(stage)}", 60)
        told = request(stage)
        answered = {one["device"]: one for one in stage.ask("account")["streams"]}[device["device"]]
        books = drained(stage)
    assert (told["answered"], told["differing"], told["gone"]) == (device["upto"] - 1, 0, 0)
    assert answered["readings_stored"] >= before
    assert books.good, f"{books}\n{logs(stage)}"
