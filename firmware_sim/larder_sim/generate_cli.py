"""`larder sim generate`: truth and readings as files, without servers."""

import argparse
import sys
import time
from pathlib import Path

from larder_sim.app import TRUTH_FILE, local_start
from larder_sim.generate import READINGS_FILE, generate
from larder_sim.scenario import load_scenario, world_of
from larder_sim.shipped import find_shipped
from larder_sim.strict_toml import InputError
from larder_sim.world_file import load_world

_EPILOG = """\
例 / example:
  larder sim generate --scenario normal-week --days 7 --seed 7 --to /tmp/larder-week

写出 truth.jsonl 与 readings.jsonl，格式见 firmware_sim/README.md；相同的参数得到相同的字节。
Writes truth.jsonl and readings.jsonl as firmware_sim/README.md explains; the same arguments give the same bytes.
"""
_DEFAULT_WORLD = "haibei"


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `generate` to the sub-commands of `sim`."""
    parser = subparsers.add_parser(
        "generate",
        help="不开端口，直接写出真实情况和读数 / truth and readings as files, without servers",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--scenario", required=True, metavar="S", help="情景文件或名称 / scenario file or name")
    parser.add_argument(
        "--world", metavar="W", help="世界，默认由情景决定 / world (default: the scenario's, or haibei)"
    )
    parser.add_argument("--days", type=_days, default=7.0, metavar="N", help="天数，默认 7 / days (default: 7)")
    parser.add_argument("--seed", type=int, default=7, metavar="N", help="随机种子，默认 7 / random seed (default: 7)")
    parser.add_argument(
        "--period", type=_period, default=60, metavar="S", help="读数周期秒，默认 60 / seconds (default: 60)"
    )
    parser.add_argument("--to", required=True, type=Path, metavar="DIR", help="输出目录 / folder for both files")
    parser.set_defaults(sim_run=run)


def run(args: argparse.Namespace) -> int:
    """Write the files; the exit code: 0, 2 for a bad file, 1 for a folder that cannot be written."""
    try:
        file = find_shipped(args.scenario, "scenarios")
        world = load_world(find_shipped(args.world or world_of(file) or _DEFAULT_WORLD, "worlds"))
        scenario = load_scenario(file, world)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    began, cpu = time.monotonic(), time.process_time()

    def said(days: float) -> None:
        print(f"第 {days:g} 天 / day {days:g}  {time.monotonic() - began:.1f} s", file=sys.stderr, flush=True)

    begun = local_start(world, scenario)
    try:
        done = generate(world, scenario, args.seed, args.days, args.period, args.to, TRUTH_FILE, begun, said)
    except OSError as error:
        print(f"--to {args.to}: {error} (choose a folder that can be written)", file=sys.stderr)
        return 1
    spent = time.process_time() - cpu
    print(
        f"{args.to / TRUTH_FILE}, {args.to / READINGS_FILE}: {done.points} points, {done.readings} readings, "
        f"{done.excursions} excursions, {done.simulated_s / max(spent, 1e-9):.0f} times real time, "
        f"{done.points * done.simulated_s / max(spent, 1e-9):.0f} point-seconds a CPU second"
    )
    return 0


def _days(text: str) -> float:
    value = float(text)
    if not 0 < value <= 3660:
        raise argparse.ArgumentTypeError(f"{text} is not above 0 and at most 3660")
    return value


def _period(text: str) -> int:
    value = int(text)
    if value < 1 or 3600 % value:
        raise argparse.ArgumentTypeError(f"{text} does not divide 3600 (like 10, 30, 60 or 300)")
    return value
