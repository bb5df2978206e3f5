"""`larder sim`: the simulator's command line."""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from larder_sim.app import Settings, simulate
from larder_sim.endpoints import FILE_NAME, Endpoints
from larder_sim.hardware import PortTaken
from larder_sim.scenario import Scenario, load_scenario
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

--world 和 --scenario 是 TOML 文件路径，或自带的名称（demo；demo、quiet）。全部就绪后写出 <dir>/endpoints.json。
A world or scenario is a path, or the name of one that comes with Larder (demo; demo, quiet). When everything listens,
<dir>/endpoints.json says where.
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
    parser.add_argument("--world", required=True, metavar="W", help="世界文件或名称 / world file or name")
    parser.add_argument(
        "--scenario",
        default="quiet",
        metavar="S",
        help="情景文件或名称，默认 quiet / scenario file or name (default: quiet)",
    )
    parser.add_argument(
        "--dir",
        required=True,
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
        "--log-served", action="store_true", help="记录给出的每个值 / record every value given out in truth.jsonl"
    )


def run(args: argparse.Namespace) -> int:
    """Run until SIGTERM or SIGINT; the exit code: 0, `EXIT_INPUT` or `EXIT_MACHINE`."""
    try:
        world = load_world(find_shipped(args.world, "worlds"))
        scenario = load_scenario(find_shipped(args.scenario, "scenarios"), world)
    except InputError as error:
        print(error, file=sys.stderr)
        return EXIT_INPUT
    base_port = world.base_port if args.base_port is None else args.base_port
    settings = Settings(args.dir, args.scale, base_port, args.seed, args.log_served)
    try:
        asyncio.run(_until_signal(world, scenario, settings))
    except PortTaken as error:
        print(error, file=sys.stderr)
        return EXIT_MACHINE
    except OSError as error:
        print(f"--dir {settings.folder}: {error} (choose a folder that can be written)", file=sys.stderr)
        return EXIT_MACHINE
    return 0


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


def find_shipped(name: str, kind: str) -> Path:
    """A path as given; otherwise the file of this name that comes with Larder, in the wheel or in the checkout."""
    path = Path(name)
    if path.is_file() or path.suffix or len(path.parts) != 1:
        return path
    package = Path(__file__).resolve().parent
    candidates = [folder / kind / f"{name}.toml" for folder in (package, package.parent)]
    return next((candidate for candidate in candidates if candidate.exists()), path)


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
