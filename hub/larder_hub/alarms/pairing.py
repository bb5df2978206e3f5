"""`larder hub pair` and `larder hub unpair`: bind a phone to a person, once, without any password."""

import argparse
import getpass
import shutil
import subprocess
import sys
import time
from pathlib import Path

from larder_hub.alarms.phones import SqlitePhones
from larder_hub.config import ConfigError, HubConfig
from larder_hub.register.schema import open_register
from larder_hub.register.store import load

ACTS = ("pair", "unpair")
_EPILOG = """\
例 / example:
  larder hub pair zhang-wei --config /etc/larder/hub.toml       一次有效的绑定码，一天内用 / a code, good once and for a day
  larder hub unpair zhang-wei --config /etc/larder/hub.toml     手机丢了：解除此人全部手机 / a phone was lost: all of this person's

装有 qrencode 时同时打印二维码。 With qrencode installed a QR code is printed too.
"""


def add_parsers(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    for name, text in (
        ("pair", "给一个人的手机发绑定码 / a code that pairs a person's phone"),
        ("unpair", "解除一个人的全部手机 / revoke all phones of a person"),
    ):
        act = acts.add_parser(
            name, help=text, description=text, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        act.add_argument("person", metavar="PERSON", help="登记簿里的编号 / the person's id in the register")
        act.add_argument("--config", required=True, type=Path, metavar="FILE", help="配置文件 / the hub's TOML file")


def run(config: HubConfig, args: argparse.Namespace) -> int:
    """Raises ConfigError for a person that the register does not know."""
    people = load(open_register(config.data_dir / "hub.db")).people
    if args.person not in people:
        raise ConfigError(
            config.data_dir / "hub.db", args.person, "there is no such person", "larder hub register show"
        )
    phones, now_ms = SqlitePhones(config.data_dir / "alarms.db"), time.time_ns() // 1_000_000
    if args.act == "unpair":
        print(f"已解除 / revoked: {phones.revoke(args.person, now_ms)}")
        return 0
    code = phones.offer(args.person, getpass.getuser(), now_ms)
    link = f"{config.web.link or '/a'}?code={code}"
    print(f"{people[args.person].name}: {code}\n{link}", flush=True)
    if config.web.link and sys.stdout.isatty() and shutil.which("qrencode"):
        subprocess.run(["qrencode", "-t", "UTF8", link], check=False)
    return 0
