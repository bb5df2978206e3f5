"""Can what is shown be believed, and is it all there?"""

from larder_grafana.frame import Board, county
from larder_grafana.house import House, Query
from larder_grafana.influxql import SHARE, where
from larder_grafana.panels import account, complete
from larder_grafana.words import SITE, Text, Tongue


def make(tongue: Tongue) -> Board:
    house = House(tongue)
    chosen = where("county", time="$timeFilter")
    share = SHARE.replace("WHERE $timeFilter", f"WHERE {chosen}")
    by_day = house.lines(
        Text("每日完整率", "Completeness by day"),
        Text("各县应到读数中已收的百分比", "readings here of those due, in percent, by county"),
        Query(f'{share} GROUP BY time(1d), "county" fill(none)', alias="$tag_county"),
        unit="percent",
    )
    worst = house.table(
        Text("各单位完整率", "Completeness of each site"),
        Text("差的单位先查网络和电源", "of the worst look at link and power first"),
        f'{share} GROUP BY "site"',
        {"site": SITE, "share": Text("完整率", "share")},
    )
    why = house.lines(
        Text("坏值按原因", "Bad values by reason"),
        Text("断线、上电、超物理范围等", "disconnected, power-on, out of range and so on"),
        Query(
            f'SELECT sum("readings") FROM "reading_bad" WHERE {chosen} GROUP BY time(1h), "quality" fill(none)',
            alias="$tag_quality",
        ),
        unit="none",
    )
    where_from = house.table(
        Text("坏值从哪来", "Where bad values come from"),
        Text("同一探头反复出现要更换", "a probe that comes up again and again is to be replaced"),
        f'SELECT sum("readings") AS "readings" FROM "reading_bad" WHERE {chosen} GROUP BY "site", "device", "point", "quality"',
        {
            "site": SITE,
            "device": Text("设备", "device"),
            "point": Text("测点", "point"),
            "quality": Text("原因", "reason"),
            "readings": Text("次数", "readings"),
        },
    )
    return Board(
        "quality",
        Text("数据质量", "Data quality"),
        Text("看到的可信吗？都到了吗？", "Can what is shown be believed, and is it all there?"),
        [complete(house, "county"), by_day, worst, why, where_from, account(house, "county")],
        [county(tongue)],
        since="now-30d",
    )
