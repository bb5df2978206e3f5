"""The device's wall clock is wrong, steps, or was never set: rows 18 to 21. The process alone sees it, the machine's is untouched."""

import random
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from larder_cli.demo.plan import Pace
from larder_cli.demo.stage import Stage
from larder_cli.reconcile.lines import Sealed, read_line
from tests.chaos.device_books import nothing_missing, one_box
from tests.chaos.measures import watch
from tests.chaos.other_machine import WallClock
from tests.chaos.rows import row
from tests.support.stages import grows, logs
from tests.support.waiting import wait_for

pytestmark = pytest.mark.process
Show = Callable[[str, object], None]
YEAR_S = 365 * 86_400


def contents(stage: Stage) -> list[dict[str, Any]]:
    """Of everything that the ledger counted, in the order of the stream's numbers."""
    with closing(sqlite3.connect(f"file:{stage.plan.data_dir / 'ledger.db'}?mode=ro", uri=True)) as db:
        lines = [
            line for (line,) in db.execute("SELECT e.line FROM counted c JOIN entry e ON e.id = c.entry ORDER BY e.n")
        ]
    return [read_line(line).content for line in lines]


def instants(batch: dict[str, Any]) -> dict[str, list[int]]:
    """When each point of a batch was read by the batch's own clock, in ms since 1970."""
    found: dict[str, list[int]] = {}
    for _, point, at in Sealed("", 0, "", "", batch).instants():
        found.setdefault(point, []).append(at)
    return found


def in_order(said: list[dict[str, Any]], show: Show) -> list[dict[str, Any]]:
    """The batches: numbers follow the time since boot, and inside a batch no reading is before the last one, nor far behind it."""
    inversions = sum(1 for one, two in pairwise(said) if two["boot"] == one["boot"] and two["up"] < one["up"])
    found = [one for one in said if one["kind"] == "batch"]
    steps = [after - before for one in found for at in instants(one).values() for before, after in pairwise(at)]
    show("order_inversions", inversions)
    show("negative_dt", sum(1 for step in steps if step < 0))
    assert inversions == 0
    assert all(0 <= step < 5_000 for step in steps), sorted(steps)[:3] + sorted(steps)[-3:]
    return found


def retimed(said: list[dict[str, Any]], began_ms: int) -> None:
    """[C2] By the last anchor, which is synced, every reading lies in the time of this test, and in order."""
    anchor = [one for one in said if one["kind"] == "event" and one["event"] == "clock-set"][-1]
    assert anchor["clock"][0] == "synced"
    times: dict[str, list[int]] = {}
    for one in (one for one in said if one["kind"] == "batch"):
        shift = (anchor["at"] - anchor["up"]) - (one["at"] - one["up"])
        for point, found in instants(one).items():
            times.setdefault(point, []).extend(at + shift for at in found)
    for found in times.values():
        assert found == sorted(found)
        assert began_ms - 1_000 <= found[0] and found[-1] <= time.time_ns() // 1_000_000 + 1_000


def states(batches: list[dict[str, Any]]) -> Counter[str]:
    return Counter(one["clock"][0] for one in batches)


def clock_sets(said: list[dict[str, Any]]) -> list[int]:
    """By how many ms the device says that its clock was set, each time."""
    return [one["detail"]["step"] for one in said if one["kind"] == "event" and one["event"] == "clock-set"]


@row(18, "clock one year ahead, then one year behind", injection="shim: the wall clock steps +1 y, then -2 y, then NTP sets it",
     expected="order kept, each step said, all readings timed anew by the last anchor",
     metric="order_inversions=0, negative_dt=0, clock-set=3")  # fmt: skip
def test_a_clock_that_is_years_off(tmp_path: Path, record_property: Show) -> None:
    """[C1] [C2]"""
    clock, began_ms = WallClock(tmp_path / "wall"), time.time_ns() // 1_000_000
    with one_box(tmp_path, env={"agent": clock.env}) as stage:
        grows(stage, 12)
        for years in (1, -2):
            clock.step(years * YEAR_S)
            grows(stage, 20)
        clock.set_by_ntp()
        grows(stage, 12)
        nothing_missing(stage)
        said = contents(stage)
    batches = in_order(said, record_property)
    record_property("states", dict(states(batches)))
    steps = [round(step / 1000 / YEAR_S, 2) for step in clock_sets(said)]
    record_property("clock_set_years", steps)
    assert steps == [1, -2, 1]
    retimed(said, began_ms)


@row(19, "boot in 1970, no NTP", injection="shim: the wall clock begins in 1970 and no NTP answers, over TLS; later NTP sets it",
     expected="it connects and collects, says unset, and the readings are timed anew by the anchor",
     metric="rows_unset_clock > 0, connected")  # fmt: skip
def test_a_board_without_a_battery_begins_in_1970(tmp_path: Path, record_property: Show) -> None:
    """[C1] [C2] No certificate is valid in 1970: their dates are not judged until the clock is set, and are judged from then on."""
    clock, began_ms = WallClock(tmp_path / "wall"), time.time_ns() // 1_000_000
    clock.show(datetime(1970, 1, 1, 0, 0, 30, tzinfo=UTC))
    with one_box(tmp_path, "mosquitto", env={"agent": clock.env}) as stage:
        grows(stage, 40)
        assert "not judged until it is set" in (tmp_path / "logs" / "agent.log").read_text()
        clock.set_by_ntp()
        grows(stage, 12)
        stage.kill("broker")
        stage.restart("broker")
        wait_for(
            lambda: "judged again" in (tmp_path / "logs" / "agent.log").read_text(), f"judged again\n{logs(stage)}", 30
        )
        grows(stage, 8)
        nothing_missing(stage)
        said = contents(stage)
    batches = in_order(said, record_property)
    found = states(batches)
    record_property(
        "rows_unset_clock",
        sum(len(at) for one in batches if one["clock"][0] == "unset" for at in instants(one).values()),
    )
    assert set(found) == {"unset", "synced"}
    assert all(
        at < 3_600_000
        for one in batches
        if one["clock"][0] == "unset"
        for found in instants(one).values()
        for at in found
    )
    retimed(said, began_ms)


@row(20, "clock steps in the middle of batches", injection="shim: ten steps of +300 or -300 s, batches of 1.5 s",
     expected="inside a batch time goes on by the clock since boot",
     metric="negative_dt=0, longest step inside a batch < 5 s")  # fmt: skip
def test_a_clock_that_steps_in_the_middle_of_batches(tmp_path: Path, record_property: Show) -> None:
    """[W-COLUMNS] [C1]"""
    clock, began_ms, dice = WallClock(tmp_path / "wall"), time.time_ns() // 1_000_000, random.Random(20)
    with one_box(tmp_path, env={"agent": clock.env}, pace=Pace(1.5, 0.5, 1.0)) as stage:
        grows(stage, 12)
        for step in (300, 300, -300, -300, -300, 300, 300, -300, 300, -300):
            clock.step(step + dice.uniform(0.2, 0.8))  # no instant comes twice
            for _ in watch(dice.uniform(0.3, 1.2)):
                pass
        clock.set_by_ntp()
        grows(stage, 20)
        nothing_missing(stage)
        said = contents(stage)
    in_order(said, record_property)
    record_property("clock_sets", len(clock_sets(said)))
    assert len(clock_sets(said)) >= 5
    retimed(said, began_ms)


@row(21, "daylight saving time ends", injection="TZ=America/New_York, shim: 01:59:56 local time on the night of the change",
     expected="everything is UTC: nothing repeats and nothing jumps",
     metric="negative_dt=0, span of instants = seconds run")  # fmt: skip
def test_a_change_to_winter_time_is_nothing(tmp_path: Path, record_property: Show) -> None:
    night = datetime(2026, 11, 1, 5, 59, 56, tzinfo=UTC)
    clock = WallClock(tmp_path / "wall")
    with one_box(tmp_path, env={"agent": clock.env | {"TZ": "America/New_York"}}) as stage:
        grows(stage, 8)
        stage.stop_program("agent")
        clock.show(night)
        stage.restart("agent")
        grows(stage, 20)
        wait_for(lambda: clock.now_ms() > night.timestamp() * 1000 + 6_000, "past two o'clock")
        grows(stage, 20)
        nothing_missing(stage)
        ended_ms = clock.now_ms()
        said = contents(stage)
    in_order(said, record_property)
    (step,) = clock_sets(said)
    after = said[next(at for at, one in enumerate(said) if one.get("event") == "clock-set") :]
    times = sorted(at for one in after if one["kind"] == "batch" for found in instants(one).values() for at in found)
    record_property("span_s", round((times[-1] - times[0]) / 1000, 1))
    assert step < 0, "the one step is the one into that night"
    assert night.timestamp() * 1000 <= times[0] < times[-1] <= ended_ms
    assert "2026-11-01T05:59:5" in (tmp_path / "logs" / "agent.log").read_text(), "the log speaks UTC too"
