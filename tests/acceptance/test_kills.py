"""kill -9 of any program at any moment, under load: nothing lost, nothing twice, nothing unexplained.

The books are balanced by the reconciler, which shares no code with agent or hub. `LARDER_KILLS` sets how many kills of each program
(30 here; `make chaos` takes hundreds).
"""

import os
import random
import threading
from pathlib import Path

import pytest

from larder_cli.demo.stage import Stage
from tests.support.stages import drained, grows, logs, staged, stored
from tests.support.waiting import wait_for

KILLS = int(os.environ.get("LARDER_KILLS", "30"))
SEED = int(os.environ.get("LARDER_SEED", "20261124"))

pytestmark = pytest.mark.process


def settle(stage: Stage, rng: random.Random) -> None:
    """Let the programs run for a random moment, whatever they are in the middle of."""
    threading.Event().wait(rng.uniform(0.0, 0.7))


@pytest.mark.parametrize(("kind", "share"), [("nats", 1.0), ("mosquitto", 0.34)])
def test_kill_9_of_agent_broker_and_hub_at_random_moments(tmp_path: Path, kind: str, share: float) -> None:
    """[A1] [A2] [A5] [H3] [H9]"""
    rng = random.Random(SEED)
    victims = ["agent", "broker", "hub"] * max(1, round(KILLS * share))
    rng.shuffle(victims)
    with staged(tmp_path, kind) as stage:
        grows(stage, 50)
        for count, victim in enumerate(victims, 1):
            settle(stage, rng)
            stage.kill(victim)
            settle(stage, rng)
            stage.restart(victim)
            if count % 10 == 0:
                grows(stage, 20)
        grows(stage, 50)
        books = drained(stage)
    assert books.good, f"{books}\n{logs(stage)}"
    assert books.stored == books.produced > 20 * len(victims) // 10
    assert (books.held, books.declared_lost, books.quarantined) == (0, 0, 0)


def test_both_ends_killed_at_once(tmp_path: Path) -> None:
    rng = random.Random(SEED)
    with staged(tmp_path, "nats") as stage:
        grows(stage, 30)
        for _ in range(3):
            settle(stage, rng)
            for name in ("agent", "broker", "hub"):
                stage.kill(name)
            for name in ("broker", "hub", "agent"):
                stage.restart(name)
        grows(stage, 30)
        books = drained(stage)
    assert books.good and books.held == 0, f"{books}\n{logs(stage)}"


@pytest.mark.parametrize("kind", ["nats", "mosquitto"])
def test_a_broker_that_loses_its_queue_loses_nothing(tmp_path: Path, kind: str) -> None:
    """[A5]: what it acknowledged and forgot, the agents still hold."""
    with staged(tmp_path, kind) as stage:
        grows(stage, 30)
        stage.kill("hub")
        wait_for(lambda: stage.balance().held > 30, "readings wait in the outboxes")
        stage.kill("broker")
        stores = [file for pattern in ("jetstream", "broker.db") for file in (tmp_path / "broker").rglob(pattern)]
        assert stores or kind == "mosquitto", (
            "Mosquitto has nothing on disk before its first save: the kill alone empties it"
        )
        for file in stores:
            remove(file)
        stage.restart("broker")
        stage.restart("hub")
        grows(stage, 30)
        books = drained(stage)
    assert books.good and books.held == 0, f"{books}\n{logs(stage)}"


def remove(path: Path) -> None:
    if path.is_dir():
        for below in path.iterdir():
            remove(below)
        path.rmdir()
    else:
        path.unlink()


def test_a_hub_that_stands_still_gets_everything_afterwards(tmp_path: Path) -> None:
    with staged(tmp_path, "nats") as stage:
        grows(stage, 30)
        before = stored(stage)
        stage.stop_program("hub")
        wait_for(lambda: stage.balance().held > 200, "a backlog of 200 readings", 60)
        stage.restart("hub")
        wait_for(lambda: stored(stage) >= before + 200, "the backlog arrives", 60)
        books = drained(stage)
    assert books.good and books.held == 0, f"{books}\n{logs(stage)}"
