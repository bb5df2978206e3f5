"""Which devices need a hand: silent, behind, restless?"""

from larder_grafana.frame import Board, county
from larder_grafana.house import House, Panel, Query
from larder_grafana.influxql import RECENT, where
from larder_grafana.words import Text, Tongue


def make(tongue: Tongue) -> Board:
    house = House(tongue)
    return Board(
        "devices",
        Text("设备", "Devices"),
        Text("哪些设备要人管：不说话、积压、反复重连？", "Which devices need a hand: silent, behind, restless?"),
        [
            _oldest(house),
            _owing(house),
            _restless(house),
            _figure(house, "disk", Text("磁盘与电源等自测", "Disk, power and other figures of its own")),
        ],
        [county(tongue)],
    )


def _oldest(house: House) -> Panel:
    columns = {
        "county": Text("县", "county"),
        "site": Text("单位", "site"),
        "device": Text("设备", "device"),
        "age_s": Text("最新读数多久前", "age of its newest reading"),
        "blind": Text("? 看不见的测点", "? points not seen"),
    }
    fields, groups = 'last("age_s") AS "age_s", last("blind") AS "blind"', '"county", "site", "device"'
    inner = f'SELECT {fields} FROM "point_now" WHERE {where("county")} GROUP BY {groups}, "point"'
    query = f'SELECT min("age_s") AS "age_s", sum("blind") AS "blind" FROM ({inner}) GROUP BY {groups}'
    return house.table(
        Text("各设备", "Devices"),
        Text("最久没有说话的要查电源和网络", "of the longest silent check power and link"),
        query,
        columns,
    )


def _owing(house: House) -> Panel:
    columns = {
        "label_device": Text("设备", "device"),
        "label_site": Text("单位", "site"),
        "value": Text("已宣告未到的记录", "announced, not here"),
    }
    query = (
        f'SELECT last("value") AS "value" FROM "hub_metric" WHERE {RECENT} AND "name" = \'larder_account_awaited\' '
        'GROUP BY "label_site", "label_device"'
    )
    return house.table(
        Text("积压", "Behind"),
        Text("设备已宣告、中心还没收到", "announced by the device and not here yet"),
        f'SELECT "value" FROM ({query}) WHERE "value" > 0 GROUP BY "label_site", "label_device"',
        columns,
    )


def _restless(house: House) -> Panel:
    query = (
        'SELECT non_negative_difference(last("value")) FROM "hub_metric" WHERE $timeFilter AND "name" = \'larder_births_total\' '
        'GROUP BY time(1h), "label_device" fill(none)'
    )
    return house.lines(
        Text("每小时重新连接", "Connections an hour"),
        Text("很多：线路差，或两台设备同名", "many: a bad line, or two of one name"),
        Query(query, alias="$tag_label_device"),
        unit="none",
    )


def _figure(house: House, word: str, title: Text) -> Panel:
    query = (
        f'SELECT last("value") FROM "reading" WHERE {where("county", time="$timeFilter")} '
        f'AND "quantity" = \'other\' AND "point" =~ /{word}|battery|cpu/ '
        'GROUP BY time($__interval), "device", "point" fill(null)'
    )
    return house.lines(
        title, Text("设备自己报的", "as the devices tell"), Query(query, alias="$tag_device $tag_point"), unit="none"
    )
