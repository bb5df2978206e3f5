"""Run one seed, or many on every core: `python -m tests.simulation.history --seeds 0 2000 --steps 150`."""

import argparse
import logging
import os
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import larder_agent.memory
from tests.simulation.invariants import honest, violations
from tests.simulation.sites import SITES
from tests.simulation.world import World

STEPS = 150


class Outcome(NamedTuple):
    """What became of a seed. `struck`: how often each site did. `trace` is the hash of all that agents heard and of every end of a
    process."""

    seed: int
    struck: dict[str, int]
    violations: tuple[str, ...]
    readings: int
    honest: int
    simulated_ms: int
    trace: str


def run(seed: int, steps: int = STEPS) -> Outcome:
    logging.disable(logging.CRITICAL)
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="larder-sim-", dir=memory if memory.is_dir() else None))
    try:
        with patch.object(larder_agent.memory, "give_back_freed", _kept):
            return _history(seed, steps, folder)
    except Exception as error:  # noqa: BLE001  the boundary of one history: whatever it is, it is a finding
        place = traceback.extract_tb(error.__traceback__)[-1]
        return Outcome(seed, {}, (f"E {type(error).__name__}: {error} ({place.name}:{place.lineno})",), 0, 0, 0, "")
    finally:
        shutil.rmtree(folder)


def _kept() -> None:
    """The agents of a history share a process with the hub: its memory is nobody's, and collecting it takes half of the time."""


def _history(seed: int, steps: int, folder: Path) -> Outcome:
    world = World(seed, folder)
    began = world.time.now_ms
    world.run(steps)
    drained = world.drain()
    found = tuple(violations(world, drained))
    outcome = Outcome(seed, dict(sorted(world.sites.struck.items())), found, len(world.truth.taken), len(honest(world)),
                      world.time.now_ms - began, world.truth.trace.hexdigest())  # fmt: skip
    world.close()
    return outcome


def run_many(seeds: range, steps: int = STEPS) -> Iterator[Outcome]:
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        yield from pool.map(run, seeds, [steps] * len(seeds), chunksize=8)


def summary(outcomes: list[Outcome], seconds: float) -> str:
    hours = sum(one.simulated_ms for one in outcomes) / 3_600_000
    bad = [one for one in outcomes if one.violations]
    return (f"{len(outcomes)} seeds, {len(bad)} violated, {sum(one.readings for one in outcomes):,} readings, "
            f"{sum(one.honest for one in outcomes)} entries lost with their disk before the hub heard of them, "
            f"{hours:,.0f} simulated hours, {len(outcomes) / seconds:.1f} seeds/s")  # fmt: skip


def coverage(outcomes: list[Outcome]) -> str:
    """Each site: in how many histories it struck, and how often."""
    width = max(map(len, SITES))
    lines = []
    for name, site in SITES.items():
        times = [one.struck.get(name, 0) for one in outcomes]
        lines.append(f"{name:<{width}} {sum(map(bool, times)):>6} histories {sum(times):>7} times  {site.what}")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", nargs=2, type=int, default=(0, 2000), metavar=("FIRST", "END"))
    parser.add_argument("--steps", type=int, default=STEPS)
    args = parser.parse_args()
    began, outcomes = time.monotonic(), []
    for outcome in run_many(range(*args.seeds), args.steps):
        outcomes.append(outcome)
        for text in outcome.violations:
            print(f"seed {outcome.seed} {','.join(outcome.struck)}: {text}")
        if sys.stderr.isatty() and len(outcomes) % 50 == 0:
            print(f"\r{len(outcomes)} seeds", end="", file=sys.stderr)
    print(coverage(outcomes))
    print(summary(outcomes, time.monotonic() - began))
    return int(any(one.violations for one in outcomes))


if __name__ == "__main__":
    sys.exit(main())
