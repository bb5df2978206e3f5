"""The account of a real hub: a device that stops, a card that was put back from a copy and one that was wiped, each told apart.

Its totals are compared with the reconciler's, which shares no code with the hub.
"""

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from larder_cli.demo.stage import Stage
from larder_cli.reconcile.outboxes import read_outbox
from tests.support.stages import grows, logs, staged
from tests.support.waiting import wait_for

pytestmark = pytest.mark.process

EAST, WEST = "east-box", "west-box"


def device(stage: Stage, name: str) -> Any:
    account = stage.ask("account")
    return next((one for one in account["devices"] if one["device"] == name), None) if account else None


def streams(stage: Stage, name: str, state: str) -> list[Any]:
    account = stage.ask("account")
    return [one for one in account["streams"] if (one["device"], one["state"]) == (name, state)] if account else []


def stands(stage: Stage, name: str, state: str, deadline_s: float = 60.0) -> Any:
    wait_for(lambda: (device(stage, name) or {}).get("state") == state, f"{name} {state}\n{logs(stage)}", deadline_s)
    return device(stage, name)


def leave_out(stage: Stage, name: str) -> None:
    """The agent goes on without one of its devices."""
    config = tomllib.loads(stage.plan.agent_file.read_text("utf-8"))
    config["device"] = [one for one in config["device"] if one["id"] != name]
    stage.plan.agent_file.write_text(tomli_w.dumps(config))


def card(stage: Stage, name: str) -> list[Path]:
    """What stands on a device's card besides its key."""
    folder = stage.plan.state_dir(name)
    return [*folder.glob("outbox.db*"), *folder.glob("staging-*")]


def larder_account(stage: Stage) -> tuple[int, Any]:
    words = [sys.executable, "-m", "larder_cli.main", "account", "--config", str(stage.plan.hub_file), "--json"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, json.loads(done.stdout)


def test_silent_forked_and_closed_are_told_apart(tmp_path: Path) -> None:
    """[H4] [H7]"""
    with staged(tmp_path, "nats") as stage:
        grows(stage, 50)
        assert stands(stage, EAST, "reporting")["heard_ms"] and stands(stage, WEST, "reporting")

        stage.stop_program("agent")
        leave_out(stage, WEST)
        copy = tmp_path / "copy"
        copy.mkdir()
        for file in card(stage, EAST):
            shutil.copyfile(file, copy / file.name)
        stage.start_agent()
        grows(stage, 50)
        silent = stands(stage, WEST, "silent")
        assert (
            silent["silent_since_ms"] == silent["heard_ms"]
            and silent["streams_closed"] == silent["streams_forked"] == 0
        )
        assert device(stage, EAST)["state"] == "reporting"

        stage.stop_program("agent")
        (known,) = streams(stage, EAST, "current")
        stage.stop_program("hub")
        for file in card(stage, EAST):
            file.unlink()
        for file in copy.iterdir():
            shutil.copyfile(file, stage.plan.state_dir(EAST) / file.name)
        stage.start_agent()
        wait_for(lambda: read_outbox(stage.plan.state_dir(EAST)).head > known["head"],
                 f"the card that was put back goes on, with nobody to tell it\n{logs(stage)}", 60.0)  # fmt: skip
        stage.start_hub()
        wait_for(lambda: streams(stage, EAST, "forked") and streams(stage, EAST, "current"),
                 f"a fork, and a new stream\n{logs(stage)}", 60.0)  # fmt: skip
        (forked,) = streams(stage, EAST, "forked")
        assert forked["stream"] == known["stream"] and forked["frozen"]
        assert stands(stage, EAST, "reporting")["streams_forked"] == 1
        grows(stage, 20)
        assert not streams(stage, EAST, "closed")

        stage.stop_program("agent")
        for file in card(stage, EAST):
            file.unlink()
        stage.start_agent()
        wait_for(lambda: streams(stage, EAST, "closed"), f"a wiped card closes its stream\n{logs(stage)}", 60.0)
        grows(stage, 20)
        east = stands(stage, EAST, "reporting")
        assert (east["streams_closed"], east["streams_forked"]) == (1, 1)
        assert stands(stage, WEST, "silent")["silent_since_ms"] == silent["silent_since_ms"]

        wait_for(
            lambda: stage.ask("account")["completeness"]["due"] > 0, "the day that is counted reaches this test", 120.0
        )
        stage.stop_program("agent")
        _, running = larder_account(stage)
        assert running["readings_stored"] == stage.ask("account")["readings_stored"]
        stage.stop_program("hub")
        _, stopped = larder_account(stage)
        books = stage.balance()
    assert [sum(one["states"].values()) for one in stopped["counties"]] == [2]
    assert (stopped["readings_stored"], stopped["readings_declared_lost"]) == (books.stored, books.declared_lost)
    assert stopped["readings_stored"] == running["readings_stored"] and stopped["difference"] == 0
    assert stopped["completeness"]["due"] > stopped["completeness"]["stored"] > 0, (
        "the world runs slower than its register says"
    )
