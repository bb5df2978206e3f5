"""What living devices say now is judged before another's backlog, and leads to the same alarms and messages as in its turn."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from larder_hub.alarms.ahead import Ahead
from larder_hub.alarms.projection import AlarmProjection
from larder_hub.alarms.schema import open_alarms
from larder_hub.alarms.trial.case_file import read_cases
from larder_hub.alarms.trial.stage import Scene, scene
from larder_hub.ledger.rows import LedgerRow
from larder_hub.metrics import Metrics
from larder_hub.notices.texts import Letterhead

PHARMACY = "drug: {device: pharmacy, profile: drug.cold, starts: 300m, readings: 5.0x5 0.0x35}"
SCENES = {
    "oldest-first": "old: {device: old, profile: fridge.food, readings: [{readings: 4.0x300, arrives: 10m}, _x12, 4.0x28]}",
    "newest-first": "old: {device: old, profile: fridge.food, readings: [{readings: 4.0x300, arrives: 10m}, 4.0x40]}",
    "warm-between": "old: {device: old, profile: fridge.food, readings: [{readings: 4x100 13x100 4x100, arrives: 10m}, 4x40]}",
}
TABLES = {
    "alarm": "SELECT id, severity, condition, t0_ms, raised_ms, ended_ms, cleared_ms, value, peak, late FROM alarm ORDER BY id",
    "transition": "SELECT alarm, what, severity, at_ms, value, position FROM transition WHERE position IS NOT NULL ORDER BY 1, 4, 2",
    "notice": "SELECT reference, text FROM notice WHERE kind != 'offline' ORDER BY reference",
    "lane": "SELECT * FROM lane ORDER BY stream",
    "ahead": "SELECT * FROM ahead",
    "held": "SELECT stream, n FROM held",
    "point_state": "SELECT device, point, excursion, fault, last_any_ms FROM point_state ORDER BY 1, 2",
}


class Rows:
    """A ledger that holds all of these rows, or those up to a position."""

    def __init__(self, rows: Sequence[LedgerRow], head: int | None = None) -> None:
        self.rows = rows[:head]

    def after(self, position: int, limit: int) -> list[LedgerRow]:
        return list(self.rows[position : position + limit])

    def head(self) -> int:
        return len(self.rows)


def staged(folder: Path, name: str) -> Scene:
    file = folder / "case.yaml"
    file.write_text(
        f"tests: [{{name: x, points: {{{SCENES[name]}, {PHARMACY}}}, expect: {{alarms: []}}}}]", encoding="utf-8"
    )
    (case,) = read_cases(file)
    return scene(case.table, folder)


class Hub:
    def __init__(self, file: Path, stage: Scene) -> None:
        self.file, self.stage, self.metrics = file, stage, Metrics()
        self.restart()

    def restart(self) -> None:
        self.projection = AlarmProjection(self.file, lambda: self.stage.directory, 1.0, Letterhead(), self.metrics)
        self.projection.open()

    def close(self) -> dict[str, list[tuple[Any, ...]]]:
        self.projection.close()
        db = open_alarms(self.file)
        found = {table: db.execute(query).fetchall() for table, query in TABLES.items()}
        db.close()
        return found

    def raised(self) -> list[str]:
        db = open_alarms(self.file)
        found = [str(row[0]) for row in db.execute("SELECT device FROM alarm WHERE severity = 'critical'")]
        db.close()
        return found


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("at_once", [7, 50])
def test_the_same_comes_of_it_and_sooner(tmp_path: Path, name: str, restarts: bool, at_once: int) -> None:
    stage = staged(tmp_path, name)
    in_turn = Hub(tmp_path / "turn.db", stage)
    in_turn.projection.apply(stage.rows)
    hurried = Hub(tmp_path / "hurried.db", stage)
    for start in range(0, len(stage.rows), at_once):
        hurried.projection.apply(stage.rows[start : start + at_once])
        hurried.projection.hurry(Rows(stage.rows, min(len(stage.rows), start + 4 * at_once)))
        if restarts:
            hurried.projection.close()
            hurried.restart()
    assert (hurried.metrics.registry.get_sample_value("larder_alarms_ahead_total") or 0) >= (0 if restarts else 5)
    assert hurried.close() == in_turn.close()


@pytest.mark.parametrize("name", SCENES)
def test_a_living_device_does_not_wait_for_a_backlog(tmp_path: Path, name: str) -> None:
    stage = staged(tmp_path, name)
    hub = Hub(tmp_path / "alarms.db", stage)
    hub.projection.apply(stage.rows[:1])
    hub.projection.hurry(Rows(stage.rows))
    assert hub.raised() == ["pharmacy"]
    hub.projection.hurry(Rows(stage.rows))
    hub.close()


def row(position: int, device: str, n: int) -> LedgerRow:
    return LedgerRow(position, device, device, n, "", 0, b"")


def test_what_is_passed_is_older_or_goes_ahead_too() -> None:
    ahead = Ahead()
    asked: list[int] = []

    def live(one: LedgerRow) -> bool:
        asked.append(one.position)
        return one.position != 6

    rows = [
        row(1, "a", 3),
        row(2, "b", 5),
        row(3, "a", 9),
        row(4, "a", 4),
        row(5, "b", 6),
        row(6, "c", 1),
        row(7, "c", 2),
    ]
    chosen = ahead.chosen(rows, 0, {"a": 8, "b": 4, "c": 0}.__getitem__, live)
    assert [one.position for one in chosen] == [2, 3, 5]
    assert asked == [2, 3, 5, 6], "what has a lower number, and what stands behind a row that waits, is not even read"
    assert ahead.scanned == 7
    ahead.forget(7)
    assert [one.position for one in ahead.chosen([row(8, "c", 3)], 7, lambda _: 2, live)] == [8]
