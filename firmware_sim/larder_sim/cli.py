"""`larder sim`: the simulator's command line."""

import argparse
import asyncio
import signal
import sys
from dataclasses import replace
from pathlib import Path

from larder_sim import generate_cli
from larder_sim.app import Settings, simulate
from larder_sim.endpoints import FILE_NAME, Endpoints
from larder_sim.hardware import PortTaken
from larder_sim.scenario import Scenario, load_scenario, world_of
from larder_sim.shipped import find_shipped
from larder_sim.strict_toml import InputError
from larder_sim.world import World
from larder_sim.world_file import load_world

EXIT_INPUT = 2
"""The world, the scenario or the command line is wrong."""
EXIT_MACHINE = 1
"""The machine refused: a port is taken, a folder cannot be written."""

_EPILOG = """\
例 / example:
  larder sim --world demo --scenario demo --dir /tmp/larder-sim --scale 60 --base-port 0
  larder sim --world haibei --site men-minzhong --scale 1 --dir /tmp/larder-sim   一个场所 / one site
  larder sim generate --scenario normal-week --days 7 --to /tmp/larder-week       不开端口 / without servers

--world 和 --scenario 是 TOML 文件路径，或自带的名称（见 firmware_sim/README.md）。全部就绪后写出 <dir>/endpoints.json。
A world or scenario is a path, or the name of one that comes with Larder. When everything listens, <dir>/endpoints.json says where.
"""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the sub-command `sim`."""
    parser = subparsers.add_parser(
        "sim",
        help="模拟的传感器和摄像头 / simulated sensors and cameras",
        epilog=_EPILOG,
        description="模拟的传感器和摄像头：Modbus TCP、1-wire、RTSP / simulated sensors and cameras over real protocols",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_arguments(parser)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the simulator's own arguments to any parser."""
    parser.set_defaults(sim_run=serve)
    generate_cli.add_parser(parser.add_subparsers(metavar="[generate]"))
    parser.add_argument(
        "--world",
        metavar="W",
        help="世界文件或名称，默认由情景决定 / world file or name (default: the scenario's, or demo)",
    )
    parser.add_argument("--site", metavar="S", help="只要这一个场所 / only this site of the world")
    parser.add_argument(
        "--scenario",
        default="quiet",
        metavar="S",
        help="情景文件或名称，默认 quiet / scenario file or name (default: quiet)",
    )
    parser.add_argument(
        "--dir",
        type=Path,
        metavar="D",
        help="输出目录 / folder for endpoints.json, truth.jsonl and the 1-wire files",
    )
    parser.add_argument(
        "--scale",
        type=_scale,
        default=60.0,
        metavar="X",
        help="时间倍数，默认 60 / simulated seconds per second (default: 60)",
    )
    parser.add_argument(
        "--base-port",
        type=_port,
        default=None,
        metavar="N",
        help="起始端口，0 为空闲端口，默认取自世界文件 / first port; 0: free ports; default: the world's",
    )
    parser.add_argument("--seed", type=int, default=7, metavar="N", help="随机种子，默认 7 / random seed (default: 7)")
    parser.add_argument(
        "--uplink",
        type=_address,
        metavar="HOST:PORT",
        help="经各县网络通往这个消息代理 / each county's network, in front of this broker",
    )
    parser.add_argument(
        "--log-served", action="store_true", help="记录给出的每个值 / record every value given out in truth.jsonl"
    )


def run(args: argparse.Namespace) -> int:
    """Serve, or what the sub-command says."""
    done: int = args.sim_run(args)
    return done


def serve(args: argparse.Namespace) -> int:
    """Run until SIGTERM or SIGINT; the exit code: 0, `EXIT_INPUT` or `EXIT_MACHINE`."""
    if args.dir is None:
        print("--dir: is missing (say in which folder to write, like --dir /tmp/larder-sim)", file=sys.stderr)
        return EXIT_INPUT
    try:
        world, scenario = _loaded(args)
    except InputError as error:
        print(error, file=sys.stderr)
        return EXIT_INPUT
    base_port = world.base_port if args.base_port is None else args.base_port
    settings = Settings(args.dir, args.scale, base_port, args.seed, args.log_served, args.uplink)
    try:
        asyncio.run(_until_signal(world, scenario, settings))
    except PortTaken as error:
        print(error, file=sys.stderr)
        return EXIT_MACHINE
    except OSError as error:
        print(f"--dir {settings.folder}: {error} (choose a folder that can be written)", file=sys.stderr)
        return EXIT_MACHINE
    return 0


def _loaded(args: argparse.Namespace) -> tuple[World, Scenario]:
    """World and scenario; of the world only `--site`, with what the scenario does to it. Raises InputError."""
    file = find_shipped(args.scenario, "scenarios")
    world = load_world(find_shipped(args.world or world_of(file) or "demo", "worlds"))
    scenario = load_scenario(file, world)
    if args.site is None:
        return world, scenario
    sites = tuple(site for site in world.sites if site.id == args.site)
    if not sites:
        hint = "one of: " + ", ".join(site.id for site in world.sites)
        raise InputError(world.file, "site", f"--site {args.site} is not there", hint)
    steps = tuple(step for step in scenario.steps if step.target.partition("/")[0] == args.site)
    return replace(world, sites=sites), replace(scenario, steps=steps)


async def _until_signal(world: World, scenario: Scenario, settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)

    def started(endpoints: Endpoints) -> None:
        listeners = len(endpoints.modbus) + len(endpoints.rtsp)
        print(
            f"larder sim: {world.name_zh} {world.name_en}, {scenario.name_zh} {scenario.name_en}, "
            f"x{settings.scale:g}, {listeners} listeners, {settings.folder / FILE_NAME}",
            flush=True,
        )

    await simulate(world, scenario, settings, stop, started)


def _scale(text: str) -> float:
    value = float(text)
    if not 0 < value <= 10_000:
        raise argparse.ArgumentTypeError(f"{text} is not from above 0 to 10000 (1 is real time)")
    return value


def _port(text: str) -> int:
    value = int(text)
    if not (value == 0 or 1 <= value <= 55_000):
        raise argparse.ArgumentTypeError(f"{text} is not 0 or 1 to 55000 (0 takes free ports)")
    return value


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not (colon and host and port.isdecimal() and 1 <= int(port) <= 65_535):
        raise argparse.ArgumentTypeError(f"{text} is not HOST:PORT (like 127.0.0.1:8883)")
    return host, int(port)
