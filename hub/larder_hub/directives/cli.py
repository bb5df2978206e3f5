"""`larder hub command`, `commands` and `configs`: order a device to do something, and see what became of it."""

import argparse
import getpass
import json
import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any
from zoneinfo import ZoneInfo

from larder_core.command import FORMS
from larder_hub.backups.points import open_registry
from larder_hub.config import ConfigError, HubConfig
from larder_hub.directives.book import DirectiveBook, Order, Wish
from larder_hub.directives.orders import Asked, boot_of, order_for
from larder_hub.key import load_key
from larder_hub.register.directory import Device
from larder_hub.register.schema import open_register
from larder_hub.register.store import load

ACTS = ("command", "commands", "configs")
SHOWN, POLL_S, WAIT_S = 50, 0.2, 30.0
_EPILOG = """\
例 / example:
  larder hub command minzhong-box inspect-now --count 3 --still cam-stove --reason inspection-17 --config /etc/larder/hub.toml
  larder hub command minzhong-box inspect-now --still cam-stove --picture --authority "检查通知书17号" --reason check --config hub.toml
  larder hub command minzhong-box resend --first 1200 --last 1260 --reason check --config /etc/larder/hub.toml
  larder hub command minzhong-box self-test --reason rounds --config /etc/larder/hub.toml
  larder hub commands --config /etc/larder/hub.toml
  larder hub configs --config /etc/larder/hub.toml

每条命令签名、编号、十分钟内有效；谁下的、为何，都留档。中心须在运行。
Each is signed, numbered and good for ten minutes; who and why is kept. The hub must run.
"""


def add_parsers(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    for name, text in (
        ("command", "向设备下命令 / order a device to do something"),
        ("commands", "查看命令及答复 / commands and what became of them"),
        ("configs", "各设备的下发配置 / configurations: wanted and applied"),
    ):
        act = acts.add_parser(
            name, help=text, description=text, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        act.add_argument("--config", required=True, metavar="FILE", help="配置文件 / the hub's TOML file", type=Path)
        act.add_argument("--json", action="store_true", help="输出 JSON / print JSON")
        if name == "command":
            _command_arguments(act)


def _command_arguments(act: argparse.ArgumentParser) -> None:
    act.add_argument("device", metavar="DEVICE", help="设备 / the device")
    act.add_argument("name", choices=sorted(FORMS), help="命令 / the command")
    act.add_argument("--reason", required=True, metavar="WORDS", help="为何 / why, kept with the command")
    act.add_argument("--actor", default="", help="谁下的（默认当前用户）/ who orders it (default: the user logged in)")
    act.add_argument("--count", type=int, metavar="N", help="inspect-now：读几次（默认 1）/ how many readings")
    act.add_argument("--still", action="append", metavar="POINT", help="inspect-now：截图取散列 / a still's hash")
    act.add_argument("--picture", action="store_true", help="inspect-now：把图像也传来 / send the picture itself")
    act.add_argument("--authority", metavar="WORDS", help="凭什么看图像 / by what right the picture is asked for")
    act.add_argument("--first", type=int, metavar="N", help="resend：首条 / first number")
    act.add_argument("--last", type=int, metavar="N", help="resend：末条 / last number")
    act.add_argument("--seconds", type=int, metavar="S", help="identify：多久（默认 30）/ for how long")
    act.add_argument(
        "--wait", type=float, default=WAIT_S, metavar="S", help="等答复多久 / how long to wait for the answer"
    )


def run(config: HubConfig, args: argparse.Namespace) -> int:
    """0; for a command 0 where it was done, 1 where not, or not yet. Raises ConfigError."""
    registry = open_registry(config)
    try:
        book = registry.directives
        if args.act == "command":
            return _command(config, book, args)
        if args.act == "configs":
            wishes = book.wishes()
            told = [_wish_fields(one) for one in wishes]
            print(json.dumps(told, ensure_ascii=False) if args.json else "\n".join(_wish_lines(wishes)))
        else:
            orders = book.orders(SHOWN)
            print(json.dumps([_order_fields(one) for one in orders], ensure_ascii=False) if args.json
                  else "\n".join(_order_lines(orders)))  # fmt: skip
        return 0
    finally:
        registry.close()


def _command(config: HubConfig, book: DirectiveBook, args: argparse.Namespace) -> int:
    device = _device(config, args.device)
    now_ms = time.time_ns() // 1_000_000
    boot = boot_of(config.data_dir / "ledger.db", device, now_ms)
    asked = Asked(args.actor.strip() or getpass.getuser(), args.reason[:200], args.name, _args(args))
    try:
        order = order_for(device, asked, book.next_number(device.id, now_ms), boot, load_key(config.data_dir), now_ms)
    except ValueError as error:
        raise ConfigError(config.data_dir, args.name, str(error), "larder hub command --help") from error
    book.order(order)
    known, waited, pause = order, 0.0, Event()
    while not known.outcome and waited < args.wait:
        pause.wait(POLL_S)
        waited += POLL_S
        known = book.find(device.id, order.number) or order
    print(json.dumps(_order_fields(known), ensure_ascii=False) if args.json else "\n".join(_order_lines([known])))
    return 0 if known.outcome == "done" else 1


def _args(args: argparse.Namespace) -> dict[str, Any]:
    defaults: dict[str, Any] = {"inspect-now": {"count": 1}, "identify": {"seconds": 30}}.get(args.name, {})
    given = {name: getattr(args, name) for name in ("count", "still", "authority", "first", "last", "seconds")}
    return defaults | {name: value for name, value in given.items() if value is not None} | (
        {"picture": True} if args.picture else {}
    )  # fmt: skip


def _device(config: HubConfig, name: str) -> Device:
    db = open_register(config.data_dir / "hub.db")
    try:
        devices = load(db).devices
    finally:
        db.close()
    if name not in devices:
        raise ConfigError(config.data_dir, "DEVICE", f"there is no device {name}", "larder hub register show")
    return devices[name]


def _moment(ms: int | None) -> str:
    return (
        "-" if ms is None else datetime.fromtimestamp(ms / 1000, ZoneInfo("Asia/Shanghai")).strftime("%m-%d %H:%M:%S")
    )


def _order_fields(order: Order) -> dict[str, Any]:
    fields = order._asdict()
    fields.pop("payload")
    return fields | {"args": json.loads(order.args), "found": json.loads(order.found)}


def _order_lines(orders: Iterable[Order]) -> Iterable[str]:
    yield "  下达 issued     设备 device           命令 command      结果 outcome     何人 actor  为何 why"
    for one in orders:
        outcome = one.outcome or ("已发 sent" if one.sent_ms else "待发 not sent yet")
        why = f" ({one.why})" if one.why else ""
        kept = "入账 in the ledger" if one.recorded_ms else ""
        yield f"{_moment(one.issued_ms)}  {one.device:<20} {one.name:<14} {outcome}{why}  {kept}  {one.actor}  {one.reason}"
        if one.found != "{}":
            yield f"                  {one.found}"


def _wish_fields(wish: Wish) -> dict[str, Any]:
    return {"device": wish.device, "wanted": wish.version, "applied": wish.applied, "standing": wish.standing,
            "refused": wish.refused, "refused_version": wish.refused_version, "issued_ms": wish.issued_ms}  # fmt: skip


def _wish_lines(wishes: Iterable[Wish]) -> Iterable[str]:
    yield "设备 device            应 wanted  用 applied  状态 standing"
    words = {"applied": "已采用 applied", "waiting": "等设备 waiting", "refused": "被拒 refused", "none": "无 none"}
    for one in wishes:
        why = f": {one.refused}" if one.standing == "refused" else ""
        yield f"{one.device:<22} {one.version:>6} {one.applied:>10}   {words[one.standing]}{why}"
