"""How far the wall clock can be trusted."""

import re

import pytest

from larder_agent.clock import Discipline, KernelClock, LastSync, judge, moment

NOW = 1_790_000_000_000


@pytest.mark.parametrize(
    ("discipline", "wall", "last", "state"),
    [
        (Discipline(True, 12_345), NOW, None, ("synced", 13)),
        (Discipline(True, 0), NOW, None, ("synced", 0)),
        # 500 ppm of an hour is 1.8 s
        (Discipline(False, 16_000_000), NOW, LastSync(up=400_000, error=10), ("holdover", 1_810)),
        (Discipline(False, 16_000_000), NOW, None, ("restored", None)),
        (Discipline(False, 16_000_000), 5_000, None, ("unset", None)),
    ],
)
def test_states(discipline: Discipline, wall: int, last: LastSync | None, state: object) -> None:
    assert judge(discipline, wall, 4_000_000, last)[0] == state


def test_what_was_synced_once_is_remembered() -> None:
    _, last = judge(Discipline(True, 2_000), NOW, 1_000, None)
    assert last == LastSync(1_000, 2)
    assert judge(Discipline(False, 0), NOW, 2_001_000, last) == (("holdover", 1_002), last)


def test_the_machines_clock_can_be_sealed() -> None:
    """[W-CONTENT]"""
    clock = KernelClock()
    first, second = moment(clock), moment(clock)
    assert re.fullmatch("[0-9a-f]{8}", first.boot)
    assert second.up >= first.up > 0
    assert first.clock[0] in ("unset", "restored", "synced", "holdover")
    assert first.boot == KernelClock().boot_id
