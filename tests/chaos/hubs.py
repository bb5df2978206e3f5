"""What chaos tests do to a hub, and ask of it."""

import json
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from larder_cli.child import start_child
from larder_cli.demo.stage import Stage
from tests.support.stages import logs
from tests.support.waiting import wait_for

HUB = "tests.support.sabotaged_hub"


def sabotage(stage: Stage, *ways: str) -> None:
    """Start the hub anew with one thing broken, as tests/support/sabotaged_hub.py tells. It may be dead before it answers."""
    stage.stop_program("hub")
    stage._begin("hub", HUB, *ways, "run", "--config", str(stage.plan.hub_file))


def died(stage: Stage, deadline_s: float = 40.0) -> str:
    """Wait until the hub has ended by itself; how, with the end of its log."""
    return wait_for(
        lambda: (told := stage.ended()) and told.startswith("hub") and told, f"the hub ends\n{logs(stage)}", deadline_s
    )


def ailments(stage: Stage) -> set[str]:
    """The reasons for which the hub says that it is not well; {"no-answer"} where it says nothing."""
    try:
        with urllib.request.urlopen(f"{stage.url}/api/v1/health", timeout=5) as answer:
            found = json.load(answer)
    except urllib.error.HTTPError as error:
        found = json.loads(error.read())
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return {"no-answer"}
    return {one["reason"] for one in found["ailments"]}


def answers(stage: Stage, deadline_s: float = 40.0) -> None:
    """Wait until the hub answers at all, well or not."""
    wait_for(lambda: "no-answer" not in ailments(stage), f"the hub answers\n{logs(stage)}", deadline_s)


def quarantined(data_dir: Path) -> list[tuple[str, bytes]]:
    """Reason and bytes of every row of the quarantine, in order."""
    with sqlite3.connect(f"file:{data_dir / 'ledger.db'}?mode=ro", uri=True) as db:
        return [(reason, bytes(raw)) for reason, raw in db.execute("SELECT reason, raw FROM quarantine ORDER BY id")]


def larder_hub(stage: Stage, *words: str) -> subprocess.CompletedProcess[str]:
    """A `larder hub` command beside the stage."""
    argv = [sys.executable, "-m", "larder_cli.main", "hub", *words, "--config", str(stage.plan.hub_file)]
    return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)


def second_hub(config: Path, log: Path) -> "subprocess.Popen[bytes]":
    """One more hub process, with another configuration; the caller ends it."""
    return start_child([sys.executable, "-m", "larder_cli.main", "hub", "run", "--config", config], log=log)
