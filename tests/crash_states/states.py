"""States that a power cut could leave, thousands of them, each opened and checked.

`python -m tests.crash_states.states --states 20000`. A state is named by its program and number; with the same seed it is the same
moment and the same choice of writes, so that `--program agent --only 4711` looks at one again.
"""

import argparse
import logging
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import NamedTuple, Protocol, get_args

import apsw

from larder_agent.failures import AgentStopped
from larder_hub.failures import FileFailed
from tests.crash_states import agent_checks, hub_checks
from tests.crash_states.disk import CUTS, Cut, Disk
from tests.crash_states.findings import Finding, Kind
from tests.crash_states.operations import Data, Folder, Named, Operation, Removed, Renamed, Resize, Said, SyncFolder
from tests.crash_states.recorder import record

SEED = 21
MEMORY = Path("/dev/shm")
WEIGHTS: dict[Cut, int] = {"killed": 2, "nothing": 3, "some": 4, "torn-512": 5, "torn-4096": 3, "in-order": 4}

FLEETING = ("staging-", "metrics.json")
"""Files that come and go with every seal: their names alone make no turning point."""


class Promises(Protocol):
    def hear(self, said: Said) -> None: ...


class Program(NamedTuple):
    """A program that is recorded (`module`), its share of the states, what it promises and how that is checked:
    `check(folder, promises, killed)`."""

    module: str
    weight: int
    promises: Callable[[], Promises]
    check: Callable[[Path, Promises, bool], Iterator[Finding]]


PROGRAMS: dict[str, Program] = {
    "agent": Program("tests.crash_states.agent_run", 3, agent_checks.Promises, agent_checks.check),  # type: ignore[arg-type]
    "hub": Program("tests.crash_states.hub_run", 1, hub_checks.Promises, hub_checks.check),  # type: ignore[arg-type]
}


class State(NamedTuple):
    """The power goes right before operation `moment`."""

    number: int
    moment: int
    how: Cut


class Broken(NamedTuple):
    state: State
    findings: tuple[Finding, ...]


@dataclass
class Tally:
    """`torn`: states with at least one torn write; `dirty`: with at least one write that was not synced."""

    states: int = 0
    dirty: int = 0
    torn: int = 0
    cuts: Counter[str] = field(default_factory=Counter)
    broken: list[Broken] = field(default_factory=list)

    def kinds(self) -> Counter[str]:
        """Broken states by what is wrong with them; one may count under several."""
        return Counter(kind for one in self.broken for kind in {finding.kind for finding in one.findings})


def recorded(program: str, *words: str, folder: Path) -> list[Operation]:
    """The operations of one run, `words` being options of its module."""
    root = folder / "root"
    root.mkdir(parents=True)
    marker = folder / "said"
    command = [sys.executable, "-m", PROGRAMS[program].module, str(root), str(marker), *words]
    return record(command, root, marker, folder / "trace")


def turning_points(operations: Sequence[Operation]) -> list[int]:
    """Where something rare happens: names, checkpoints (writes to a database itself), truncations, losses and adoptions."""
    paths = {one.file: one.path for one in operations if isinstance(one, Named)}
    found = []
    for place, one in enumerate(operations):
        match one:
            case Folder() | SyncFolder() | Resize():
                found.append(place)
            case Named(path) | Removed(path) | Renamed(path):
                if not Path(path).name.startswith(FLEETING):
                    found.append(place)
            case Data(file) if paths[file].endswith(".db"):
                found.append(place)
            case Said(words) if words.get("rare"):
                found.append(place)
    return found


def drawn(operations: Sequence[Operation], numbers: range, seed: int) -> Iterator[State]:
    """Half of the moments anywhere, half around a turning point."""
    rare = turning_points(operations)
    for number in numbers:
        random = Random(f"{seed}/{number}")
        moment = random.randrange(len(operations) + 1)
        if random.random() < 0.5:
            moment = min(len(operations), max(0, random.choice(rare) + random.randint(-8, 8)))
        yield State(number, moment, random.choices(CUTS, [WEIGHTS[how] for how in CUTS])[0])


def examine(program: str, operations: Sequence[Operation], numbers: range, seed: int = SEED,
            progress: Callable[[Tally], None] = lambda tally: None) -> Tally:  # fmt: skip
    """Each state rebuilt from the recording, opened with the real code, and held against what had been promised by then."""
    logging.disable(logging.CRITICAL)
    of, tally, disk, done = PROGRAMS[program], Tally(), Disk(), 0
    promises = of.promises()
    scratch = Path(tempfile.mkdtemp(prefix="larder-crash-", dir=MEMORY if MEMORY.is_dir() else None))
    try:
        for state in sorted(drawn(operations, numbers, seed), key=lambda one: one.moment):
            while done < state.moment:
                operation, done = operations[done], done + 1
                disk.do(operation)
                if isinstance(operation, Said):
                    promises.hear(operation)
            remains = disk.cut(state.how, Random(f"{seed}/{state.number}/cut"))
            tally.states += 1
            tally.dirty += bool(disk.waiting or disk.unnamed)
            tally.torn += bool(remains.torn)
            tally.cuts[state.how] += 1
            remains.write(scratch)
            if findings := judged(of, scratch, promises, state.how == "killed"):
                tally.broken.append(Broken(state, findings))
            progress(tally)
    finally:
        logging.disable(logging.NOTSET)
        shutil.rmtree(scratch)
    return tally


def judged(of: Program, folder: Path, promises: Promises, killed: bool) -> tuple[Finding, ...]:
    try:
        return tuple(of.check(folder, promises, killed))
    except (AgentStopped, FileFailed, sqlite3.Error, apsw.Error, OSError) as error:
        return (Finding("corrupt", f"{type(error).__name__}: {error}"[:300]),)


def summary(tallies: dict[str, Tally], seconds: float) -> str:
    every = list(tallies.values())
    kinds = sum((one.kinds() for one in every), Counter[str]())
    states = sum(one.states for one in every)
    each = ", ".join(f"{name} {one.states}" for name, one in tallies.items())
    found = ", ".join(f"{kinds[kind]} {kind}" for kind in get_args(Kind))
    return (f"{states} states ({each}; {sum(one.dirty for one in every)} with something not synced, "
            f"{sum(one.torn for one in every)} with torn writes): {found}; {states / seconds:.0f} states/s")  # fmt: skip


def shared(states: int, programs: Sequence[str]) -> dict[str, range]:
    """Numbers of states by program."""
    weights = {name: PROGRAMS[name].weight for name in programs}
    return {name: range(states * weight // sum(weights.values())) for name, weight in weights.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--states", type=int, default=20_000, help="three quarters of them of the agent, whose states cost a third"
    )
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--program", choices=PROGRAMS, action="append", help="one program alone")
    parser.add_argument("--only", type=int, help="one state of one program, by its number")
    args = parser.parse_args()
    shares = shared(args.states, args.program or list(PROGRAMS))
    if args.only is not None:
        shares = {name: range(args.only, args.only + 1) for name in shares}
    began, tallies = time.monotonic(), dict[str, Tally]()

    def progress(name: str, numbers: range) -> Callable[[Tally], None]:
        def show(tally: Tally) -> None:
            if tally.states % 200 == 0:
                print(
                    f"\r{name}: {tally.states}/{len(numbers)} states, {len(tally.broken)} broken",
                    end="",
                    file=sys.stderr,
                    flush=True,
                )

        return show

    for name, numbers in shares.items():
        with tempfile.TemporaryDirectory(prefix="larder-record-", dir=MEMORY if MEMORY.is_dir() else None) as folder:
            operations = recorded(name, folder=Path(folder))
        tallies[name] = examine(name, operations, numbers, args.seed, progress(name, numbers))
        print(file=sys.stderr)
        for state, findings in tallies[name].broken[:20]:
            told = "; ".join(f"{one.kind}: {one.text}" for one in findings[:3])
            print(f"{name} {state.number}, before operation {state.moment}, {state.how}: {told}")
    print(summary(tallies, time.monotonic() - began))
    return int(any(one.broken for one in tallies.values()))


if __name__ == "__main__":
    sys.exit(main())
