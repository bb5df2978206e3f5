"""Real agents and a real hub under seeded faults, thousands of histories. [A1] to [A8], [H1] to [H10], [R3]."""

import os
import time
from pathlib import Path

import pytest

from tests.simulation.history import run, run_many, summary

SEEDS = int(os.environ.get("LARDER_SEEDS", "2000"))
KEPT = Path(__file__).parent / "seeds.txt"
"""Seeds that once failed, with what they found: run for ever."""


def test_no_seed_violates_an_invariant(capsys: pytest.CaptureFixture[str]) -> None:
    began = time.monotonic()
    outcomes = list(run_many(range(SEEDS)))
    with capsys.disabled():
        print(f"\n{summary(outcomes, time.monotonic() - began)}")
    assert len(outcomes) == SEEDS
    assert not [(one.seed, one.faults, one.violations[:3]) for one in outcomes if one.violations]


def test_every_fault_strikes_and_no_history_is_empty() -> None:
    outcomes = list(run_many(range(60)))
    struck = {fault for one in outcomes for fault in one.faults}
    assert struck == {"lost-commit", "ghost-commit", "agent-kill", "hub-kill", "broker-loss", "disconnect", "backup", "restore",
                      "wipe", "rollback", "clone", "poison", "image"}  # fmt: skip
    assert all(one.readings > 50 for one in outcomes)


def test_a_seed_repeats_itself_to_the_byte() -> None:
    for seed in (3, 17, 42):
        assert run(seed) == run(seed)


def kept_seeds() -> list[int]:
    lines = KEPT.read_text().splitlines()
    return [int(line.split()[0]) for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("seed", kept_seeds())
def test_a_seed_that_once_failed(seed: int) -> None:
    assert not run(seed, 500).violations
