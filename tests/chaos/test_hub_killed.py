"""The hub dies at the worst moments: rows 38, 39, 47 and 54."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from larder_core.names import Address
from tests.chaos.hubs import ailments, answers, died, quarantined, sabotage
from tests.chaos.measures import balanced, hub_metric
from tests.chaos.rows import row
from tests.support.mqtt import MqttClient
from tests.support.stages import drained, grows, logs, staged, stored
from tests.support.waiting import wait_for

pytestmark = pytest.mark.process
Show = Callable[[str, object], None]
EAST = Address("632224", "east", "east-box")


@row(38, "hub killed around COMMIT", injection="SIGKILL in SQLite's commit hook, or right after COMMIT, at 4 groups",
     expected="nothing lost; what was committed and not acknowledged comes twice and is stored once",
     metric="larder_entries_total{outcome=duplicate}")  # fmt: skip
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_hub_killed_before_or_after_the_commit(tmp_path: Path, moment: str, record_property: Show) -> None:
    """[H3] [H9]"""
    with staged(tmp_path, "mosquitto") as stage:
        for nth in (1, 2, 3, 5):
            sabotage(stage, f"die-{moment}-commit={nth}")
            assert "-9" in died(stage)
        stage.restart("hub")
        grows(stage, 30)
        duplicates = int(hub_metric(stage, "larder_entries_total", outcome="duplicate"))
        record_property("duplicates", duplicates)
        assert moment == "before" or duplicates >= 1, "what was committed last had no receipt: it comes again"
        balanced(stage)


@row(39, "hub killed between commit and SMS", injection="SIGKILL when the notice's begin is committed and nothing handed over",
     expected="after a restart the message leaves, once", metric="messages in the spool")  # fmt: skip
def test_a_hub_killed_between_the_commit_and_the_sms(tmp_path: Path, record_property: Show) -> None:
    with staged(tmp_path, "nats", settings={"hub": {"delivery_s": 1.0}}) as stage:
        grows(stage, 20)
        sabotage(stage, "die-before-sms")
        answers(stage)
        stage.kill("agent")
        assert "-9" in died(stage)
        spool = stage.plan.data_dir / "sms"
        assert not list(spool.glob("*.json")) and not list(spool.glob("*.txt"))
        stage.restart("hub")
        sent = wait_for(lambda: [one for one in stage.ask("notices")["notices"] if one["outcome"] == "sent"],
                        f"the message leaves\n{logs(stage)}", 30)  # fmt: skip
        record_property("sent", len(sent))
        told = [(one["alarm"], one["recipient"], one["kind"]) for one in stage.ask("notices")["notices"]]
        assert len(told) == len(set(told)), "nobody is told the same twice"
        files = [file for file in spool.iterdir() if file.is_file()]
        assert len({file.read_text("utf-8") for file in files}) == len(files) >= len(sent)


@row(47, "a payload that kills the hub", injection="SIGKILL whenever it is parsed, three starts in a row",
     expected="the fourth start sets it aside unread; the others' entries go on", metric="larder_poison_total, restarts")  # fmt: skip
def test_a_payload_that_kills_the_hub_is_set_aside_at_the_fourth_start(tmp_path: Path, record_property: Show) -> None:
    """[H14]"""
    with staged(tmp_path, "mosquitto") as stage:
        grows(stage, 20)
        sabotage(stage, "die-of=POISON-7f3a")
        answers(stage)
        grows(stage, 20)
        with MqttClient(stage.broker, EAST.device, client_id="intruder") as client:
            client.send(EAST.topic("entry"), b"POISON-7f3a")
            assert "-9" in died(stage)
        for _ in range(2):
            sabotage(stage, "die-of=POISON-7f3a")
            assert "-9" in died(stage), "it is redelivered, and kills again"
        began = time.monotonic()
        sabotage(stage, "die-of=POISON-7f3a")
        answers(stage)
        wait_for(lambda: hub_metric(stage, "larder_poison_total") >= 1, f"it is set aside\n{logs(stage)}", 30)
        record_property("set_aside_s", round(time.monotonic() - began, 1))
        grows(stage, 20)
        books = drained(stage)
    assert books.good and (books.held, books.quarantined) == (0, 1), f"{books}\n{logs(stage)}"
    assert quarantined(stage.plan.data_dir) == [("poison", b"POISON-7f3a")]


@row(54, "hub dead", injection="SIGKILL, then a restart as a supervisor does it",
     expected="agents hold what they take and refill it; the watcher outside is tests/acceptance/test_watch.py",
     metric="seconds until the backlog is stored", quick=True)  # fmt: skip
def test_a_dead_hub_is_refilled_when_it_is_started_again(tmp_path: Path, record_property: Show) -> None:
    with staged(tmp_path, "nats") as stage:
        grows(stage, 20)
        stage.kill("hub")
        assert ailments(stage) == {"no-answer"}
        held = wait_for(lambda: (held := stage.balance().held) > 50 and held, "agents hold what they take")
        began = time.monotonic()
        stage.restart("hub")
        wait_for(lambda: stored(stage) >= held, f"the backlog arrives\n{logs(stage)}")
        record_property("refill_s", round(time.monotonic() - began, 1))
        record_property("held", held)
        books = stage.balance()
        assert books.unexplained == 0 and not books.wrong
