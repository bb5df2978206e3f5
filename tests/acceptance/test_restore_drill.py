"""The hub is lost and comes back from a backup; the agents bring the rest by themselves. `make drill` prints each step.

[H8] [R1] [R3]
"""

import sqlite3
from pathlib import Path

import pytest

from tests.support.drill import Drill, a_day_older, drill
from tests.support.stages import grows, keep_nothing, stored

pytestmark = pytest.mark.process


def generation(folder: Path) -> int:
    with sqlite3.connect(f"file:{folder / 'registry' / 'registry.db'}?mode=ro", uri=True) as db:
        return int(db.execute("SELECT n FROM generation").fetchone()[0])


def test_a_lost_hub_comes_back_a_day_older_and_is_refilled(tmp_path: Path) -> None:
    with drill("a hub is lost, its newest backup is a day old", tmp_path) as one:
        books = a_day_older(one)
        assert generation(tmp_path) == 2
    assert books.good and books.held == books.declared_lost == 0, f"{books}"
    assert books.stored == books.produced


def two_ages(one: Drill) -> None:
    """Two points of different age; the agents delete what both hold, the hub is lost, and the older comes back."""
    keep_nothing(one.stage)
    one.collect(60)
    one.backup("older")
    lowest = one.lowest_held()
    one.collect(150)
    one.backup("newer")
    one.agents_delete(lowest)
    grows(one.stage, 60)
    one.lose_the_hub()
    one.restore(1)
    grows(one.stage, 60)


def test_agents_keep_what_the_older_of_two_backups_lacks(tmp_path: Path) -> None:
    """[H8]: they have deleted what both backups hold, at once, and nothing more."""
    with drill("two backups, the older one is restored", tmp_path) as one:
        two_ages(one)
        books = one.balance()
    assert books.good and books.held == books.declared_lost == 0, f"{books}"
    assert books.stored == books.produced


def test_the_drill_would_notice_a_safe_that_looks_at_the_newest_backup_alone(tmp_path: Path) -> None:
    """The same steps with a hub that computes `safe` wrongly: readings between the two backups are gone, and the books say so."""
    with drill("the same with safe computed from the newest alone: it must fail", tmp_path) as one:
        one.stage.stop_program("hub")
        config = str(one.stage.plan.hub_file)
        one.stage._begin("hub", "tests.support.sabotaged_hub", "safe-of-newest", "run", "--config", config)
        one.stage._await("hub", lambda: one.stage.ask("health") is not None)
        two_ages(one)
        assert stored(one.stage) > 0
        one.stage.stop_program("sim")
        one.stage.stop_program("agent")
        books = one.stage.balance()
        one.note(f"difference {books.difference}: readings that nobody holds any more", "■")
    assert books.difference > 0 and not books.good, f"{books}"
