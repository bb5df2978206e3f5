"""`larder hub register`: import, show, export, key."""

import argparse
import getpass
import sys
import time
from pathlib import Path

from sqlite_utils import Database

from larder_core.limits.profiles import PROFILES
from larder_core.limits.pulse import PULSE
from larder_core.signing import PublicKey
from larder_hub.config import load_config
from larder_hub.folders import make_folder
from larder_hub.register.contents import Register
from larder_hub.register.file import read_register, write_register
from larder_hub.register.limits import mildness
from larder_hub.register.refusal import ChangeRefused, RegisterError, RegisterFailed
from larder_hub.register.roster import holes
from larder_hub.register.schema import open_register
from larder_hub.register.shortfalls import shortfalls
from larder_hub.register.store import Change, history, import_register, load_register, set_key

EXIT_REFUSED = 2
PROFILE_UNITS = {key: profile.unit for key, profile in {**PROFILES, PULSE.key: PULSE}.items()}

_EPILOG = """\
例 / example:
  larder hub register import register.toml --config hub.toml
  larder hub register key minzhong-box EeC5... --config hub.toml --replace-key
  larder hub register export --config hub.toml > register.toml
"""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``register``."""
    text = "登记簿：单位、点位、设备、人员 / the register: sites, places, devices, people"
    register = subparsers.add_parser(
        "register", help=text, description=text, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    acts = register.add_subparsers(title="动作 / acts", dest="register_act", required=True, metavar="<act>")
    importing = _act(acts, "import", "按文件更新登记簿，只记差异 / make the register say what a file says")
    importing.add_argument("file", type=Path, metavar="FILE", help="登记文件 / the register file")
    importing.add_argument("--remove", action="store_true", help="去掉文件中没有的 / take out what the file leaves out")
    _change_arguments(importing)
    showing = _act(acts, "show", "登记了什么，最近改了什么 / what is registered, and the latest changes")
    showing.add_argument(
        "--changes", type=int, default=10, metavar="N", help="最近 N 条变更（默认 10）/ how many changes"
    )
    _act(acts, "export", "打印为登记文件 / print it as a register file")
    key = _act(acts, "key", "登记设备公钥 / register a device's public key")
    key.add_argument("device", metavar="DEVICE", help="设备编号 / the device's id")
    key.add_argument("public_key", metavar="PUBLIC_KEY", help="公钥 / 43 characters, printed by `larder agent init`")
    _change_arguments(key)


def _act(acts: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, text: str) -> argparse.ArgumentParser:
    act = acts.add_parser(
        name, help=text, description=text, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    act.add_argument("--config", required=True, type=Path, metavar="FILE", help="配置文件 / the hub's TOML file")
    return act


def _change_arguments(act: argparse.ArgumentParser) -> None:
    act.add_argument("--replace-key", action="store_true", help="允许更换设备公钥 / allow a device's key to change")
    act.add_argument("--actor", default="", help="谁改的（默认当前用户）/ who changes it (default: the user logged in)")


def run(args: argparse.Namespace) -> int:
    """The exit code: 0, or 2 with the reason on stderr. Raises ConfigError for the hub's own configuration."""
    data_dir = load_config(args.config).data_dir
    try:
        make_folder(data_dir)
        db = open_register(data_dir / "hub.db")
        try:
            return {"import": _import, "show": _show, "export": _export, "key": _key}[args.register_act](db, args)
        finally:
            db.close()
    except (RegisterError, ChangeRefused, RegisterFailed, OSError) as error:
        print(f"larder hub register: {error}", file=sys.stderr)
        return EXIT_REFUSED


def _import(db: Database, args: argparse.Namespace) -> int:
    register = read_register(args.file, PROFILE_UNITS)
    changes = import_register(db, register, _actor(args), _now_ms(), replace_key=args.replace_key, remove=args.remove)
    for note in (*holes(register.directory.duties, _now_ms()), *shortfalls(register.directory)):
        print(f"注意 / note: {note}", file=sys.stderr)
    for line in mildness(register.directory.changed):
        print(line, file=sys.stderr)
    return _say(changes)


def _key(db: Database, args: argparse.Namespace) -> int:
    try:
        public_key = PublicKey(args.public_key).text
    except ValueError as error:
        raise ChangeRefused(
            f"{args.public_key[:60]!r} is no public key: {error}", "copy the 43 characters again"
        ) from error
    return _say(set_key(db, args.device, public_key, _actor(args), _now_ms(), replace_key=args.replace_key))


def _say(changes: tuple[Change, ...]) -> int:
    for change in changes:
        print(change)
    print(f"{len(changes)} 处变更 / changes")
    return 0


def _show(db: Database, args: argparse.Namespace) -> int:
    register = load_register(db)
    for line in _overview(register):
        print(line)
    for row in reversed(history(db, args.changes)):
        moment = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(row["at_ms"] / 1000))
        act = "新增 added" if not row["before"] else "去掉 removed" if not row["after"] else "更改 changed"
        print(f"{moment}  {row['actor']}  {act}  {row['kind']} {row['key']}")
    return 0


def _overview(register: Register) -> list[str]:
    directory = register.directory
    lines = []
    for site in directory.sites.values():
        county = register.counties[site.county]
        lines.append(f"{site.id}  {county.name_zh} {site.name_zh} / {site.name_en}")
        for device in directory.devices.values():
            if device.site != site.id:
                continue
            points = len(directory.points_of(device.id))
            key = device.public_key or "无公钥 no key yet"
            rests = "" if device.in_service else "  停用 out of service"
            lines.append(f"  {device.id}  {points} 点 points  {key}{rests}")
    for changed in directory.changed:
        at = f"{changed.site}/{changed.place or '*'}"
        lines.append(
            f"{at}  {changed.profile} 限值更改 changed: {changed.figures}  {changed.author} {changed.date} {changed.reason}"
        )
    people = len(directory.people)
    lines.append(f"{len(directory.sites)} 单位 sites, {len(directory.places)} 点位 places, {len(directory.devices)} 设备 devices, "
                 f"{len(directory.points)} 测点 points, {people} 人 people")  # fmt: skip
    return lines


def _export(db: Database, _args: argparse.Namespace) -> int:
    print(write_register(load_register(db)), end="")
    return 0


def _actor(args: argparse.Namespace) -> str:
    return args.actor.strip() or getpass.getuser()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
