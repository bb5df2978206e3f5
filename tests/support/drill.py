"""A restore drill with real processes, and the timeline of what happened in it."""

import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from larder_cli.demo.stage import Stage
from larder_cli.reconcile.balance import Balance
from tests.support.stages import drained, grows, logs, staged, stored
from tests.support.waiting import wait_for

SCALE = 3600.0
DAY_S = 24.0
"""A day of the simulated world, in seconds of ours."""


class Drill:
    """What an operator does to a hub, step by step, each noted with its time; `timeline()` draws the notes."""

    def __init__(self, name: str, stage: Stage, folder: Path) -> None:
        self.stage, self._name, self._folder = stage, name, folder
        self._began = time.monotonic()
        self._notes: list[tuple[float, str, str]] = []
        self.refill_s = 0.0

    def note(self, text: str, mark: str = "●") -> None:
        self._notes.append((time.monotonic() - self._began, mark, text))

    def timeline(self) -> str:
        lines = [f"恢复演练 / restore drill: {self._name}"]
        before = 0.0
        for at, mark, text in self._notes:
            lines += ["          │"] * min(3, int((at - before) / 5))
            lines.append(f"  {at:5.1f} s {mark}─ {text}")
            before = at
        return "\n".join(lines)

    # ---------------------------------------------------------------- steps

    def collect(self, readings: int) -> None:
        grows(self.stage, readings)
        self.note(f"{stored(self.stage)} readings in the ledger")

    def pass_a_day(self) -> None:
        """A day of the simulated world: wall time is all that it takes, and readings must come all the while."""
        before, until = stored(self.stage), time.monotonic() + DAY_S
        wait_for(lambda: time.monotonic() >= until, "a day", DAY_S + 5)
        assert stored(self.stage) > before + 100, logs(self.stage)
        self.note(f"a day later ({DAY_S:g} s at {SCALE:g} times): {stored(self.stage)} readings")

    def backup(self, name: str) -> int:
        """Taken beside the running hub; how many readings the ledger had just before."""
        before = stored(self.stage)
        self._hub("backup", "--to", str(self._folder / name))
        self.note(f"larder hub backup --to {name}: at least {before} readings", "▼")
        return before

    def lose_the_hub(self) -> None:
        """Its disk is gone, with ledger, alarms, register and key. The registry lies elsewhere, as it should."""
        self.stage.kill("hub")
        shutil.rmtree(self.stage.plan.data_dir)
        self.note("the hub's data directory is gone (rm -rf)", "✗")
        self.stage.plan.data_dir.mkdir()

    def restore(self, point: int) -> None:
        told = self._hub("restore", "--point", str(point))
        self.note(f"larder hub restore --point {point}: {told.strip().splitlines()[-1]}", "▲")
        self.stage.restart("hub")
        self.note(f"the hub is up with {stored(self.stage)} readings")

    def refill(self, readings: int) -> None:
        began = time.monotonic()
        wait_for(lambda: stored(self.stage) >= readings, f"the agents refill\n{logs(self.stage)}")
        self.refill_s = time.monotonic() - began
        self.note(f"the agents have sent the rest by themselves: {stored(self.stage)} readings ({self.refill_s:.1f} s)")

    def balance(self) -> Balance:
        books = drained(self.stage, 45)
        self.note(f"produced {books.produced} = stored {books.stored} + declared lost {books.declared_lost} + held {books.held}"
                  f", difference {books.difference}, unexplained {books.unexplained}", "■")  # fmt: skip
        return books

    def _hub(self, *words: str) -> str:
        argv = [sys.executable, "-m", "larder_cli.main", "hub", *words, "--config", str(self.stage.plan.hub_file)]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    # ---------------------------------------------------------------- the agents' side

    def lowest_held(self) -> dict[str, int]:
        """The lowest number that each agent's outbox holds."""
        found = {}
        for _, device in self.stage.plan.devices:
            with sqlite3.connect(f"file:{self.stage.plan.state_dir(device) / 'outbox.db'}?mode=ro", uri=True) as db:
                found[device] = int(db.execute("SELECT min(n) FROM entry").fetchone()[0] or 0)
        return found

    def agents_delete(self, beyond: dict[str, int], deadline_s: float = 30.0) -> None:
        """Wait until every agent has deleted beyond these numbers."""
        wait_for(lambda: all(n > beyond[device] for device, n in self.lowest_held().items()),
                 f"agents delete what is safe\n{logs(self.stage)}", deadline_s)  # fmt: skip
        self.note(f"the agents have deleted what is safe, up to {self.lowest_held()}")


@contextmanager
def drill(name: str, folder: Path) -> Iterator[Drill]:
    """The stage with its registry on another disk. The timeline is printed at the end, also of one that failed."""
    settings = {"hub": {"registry_dir": str(folder / "registry")}}
    with staged(folder / "stage", "nats", scale=SCALE, settings=settings) as stage:
        one = Drill(name, stage, folder)
        try:
            yield one
        finally:
            print("\n" + one.timeline())


def a_day_older(one: Drill) -> Balance:
    """Two points are registered, the younger a day old. The hub is lost and comes back from that."""
    one.collect(60)
    one.backup("older")
    one.collect(60)
    at_backup = one.backup("a-day-old")
    one.pass_a_day()
    before = stored(one.stage)
    one.lose_the_hub()
    one.restore(2)
    assert before > at_backup + 100, "a day is missing"
    one.refill(before)
    return one.balance()
