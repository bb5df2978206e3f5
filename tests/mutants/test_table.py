"""The table of mutants is whole, and a few of them are judged in every run; `make mutants` judges all."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants.judging import REPOSITORY
from tests.mutants.table import MUTANTS, WITHOUT

PROTOCOL = (REPOSITORY / "core" / "larder_core" / "PROTOCOL.md").read_text("utf-8")
RULES = set(re.findall(r"\*\*\[([A-Z0-9-]+)\]\*\*", PROTOCOL))

EVERY_RUN = (
    "lost_hashes_forgotten", "generation_ignored", "receipt_with_highest_only", "adoption_nested", "prune_under_any_hash",
    "links_not_compared", "loss_bridges_held_bodies", "safe_over_point_being_taken", "registry_after_the_receipt", "line_unproven",
)  # fmt: skip
"""Of each part of the protocol one whose killers take a moment."""


def python(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words], cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=240
    )


def test_every_rule_has_a_mutant_or_a_reason() -> None:
    with_mutants = {mutant.rule for mutant in MUTANTS.values()}
    assert with_mutants | WITHOUT.keys() == RULES
    assert not with_mutants & WITHOUT.keys(), "a rule with a mutant needs no reason"
    assert all(len(why) > 40 for why in WITHOUT.values())


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_replaces_something_and_has_somebody_to_notice_it(name: str) -> None:
    mutant = MUTANTS[name]
    assert getattr(mutant.target, mutant.name) is not None
    assert mutant.killers or mutant.seeds or mutant.survives
    assert all((REPOSITORY / "tests" / killer.partition("::")[0]).exists() for killer in mutant.killers)


def test_every_killer_is_a_test() -> None:
    """pytest ends with 4 where a node id names nothing."""
    killers = sorted({f"tests/{killer}" for mutant in MUTANTS.values() for killer in mutant.killers})
    done = python("-m", "pytest", "-q", "--collect-only", "-p", "no:cacheprovider", *killers)
    assert done.returncode == 0, done.stdout[-3000:]


def test_some_mutants_are_killed_in_every_run() -> None:
    done = python("-m", "tests.mutants", *EVERY_RUN)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(EVERY_RUN)} of {len(EVERY_RUN)} mutants killed" in done.stdout


HARMLESS = """
from tests.mutants import judging
from tests.mutants.mutant import Mutant
judging.MUTANTS["harmless"] = Mutant("A6", "", judging.MUTANTS["prune_under_any_hash"].target, "prune", lambda original: original,
                                     judging.MUTANTS["prune_under_any_hash"].killers)
print([verdict.by for verdict in judging.in_forks(judging.judge, ["harmless", "prune_under_any_hash"])])
"""


def test_a_mutant_that_changes_nothing_survives(tmp_path: Path) -> None:
    done = python("-c", HARMLESS)
    killer = MUTANTS["prune_under_any_hash"].killers[0]
    assert done.stdout.strip() == str(["", killer]), done.stdout + done.stderr
