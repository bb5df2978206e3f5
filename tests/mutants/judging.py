"""Whether a mutant is noticed: by its directed tests, else by histories of the simulation. Each in a process of its own.

The processes are forked from one that has imported the programs and no test: what costs a second is then done once.
"""

import importlib
import multiprocessing
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import NamedTuple, TypeVar

import pytest

from tests.mutants.mutant import Mutant, broken
from tests.mutants.table import MUTANTS

REPOSITORY = Path(__file__).resolve().parents[2]
ALWAYS_IMPORTED = ("larder_cli.broker", "larder_cli.main", "larder_hub.backups.points")
"""What pytest's plugins and our fixtures import in every run. None of it takes a function that a mutant replaces by its name."""

What = TypeVar("What")
Made = TypeVar("Made")


class Verdict(NamedTuple):
    """`by` names the first test that failed, or the seed and what its history violated; empty where the mutant survived."""

    name: str
    by: str
    seconds: float
    tried: str


class JudgingFailed(Exception):
    """A pytest that neither passed nor failed: the table or a killer is wrong, not the code."""


class Watch:
    """A plugin of pytest: which tests failed, and what came out."""

    def __init__(self) -> None:
        self.failed: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid.removeprefix("tests/"))


def run_tests(paths: Iterable[str], *options: str) -> list[str]:
    """Which of the tests fail, as node ids under tests/. Raises JudgingFailed.

    Only in a process of its own: test modules must be imported after the mutant, and are not to be used afterwards.
    """
    watch, out = Watch(), StringIO()
    words = ["-q", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-p", "tests.mutants.plugin", *options]
    words += ["-p", "no:unraisableexception"]  # broken code may leave a file open; that is no verdict
    with chdir(REPOSITORY), redirect_stdout(out), redirect_stderr(out):
        code = pytest.main([*words, *(f"tests/{path}" for path in paths)], plugins=[watch])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise JudgingFailed(f"pytest {' '.join(words)} ended with {code}\n{out.getvalue()[-3000:]}")
    return watch.failed


def by_tests(name: str) -> Verdict:
    """Killed when each of its killers has failed: one that does not notice is no killer, and stands in the table for nothing."""
    began, killers = time.monotonic(), MUTANTS[name].killers
    failed = run_tests(killers, "--mutant", name)
    asleep = [killer for killer in killers if not any(one.startswith(killer) for one in failed)]
    tried = f"(not noticed by {', '.join(asleep)})"
    return Verdict(name, "" if asleep else failed[0], time.monotonic() - began, tried)


def by_seeds(name: str, seeds: int) -> Verdict:
    from tests.simulation.history import run

    began = time.monotonic()
    with broken(MUTANTS[name]):
        for seed in range(seeds):
            try:
                found = run(seed).violations
            except Exception as error:  # noqa: BLE001  a mutant that makes the code fail loudly is noticed too
                found = (f"{type(error).__name__}: {error}",)
            if found:
                return Verdict(name, f"seed {seed}: {found[0]}", time.monotonic() - began, f"{seed + 1} seeds")
    return Verdict(name, "", time.monotonic() - began, f"{seeds} seeds")


def judge(name: str) -> Verdict:
    """By its directed tests where it has any, then by its seeds."""
    mutant = MUTANTS[name]
    verdict = by_tests(name) if mutant.killers else Verdict(name, "", 0.0, "no killers")
    return verdict if verdict.by or not mutant.seeds else by_seeds(name, mutant.seeds)


def without_mutant(killers: Iterable[str]) -> None:
    """They must pass over the code as it is. Raises JudgingFailed: else nothing that follows would mean anything."""
    if failed := run_tests(killers):
        raise JudgingFailed(f"killers fail without any mutant: {', '.join(failed)}")


def excused(mutant: Mutant) -> bool:
    return bool(mutant.survives)


def in_forks(work: Callable[[What], Made], what: Iterable[What]) -> Iterator[Made]:
    """`work` of each, in order, every one in a process that has done nothing else."""
    for name in ALWAYS_IMPORTED:
        importlib.import_module(name)
    with multiprocessing.get_context("fork").Pool(os.cpu_count(), maxtasksperchild=1) as pool:
        yield from pool.imap(work, what, chunksize=1)
