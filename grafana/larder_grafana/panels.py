"""Panels that more than one board shows, over the sites that its variables choose."""

from larder_grafana.house import House, Link, Panel, Query
from larder_grafana.influxql import RECENT, SHARE, total, where
from larder_grafana.words import COUNTY, PLACE, SITE, Text

NAMES = {
    "over_s": Text("已持续", "for"),
    "value": Text("值", "value"),
    "level": Text("限值", "limit"),
    "peak": Text("峰值", "peak"),
}

TO_SITE = {"county": "county", "site_name": "site_zh"}


def needs(house: House, *tags: str) -> list[Panel]:
    """The strip on top: what asks for a person, and what nobody can see."""
    counts = (
        (
            "critical",
            Text("严重 待处置", "Critical, open"),
            Text("食品可能受损，此刻应有人到场", "food at stake: somebody should be there"),
        ),
        (
            "alarm",
            Text("报警 待处置", "Alarms, open"),
            Text("已超限并超过延时", "beyond a limit for longer than its delay"),
        ),
        ("unsigned", Text("无人签收", "Unsigned"), Text("报警后还没有人签收", "nobody has signed them yet")),
        (
            "blind",
            Text("看不见的测点", "Points not seen"),
            Text("无数据、数据过旧或坏值", "no data, old data or bad values"),
        ),
    )
    meaning = {"unsigned": "critical"}
    return [
        house.stat(title, what, total(field, *tags), ((None, "normal"), (1, meaning.get(field, field))))
        for field, title, what in counts
    ]


def complete(house: House, *tags: str) -> Panel:
    """The worst county's or site's share of what was due."""
    by = "site" if "county" in tags else "county"
    conditions = where(*tags, time="$timeFilter")
    inner = SHARE.replace("WHERE $timeFilter", f"WHERE {conditions}")
    return house.stat(
        Text("完整率最差", "Completeness, worst"),
        Text(
            "应到读数中已收的百分比；99 以下说明有数据没到",
            "readings here of those due, in percent; below 99 something has not come",
        ),
        f'SELECT min("share") FROM ({inner} GROUP BY "{by}")',
        ((None, "blind"), (99, "normal")),
        "percent",
        2,
    )


def open_alarms(house: House, *tags: str) -> Panel:
    """Whatever the time chosen: an alarm that is open does not vanish from here because it is old."""
    tongue = house.tongue
    columns = {
        f"site_{tongue}": SITE,
        f"place_{tongue}": PLACE,
        "severity": Text("级别", "severity"),
        "kind": Text("种类", "kind"),
        **NAMES,
        "handling": Text("处理", "handling"),
        "ticket": Text("单号", "ticket"),
    }
    fields = ", ".join(f'last("{name}") AS "{name}"' for name in ("rank", *NAMES))
    groups = ", ".join(f'"{name}"' for name in columns if name not in NAMES)
    query = f'SELECT {fields} FROM "alarm_open" WHERE {where(*tags)} AND "visibility" = \'shown\' GROUP BY {groups}'
    link = Link(f"place_{tongue}", "place", {"site_name": f"site_{tongue}", "place_name": f"place_{tongue}"})
    return house.table(
        Text("现在要人办的", "What needs a person now"),
        Text("最重的在前；点点位看曲线", "gravest first; follow a place to its curve"),
        query,
        columns,
        hidden=("Time", "rank"),
        link=link,
    )


def abnormal_sites(house: House, *tags: str) -> Panel:
    """Sites that have something: a list of those where all is well would hide them."""
    tongue = house.tongue
    columns = {
        "county": COUNTY,
        f"site_{tongue}": SITE,
        "critical": Text("!! 严重", "!! critical"),
        "alarm": Text("! 报警", "! alarm"),
        "warning": Text("~ 预警", "~ warning"),
        "blind": Text("? 看不见", "? not seen"),
        "unsigned": Text("无人签收", "unsigned"),
    }
    fields = ", ".join(
        f'last("{name}") AS "{name}"' for name in ("critical", "alarm", "warning", "blind", "unsigned", "state")
    )
    inner = f'SELECT {fields} FROM "site_now" WHERE {where(*tags)} GROUP BY "county", "site_{tongue}"'
    shown = '"critical", "alarm", "warning", "blind", "unsigned"'
    query = f'SELECT {shown} FROM ({inner}) WHERE "state" > 0 GROUP BY "county", "site_{tongue}"'
    link = Link(f"site_{tongue}", "site", {"county": "county", "site_name": f"site_{tongue}"})
    return house.table(
        Text("有情况的单位", "Sites with something"),
        Text("没有列出的单位此刻正常", "what is not listed is normal now"),
        query,
        columns,
        link=link,
    )


def states(house: House, by: str, *tags: str) -> Panel:
    """The worst state by time; `by` is a tag of `site_now`."""
    chosen = where(*tags, time="$timeFilter")
    query = f'SELECT max("state") FROM "site_now" WHERE {chosen} GROUP BY time($__interval), "{by}" fill(none)'
    return house.timeline(
        Text("最差状态", "Worst state"),
        Text("蓝是看不见，不是正常", "blue is not seen, which is not normal"),
        query,
        f"$tag_{by}",
    )


def account(house: House, *tags: str) -> Panel:
    """Due = good + bad + awaited + declared lost + absent + unheard + unexplained, by site or county."""
    words = {
        "due": Text("应到", "due"),
        "good": Text("已收", "good"),
        "bad": Text("坏值", "bad"),
        "awaited": Text("待补", "awaited"),
        "declared_lost": Text("声明丢失", "declared lost"),
        "absent": Text("停测", "absent"),
        "unheard": Text("未报", "unheard"),
        "unexplained": Text("不明", "unexplained"),
    }
    by = "site" if tags else "county"
    sums = ", ".join(f'sum("{name}") AS "{name}"' for name in words)
    query = f'SELECT {sums} FROM "completeness" WHERE {where(*tags, time="$timeFilter")} GROUP BY "{by}"'
    return house.table(
        Text("账", "The account"),
        Text(
            "应到 = 已收 + 坏值 + 待补 + 声明丢失 + 停测 + 未报 + 不明",
            "due = good + bad + awaited + declared lost + absent + unheard + unexplained",
        ),
        query,
        {by: SITE if tags else COUNTY, **words},
        height=6,
    )


def value_lines(house: House, *tags: str) -> Panel:
    """Values with the limits in force then; a gap in the curve is a gap in the record."""
    chosen = where(*tags, time="$timeFilter")
    queries = [
        Query(
            f'SELECT mean("value") FROM "reading" WHERE {chosen} AND "quantity" = \'temperature\' '
            'GROUP BY time($__interval), "place", "point" fill(null)',
            alias="$tag_place $tag_point",
        ),
        Query(
            f'SELECT max("value") FROM "reading" WHERE {chosen} AND "quantity" = \'temperature\' '
            'GROUP BY time($__interval), "place", "point" fill(null)',
            alias="$tag_place $tag_point max",
            ref="B",
        ),
        Query(
            f'SELECT last("limit_high") FROM "point_now" WHERE {chosen} AND "quantity" = \'temperature\' '
            'GROUP BY time($__interval), "place" fill(previous)',
            alias="limit high $tag_place",
            ref="C",
        ),
        Query(
            f'SELECT last("limit_low") FROM "point_now" WHERE {chosen} AND "quantity" = \'temperature\' '
            'GROUP BY time($__interval), "place" fill(previous)',
            alias="limit low $tag_place",
            ref="D",
        ),
    ]
    return house.lines(
        Text("温度与限值", "Temperature and limits"),
        Text("虚线是当时生效的限值；断开处没有数据", "dashed: the limit in force then; a break has no data"),
        *queries,
    )


def latest(house: House, *tags: str) -> Panel:
    """Every point of a place with its last good value and how old it is."""
    tongue = house.tongue
    columns = {
        f"place_{tongue}": PLACE,
        "point": Text("测点", "point"),
        "quantity": Text("量", "quantity"),
        "value": Text("值", "value"),
        "age_s": Text("多久前", "age"),
        "limit_high": Text("上限", "high"),
        "limit_low": Text("下限", "low"),
        "blind": Text("? 看不见", "? not seen"),
    }
    fields = ", ".join(f'last("{name}") AS "{name}"' for name in ("value", "age_s", "limit_high", "limit_low", "blind"))
    query = f'SELECT {fields} FROM "point_now" WHERE {where(*tags, time=RECENT)} GROUP BY "place_{tongue}", "point", "quantity"'
    return house.table(
        Text("各测点最近值", "Last value of each point"),
        Text("值旁是它有多旧", "beside each value, how old it is"),
        query,
        columns,
        link=Link(f"place_{tongue}", "place", {"place_name": f"place_{tongue}"}),
    )
