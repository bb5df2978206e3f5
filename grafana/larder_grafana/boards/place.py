"""What happened here, when, for how long, and can we prove it?"""

from larder_grafana.frame import Board, county, place, place_id, site, site_id
from larder_grafana.house import House, Panel, Query
from larder_grafana.influxql import where
from larder_grafana.panels import latest, open_alarms, value_lines
from larder_grafana.words import Text, Tongue

HERE = ("site", "place")


def make(tongue: Tongue) -> Board:
    house = House(tongue)
    return Board(
        "place",
        Text("点位", "Place"),
        Text("这里发生了什么，何时，多久，能否证明？", "What happened here, when, for how long, and can we prove it?"),
        [
            latest(house, *HERE),
            value_lines(house, *HERE),
            _beside(house),
            _bad(house),
            open_alarms(house, *HERE),
            _history(house),
        ],
        [county(tongue), site(tongue), site_id(tongue), place(tongue), place_id(tongue)],
        since="now-48h",
    )


def _beside(house: House) -> Panel:
    chosen = where(*HERE, time="$timeFilter")
    query = (
        f'SELECT last("value") FROM "reading" WHERE {chosen} AND "quantity" =~ /door|power|humidity/ '
        'GROUP BY time($__interval), "point", "quantity" fill(null)'
    )
    return house.lines(
        Text("门、电、湿度", "Door, power, humidity"),
        Text("与上图同一时间轴", "on the same axis of time as above"),
        Query(query, alias="$tag_quantity $tag_point"),
        unit="none",
    )


def _bad(house: House) -> Panel:
    query = (
        f'SELECT sum("readings") FROM "reading_bad" WHERE {where(*HERE, time="$timeFilter")} '
        'GROUP BY time($__interval), "point", "quality" fill(none)'
    )
    return house.lines(
        Text("坏值与原因", "Bad values and why"),
        Text("坏值不进曲线，不算超温", "they are in no curve, and never an alarm about food"),
        Query(query, alias="$tag_point: $tag_quality"),
        unit="none",
    )


def _history(house: House) -> Panel:
    columns = {
        "kind": Text("种类", "kind"),
        "what": Text("变化", "step"),
        "severity": Text("级别", "severity"),
        "value": Text("值", "value"),
        "peak": Text("峰值", "peak"),
        "level": Text("限值", "limit"),
        "ticket": Text("单号", "ticket"),
        "late": Text("迟到", "late"),
    }
    query = (
        'SELECT "value", "peak", "level", "ticket", "late" FROM "alarm" '
        f'WHERE {where("site", time="$timeFilter")} GROUP BY "kind", "what", "severity"'
    )
    return house.table(
        Text("历次报警", "Alarms so far"),
        Text("所选时间内的每一步", "every step in the time chosen"),
        query,
        columns,
        hidden=(),
    )
