"""A projection is carried from its own position to the end of the ledger, and refused where it is ahead of it."""

from collections.abc import Sequence
from pathlib import Path
from threading import Event

import pytest

from larder_core.names import Address
from larder_hub.ledger.reading import SqliteLedgerReader
from larder_hub.ledger.rows import LedgerRow
from larder_hub.metrics import Metrics
from larder_hub.projections.runner import AheadOfLedger, Bell, Runner
from tests.support.hubs import IntakeRig
from tests.support.speaker import Speaker

HOME = Address("632224", "minzhong", "minzhong-box")


class Recorded:
    """A projection that keeps what it was given."""

    name = "recorded"

    def __init__(self, position: int = 0) -> None:
        self.groups: list[list[int]] = []
        self._position = position

    def position(self) -> int:
        return self._position

    def apply(self, rows: Sequence[LedgerRow]) -> None:
        self.groups.append([row.position for row in rows])
        self._position = rows[-1].position

    def tick(self, now_ms: int) -> None: ...


def rig_with(tmp_path: Path, entries: int) -> tuple[IntakeRig, Speaker]:
    speaker = Speaker(HOME)
    rig = IntakeRig(tmp_path, speaker)
    for n in range(1, entries + 1):
        speaker.batch(n)
        rig.entry(speaker, speaker.message(n))
    return rig, speaker


def runner_of(rig: IntakeRig, projection: Recorded, metrics: Metrics) -> Runner:
    return Runner(projection, SqliteLedgerReader(rig.file), Bell(), metrics, lambda: 0, rows_at_once=3)


def test_rows_come_in_order_in_bounded_groups_each_once(tmp_path: Path) -> None:
    rig, speaker = rig_with(tmp_path, 8)
    projection, metrics = Recorded(), Metrics()
    runner = runner_of(rig, projection, metrics)
    runner.catch_up(Event())
    assert projection.groups == [[1, 2, 3], [4, 5, 6], [7, 8]]
    speaker.batch(9)
    rig.entry(speaker, speaker.message(9))
    runner.catch_up(Event())
    assert projection.groups[-1] == [9]
    assert metrics.registry.get_sample_value("larder_projection_position", {"projection": "recorded"}) == 9
    assert metrics.registry.get_sample_value("larder_ledger_head") == 9


def test_it_goes_on_from_its_own_position(tmp_path: Path) -> None:
    rig, _ = rig_with(tmp_path, 4)
    projection = Recorded(position=3)
    runner_of(rig, projection, Metrics()).catch_up(Event())
    assert projection.groups == [[4]]


def test_one_that_is_ahead_of_the_ledger_is_refused(tmp_path: Path) -> None:
    rig, _ = rig_with(tmp_path, 2)
    with pytest.raises(AheadOfLedger, match="rebuilt"):
        runner_of(rig, Recorded(position=5), Metrics()).catch_up(Event())
