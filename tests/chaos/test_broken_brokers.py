"""A broker that dies, forgets, overflows, stands still or denies: rows 30 to 34."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from larder_cli.demo.stage import Stage
from tests.chaos.lines import KEEPALIVE_S, SHORT_KEEPALIVE, broker_forgets
from tests.chaos.measures import balanced, counts, hub_metric, watch
from tests.chaos.rows import row, row_over_both
from tests.support.brokers import MosquittoBroker
from tests.support.stages import grows, logs, staged
from tests.support.waiting import wait_for

pytestmark = pytest.mark.process
both = pytest.mark.parametrize("kind", ["nats", "mosquitto"])
Show = Callable[[str, object], None]


def mosquitto(stage: Stage) -> MosquittoBroker:
    assert isinstance(stage.broker, MosquittoBroker)
    return stage.broker


@row_over_both(30, "broker kill -9", injection="SIGKILL under load, started again", expected="sent again, nothing lost",
               metric="stored = produced")  # fmt: skip
def test_a_killed_broker_loses_nothing(tmp_path: Path, kind: str, record_property: Show) -> None:
    with staged(tmp_path, kind) as stage:
        grows(stage, 20)
        stage.kill("broker")
        stage.restart("broker")
        grows(stage, 20)
        books = balanced(stage)
        record_property("stored", books.stored)
        record_property("missing", books.produced - books.stored)


@row(31, "broker queue deleted", injection="kill -9 with a backlog in the queue, its store removed", expected="as a killed broker",
     metric="stored = produced, resent > 0")  # fmt: skip
@both
def test_a_broker_without_its_store_loses_nothing(tmp_path: Path, kind: str, record_property: Show) -> None:
    with staged(tmp_path, kind) as stage:
        grows(stage, 20)
        stage.stop_program("hub")
        sent = counts(stage)["sent"]
        wait_for(lambda: counts(stage)["sent"] >= sent + 10, "entries in the broker's queue", 30)
        broker_forgets(stage)
        stage.restart("broker")
        stage.restart("hub")
        grows(stage, 20)
        record_property("resent", counts(stage)["resent"])
        balanced(stage)


@row(32, "broker queue overflow", injection="queue of 10 messages, hub down", expected="what was dropped is sent again",
     metric="resent > 0, stored = produced")  # fmt: skip
def test_an_overflowing_queue_is_repaired(tmp_path: Path, record_property: Show) -> None:
    def small_queue(stage: Stage) -> None:
        broker = mosquitto(stage)
        file = broker.dir / "etc" / "mosquitto.conf"
        text = file.read_text().replace("max_queued_messages 20000", "max_queued_messages 10")
        assert "max_queued_messages 10" in text
        file.write_text(text.replace("max_inflight_messages 200", "max_inflight_messages 5"))
        broker.stop()
        broker.start()

    with staged(tmp_path, "mosquitto", arrange=small_queue) as stage:
        grows(stage, 20)
        stage.stop_program("hub")
        sent = counts(stage)["sent"]
        wait_for(lambda: counts(stage)["sent"] >= sent + 60, "more than the queue takes", 30)
        stage.restart("hub")
        grows(stage, 20)
        log = mosquitto(stage).log.read_text()
        assert "being dropped for client" in log, "the queue did overflow"
        wait_for(lambda: counts(stage)["resent"] > 0, "entries sent again")
        record_property("resent", counts(stage)["resent"])
        balanced(stage)


@row(33, "broker SIGSTOP", injection="SIGSTOP, then SIGCONT", expected="noticed within 1.5 x keepalive, connected again",
     metric="connect_failures, larder_broker_disconnects_total, seconds")  # fmt: skip
@both
def test_a_broker_that_stands_still_is_left(tmp_path: Path, kind: str, record_property: Show) -> None:
    with staged(tmp_path, kind, settings=SHORT_KEEPALIVE) as stage:
        grows(stage, 20)
        began = time.monotonic()
        stage.pause("broker")
        wait_for(lambda: hub_metric(stage, "larder_broker_disconnects_total") > 0, "the hub notices", 20)
        wait_for(
            lambda: counts(stage)["connect_failures.keep-alive-timeout"] >= 2, f"agents notice {counts(stage)}", 20
        )
        noticed = time.monotonic() - began
        stage.resume("broker")
        resumed = time.monotonic()
        grows(stage, 20)
        record_property("noticed_s", round(noticed, 1))
        record_property("reconnect_s", round(time.monotonic() - resumed, 1))
        balanced(stage)
        assert (
            noticed < 1.5 * KEEPALIVE_S + 2
        )  # the counter is written with the heartbeat, and a paused broker cannot be timed closer


@row(34, "broker's access list broken", injection="acl without the entries' line, SIGHUP",
     expected="the agent counts 0x87 and deletes nothing",
     metric="publish_refused.publish-not-authorized, pruned unchanged")  # fmt: skip
def test_a_denied_publish_is_noticed_and_nothing_deleted(tmp_path: Path, record_property: Show) -> None:
    with staged(tmp_path, "mosquitto") as stage:
        grows(stage, 20)
        acl = mosquitto(stage).dir / "etc" / "acl"
        whole = acl.read_text()
        acl.write_text("\n".join(line for line in whole.splitlines() if "%u/entry" not in line) + "\n")
        mosquitto(stage).reload()
        refused = "publish_refused.publish-not-authorized"
        wait_for(lambda: counts(stage)[refused] > 0, f"the refusal is counted\n{logs(stage)}")
        pruned = counts(stage)["pruned"]
        for _ in watch(3.0):
            assert counts(stage)["pruned"] <= pruned + 2, "only what was on its way"
        assert stage.balance().held > 0
        record_property(refused, counts(stage)[refused])
        assert "the broker refuses to publish: not-authorized" in (tmp_path / "logs" / "agent.log").read_text()
        acl.write_text(whole)
        mosquitto(stage).reload()
        grows(stage, 20)
        balanced(stage)
