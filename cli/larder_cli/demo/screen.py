"""A glance as a live table. ASCII frames and marks: in some CJK terminals lines and dots are two cells wide, in rich they are one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from larder_cli.demo.glance import Glance

MARKS = {"critical": "!!", "alarm": "! ", "warning": "~ "}
STYLES = {
    "critical": "white on #C9174A",
    "alarm": "#14171A on #E8730C",
    "warning": "#14171A on #F5CF5A",
    "blind": "#14171A on #2F86C9",
}
KINDS = {
    "food": "温度",
    "sensor": "传感器",
    "camera": "摄像",
    "silence": "无数据",
    "quarantine": "拒收",
    "fork": "分叉",
}
HANDLING = {"unacked": "未签收", "acked": "已签收", "in_progress": "处理中", "await_review": "待复核", "closed": "已结"}
NARROW = 100


@dataclass(frozen=True)
class Stand:
    """What the demo itself knows: seconds run, time scale, where the page is, how many readings agents sealed."""

    seconds: float
    scale: float
    url: str
    produced: int | None


def render(glance: Glance, stand: Stand, width: int) -> RenderableType:
    right = [_alarms(glance), _cameras(glance), _account(glance, stand), _notices(glance)]
    if width < NARROW:
        return Group(_head(stand), _places(glance), *right)
    columns = Table.grid(expand=True)
    columns.add_column(ratio=5)
    columns.add_column(ratio=6)
    columns.add_row(_places(glance), Group(*right))
    return Group(_head(stand), columns)


def _head(stand: Stand) -> RenderableType:
    minutes, seconds = divmod(int(stand.seconds), 60)
    simulated = int(stand.seconds * stand.scale)
    text = (f"larder demo  {minutes:02d}:{seconds:02d}   模拟 {simulated // 3600:02d}:{simulated // 60 % 60:02d}  x{stand.scale:g}"
            f"   限值延时同比缩短 / limit delays divided by {stand.scale:g}   {stand.url}   Ctrl-C 结束")  # fmt: skip
    return Panel(Text(text), box=box.ASCII)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, box=box.ASCII, expand=True, title_justify="left", pad_edge=False)
    for name in columns:
        table.add_column(name, no_wrap=True, overflow="ellipsis")
    return table


def _places(glance: Glance) -> Table:
    table = _table("点位 / places", "单位 site", "点位 place", "温度", "湿度", "时间 age")
    for site in glance.now["sites"]:
        name = site["name_zh"]
        for place in site["places"]:
            points = {point["quantity"]: point for point in place["points"]}
            if not {"temperature", "humidity"} & points.keys():
                continue
            newest = max(points.values(), key=lambda point: point["at_ms"] or 0)
            table.add_row(name, place["name_zh"], _value(points.get("temperature"), "C"), _value(points.get("humidity"), "%"),
                          _age(newest), style=_trouble(glance, site["id"], points))  # fmt: skip
            name = ""
    return table


def _value(point: Mapping[str, Any] | None, unit: str) -> str:
    if point is None:
        return ""
    if point["value"] is None or point["quality"]:
        return f"? {point['quality'] or '未知'}"
    return f"{point['number']:.1f}{unit}"


def _age(point: Mapping[str, Any]) -> str:
    if point["age_ms"] is None:
        return "? 未到"
    seconds = f"{max(0, point['age_ms']) // 1000}s"
    return seconds if point["state"] == "fresh" else f"? {point['state_zh']} {seconds}"


def _trouble(glance: Glance, site: str, points: Mapping[str, Mapping[str, Any]]) -> str:
    """The style of the worst open alarm of these points; nothing where all is well."""
    ids = {point["id"] for point in points.values()}
    open_here = [
        one for one in glance.open if one["site"] == site and one["point"] in ids and one["condition"] != "normal"
    ]
    worst = next(
        (rank for rank in ("critical", "alarm", "warning") if any(one["severity"] == rank for one in open_here)), ""
    )
    return "bold" if worst in ("critical", "alarm") else ""


def _alarms(glance: Glance) -> Table:
    table = _table(f"未结报警 / open alarms ({len(glance.open)}，累计 raised {glance.raised}，解除 cleared {glance.cleared})",
                   "", "什么 what", "现值/限值", "处理 handling")  # fmt: skip
    for one in glance.open[:8]:
        mark = Text(MARKS.get(one["severity"], "? "), style=STYLES.get(one["severity"], ""))
        value = "" if one["value"] is None or one["limit"] is None else f"{one['value']:.1f} / {one['limit']:.1f}"
        what = f"{KINDS.get(one['kind'], one['kind'])} {one['site_name_zh']}{one['place_name_zh']}"
        state = "已恢复 " if one["condition"] == "normal" else ""
        table.add_row(mark, what, value, f"{state}{HANDLING.get(one['handling'], one['handling'])}")
    return table


def _cameras(glance: Glance) -> Table:
    table = _table("摄像头 / cameras", "单位", "位置", "状态 state")
    for one in glance.cameras:
        if one["answering"] is None:
            state = Text("? 未知", style=STYLES["blind"])
        elif one["answering"]:
            state = Text("应答 answering")
        else:
            state = Text(f"? 无应答 {one['reason']}", style=STYLES["blind"])
        table.add_row(one["site_name_zh"], one["place_name_zh"], state)
    return table


def _account(glance: Glance, stand: Stand) -> Table:
    account = glance.account
    table = _table(
        "账 / account (读数 readings)",
        "产生 made",
        "已存 stored",
        "丢失 lost",
        "待补 awaited",
        "不明 ?",
        "拒收 refused",
    )
    produced = "未知" if stand.produced is None else f"{stand.produced:,}"
    readings = [f"{account[name]:,}" for name in ("readings_stored", "readings_declared_lost")]
    table.add_row(
        produced,
        *readings,
        f"{account['awaited']:,} 条",
        *(f"{account[name]:,}" for name in ("unexplained", "refused")),
    )
    return table


def _notices(glance: Glance) -> Table:
    table = Table(
        title=f"短信 / SMS ({glance.sms_sent} sent)",
        box=box.ASCII,
        expand=True,
        title_justify="left",
        show_header=False,
    )
    table.add_column(overflow="fold")
    for one in glance.notices[:4]:
        table.add_row(f"{one['outcome']} {one['recipient']} {one['phone']}\n{one['text']}")
    return table


def events(before: Glance | None, after: Glance) -> Iterable[str]:
    """What happened between two glances, a line each: for output that is not a terminal."""
    known = {one["id"]: one for one in before.alarms} if before else {}
    for one in reversed(after.alarms):
        was = known.get(one["id"])
        where = f"{one['site_name_zh']}{one['place_name_zh']} {one['device']}/{one['point']}"
        if was is None:
            yield f"报警 raised {one['severity']} {one['kind']} {where}"
        elif was["severity"] != one["severity"]:
            yield f"加重 worsened {one['severity']} {one['kind']} {where}"
        if one["cleared_ms"] is not None and (was is None or was["cleared_ms"] is None):
            yield f"解除 cleared {one['kind']} {where}"
    told = {(one["id"], one["outcome"]) for one in before.notices} if before else set()
    for one in reversed(after.notices):
        if (one["id"], one["outcome"]) not in told:
            yield f"短信 SMS {one['outcome']} {one['recipient']}: {one['text']}"
