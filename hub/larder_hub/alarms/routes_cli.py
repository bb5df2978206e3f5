"""`larder hub routes`: who would be told of an alarm, checked before a night."""

import argparse
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from larder_core.limits.words import Severity
from larder_hub.alarms.explain import steps
from larder_hub.alarms.routes import Spot
from larder_hub.config import HubConfig
from larder_hub.notices.port import masked
from larder_hub.register.directory import Directory
from larder_hub.register.roster import LOCAL, holes, local
from larder_hub.register.route import route_of
from larder_hub.register.schema import open_register
from larder_hub.register.store import load

ACTS = ("routes",)
_EPILOG = """\
例 / example:
  larder hub routes --site minzu-school --severity critical --at 2026-11-24T23:00 --config /etc/larder/hub.toml
  larder hub routes --site hospital --severity alarm --profile drug.cold --config /etc/larder/hub.toml
"""


class NotExplained(ValueError):
    """What was asked for is not in the register, or is no time."""


def add_parsers(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    text = "出了报警会先后告诉谁 / who would be told of an alarm, one after another"
    act = acts.add_parser(
        "routes", help=text, description=text, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    act.add_argument("--config", required=True, metavar="FILE", help="配置文件 / the hub's TOML file", type=Path)
    act.add_argument("--site", required=True, metavar="SITE", help="单位编号 / the site's id")
    act.add_argument("--severity", default="alarm", choices=[str(one) for one in Severity], help="级别 / severity")
    act.add_argument("--kind", default="food", metavar="KIND", help="报警种类（默认 food）/ kind of alarm")
    act.add_argument("--profile", default="", metavar="PROFILE", help="限值方案 / limit profile of the point")
    act.add_argument("--side", default="high", choices=["high", "low"], help="超高或超低 / which side (default: high)")
    act.add_argument("--at", default="", metavar="TIME", help="北京时间（默认现在）/ Beijing time, as 2026-11-24T23:00")


def run(config: HubConfig, args: argparse.Namespace) -> int:
    """The exit code: 0, or 2 with the reason on stderr."""
    db = open_register(config.data_dir / "hub.db")
    try:
        directory = load(db)
    finally:
        db.close()
    try:
        for line in explained(directory, args, _moment(args.at)):
            print(line)
    except NotExplained as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _moment(text: str) -> int:
    try:
        when = datetime.fromisoformat(text) if text else datetime.fromtimestamp(time.time(), LOCAL)
    except ValueError as error:
        raise NotExplained(f"larder hub routes: --at {text!r} is no time (write 2026-11-24T23:00)") from error
    return round((when if when.tzinfo else when.replace(tzinfo=LOCAL)).timestamp() * 1000)


def explained(directory: Directory, args: argparse.Namespace, at_ms: int) -> Iterator[str]:
    """The lines for people."""
    site = directory.sites.get(args.site)
    if site is None:
        raise NotExplained(f"larder hub routes: there is no site {args.site!r} (see `larder hub register show`)")
    route = route_of(directory.routes, args.kind, args.severity, args.profile, args.side)
    yield f"{site.name_zh}  {args.kind} {args.severity}  路由 route {route.name}"
    if not route.to:
        yield "只上看板，不发短信 / on the board only, nobody is told"
        return
    yield (
        f"无人签收每 {route.escalate_min} 分钟升一级 / next level after {route.escalate_min} min unsigned; "
        f"签收后 {route.act_min} 分钟未处置再升 / {route.act_min} min without an act; "
        f"重复 repeat {route.repeat_min or '-'} min"
    )
    told = list(steps(directory, route, Spot(site.id, site.county), at_ms))
    for step in told:
        for level in step.call.unmanned:
            yield f"{local(step.at_ms):%m-%d %H:%M}  {level}: 无人值班，转下一级 / nobody on duty, the next level hears"
        for one in step.call.hearers:
            phone = masked(one.person.phone)
            yield f"{local(step.at_ms):%m-%d %H:%M}  {one.level:<10}  {one.person.name} {phone}  ({one.entry})"
    if not told:
        yield "没有人会收到 / nobody would hear: enter somebody as [[duty]]"
    for hole in holes(directory.duties, at_ms, days=2):
        yield f"注意 / note: {hole}"
