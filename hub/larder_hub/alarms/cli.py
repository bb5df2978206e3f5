"""`larder hub alarms` and `larder hub drill`: put alarms aside for a while, and exercise the way to people, beside a running hub."""

import argparse
import json
import time
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from larder_hub.alarms.acts import ActFile, BrokenActs
from larder_hub.alarms.drills import Drill, DrillBook
from larder_hub.alarms.rules import Rules
from larder_hub.alarms.shelves import SqliteShelves
from larder_hub.config import ConfigError, HubConfig
from larder_hub.directories import Directories
from larder_hub.web.ports import Refusal, ShelfView, Wish

ACTS = ("alarms", "drill")
HOUR_MS, MINUTE_MS = 3_600_000, 60_000
_ALARMS = """\
例 / example:
  larder hub alarms shelve --site minzhong --hours 3 --reason 化霜 --actor 张某 --config /etc/larder/hub.toml
  larder hub alarms shelve --alarm 4017aa00bb11cc22 --hours 2 --reason "door is being mended" --actor li --config /etc/larder/hub.toml
  larder hub alarms list --config /etc/larder/hub.toml
  larder hub alarms list --check --config /etc/larder/hub.toml
  larder hub alarms unshelve 3f0c9d2a7b11 --actor 张某 --config /etc/larder/hub.toml

搁置的报警照样记录，只是不发消息；到时自动恢复，最长24小时；燃气、疫苗不得搁置。
What is put aside is raised and recorded all the same, but nobody is told; it ends by itself, within 24 hours; never gas or vaccine.
"""
_DRILL = """\
例 / example:
  larder hub drill begin --site minzhong --place fridge-2 --kind warm --actor 李某 --reason 季度演练 --config /etc/larder/hub.toml
  larder hub drill list --config /etc/larder/hub.toml
  larder hub drill end 9a1b22c3 --actor 李某 --config /etc/larder/hub.toml

消息写明演练，照常签收，到时自动结束，不计入任何统计。
Its messages say that it is a drill; it is signed as usual, ends by itself and is in no figure.
"""


def add_parsers(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    alarms = _act(acts, "alarms", "搁置报警 / put alarms aside for a while", _ALARMS)
    sorts = alarms.add_subparsers(title="动作 / acts", dest="what", required=True, metavar="<act>")
    shelve = _act(sorts, "shelve", "搁置 / put aside", _ALARMS)
    for word, text in (
        ("alarm", "报警编号 / id of one alarm"), ("county", "县 / county"), ("site", "单位 / site"), ("device", "设备 / device"),
        ("point", "测点 / point"), ("kind", "类别 / kind, as silence"),
    ):  # fmt: skip
        shelve.add_argument(f"--{word}", default="", metavar=word.upper(), help=text)
    shelve.add_argument(
        "--hours", type=float, required=True, metavar="H", help="多久，至多24 / for how long, at most 24"
    )
    _who(shelve, reason=True)
    unshelve = _act(sorts, "unshelve", "取消搁置 / show again", _ALARMS)
    unshelve.add_argument("id", metavar="ID", help="搁置编号 / its id")
    _who(unshelve)
    listing = _act(sorts, "list", "列出搁置 / what is put aside", _ALARMS)
    listing.add_argument("--check", action="store_true", help="核对 acts.jsonl / verify the chain of what people did")
    _config(listing, listed=True)

    drill = _act(acts, "drill", "演练 / exercises", _DRILL)
    sorts = drill.add_subparsers(title="动作 / acts", dest="what", required=True, metavar="<act>")
    begin = _act(sorts, "begin", "开始演练 / begin one", _DRILL)
    begin.add_argument("--site", required=True, metavar="SITE", help="单位 / site")
    begin.add_argument("--place", required=True, metavar="PLACE", help="点位 / place")
    begin.add_argument("--kind", choices=("warm",), default="warm", help="模拟什么 / what is simulated")
    begin.add_argument(
        "--value", type=float, default=13.0, metavar="C", help="模拟温度 / degrees that the message says"
    )
    begin.add_argument("--minutes", type=float, default=30.0, metavar="M", help="多久 / how long, 1 to 240")
    _who(begin, reason=True)
    end = _act(sorts, "end", "结束演练 / end one", _DRILL)
    end.add_argument("id", metavar="ID", help="演练编号 / its id")
    _who(end)
    _config(_act(sorts, "list", "列出演练 / list them", _DRILL), listed=True)


def _act(
    acts: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, text: str, epilog: str
) -> argparse.ArgumentParser:
    return acts.add_parser(
        name, help=text, description=text, epilog=epilog, formatter_class=argparse.RawDescriptionHelpFormatter
    )


def _who(parser: argparse.ArgumentParser, *, reason: bool = False) -> None:
    parser.add_argument("--actor", required=True, metavar="NAME", help="谁 / who")
    if reason:
        parser.add_argument("--reason", required=True, metavar="WORDS", help="为何 / why")
    _config(parser)


def _config(parser: argparse.ArgumentParser, *, listed: bool = False) -> None:
    parser.add_argument("--config", required=True, type=Path, metavar="FILE", help="配置文件 / the hub's TOML file")
    if listed:
        parser.add_argument("--json", action="store_true", help="输出 JSON / print JSON")


def run(config: HubConfig, args: argparse.Namespace) -> int:
    """Raises ConfigError, AlarmsFailed."""
    now_ms = time.time_ns() // 1_000_000
    file = config.data_dir / "alarms.db"
    if not file.exists():
        raise ConfigError(file, "(file)", "there are no alarms", "has the hub run with this data_dir?")
    directories = Directories(config.data_dir / "hub.db", lambda: now_ms)
    if args.act == "drill":
        return _drill(config, args, DrillBook(file, directories.current), now_ms)
    shelves = SqliteShelves(file, directories.current, Rules.of(config.time_scale, config.delivery_s))
    return _alarms(config, args, shelves, now_ms)


def _alarms(config: HubConfig, args: argparse.Namespace, shelves: SqliteShelves, now_ms: int) -> int:
    if args.what == "list" and args.check:
        return _check(ActFile(config.data_dir))
    if args.what == "list":
        found = shelves.listed(now_ms)
        print(
            json.dumps([asdict(one) for one in found])
            if args.json
            else "\n".join(map(_shelf_line, found)) or "无 / none"
        )
        return 0
    if args.what == "shelve":
        wish = Wish(args.actor, args.reason, now_ms + round(args.hours * HOUR_MS), args.alarm, args.county, args.site,
                    args.device, args.point, args.kind)  # fmt: skip
        done = shelves.shelve(wish, now_ms)
    else:
        done = shelves.unshelve(args.id, args.actor, now_ms)
    if isinstance(done, Refusal):
        raise ConfigError(config.data_dir, args.what, done.reason, f"{done.hint_zh} / {done.hint_en}")
    print(_shelf_line(done))
    return 0


def _check(file: ActFile) -> int:
    try:
        count = sum(1 for _ in file.lines())
    except BrokenActs as error:
        print(f"记录被改动 / altered: {error}")
        return 1
    print(f"{file.file}: {count} 条，前后相接 / {count} lines, each follows the one before")
    return 0


def _drill(config: HubConfig, args: argparse.Namespace, book: DrillBook, now_ms: int) -> int:
    if args.what == "list":
        found = book.listed()
        print(
            json.dumps([asdict(one) for one in found])
            if args.json
            else "\n".join(map(_drill_line, found)) or "无 / none"
        )
        return 0
    if args.what == "begin":
        lasting_ms = round(args.minutes * MINUTE_MS)
        done: Drill | Refusal | None = book.begin(
            args.site, args.place, args.value, args.actor, args.reason, now_ms, lasting_ms
        )
    else:
        done = book.end(args.id, args.actor, now_ms)
    if isinstance(done, Refusal):
        raise ConfigError(config.data_dir, args.what, done.reason, f"{done.hint_zh} / {done.hint_en}")
    print(_drill_line(done) if isinstance(done, Drill) else f"演练已结束 / drill {args.id} is over")
    return 0


def _moment(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, ZoneInfo("Asia/Shanghai")).strftime("%m-%d %H:%M")


def _shelf_line(one: ShelfView) -> str:
    what = " ".join(word for word in (one.alarm, one.county, one.site, one.device, one.point, one.kind) if word)
    return f"{one.id}  至 until {_moment(one.until_ms)}  {what}  {one.actor}: {one.reason}"


def _drill_line(one: Drill) -> str:
    state = f"结束 over {_moment(one.ended_ms)}" if one.ended_ms else f"至 until {_moment(one.until_ms)}"
    return f"{one.id}  {_moment(one.begun_ms)}  {one.site} {one.place}  {state}  {one.actor}: {one.reason}"
