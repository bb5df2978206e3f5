"""Connections that stall, break and go deaf between agents, hub and broker: rows 24, 25, 26 and 28."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from larder_cli.demo.plan import Pace
from tests.chaos.lines import KEEPALIVE_S, SHORT_KEEPALIVE, proxied
from tests.chaos.measures import backlog, balanced, counts, hub_metric, resend_ratio, watch
from tests.chaos.rows import row
from tests.support.stages import grows, logs, stored
from tests.support.waiting import wait_for

pytestmark = pytest.mark.process
both = pytest.mark.parametrize("kind", ["nats", "mosquitto"])
Show = Callable[[str, object], None]


@row(24, "round trip of 2 s", injection="proxy: 1 s each way", expected="no storm of duplicates",
     metric="sent / sent the first time < 1.2")  # fmt: skip
@both
def test_a_slow_round_trip_makes_nobody_say_things_twice(tmp_path: Path, kind: str, record_property: Show) -> None:
    with proxied(tmp_path, kind, "agent", pace=Pace(seal_after_s=0.3, heartbeat_s=0.5, resend_after_s=1.0)) as (
        stage,
        proxy,
    ):
        grows(stage, 20)
        proxy.delay_s = 1.0
        proxy.reset()
        grows(stage, 400, 50)
        wait_for(lambda: hub_metric(stage, "larder_entries_total") > 0, "the hub's metrics")
        ratio = resend_ratio(stage)
        record_property("resend_ratio", round(ratio, 3))
        assert ratio < 1.2, f"{counts(stage)}"
        proxy.delay_s = 0.0
        balanced(stage)


@row(25, "blackhole after CONNECT (half-open)", injection="proxy: bytes vanish, no FIN, no RST",
     expected="noticed within 1.5 x keepalive, connected again when the line is back",
     metric="seconds until connect_failures.keep-alive-timeout")  # fmt: skip
@both
def test_a_connection_that_died_silently_is_noticed(tmp_path: Path, kind: str, record_property: Show) -> None:
    with proxied(tmp_path, kind, "agent", settings=SHORT_KEEPALIVE) as (stage, proxy):
        grows(stage, 20)
        tries, began = len(proxy.opened), time.monotonic()
        proxy.lose("up", "down")
        devices = len(stage.plan.devices)
        wait_for(lambda: len(proxy.opened) >= tries + devices, f"new attempts\n{logs(stage)}", 4 * KEEPALIVE_S)
        noticed = time.monotonic() - began
        record_property("noticed_s", round(noticed, 1))
        proxy.heal()
        healed = time.monotonic()
        grows(stage, 20)
        record_property("reconnect_s", round(time.monotonic() - healed, 1))
        balanced(stage)
        # The new attempt comes after a pause of at most 2 s.
        assert noticed <= 1.5 * KEEPALIVE_S + 2


@row(25, "blackhole after CONNECT (half-open)", injection="proxy between hub and broker: bytes vanish",
     expected="the hub notices within 1.5 x keepalive and takes up its session again",
     metric="larder_broker_disconnects_total{reason}, larder_broker_connected")  # fmt: skip
def test_a_hub_whose_connection_died_silently_notices(tmp_path: Path, record_property: Show) -> None:
    with proxied(tmp_path, "mosquitto", "hub", settings=SHORT_KEEPALIVE) as (stage, proxy):
        grows(stage, 20)
        began = time.monotonic()
        proxy.lose("up", "down")
        wait_for(lambda: hub_metric(stage, "larder_broker_disconnects_total") > 0, "the hub notices", 4 * KEEPALIVE_S)
        noticed = time.monotonic() - began
        assert hub_metric(stage, "larder_broker_connected") == 0
        record_property("noticed_s", round(noticed, 1))
        proxy.heal()
        grows(stage, 20)
        assert hub_metric(stage, "larder_broker_connected") == 1
        balanced(stage)
        assert noticed <= 1.5 * KEEPALIVE_S + 2


@row(26, "RST every few seconds", injection="proxy: RST to both ends, each 1.5 s", expected="progress goes on",
     metric="readings stored a minute > 0, connects", quick=True)  # fmt: skip
def test_resets_do_not_stop_progress(tmp_path: Path, record_property: Show) -> None:
    with proxied(tmp_path, "nats", "agent", "hub") as (stage, proxy):
        grows(stage, 10)
        before, reset_at = stored(stage), 0.0
        for passed in watch(4.5):
            if passed - reset_at >= 1.5:
                reset_at = passed
                proxy.reset()
        record_property("resets", proxy.resets)
        record_property("stored_per_minute", round(60 / 4.5) * (stored(stage) - before))
        assert stored(stage) > before
        assert proxy.resets >= 3
        balanced(stage)


@row(26, "connections cut at any byte", injection="proxy: RST after 4,000 to 20,000 bytes up, seeded", expected="progress goes on",
     metric="readings stored > 0, proxy resets")  # fmt: skip
@both
def test_connections_cut_in_the_middle_of_a_message(tmp_path: Path, kind: str, record_property: Show) -> None:
    with proxied(tmp_path, kind, "agent", seed=26) as (stage, proxy):
        grows(stage, 10)
        proxy.cut_after = (4_000, 20_000)
        proxy.reset()
        wait_for(lambda: proxy.resets >= 6, "six connections cut", 40)
        grows(stage, 50, 40)
        record_property("cut", proxy.resets)
        record_property("resend_ratio", round(resend_ratio(stage), 3))
        proxy.cut_after = None
        proxy.reset()
        balanced(stage)


@row(28, "asymmetric partition", injection="proxy: to the hub all, from the hub nothing", expected="what comes twice counts once",
     metric="larder_entries_total{outcome=duplicate}, stored = produced", quick=True)  # fmt: skip
def test_lost_answers_double_nothing(tmp_path: Path, record_property: Show) -> None:
    with proxied(tmp_path, "nats", "hub") as (stage, proxy):
        grows(stage, 10)
        twice = hub_metric(stage, "larder_entries_total", outcome="duplicate")
        proxy.lose("up")
        wait_for(
            lambda: hub_metric(stage, "larder_entries_total", outcome="duplicate") > twice,
            "entries sent again while they arrive all the while",
            60,
        )
        proxy.heal()
        grows(stage, 10)
        record_property("duplicates", int(hub_metric(stage, "larder_entries_total", outcome="duplicate")))
        record_property("resent", counts(stage)["resent"])
        balanced(stage)


@row(28, "asymmetric partition", injection="proxy: from the agents all, to them nothing", expected="held, and counted once",
     metric="backlog of the agents, readings stored meanwhile, stored = produced")  # fmt: skip
@both
def test_agents_that_hear_nothing_hold_what_arrived(tmp_path: Path, kind: str, record_property: Show) -> None:
    with proxied(tmp_path, kind, "agent") as (stage, proxy):
        grows(stage, 10)
        proxy.lose("down")
        before = stored(stage)
        wait_for(lambda: stored(stage) >= before + 60, "readings arrive")
        wait_for(lambda: backlog(stage) >= 60, "agents hold them all the same")
        record_property("arrived_and_held", min(backlog(stage), stored(stage) - before))
        proxy.heal()
        balanced(stage)


@row(26, "a packet that is none", injection="proxy: a SUBACK cut short, to hub and agents",
     expected="both leave the connection and come again", metric="larder_broker_disconnects_total, connects",
     quick=True)  # fmt: skip
def test_a_broken_packet_makes_nobody_deaf(tmp_path: Path) -> None:
    with proxied(tmp_path, "nats", "hub", "agent") as (stage, proxy):
        grows(stage, 10)
        connects = counts(stage)["connects"]
        proxy.inject(b"\x90\x01\x00")
        wait_for(lambda: hub_metric(stage, "larder_broker_disconnects_total") > 0, f"the hub leaves\n{logs(stage)}")
        wait_for(lambda: counts(stage)["connects"] >= connects + 2, f"the agents come again\n{logs(stage)}")
        grows(stage, 10)
        balanced(stage)
