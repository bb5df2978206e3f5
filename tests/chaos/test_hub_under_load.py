"""A hub whose parts hang, whose SMS do not leave, that one device floods: rows 44, 48, 51 and 56."""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from larder_cli.demo.stage import Stage
from larder_core.names import Address
from tests.chaos.hubs import ailments, answers, sabotage
from tests.chaos.measures import balanced, hub_metric, percentile, watch
from tests.chaos.rows import row
from tests.support.gammu import GammuSmsd
from tests.support.mqtt import MqttClient
from tests.support.stages import drained, grows, logs, staged, stored
from tests.support.waiting import wait_for

pytestmark = pytest.mark.process
Show = Callable[[str, object], None]
EAST = Address("632224", "east", "east-box")


@row(44, "a projection hangs", injection="the series' thread, then the alarms' one, waits for ever in apply",
     expected="the ledger and the receipts go on; the lag shows; it catches up", metric="larder_projection_lag")  # fmt: skip
@pytest.mark.parametrize("name", ["series", "alarms"])
def test_a_projection_that_hangs_leaves_the_ledger_alone(tmp_path: Path, name: str, record_property: Show) -> None:
    hung = tmp_path / "hung"
    with staged(tmp_path / "stage", "nats") as stage:
        grows(stage, 20)
        hung.touch()
        sabotage(stage, f"stall-{name}={hung}")
        answers(stage)
        grows(stage, 150)
        lag = hub_metric(stage, "larder_projection_lag", projection=name)
        record_property("lag_rows", int(lag))
        other = {"series": "alarms", "alarms": "series"}[name]
        assert lag >= 5
        wait_for(lambda: hub_metric(stage, "larder_projection_lag", projection=other) < 5, f"{other} keeps up", 10)
        hung.unlink()
        wait_for(lambda: hub_metric(stage, "larder_projection_lag", projection=name) <= 2, "it catches up", 20)
        balanced(stage)


@row(56, "the ingest thread hangs", injection="it waits for ever in settle",
     expected="shown at once as age, as an ailment after 30 s; a restart by watchdog is still to come",
     metric="larder_ingest_turn_age_seconds")  # fmt: skip
def test_an_ingest_thread_that_hangs_is_shown(tmp_path: Path, record_property: Show) -> None:
    hung = tmp_path / "hung"
    with staged(tmp_path / "stage", "nats") as stage:
        grows(stage, 20)
        sabotage(stage, f"stall-ingest={hung}")
        answers(stage)
        grows(stage, 20)
        assert hub_metric(stage, "larder_ingest_turn_age_seconds") < 2
        hung.touch()
        before = stored(stage)
        wait_for(lambda: "ingest-stuck" in ailments(stage), "it is said", 40)
        record_property("turn_age_s", round(hub_metric(stage, "larder_ingest_turn_age_seconds"), 1))
        assert stored(stage) - before <= 100, "nothing is receipted meanwhile"
        hung.unlink()
        wait_for(lambda: not ailments(stage), f"it is well again\n{logs(stage)}", 15)
        balanced(stage)


@contextmanager
def flood(client: MqttClient, topic: str) -> Iterator[list[int]]:
    """Rubbish as fast as one client can; yields how many were sent so far."""
    sent, stop = [0], threading.Event()

    def pour() -> None:
        while not stop.is_set():
            for _ in range(200):
                client.flood(topic, b"rubbish %d " % sent[0] + b"x" * 400)
                sent[0] += 1
            stop.wait(0.001)

    thread = threading.Thread(target=pour, daemon=True)
    thread.start()
    try:
        yield sent
    finally:
        stop.set()
        thread.join(10)


@row(48, "flood by one device", injection="rubbish under east-box's name as fast as one client can, for 10 s",
     expected="the other device's readings arrive as fresh as before; what is kept of the rubbish is bounded",
     metric="p99 age of west-box's readings, seconds")  # fmt: skip
def test_a_flood_by_one_device_delays_itself_alone(tmp_path: Path, record_property: Show) -> None:
    """[H11] [H12]"""
    with staged(tmp_path, "mosquitto") as stage:
        grows(stage, 40)

        def ages() -> list[float]:
            now = stage.ask("now")
            sites = [site for site in now["sites"] if site["id"] == "west"] if now else []
            points = [point for site in sites for place in site["places"] for point in place["points"]]
            return [one["age_ms"] / 1000 for one in points if one["quantity"] == "temperature" and one["age_ms"]]

        calm = [age for _ in watch(5) for age in ages()]
        with (
            MqttClient(stage.broker, EAST.device, client_id="flood") as client,
            flood(client, EAST.topic("entry")) as sent,
        ):
            began, before = time.monotonic(), seen(stage)
            loud = [age for _ in watch(10) for age in ages()]
            rate = (seen(stage) - before) / (time.monotonic() - began)
            assert sent[0] > 1000
        record_property("reached_the_hub", f"{rate:.0f}/s")
        record_property("p99_calm_s", round(percentile(calm, 0.99), 2))
        record_property("p99_flood_s", round(percentile(loud, 0.99), 2))
        assert rate > 300, "a flood is more than a device ever says"
        assert percentile(loud, 0.99) < percentile(calm, 0.99) + 3
        wait_for(
            lambda: hub_metric(stage, "larder_quarantine_excess_total", kept="count") > 0, "it is only counted now"
        )
        books = drained(stage)
    assert books.good and books.held == 0, f"{books}\n{logs(stage)}"
    assert 0 < books.quarantined <= 1_100


def seen(stage: Stage) -> float:
    """Entry payloads that reached the hub: taken, or put down because their device had too many waiting."""
    taken = hub_metric(stage, "larder_payloads_total", channel="entry")
    return taken + hub_metric(stage, "larder_flooded_total")


@row(51, "the SMS gateway fails", injection="gammu-smsd-inject ends with an error until it is repaired",
     expected="tried again with growing pauses; the message leaves once", metric="larder_notice_retries_total")  # fmt: skip
def test_a_failing_gateway_is_tried_again(tmp_path: Path, gammu: GammuSmsd, record_property: Show) -> None:
    broken = tmp_path / "broken"
    broken.touch()
    real = shutil.which("gammu-smsd-inject")
    (tmp_path / "bin").mkdir()
    inject = tmp_path / "bin" / "gammu-smsd-inject"
    inject.write_text(f'#!/bin/sh\n[ -e {broken} ] && {{ echo "no modem" >&2; exit 1; }}\nexec {real} "$@"\n')
    inject.chmod(0o755)
    env = {"hub": {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}}
    sms = {"driver": "gammu-smsd", "gammu_config": str(gammu.config)}
    with staged(tmp_path / "stage", "nats", sms=sms, env=env, settings={"hub": {"delivery_s": 1.0}}) as stage:
        grows(stage, 20)
        stage.kill("agent")
        retries = wait_for(lambda: hub_metric(stage, "larder_notice_retries_total"), f"retries\n{logs(stage)}", 40)
        broken.unlink()
        wait_for(lambda: hub_metric(stage, "larder_notices_total", outcome="sent") >= 1, f"sent\n{logs(stage)}", 40)
        record_property("retries", int(retries))
        numbers = [(sms.number, sms.text) for sms in gammu.sent()]
        assert len(numbers) == len(set(numbers)) >= 1
