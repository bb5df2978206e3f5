"""Real agents and a real hub under seeded faults, thousands of histories. [A1] to [A8], [H1] to [H10], [R3]."""

import os
import time
from pathlib import Path
from unittest.mock import patch

import pytest

import tests.simulation.history
from tests.simulation.history import coverage, run, run_many, summary
from tests.simulation.sites import SITES

SEEDS = int(os.environ.get("LARDER_SEEDS", "2000"))
KEPT = Path(__file__).parent / "seeds.txt"
"""Seeds that once failed, with what they found: run for ever."""


def test_no_seed_violates_an_invariant_and_every_site_strikes(capsys: pytest.CaptureFixture[str]) -> None:
    began = time.monotonic()
    outcomes = list(run_many(range(SEEDS)))
    with capsys.disabled():
        print(f"\n{coverage(outcomes)}\n{summary(outcomes, time.monotonic() - began)}")
    assert len(outcomes) == SEEDS
    assert not [(one.seed, one.struck, one.violations[:3]) for one in outcomes if one.violations]
    assert all(one.readings > 50 for one in outcomes)
    assert not [name for name in SITES if not any(one.struck.get(name) for one in outcomes)]


def test_a_history_that_fails_in_the_code_itself_is_a_finding() -> None:
    with patch.object(tests.simulation.history, "violations", lambda *words: 1 // 0):
        outcome = run(1)
    assert outcome.violations[0].startswith("E ZeroDivisionError")


def test_a_seed_repeats_itself_to_the_byte() -> None:
    for seed in (3, 17, 42):
        assert run(seed) == run(seed)


def kept_seeds() -> list[int]:
    lines = KEPT.read_text().splitlines()
    return [int(line.split()[0]) for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("seed", kept_seeds())
def test_a_seed_that_once_failed(seed: int) -> None:
    assert not run(seed, 500).violations
