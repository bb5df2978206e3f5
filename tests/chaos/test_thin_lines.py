"""Packet loss, a thin line, a long cut and a dead name server, in a network namespace: rows 22, 23, 25, 27 and 29. Root only."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from larder_cli.demo.plan import Pace
from tests.chaos.lines import KEEPALIVE_S, SHORT_KEEPALIVE, remote
from tests.chaos.measures import ages_s, backlog, balanced, counts, percentile, resend_ratio, watch
from tests.chaos.rows import row
from tests.support.stages import grows, logs, stored
from tests.support.waiting import wait_for

pytestmark = pytest.mark.process
both = pytest.mark.parametrize("kind", ["nats", "mosquitto"])
Show = Callable[[str, object], None]


@row(22, "30 % packet loss", injection="nft: 30 of 100 packets dropped, each way", expected="throughput keeps up with the load",
     metric="backlog in readings, stored / taken")  # fmt: skip
@both
def test_a_lossy_line_keeps_up(tmp_path: Path, kind: str, record_property: Show) -> None:
    with remote(tmp_path, kind) as (stage, site, _):
        grows(stage, 20)
        site.lose(30)
        stored_before, taken_before = stored(stage), counts(stage)["readings"]
        behind = [backlog(stage) for _ in watch(20.0)]
        share = (stored(stage) - stored_before) / (counts(stage)["readings"] - taken_before)
        record_property("stored_share", round(share, 2))
        record_property("backlog_p99", percentile([float(one) for one in behind], 0.99))
        record_property("resend_ratio", round(resend_ratio(stage), 3))
        assert share > 0.5
        site.mend()
        balanced(stage)


@row(23, "64 kbit/s line", injection="tc tbf rate 64kbit, with a backlog", expected="the newest first, the backlog beside it",
     metric="age of the newest reading at the hub, p99, while the backlog drains")  # fmt: skip
@both
def test_on_a_thin_line_the_newest_comes_first(tmp_path: Path, kind: str, record_property: Show) -> None:
    calm = Pace(seal_after_s=1.0, heartbeat_s=3.0, resend_after_s=5.0)
    with remote(tmp_path, kind, pace=calm) as (stage, site, proxy):
        grows(stage, 20)
        proxy.lose("up", "down")
        wait_for(lambda: backlog(stage) > 600, f"a backlog\n{logs(stage)}", 30)
        site.limit(64)
        proxy.heal()
        before = stored(stage)
        wait_for(lambda: stored(stage) > before, f"something arrives\n{logs(stage)}", 20)
        ages: list[float] = []
        left = [backlog(stage)]
        for _ in watch(20.0, every_s=0.5):
            ages += ages_s(stage)
            left.append(backlog(stage))
        record_property("live_age_p99_s", round(percentile(ages, 0.99), 2))
        record_property("backlog", f"{left[0]} -> {left[-1]}")
        record_property("resend_ratio", round(resend_ratio(stage), 3))
        assert left[-1] < left[0]
        assert percentile(ages, 0.9) < 10
        site.unlimit()
        balanced(stage)


@row(25, "blackhole after CONNECT (half-open)", injection="nft: every packet dropped, both ways",
     expected="noticed within 1.5 x keepalive", metric="seconds until connect_failures, seconds until connected again")  # fmt: skip
def test_a_black_hole_is_noticed(tmp_path: Path, record_property: Show) -> None:
    with remote(tmp_path, "mosquitto", settings=SHORT_KEEPALIVE) as (stage, site, _):
        grows(stage, 20)
        began = time.monotonic()
        site.lose(100)
        timeout = "connect_failures.keep-alive-timeout"
        wait_for(lambda: counts(stage)[timeout] >= 2, f"agents notice {counts(stage)}", 4 * KEEPALIVE_S)
        noticed = time.monotonic() - began
        record_property("noticed_s", round(noticed, 1))
        site.mend()
        mended = time.monotonic()
        grows(stage, 20, 40)
        record_property("reconnect_s", round(time.monotonic() - mended, 1))
        balanced(stage)
        assert noticed <= 1.5 * KEEPALIVE_S + 1


@row(27, "72 h partition", injection="link down for 26 s in a world 9,900 times as fast",
     expected="drains without starving live data", metric="drained a second, age of the newest reading")  # fmt: skip
@both
def test_three_days_without_a_line(tmp_path: Path, kind: str, record_property: Show) -> None:
    scale = 9_900.0
    with remote(tmp_path, kind, scale=scale, settings=SHORT_KEEPALIVE) as (stage, site, _):
        grows(stage, 20)
        site.cut()
        began = time.monotonic()
        for passed in watch(40.0):
            if passed * scale >= 72 * 3600:
                break
        hours = (time.monotonic() - began) * scale / 3600
        held = stage.balance().held
        site.mend()
        before, mended = stored(stage), time.monotonic()
        wait_for(lambda: stored(stage) > before, f"the line is used again\n{logs(stage)}", 30)
        record_property("reconnect_s", round(time.monotonic() - mended, 1))
        wait_for(lambda: max(ages_s(stage), default=99) < 3, "fresh readings", 35)
        wait_for(lambda: stored(stage) >= before + held, f"the backlog of {held} arrives\n{logs(stage)}", 30)
        record_property("hours", round(hours))
        record_property("drained_per_s", round(held / (time.monotonic() - mended)))
        balanced(stage)
        assert hours >= 72


@row(29, "name server dead", injection="the broker's name no longer resolves, connections reset", expected="the last address is used",
     metric="connects while the name is dead, stored = produced")  # fmt: skip
def test_a_dead_name_server_does_not_cut_off_a_device(tmp_path: Path, record_property: Show) -> None:
    with remote(tmp_path, "mosquitto") as (stage, site, proxy):
        grows(stage, 20)
        site.believe(None)
        connects = counts(stage)["connects"]
        proxy.reset()
        wait_for(lambda: counts(stage)["connects"] >= connects + 2, f"connected without names\n{logs(stage)}", 25)
        grows(stage, 20)
        record_property("connects_without_names", counts(stage)["connects"] - connects)
        site.believe(site.here)
        balanced(stage)
