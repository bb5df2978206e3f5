"""Random mixes of overlapping faults over the real processes, judged by an oracle that shares no code with them. Row 60.

    make chaos MIXES=20 SEED=7 ARGS="-k mixes -s"

A mix that fails prints its schedule; `SEED=<its seed> MIXES=1` plays it again (with other timing inside the programs).
"""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from larder_cli.reconcile.balance import Balance
from tests.chaos import oracle, records
from tests.chaos.arena import CONTROL, account, arena, boot_ms, drain
from tests.chaos.ground import Deeds
from tests.chaos.measures import hub_metric
from tests.chaos.nemesis import Nemesis
from tests.chaos.rows import row
from tests.chaos.schedule import Schedule, draw
from tests.support.stages import grows

pytestmark = pytest.mark.process
Show = Callable[[str, object], None]
MIXES = int(os.environ.get("LARDER_MIXES", "4"))
SEED = int(os.environ.get("LARDER_SEED", "20261124"))
KINDS = ("nats", "mosquitto")
TIMELY_MS = 15_000
"""A reading of the control is stored so long after it was taken, or after the outages that it met: pauses between connections are
up to 8 s, and the machine is shared."""
BACK_OFF = 1.3
"""What was lost with the broker's queue is sent again when as much time has passed as since its first sending, and a quarter [A5]."""


@row(60, "a random mix of overlapping faults, no root", injection="one seed of 6 s",
     expected="each reading stored once, or declared", metric="oracle, larder reconcile", quick=True)  # fmt: skip
def test_a_quick_mix(tmp_path: Path, record_property: Show) -> None:
    """[A5] [H3] [H8] [H9]"""
    play(tmp_path, "nats", draw(SEED, length_s=(6.0, 6.0), root=False, cards=False, every_s=0.75), record_property)


@row(60, "random mixes of overlapping faults", injection="MIXES seeds of 30 to 60 s, each a schedule of its own",
     expected="every reading stored once, or declared, or held; what a lost card took is told; the control complete",
     metric="oracle, larder reconcile, larder account")  # fmt: skip
@pytest.mark.parametrize("place", range(MIXES))
def test_mixes(tmp_path: Path, place: int, record_property: Show) -> None:
    """[A1] [A2] [A5] [A6] [A7] [A8] [A10] [C1] [H3] [H4] [H7] [H8] [H9] [H10] [H11] [R3]"""
    seed = SEED + place
    play(tmp_path, KINDS[seed % 2], draw(seed), record_property)


def play(folder: Path, kind: str, schedule: Schedule, show: Show) -> None:
    began = time.monotonic()
    print(f"\n{kind}, {schedule}", flush=True)
    try:
        shown = run(folder, kind, schedule)
    except AssertionError as error:
        print(f"FAILED seed {schedule.seed}: {str(error)[:3000]}", flush=True)
        raise
    shown["seconds"] = round(time.monotonic() - began)
    print(json.dumps(shown), flush=True)
    for name, value in shown.items():
        show(name, value)


def run(folder: Path, kind: str, schedule: Schedule) -> dict[str, object]:
    with arena(folder, kind, schedule.seed, disks=any(one.fault.root for one in schedule.strikes)) as where:
        booted = boot_ms()
        grows(where.stage, 20)
        deeds = Nemesis(where, schedule).play()
        duplicates = hub_metric(where.stage, "larder_entries_total", outcome="duplicate")
        books = drain(where)
        told = account(where.stage)
        given = records.truth(where.stage.plan.sim_dir / "truth.jsonl", booted, where.points)
        held = records.ledger(where.stage.plan.data_dir / "ledger.db")
    verdict = oracle.judge(given, held, deeds.cards)
    assert not verdict.wrong, "\n".join([*verdict.wrong[:20], str(schedule)])
    latest_ms = untouched(given, held, booted, deeds, schedule)
    if not deeds.cards:
        balanced(books, told, schedule)
    honest = explained(verdict, held, deeds, told, schedule)
    return {
        "seed": schedule.seed, "broker": kind, "struck": sum(deeds.struck.values()), "faults": dict(sorted(deeds.struck.items())),
        "produced": verdict.given, "stored": verdict.kept - verdict.nulls, "declared": verdict.declared,
        "untaken": verdict.untaken, "on_lost_cards": verdict.on_cards,
        "honest_entries": honest, "late": verdict.late, "null": verdict.nulls,
        "held": books.held, "duplicates": int(duplicates), "recoveries": deeds.recoveries, "refused": len(deeds.refusals),
        "idle": sum(deeds.idle.values()), "control_late_ms": latest_ms,
    }  # fmt: skip


def balanced(books: Balance, told: Any, schedule: Schedule) -> None:
    """No card was lost: nothing is held, twice, or unexplained, and the hub's account says the same."""
    assert books.good and books.held == 0, f"{books}\n{schedule}"
    assert (told["readings_stored"], told["readings_declared_lost"]) == (books.stored, books.declared_lost), (
        f"{books}\n{schedule}"
    )
    assert told["unexplained"] == told["awaited"] == 0, f"{told}\n{schedule}"


def untouched(
    given: dict[records.Point, list[records.Given]], held: records.Books, booted: int, deeds: Deeds, schedule: Schedule
) -> int:
    """The control's readings are all there, and none was late for another reason than that nobody could be told. By how much the
    latest was, in ms."""
    latest_ms = 0
    mine = [point for point in given if point[0] == CONTROL]
    assert len(mine) == 4
    for point in mine:
        values = [one for one in held.kept[point] if one.value is not None]
        nulls = len(held.kept[point]) - len(values)
        assert len(given[point]) - len(values) <= nulls, f"{point}: {given[point][-3:]} {values[-3:]}\n{schedule}"
        for one in values:
            taken = one.up_ms + booted
            due = heard(taken, deeds)
            late_ms = round(one.received_ms - taken - (due - taken) * BACK_OFF)
            latest_ms = max(latest_ms, late_ms)
            assert late_ms <= TIMELY_MS, f"{point}: {one}, due at {due}, is {late_ms} ms late\n{schedule}"
    return latest_ms


def heard(taken: int, deeds: Deeds) -> int:
    """When the hub could be told of a reading: after the outages that follow one another closely."""
    at = taken
    for begun, until in sorted(deeds.outages):
        if begun <= at + TIMELY_MS * 0.6:
            at = max(at, until)
    return at


def explained(verdict: oracle.Verdict, held: records.Books, deeds: Deeds, told: Any, schedule: Schedule) -> int:
    """What only a thrown card had: the account names its number, or the hub was never told of it. How many are of the latter."""
    named = {
        stream["stream"]: [
            tuple(one) for kind in ("unexplained", "unproven", "declared_lost") for one in stream[f"ranges_{kind}"]
        ]
        for stream in told["streams"]
    }
    announced = oracle.announced(held, deeds.cards)
    for stream, n, digest in sorted(verdict.card_bodies & announced):
        listed = any(first <= n <= last for first, last in named.get(stream, []))
        assert listed, f"{stream}/{n} {digest} was announced, was on a card only, and no account names it\n{schedule}"
    return len(verdict.card_bodies - announced)
