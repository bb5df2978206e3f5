"""What a device wrote, what the hub counted and what the simulator gave out: so a test can say exactly which of it may be missing.

An outbox keeps what is safe for seven days, so that here it holds every entry that the device ever sealed: two looks at it, before and
after a fault, are the whole record, and the ledger must have counted all of it but what the test names.
"""

import json
import shutil
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from larder_cli.demo.stage import Stage
from larder_cli.reconcile.ledger import HubBooks, read_ledger
from larder_cli.reconcile.lines import read_line
from tests.support.stages import WORLDS, drained, logs, staged
from tests.support.waiting import wait_for

SUPERVISOR = Path(__file__).parents[1] / "support" / "supervisor.py"
POLL = 4
"""Readings that one look at the gateway gives: what a process that ends may have been told and not yet written down."""


class Line(NamedTuple):
    stream: str
    n: int
    readings: int


Lines = dict[str, Line]
"""Entries by the hash of their line."""


@contextmanager
def one_box(folder: Path, kind: str = "nats", **words: Any) -> Iterator[Stage]:
    """A stage of one device with four points. The simulator's record of what it gave out lies in memory, on no disk of the agent's."""
    truth = Path(tempfile.mkdtemp(prefix="larder-truth-", dir="/dev/shm"))
    roots = {"sim": truth} | words.pop("roots", {})
    world = words.pop("world", WORLDS / "one_box.toml")
    try:
        with staged(folder, kind, world=world, roots=roots, **words) as stage:
            yield stage
    finally:
        shutil.rmtree(truth)


def box(stage: Stage) -> Path:
    """The state folder of the one device."""
    ((_, device),) = stage.plan.devices
    return stage.plan.state_dir(device)


# ---------------------------------------------------------------- the agent under a supervisor


def supervised(folder: Path, *inner: str) -> Sequence[str]:
    """A prefix for the agent: started again whenever it ends otherwise than asked. `inner` comes between."""
    return (sys.executable, str(SUPERVISOR), str(folder / "exits"), "--", *inner)


def exits(folder: Path) -> list[int]:
    """The exit codes so far; negative: the signal."""
    file = folder / "exits"
    return [int(line) for line in file.read_text().split()] if file.exists() else []


def counter(stage: Stage, name: str) -> int:
    """A counter of the agent's, as of its last heartbeat."""
    try:
        return int(json.loads((box(stage) / "metrics.json").read_text())["counts"].get(name, 0))
    except (OSError, ValueError):
        return 0


def ends(stage: Stage, deadline_s: float = 30.0) -> str:
    """Wait until the agent has ended by itself; how, with the end of its log."""

    def told() -> str | None:
        end = stage.ended()
        return end if end and end.startswith("agent") else None

    return wait_for(told, f"the agent ends\n{logs(stage)}", deadline_s)


# ---------------------------------------------------------------- the books


def sealed(*outboxes: Path) -> Lines:
    """Every line in these outbox files, those that adoptions carry too, by our own reading of them."""
    found: Lines = {}
    for file in outboxes:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
            for (line,) in db.execute("SELECT line FROM entry ORDER BY n"):
                _take(found, line)
    return found


def _take(found: Lines, line: bytes) -> None:
    entry = read_line(line)
    found[entry.hash] = Line(entry.stream, entry.n, entry.readings)
    for body in entry.content.get("adopted", []):
        _take(found, body.encode())


class Reckoning(NamedTuple):
    """`missing`: sealed by the device and not counted by the hub. `unkept`: readings given out by the simulator and in no entry."""

    hub: HubBooks
    missing: Lines
    unkept: int


def reckon(stage: Stage, before: Lines) -> Reckoning:
    """Drain everything, then compare: every entry counted is one that the device sealed, every value one that was given out."""
    books = drained(stage, 60)
    assert not books.wrong and not books.stored_twice and not books.readings_twice, f"{books}\n{logs(stage)}"
    assert books.quarantined == books.refused == 0, f"{books}\n{logs(stage)}"
    hub = read_ledger(stage.plan.data_dir / "ledger.db")
    written = before | sealed(box(stage) / "outbox.db")
    missing = {digest: line for digest, line in written.items() if digest not in hub.counted}
    assert not set(hub.counted) - set(written), "the hub counted entries that no device sealed"
    assert hub.readings == sum(line.readings for line in written.values()) - sum(
        line.readings for line in missing.values()
    )
    given, kept = given_out(stage), stored_values(stage)
    assert not kept - given, f"values that the simulator never gave out: {list((kept - given).items())[:5]}"
    return Reckoning(hub, missing, (given - kept).total())


def nothing_missing(stage: Stage, *, ends: int = 0, before: Mapping[str, Line] | None = None) -> Reckoning:
    """The books at the end: balanced to zero. `ends`: how often a process ended while it may have held one look at the gateway; the
    simulator itself ends once more, and may have put on record what then never left it."""
    found = reckon(stage, dict(before or {}))
    balance = stage.balance()
    assert balance.good and (balance.held, balance.declared_lost) == (0, 0), f"{balance}\n{logs(stage)}"
    assert found.missing == {}
    assert found.unkept <= POLL * (ends + 1), (
        f"{found.unkept} readings given out and not kept, by {ends} ends of the agent"
    )
    return found


def given_out(stage: Stage) -> Counter[tuple[str, int]]:
    """How often the simulator gave out each (point, scaled value), by its own record."""
    points = {
        (f"{site.id}/{point.place}", point.quantity): point.id
        for site, device in stage.plan.devices
        for point in site.points(device)
    }
    found: Counter[tuple[str, int]] = Counter()
    for line in (stage.plan.sim_dir / "truth.jsonl").read_text("utf-8").splitlines():
        one = json.loads(line)
        if one["kind"] == "served":
            found[points[one["place"], one["quantity"]], one["value"]] += 1
    return found


def batches(stage: Stage) -> Iterator[dict[str, Any]]:
    """The contents of all batches that the ledger counted, in the order in which it took them."""
    with closing(sqlite3.connect(f"file:{stage.plan.data_dir / 'ledger.db'}?mode=ro", uri=True)) as db:
        for (line,) in db.execute("SELECT e.line FROM counted c JOIN entry e ON e.id = c.entry ORDER BY e.id"):
            content = read_line(line).content
            if content["kind"] == "batch":
                yield content


def stored_values(stage: Stage) -> Counter[tuple[str, int]]:
    """How often each (point, scaled value) stands in the ledger."""
    found: Counter[tuple[str, int]] = Counter()
    for content in batches(stage):
        for point, _, _, _, changes in content["cols"]:
            value = 0
            for change in changes:
                if change is not None:
                    value += change
                    found[point, value] += 1
    return found
