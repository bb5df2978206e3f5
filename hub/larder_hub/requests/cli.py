"""`larder hub request`, `requests` and `withdraw`: ask a device for its own record again, and see what it answered."""

import argparse
import json
import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from larder_hub.backups.points import open_registry
from larder_hub.config import ConfigError, HubConfig
from larder_hub.ledger.account import AccountBook, StreamAccount
from larder_hub.requests.answers import MOST_NUMBERS, Request

ACTS = ("request", "requests", "withdraw")
_EPILOG = """\
例 / example:
  larder hub request minzhong-box 1200 1260 --reason inspection-17 --config /etc/larder/hub.toml     运行中即可 / beside a running hub
  larder hub requests --config /etc/larder/hub.toml
  larder hub withdraw 3 --config /etc/larder/hub.toml

设备重发它自己保存的这些条目，与账本逐条比对；不同即为分叉。
The device sends these entries of its own record again, and each is compared with the ledger: a different one is a fork.
"""


def add_parsers(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    for name, text in (
        ("request", "要求设备重发条目 / ask a device for entries of its own record again"),
        ("requests", "查看要求及结果 / requests and what came of them"),
        ("withdraw", "撤回要求 / withdraw a request"),
    ):
        act = acts.add_parser(
            name, help=text, description=text, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        act.add_argument("--config", required=True, metavar="FILE", help="配置文件 / the hub's TOML file", type=Path)
        if name == "request":
            act.add_argument("device", metavar="DEVICE", help="设备 / the device")
            act.add_argument("first", metavar="FIRST", type=int, help="首条编号 / the first number")
            act.add_argument("last", metavar="LAST", type=int, help="末条编号 / the last number")
            act.add_argument("--reason", required=True, metavar="WORDS", help="为何 / why, kept with the request")
        elif name == "requests":
            act.add_argument("--json", action="store_true", help="输出 JSON / print JSON")
        else:
            act.add_argument("request", metavar="N", type=int, help="编号 / its number")


def run(config: HubConfig, args: argparse.Namespace) -> int:
    """Raises ConfigError."""
    now_ms = time.time_ns() // 1_000_000
    registry = open_registry(config)
    try:
        book = registry.requests
        if args.act == "request":
            stream = _stream(config, args.device, args.first, args.last)
            asked = book.ask(args.device, stream, (args.first, args.last), args.reason[:200], now_ms)
            print(
                f"要求 {asked.id} 已登记 / request {asked.id} is noted: {asked.size} 条 entries of {asked.device}, stream {stream[:8]}"
            )
            return 0
        if args.act == "withdraw":
            if all(one.id != args.request for one in book.all()):
                raise ConfigError(config.data_dir, "N", f"there is no request {args.request}", "larder hub requests")
            book.close(args.request, now_ms)
            return 0
        requests = book.all()
    finally:
        registry.close()
    print(json.dumps([one._asdict() for one in requests]) if args.json else "\n".join(_lines(requests)))
    return 0


def _stream(config: HubConfig, device: str, first: int, last: int) -> str:
    """The stream that the device speaks of now, if it has these numbers."""
    account = AccountBook(config.data_dir / "ledger.db")
    try:
        streams = [one for one in account.streams() if one.device == device]
    finally:
        account.close()
    if not streams:
        raise ConfigError(
            config.data_dir, "DEVICE", f"the ledger knows nothing of {device}", "larder account lists the devices"
        )
    current: StreamAccount = streams[-1]
    if not 1 <= first <= last <= current.head:
        raise ConfigError(config.data_dir, "FIRST LAST", f"{first}..{last} is not within 1..{current.head} of {device}",
                          "larder account shows the numbers")  # fmt: skip
    if last - first + 1 > MOST_NUMBERS:
        raise ConfigError(config.data_dir, "FIRST LAST", f"more than {MOST_NUMBERS:,} numbers", "ask for them in parts")
    return current.stream


def _lines(requests: Iterable[Request]) -> Iterable[str]:
    yield "   #  要求于 asked          device                 首 first  末 last  已答 got  不同 diff  无存 gone  状态 state"
    for one in requests:
        when = datetime.fromtimestamp(one.asked_ms / 1000, ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%d %H:%M:%S")
        state = "等待 open" if one.closed_ms is None else "完成 done" if one.left == 0 else "撤回 withdrawn"
        yield (f"{one.id:>4}  {when}  {one.device:<20} {one.first:>10} {one.last:>8} {one.answered:>8} {one.differing:>9}"
               f" {one.gone:>9}  {state}  {one.reason}")  # fmt: skip
