"""All devices of a county at once: gone with the power, and back with it. Rows 49 and 50, with twelve devices."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from larder_cli.demo.plan import Pace
from larder_cli.demo.stage import Stage
from tests.chaos.lines import SHORT_KEEPALIVE, proxied
from tests.chaos.measures import balanced, counts
from tests.chaos.proxy import Proxy
from tests.chaos.rows import row
from tests.support.stages import grows, logs
from tests.support.waiting import wait_for

pytestmark = pytest.mark.process
Show = Callable[[str, object], None]
DEVICES = 12
SCALE = 240.0
"""Half an hour of silence is 7.5 s."""

HEAD = """
[world]
county = "632224"
name_zh = "刚察县"
name_en = "Gangcha County"
base_port = 16100
local_start = "11:00"
"""
SITE = """
[[site]]
id = "site-{n}"
kind = "canteen"
name_zh = "食堂{n}"
name_en = "Canteen {n}"
person = {{ id = "cook-{n}", name_zh = "厨{n}", name_en = "Cook {n}", phone = "+86139000002{n:02}" }}
  [[site.room]]
  id = "kitchen"
  mean_c = 24.5
  swing_c = 2.5
  rh_percent = 35.0
  [[site.device]]
  id = "box-{n}"
  [[site.place]]
  id = "fridge"
  device = "box-{n}"
  name_zh = "冷藏柜"
  name_en = "Fridge"
  model = "fridge"
  room = "kitchen"
  read = {{ via = "onewire", rom = "28-6c0ccd3a00{n:02}" }}
  period_s = 0.5
  profile = "fridge.food"
"""


@contextmanager
def county(folder: Path) -> Iterator[tuple[Stage, Proxy]]:
    """Twelve canteens of one box each, their agents behind a proxy."""
    world = folder / "county.toml"
    world.write_text(HEAD + "".join(SITE.format(n=n) for n in range(1, DEVICES + 1)), encoding="utf-8")
    pace = Pace(seal_after_s=1.0, heartbeat_s=1.0, resend_after_s=3.0)
    with proxied(
        folder / "stage", "nats", "agent", world=world, scale=SCALE, settings=SHORT_KEEPALIVE, pace=pace
    ) as stage_and_proxy:
        grows(stage_and_proxy[0], 2 * DEVICES)
        yield stage_and_proxy


def told(stage: Stage) -> list[dict[str, Any]]:
    """Messages that say that devices are silent: of one device, or of many in one."""
    asked = stage.ask("notices")
    return [one for one in asked["notices"] if one["kind"] in ("offline", "digest")] if asked else []


@row(49, "all canteens without power at once", injection="SIGSTOP of twelve devices", expected="one message to a person, not twelve",
     metric="alarms of silence by device, notices by recipient")  # fmt: skip
def test_twelve_devices_gone_at_once(tmp_path: Path, record_property: Show) -> None:
    with county(tmp_path) as (stage, _):
        stage.pause("agent")

        def silent() -> set[str]:
            asked = stage.ask("alarms")
            return {one["device"] for one in asked["alarms"] if one["kind"] == "silence"} if asked else set()

        wait_for(lambda: len(silent()) == DEVICES, "a row for every device", 30)
        wait_for(lambda: any(one["kind"] == "digest" for one in told(stage)), "the county is told", 30)
        people = Counter(one["recipient"] for one in told(stage))
        record_property("silent", len(silent()))
        record_property("notices", dict(Counter(one["kind"] for one in told(stage))))
        record_property("most_to_one_person", max(people.values()))
        digests = Counter(one["recipient"] for one in told(stage) if one["kind"] == "digest")
        assert max(digests.values()) == 1 and len(told(stage)) < 2 * DEVICES, people
        assert max(people.values()) <= 3, "the first two, before it is a storm, and the one for all"
        stage.resume("agent")
        balanced(stage)


@row(50, "all canteens back at once", injection="SIGCONT of twelve devices whose connections have ended",
     expected="they come back spread over time, none is refused",
     metric="connections a second at most, connect_failures.not-authorized, stored = produced")  # fmt: skip
def test_twelve_devices_back_at_once(tmp_path: Path, record_property: Show) -> None:
    with county(tmp_path) as (stage, proxy):
        wait_for(lambda: counts(stage)["connects"] >= DEVICES, "every device has told that it is connected", 30)
        stage.pause("agent")
        wait_for(lambda: proxy.open == 0, "the broker gives every device up", 30)
        opened, connects = len(proxy.opened), counts(stage)["connects"]
        stage.resume("agent")
        wait_for(lambda: counts(stage)["connects"] >= connects + DEVICES, f"all are back\n{logs(stage)}", 30)
        back = sorted(proxy.opened[opened:])
        record_property("at_most_in_100_ms", max(sum(start <= one < start + 0.1 for one in back) for start in back))
        record_property("spread_s", round(back[-1] - back[0], 2))
        assert len(back) == DEVICES, "each needs one attempt"
        assert back[-1] - back[0] > 0.5
        began = time.monotonic()
        balanced(stage)
        record_property("drain_s", round(time.monotonic() - began, 1))
