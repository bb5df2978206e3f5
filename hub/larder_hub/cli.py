"""`larder hub`: run the hub, make its key, show the account, keep the register."""

import argparse
import importlib
import json
import logging
import sys
from dataclasses import asdict
from pathlib import Path

from larder_hub.config import ConfigError, HubConfig, load_config

_EPILOG = """\
例 / example:
  larder hub init --config /etc/larder/hub.toml            生成密钥，打印公钥 / make the key, print its public half
  larder hub register import register.toml --config /etc/larder/hub.toml
  larder hub run --config /etc/larder/hub.toml
  larder hub account --config /etc/larder/hub.toml
"""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    hub = subparsers.add_parser(
        "hub",
        help="中心端：入账、告警、接口 / the hub: ledger, alarms, API",
        description="中心端 / the hub: takes entries, keeps them, answers with receipts, raises alarms",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    acts = hub.add_subparsers(title="动作 / acts", dest="act", required=True, metavar="<act>")
    for name, text in (
        ("run", "运行，直到 SIGTERM / run until SIGTERM"),
        ("init", "生成中心密钥并打印公钥 / make the hub's key and print its public half"),
        ("account", "对账：已存、待补、声明丢失、不明 / the gap account of every stream"),
    ):
        act = acts.add_parser(
            name, help=text, description=text, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        _config_argument(act)
        if name != "run":
            act.add_argument("--json", action="store_true", help="输出 JSON / print JSON")
    importlib.import_module("larder_hub.register.cli").add_parser(acts)
    importlib.import_module("larder_hub.backups.cli").add_parsers(acts)


def _config_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", required=True, type=Path, metavar="FILE", help="配置文件 / the hub's TOML file")


def run(args: argparse.Namespace) -> int:
    """The exit code: 0; 2 for a wrong configuration; 70 and 74 when the hub stopped itself."""
    try:
        if args.act == "register":
            return int(importlib.import_module("larder_hub.register.cli").run(args))
        config = load_config(args.config)
        backups = importlib.import_module("larder_hub.backups.cli")
        if args.act in backups.ACTS:
            return int(backups.run(config, args))
        return {"run": _run, "init": _init, "account": _account}[args.act](config, args)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2


def _run(config: HubConfig, args: argparse.Namespace) -> int:
    from larder_hub.app import serve  # only here: the other acts need neither broker nor web

    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    return serve(config, args.config)


def _init(config: HubConfig, args: argparse.Namespace) -> int:
    from larder_hub.key import create_key

    public = create_key(config.data_dir).public
    print(
        json.dumps({"public_key": public})
        if args.json
        else f"中心公钥 / the hub's public key, for agent.toml [hub]: {public}"
    )
    return 0


def _account(config: HubConfig, args: argparse.Namespace) -> int:
    from larder_hub.ledger.account import AccountBook
    from larder_hub.ledger.schema import LedgerFailed

    book = AccountBook(config.data_dir / "ledger.db")
    try:
        streams = book.streams()
    except LedgerFailed as error:
        print(error, file=sys.stderr)
        return 2
    finally:
        book.close()
    if args.json:
        print(json.dumps([asdict(one) for one in streams]))
        return 0
    print(
        f"{'device':<20} {'stream':<10} {'head':>8} {'已存stored':>10} {'待补await':>8} {'声明lost':>8} {'不明?':>6} {'拒收ref':>6}"
    )
    for one in streams:
        state = " 分叉frozen" if one.frozen else " 已结束ended" if one.ended else ""
        print(f"{one.device:<20} {one.stream[:8]:<10} {one.head:>8} {one.stored:>10} {one.awaited:>9} {one.declared_lost:>9}"
              f" {one.unexplained:>7} {one.refused:>7}{state}")  # fmt: skip
    return 0 if not any(one.unexplained for one in streams) else 1
