"""`larder agent maintenance` and `discard`: what an operator does to a device, told in its record. PROTOCOL.md [A10], [A11]."""

import argparse
import re
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from larder_agent.failures import EXIT_USAGE, ConfigError

if TYPE_CHECKING:
    from larder_agent.config import AgentConfig, DeviceConfig

COMMANDS = {
    "maintenance": "暂停采样（检修）并记入记录 / pause sampling for maintenance, told in the record",
    "discard": "申报丢弃本机条目 / declare entries that this device holds lost",
}
REASON = re.compile(r"[a-z0-9-]{1,32}")
HOUR_MS = 3_600_000

_EPILOGS = {
    "maintenance": """\
例 / example:
  larder agent maintenance begin --reason defrosting --hours 2 --config agent.toml   运行中即可 / beside a running agent
  larder agent maintenance end --config agent.toml

期间不采样、不报失联；到时自动恢复。 No readings and no alarm of silence meanwhile; over by itself when the time is up.
""",
    "discard": """\
例 / example:
  larder agent discard --upto 4711 --reason test-data --config agent.toml       先停 / stop the agent first
  larder agent discard --before 2026-11-01 --reason test-data --config agent.toml --yes

丢弃的条目成为一条已签名的申报丢失，永远可见。 What is discarded becomes a signed declared loss, visible for ever.
""",
}


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    for name, line in COMMANDS.items():
        one = commands.add_parser(
            name,
            help=line,
            description=line,
            epilog=_EPILOGS[name],
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        one.add_argument(
            "--config", required=True, type=Path, metavar="FILE", help="配置文件 agent.toml / the configuration"
        )
        one.add_argument("--device", metavar="ID", help="只对此设备（默认全部）/ this device only (default: all)")
        if name == "maintenance":
            one.add_argument("what", choices=("begin", "end"), help="开始或结束 / begin or end")
            one.add_argument(
                "--reason", default="maintenance", type=_word, metavar="WORD", help="为何 / why, [a-z0-9-]"
            )
            one.add_argument(
                "--hours", default=4.0, type=float, metavar="H", help="最长几小时，默认 4，至多 168 / at most so long"
            )
        else:
            which = one.add_mutually_exclusive_group(required=True)
            which.add_argument("--upto", type=int, metavar="N", help="至第 N 条 / entries up to N")
            which.add_argument("--before", type=_moment_ms, metavar="DATE", help="此前封存的 / entries sealed before")
            one.add_argument("--reason", required=True, type=_word, metavar="WORD", help="为何 / why, [a-z0-9-]")
            one.add_argument("--yes", action="store_true", help="不再询问 / do not ask")


def run(args: argparse.Namespace) -> int:
    """Raises AgentStopped."""
    from larder_agent.config import load_config

    devices = list(_chosen(load_config(args.config), args))
    act = _maintain if args.command == "maintenance" else _discard
    return max(act(device, args) for device in devices)


def _chosen(config: "AgentConfig", args: argparse.Namespace) -> "Iterator[DeviceConfig]":
    chosen = [device for device in config.device if args.device in (None, device.id)]
    if not chosen:
        known = ", ".join(device.id for device in config.device)
        raise ConfigError(args.config, "--device", f"there is no device {args.device}", f"one of: {known}")
    if args.command == "discard" and len(chosen) > 1:
        raise ConfigError(args.config, "--device", "there are several devices", "say which one")
    yield from chosen


def _maintain(device: "DeviceConfig", args: argparse.Namespace) -> int:
    from larder_agent.clock import KernelClock
    from larder_agent.maintenance import MOST_MS, Order, Switch

    switch = Switch(device.state_dir)
    if args.what == "end":
        ended = switch.end()
        print(
            f"{device.id}: " + ("检修结束 / maintenance ended" if ended else "没有在检修 / no maintenance was ordered")
        )
        return 0
    if not 0 < args.hours * HOUR_MS <= MOST_MS:
        raise ConfigError(
            args.config,
            "--hours",
            f"{args.hours:g} is not within 0..{MOST_MS // HOUR_MS}",
            "begin again when it is over",
        )
    until_ms = KernelClock().wall_ms() + round(args.hours * HOUR_MS)
    switch.begin(Order(args.reason, until_ms))
    print(f"{device.id}: 检修至 / maintenance until {datetime.fromtimestamp(until_ms / 1000):%Y-%m-%d %H:%M:%S}")
    return 0


def _discard(device: "DeviceConfig", args: argparse.Namespace) -> int:
    from larder_agent.alone import alone
    from larder_agent.clock import KernelClock, moment
    from larder_agent.outbox import FILE, Outbox
    from larder_agent.schema import Damaged

    if not (device.state_dir / FILE).exists():
        raise ConfigError(device.state_dir / FILE, "state_dir", "there is no outbox", "nothing to discard")
    clock = KernelClock()
    with alone(device.state_dir):
        outbox = Outbox(device.state_dir, device.id, device.outbox_mb << 20, 0, lambda: token_hex(16))
        try:
            outbox.open(moment(clock), repair=False)
        except Damaged as error:
            hint = "start the agent: it carries on what is whole, and says so"
            raise ConfigError(outbox.path, "state_dir", f"the outbox is damaged: {error}", hint) from error
        try:
            upto = args.upto if args.before is None else outbox.sealed_before(args.before)
            found = outbox.discardable(upto)
            if not found.entries:
                print("没有可丢弃的条目 / nothing to discard: what is safe at the hub is deleted by itself")
                return 0
            said = f"{found.entries:,} 条 entries ({found.first}..{found.last}), {found.readings:,} 读数 readings"
            print(f"{device.id}: {said} 将申报丢失 will be declared lost")
            if not args.yes and not _agreed():
                return EXIT_USAGE
            outbox.discard(found.last, args.reason, moment(clock))
            print(f"已申报丢失 / declared lost; stream {outbox.stream}  head {outbox.head.n}")
        finally:
            outbox.close()
    return 0


def _agreed() -> bool:
    if not sys.stdin.isatty():
        print("需要 --yes / nobody to ask: say --yes", file=sys.stderr)
        return False
    return input("输入 yes 确认 / type yes: ").strip() == "yes"


def _word(text: str) -> str:
    if not REASON.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a reason word: [a-z0-9-], at most 32")
    return text


def _moment_ms(text: str) -> int:
    try:
        return round(datetime.fromisoformat(text).astimezone().timestamp() * 1000)
    except (ValueError, OverflowError, OSError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date: 2026-11-01 or 2026-11-01T08:00") from error
