"""`larder agent drivers`, `probe` and `scan`."""

import argparse
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from larder_agent.commissioning.scanning import Found, Progress

EXIT_NOT_GOOD = 1
EXIT_SETTINGS = 78

COMMANDS = {
    "drivers": "列出驱动和登记表 / list the drivers and the register maps",
    "probe": "读一次，逐点说明 / read once and say in words what came",
    "scan": "找传感器：1-wire、串口、网络 / look for sensors: 1-wire, serial lines, network",
}

EPILOG = """\
例 / example:
  larder agent drivers
  larder agent scan                                          本机有什么 / what hangs on this machine
  larder agent scan --serial /dev/ttyUSB0 --units 1-32       串口上有哪些从站 / which units are on the line
  larder agent scan --network 192.168.1.0/24                 网络里的 Modbus 和摄像机 / Modbus and cameras
  larder agent probe onewire point.id=a point.sensor=28-00000a1b2c3d
  larder agent probe modbus-rtu device=/dev/ttyUSB0 unit.id=store unit.map=xy-md02
  larder agent probe modbus-tcp host=192.168.1.21 point.id=a point.unit=Cel point.register=0 point.scale=-1
  larder agent probe --config /etc/larder/agent.toml         配置里的全部来源 / every source of the configuration

probe 退出码 / exit codes: 0 全部正常 all good, 1 有的没有好值 some point without a good value, 78 设置有误 wrong settings
"""


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    made = {
        name: commands.add_parser(
            name, help=line, description=line, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        for name, line in COMMANDS.items()
    }
    probe, scan = made["probe"], made["scan"]
    probe.add_argument("driver", nargs="?", metavar="DRIVER", help="驱动名 / the driver: larder agent drivers")
    probe.add_argument("assignment", nargs="*", metavar="key=value", help="设置 / its settings; point.id=… for a table")
    probe.add_argument("--settings", type=Path, metavar="FILE", help="设置文件，如 sample.toml / settings as TOML")
    probe.add_argument("--config", type=Path, metavar="FILE", help="读配置里的全部来源 / every source of an agent.toml")
    probe.add_argument("--times", type=_times, default=1, metavar="N", help="读几次，默认 1 / how often (default 1)")
    scan.add_argument(
        "--serial", action="append", default=[], metavar="PORT", help="询问这个串口 / ask this serial port"
    )
    scan.add_argument("--units", default="1-16", metavar="A-B", help="从站地址，默认 1-16 / addresses (default 1-16)")
    scan.add_argument("--baud", type=int, action="append", metavar="N", help="速率，默认 9600、4800、19200 / speeds")
    scan.add_argument("--parity", choices=("none", "even", "odd"), default="none", help="默认 none / default none")
    scan.add_argument("--network", action="append", default=[], metavar="CIDR", help="询问这个网络 / ask this network")
    scan.add_argument(
        "--timeout", type=float, default=0.0, metavar="S", help="每次最长等待 / longest wait for an answer"
    )


def _times(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not at least 1")
    return value


def run(args: argparse.Namespace) -> int:
    """The exit code; see the epilog."""
    from larder_agent.drivers.port import SettingsError

    try:
        return {"drivers": _drivers, "probe": _probe, "scan": _scan}[args.command](args)
    except SettingsError as error:
        print(f"larder agent {args.command}: {error}", file=sys.stderr)
        return EXIT_SETTINGS


def _drivers(_args: argparse.Namespace) -> int:
    from larder_agent.commissioning.listing import driver_lines, map_lines

    print("驱动 / drivers")
    for line in driver_lines():
        print(line)
    print("\n登记表 / register maps (modbus-rtu, modbus-tcp: unit.map)")
    for line in map_lines():
        print(line)
    return 0


def _probe(args: argparse.Namespace) -> int:
    from larder_agent.commissioning import probing

    good = True
    for driver, settings, folder in _asked(args):
        found = list(probing.probe(driver, settings, folder, args.times))
        print(f"{driver}")
        for line in probing.lines(found):
            print(f"  {line}")
        good = good and not any(sample.quality for _, sample in found)
    return 0 if good else EXIT_NOT_GOOD


def _asked(args: argparse.Namespace) -> Iterator[tuple[str, dict[str, Any], Path]]:
    from larder_agent.commissioning.assignments import settings_of
    from larder_agent.config import load_config
    from larder_agent.drivers.port import SettingsError

    if args.config:
        folder = args.config.resolve().parent
        for device in load_config(args.config).device:
            yield from ((source.driver, dict(source.settings), folder) for source in device.source)
        return
    if not args.driver:
        raise SettingsError("DRIVER", "is missing", "larder agent drivers lists them; or --config agent.toml")
    settings: dict[str, Any] = {}
    if args.settings:
        try:
            settings = tomllib.loads(args.settings.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise SettingsError("--settings", str(error), "a TOML file, as the sample of the driver") from None
    folder = args.settings.resolve().parent if args.settings else Path.cwd()
    yield args.driver, settings | settings_of(args.assignment), folder


def _scan(args: argparse.Namespace) -> int:
    found = 0
    for one in _finds(args, show):
        print(f"{one.driver:<12}{one.seen}\n{'':<12}larder agent probe {one.driver} {one.probe}", flush=True)
        found += 1
    print(f"找到 {found} 个 / found {found}")
    return 0


def _finds(args: argparse.Namespace, progress: "Progress") -> "Iterator[Found]":
    from larder_agent.commissioning.local_scan import scan_machine
    from larder_agent.commissioning.network_scan import hosts_of, scan_network
    from larder_agent.commissioning.serial_scan import USUAL, SerialScan, scan_line
    from larder_agent.drivers.modbus.failure import Failure
    from larder_agent.drivers.words import meaning

    if not args.serial and not args.network:
        yield from scan_machine()
    for port in args.serial:
        scan = SerialScan(port, _units(args.units), _speeds(args.baud or USUAL), args.parity)
        try:
            yield from scan_line(scan._replace(timeout_s=args.timeout or scan.timeout_s), progress)
        except Failure as failure:
            said = meaning(failure.quality)
            print(f"{port}: {failure.quality}: {said.zh} / {said.en}", file=sys.stderr)
    for network in args.network:
        yield from scan_network(hosts_of(network), progress, args.timeout or 0.5)


def _speeds(asked: Sequence[int]) -> tuple[int, ...]:
    from larder_agent.drivers.modbus_rtu.wire import SPEEDS
    from larder_agent.drivers.port import SettingsError

    for speed in asked:
        if speed not in SPEEDS:
            raise SettingsError("--baud", f"{speed} is no usual speed", "one of " + ", ".join(map(str, SPEEDS)))
    return tuple(asked)


def _units(text: str) -> range:
    from larder_agent.drivers.port import SettingsError

    first, _, last = text.partition("-")
    if not first.isdecimal() or not (last or first).isdecimal() or not 1 <= int(first) <= int(last or first) <= 247:
        raise SettingsError("--units", f"{text} is no range", "within 1-247, as 1-32")
    return range(int(first), int(last or first) + 1)


def show(step: int, of: int, what: str) -> None:
    """Progress on stderr: in one line that is written over at a terminal, every tenth part otherwise."""
    if sys.stderr.isatty():
        print(f"\r{step}/{of} {what:<50}", end="\n" if step == of else "", file=sys.stderr, flush=True)
    elif step == of or step * 10 // of != (step - 1) * 10 // of:
        print(f"{step}/{of} {what}", file=sys.stderr, flush=True)
