"""`larder hub`: run the hub, make its key, keep the register and backups."""

import argparse
import importlib
import json
import logging
import sys
from pathlib import Path

from larder_hub.config import ConfigError, HubConfig, load_config

_EPILOG = """\
例 / example:
  larder hub init --config /etc/larder/hub.toml            生成密钥，打印公钥 / make the key, print its public half
  larder hub register import register.toml --config /etc/larder/hub.toml
  larder hub run --config /etc/larder/hub.toml
"""

PARTS = (
    "larder_hub.backups.cli",
    "larder_hub.requests.cli",
    "larder_hub.directives.cli",
    "larder_hub.notices.cli",
    "larder_hub.alarms.pairing",
    "larder_hub.alarms.cli",
    "larder_hub.alarms.routes_cli",
)
"""Commands that need the whole configuration; each has ACTS, `add_parsers` and `run`."""


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
    ):
        act = acts.add_parser(
            name, help=text, description=text, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        _config_argument(act)
        if name != "run":
            act.add_argument("--json", action="store_true", help="输出 JSON / print JSON")
    importlib.import_module("larder_hub.register.cli").add_parser(acts)
    for part in PARTS:
        importlib.import_module(part).add_parsers(acts)


def _config_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", required=True, type=Path, metavar="FILE", help="配置文件 / the hub's TOML file")


def run(args: argparse.Namespace) -> int:
    """The exit code: 0; 2 for a wrong configuration; 70, 74 and 75 when the hub stopped itself."""
    try:
        if args.act == "register":
            return int(importlib.import_module("larder_hub.register.cli").run(args))
        config = load_config(args.config)
        for part in map(importlib.import_module, PARTS):
            if args.act in part.ACTS:
                return int(part.run(config, args))
        return {"run": _run, "init": _init}[args.act](config, args)
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
