"""Judge the mutants of the protocol: the code with one rule removed must fail a directed test, or a history of the simulation.

Example: python -m tests.mutants; python -m tests.mutants prune_on_upto no_adoption; python -m tests.mutants --simulation 60
"""

import argparse
import sys
import time
from functools import partial

from tests.mutants.judging import JudgingFailed, Verdict, by_seeds, excused, in_forks, judge, without_mutant
from tests.mutants.table import MUTANTS, WITHOUT


def line(verdict: Verdict) -> str:
    mutant = MUTANTS[verdict.name]
    fate = f"killed by {verdict.by[:150]}" if verdict.by else f"SURVIVED {verdict.tried}"
    if not verdict.by and excused(mutant):
        fate += f" ({mutant.survives})"
    return f"{mutant.rule:<11} {verdict.name:<32} {verdict.seconds:5.1f} s  {fate}"


def report(names: list[str]) -> int:
    """One line for each, and how many survived without a reason."""
    began, unexcused = time.monotonic(), 0
    verdicts = []
    for verdict in in_forks(judge, names):
        verdicts.append(verdict)
        unexcused += not verdict.by and not excused(MUTANTS[verdict.name])
        print(line(verdict), flush=True)
    killed = sum(bool(verdict.by) for verdict in verdicts)
    print(
        f"{killed} of {len(verdicts)} mutants killed, {unexcused} survive without a reason, {time.monotonic() - began:.0f} s"
    )
    return unexcused


def simulated(names: list[str], seeds: int) -> None:
    """For information: what the simulation alone notices."""
    began = time.monotonic()
    verdicts = list(in_forks(partial(by_seeds, seeds=seeds), names))
    for verdict in verdicts:
        print(line(verdict))
    print(f"{sum(bool(one.by) for one in verdicts)} of {len(verdicts)} noticed by at most {seeds} seeds of the simulation, "
          f"{time.monotonic() - began:.0f} s")  # fmt: skip


def main() -> int:
    first, _, example = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutants",
        description=first,
        epilog=example,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="MUTANT", help="only these (default: all)")
    parser.add_argument("--simulation", type=int, default=0, metavar="SEEDS",
                        help="instead, ask the simulation alone: at most so many histories for each")  # fmt: skip
    parser.add_argument("--list", action="store_true", help="list the mutants and the rules without one")
    args = parser.parse_args()
    names = args.names or list(MUTANTS)
    if unknown := [name for name in names if name not in MUTANTS]:
        parser.error(f"no mutant is called {', '.join(unknown)} (--list names them)")
    if args.list:
        print("\n".join(f"{MUTANTS[name].rule:<11} {name:<32} {MUTANTS[name].says}" for name in names))
        print("\n".join(f"{rule:<11} none: {why}" for rule, why in WITHOUT.items()))
        return 0
    if args.simulation:
        simulated(names, args.simulation)
        return 0
    try:
        killers = sorted({killer for name in names for killer in MUTANTS[name].killers})
        list(in_forks(without_mutant, [killers[::2], killers[1::2]] if len(killers) > 1 else [killers]))
        return int(bool(report(names)))
    except JudgingFailed as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
