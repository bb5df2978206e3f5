"""A prefecture as a live table: counties, open alarms by severity, the account, custody, what was done by key.

ASCII frames and marks: in some CJK terminals lines and dots are two cells wide, in rich they are one.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from larder_cli.demo.keys import LEGEND
from larder_cli.demo.screen import HANDLING, KINDS, MARKS, NARROW, STYLES

Answer = Mapping[str, Any]
ALARMS_SHOWN = 12
EVENTS_SHOWN = 6
_BLIND = ("silence", "sensor", "camera")


@dataclass(frozen=True)
class Prefecture:
    """What the hub says at one moment, and what the demo itself knows. `produced`: by the agents' outboxes; None: not known."""

    account: Answer
    open: Sequence[Answer]
    notices: Sequence[Answer]
    seconds: float
    scale: float
    url: str
    seed: int
    points: int
    produced: int | None
    events: Sequence[str]
    load: str


def overview(seen: Prefecture, width: int) -> RenderableType:
    """The whole screen for a terminal so many cells wide; below 100 without custody and events."""
    parts: list[RenderableType] = [_head(seen)]
    if width < NARROW:
        return Group(*parts, _counties(seen), _alarms(seen), _account(seen), Text(LEGEND))
    upper, lower = Table.grid(expand=True), Table.grid(expand=True)
    for grid in (upper, lower):
        grid.add_column(ratio=4)
        grid.add_column(ratio=6)
    upper.add_row(_counties(seen), _alarms(seen))
    lower.add_row(_account(seen), _custody(seen))
    return Group(*parts, upper, lower, Text(LEGEND))


def _head(seen: Prefecture) -> RenderableType:
    simulated = int(seen.seconds * seen.scale)
    clock = f"{simulated // 3600:02d}:{simulated // 60 % 60:02d}:{simulated % 60:02d}"
    text = (
        f"larder demo   种子 seed {seen.seed}   模拟 sim {clock} x{seen.scale:g}   {len(seen.account['sites'])} sites "
        f"{seen.points:,} points   {seen.load}   {seen.url}"
    )
    return Panel(Text(text), box=box.ASCII)


def _counties(seen: Prefecture) -> RenderableType:
    """Food alarms by severity; what is blind is counted apart and is never normal."""
    title = "各县 / counties: 单位 sites, 报警 alarms, 不明 blind, 完整 complete"
    table = Table(title=title, box=box.ASCII, expand=True, title_justify="left", pad_edge=False)
    table.add_column("县", no_wrap=True, min_width=6)
    for name, cells in (("单位", 4), ("!!", 3), ("!", 3), ("~", 3), ("?", 3), ("完整", 7)):
        table.add_column(name, no_wrap=True, min_width=cells, justify="right")
    home = {site["id"]: site["county"] for site in seen.account["sites"]}
    sites = Counter(home.values())
    worst = Counter((home.get(one["site"], ""), _rank(one)) for one in seen.open if one["condition"] != "normal")
    for county in seen.account["counties"]:
        code = county["id"]
        percent = county["completeness"]["percent"]
        marks = [str(worst[code, rank]) for rank in ("critical", "alarm", "warning", "blind")]
        complete = "未知" if percent is None else f"{percent:.2f}%"
        style = "bold" if worst[code, "critical"] or worst[code, "alarm"] else ""
        table.add_row(county["name_zh"], str(sites[code]), *marks, complete, style=style)
    return table


def _rank(alarm: Answer) -> str:
    return "blind" if alarm["kind"] in _BLIND else str(alarm["severity"])


def _alarms(seen: Prefecture) -> RenderableType:
    title = f"未结报警 / open alarms ({len(seen.open)})"
    table = Table(title=title, box=box.ASCII, expand=True, title_justify="left", pad_edge=False)
    table.add_column("", no_wrap=True)
    table.add_column("什么 what", no_wrap=True, overflow="ellipsis", ratio=1)
    table.add_column("现值/限值", no_wrap=True)
    table.add_column("处理 handling", no_wrap=True)
    shown = sorted(seen.open, key=lambda one: (one["condition"] == "normal", one["kind"] in _BLIND))[:ALARMS_SHOWN]
    for one in shown:
        rank = _rank(one)
        mark = Text(MARKS.get(rank, "? "), style=STYLES.get(rank, ""))
        value = "" if one["value"] is None or one["limit"] is None else f"{one['value']:.1f}/{one['limit']:.1f}"
        what = f"{KINDS.get(one['kind'], one['kind'])} {one['site_name_zh']}{one['place_name_zh']}"
        state = "已恢复 " if one["condition"] == "normal" else ""
        table.add_row(mark, what, value, f"{state}{HANDLING.get(one['handling'], one['handling'])}")
    if len(seen.open) > len(shown):
        table.add_row("", f"… 另有 {len(seen.open) - len(shown)} 条 / more".replace("…", "..."), "", "")
    return table


def _account(seen: Prefecture) -> RenderableType:
    """Produced is counted by the agents' own outboxes, the rest by the hub: what is between them is still with the agents."""
    account = seen.account
    stored, lost = account["readings_stored"], account["readings_declared_lost"]
    held = None if seen.produced is None else seen.produced - stored - lost
    table = Table(
        title="账 / account (读数 readings)", box=box.ASCII, expand=True, title_justify="left", show_header=False
    )
    table.add_column()
    table.add_column(justify="right")
    table.add_row("产生 produced", "未知" if seen.produced is None else f"{seen.produced:,}")
    table.add_row("= 已存 stored", f"{stored:,}")
    table.add_row("+ 已声明丢失 declared", f"{lost:,}")
    table.add_row("+ 设备待传 on its way", "未知" if held is None else f"{held:,}")
    table.add_row("不明 unexplained", f"{account['unexplained']:,} {'OK' if account['unexplained'] == 0 else '!!'}")
    return table


def _custody(seen: Prefecture) -> RenderableType:
    sent = sum(1 for one in seen.notices if one["outcome"] in ("sent", "delivered"))
    saved = sum(1 for one in seen.notices if one["outcome"] == "held")
    account = seen.account
    lines = [
        f"账本 ledger {account['stored']:,} entries   待补 awaited {account['awaited']:,}   拒收 refused {account['refused']:,}",
        f"短信 sms sent {sent}   留待汇总 held for a digest {saved}",
        *list(seen.events)[-EVENTS_SHOWN:],
    ]
    return Panel(Text("\n".join(lines)), title="托管 / custody", title_align="left", box=box.ASCII)
