"""`python -m bench.alarms`: see `--help`."""

import argparse
import sys
import time
from pathlib import Path

from bench.alarms.goals import all_met, goals
from bench.alarms.run import LARDER, Wanted, measured
from bench.alarms.sheet import picture, text

QUICK = Wanted(days=2, seed=11, sites=4, cut_sites=12, cut_hours=8)


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.alarms",
        description="报警质量：与物理真相相比，并与常用规则并列 / the quality of alarms against the truth, beside the rules in use",
        epilog="example: python -m bench.alarms --days 30 --seed 7 --sites 12 --svg alarms.svg",
    )
    parser.add_argument("--days", type=int, default=30, help="simulated days")
    parser.add_argument("--seed", type=int, default=7, help="of faults, life and weather; 1 to 3 are for tuning")
    parser.add_argument(
        "--sites", type=int, default=12, help="with faults on purpose, and as many with ordinary life only"
    )
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument(
        "--quick", action="store_true", help=f"{QUICK.days} days, {QUICK.sites} sites: what the test runs"
    )
    parser.add_argument("--svg", type=Path, help="write the picture here")
    parser.add_argument("--missed", action="store_true", help="list what was missed and what was false")
    asked = parser.parse_args(words)
    wanted = QUICK if asked.quick else Wanted(asked.days, asked.seed, asked.sites, cut_sites=81, cut_hours=12)
    begun = time.perf_counter()
    figures = measured(wanted, asked.processes)
    found = goals(figures.both[LARDER], figures.both["threshold"], figures.both["for 30 min"], figures.cut[0])
    print(text(wanted, figures, found))
    if asked.missed:
        larder = figures.both[LARDER]
        print("missed:", *larder.missed, sep="\n  ")
        print("false:", *sorted(larder.false_of.items(), key=lambda one: -one[1]), sep="\n  ")
    print(f"took {time.perf_counter() - begun:.0f} s on {asked.processes} processes")
    if asked.svg:
        asked.svg.write_text(picture(figures), encoding="utf-8")
    return 0 if all_met(found) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
