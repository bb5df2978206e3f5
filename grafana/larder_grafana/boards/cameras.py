"""Which kitchens have no living picture in service hours?"""

from larder_grafana.frame import Board, county
from larder_grafana.house import House, Query
from larder_grafana.influxql import of_sites, total, where
from larder_grafana.words import COUNTY, PLACE, SITE, Text, Tongue


def make(tongue: Tongue) -> Board:
    house = House(tongue)
    registered = house.stat(
        Text("登记在用", "Registered, in service"),
        Text("底数：放假停用的不算", "the base: those out of service are not counted"),
        total("cameras", "county"),
        ((None, "normal"),),
    )
    alive = house.stat(
        Text("画面在动", "Picture advances"),
        Text("在线不等于画面活着", "online is not alive"),
        total("cameras_answering", "county"),
        ((None, "normal"),),
    )
    columns = {
        "county": COUNTY,
        f"site_{tongue}": SITE,
        f"place_{tongue}": PLACE,
        "point": Text("摄像头", "camera"),
        "value": Text("1 在动 / 0 不动", "1 advances / 0 not"),
        "age_s": Text("多久前", "age"),
        "blind": Text("? 看不见", "? not seen"),
    }
    fields = ", ".join(f'last("{name}") AS "{name}"' for name in ("value", "age_s", "blind", "in_service"))
    groups = f'"county", "site_{tongue}", "place_{tongue}", "point"'
    inner = f'SELECT {fields} FROM "point_now" WHERE {where("county")} AND "quantity" = \'camera\' GROUP BY {groups}'
    dead = house.table(
        Text("没有活画面的", "Without a living picture"),
        Text("多为设备故障，不代表违规", "mostly a fault, not a violation"),
        f'SELECT "value", "age_s", "blind" FROM ({inner}) WHERE "in_service" = 1 AND ("value" < 1 OR "blind" = 1) GROUP BY {groups}',
        columns,
    )
    share = house.lines(
        Text("画面在动的摄像头", "Cameras whose picture advances"),
        Text("各县，按时间", "by county and time"),
        Query(of_sites('last("cameras_answering") AS "one"', "county", by="county"), alias="$tag_county"),
        unit="none",
    )
    return Board(
        "cameras",
        Text("明厨亮灶", "Cameras"),
        Text("哪些厨房没有活画面？", "Which kitchens have no living picture?"),
        [registered, alive, dead, share],
        [county(tongue)],
    )
