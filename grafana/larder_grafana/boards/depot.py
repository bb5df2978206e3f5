"""Is any heap warming or wetting by itself?"""

from larder_grafana.frame import Board, county, site, site_id
from larder_grafana.house import House, Query
from larder_grafana.influxql import where
from larder_grafana.panels import account, needs, open_alarms
from larder_grafana.words import Text, Tongue


def make(tongue: Tongue) -> Board:
    house = House(tongue)
    grain = f"{where('site', time='$timeFilter')} AND \"quantity\" = 'temperature'"
    layers = house.lines(
        Text("各层平均温度", "Mean temperature of each layer"),
        Text("深处自己升温不是天气", "what warms deep inside by itself is not the weather"),
        Query(
            f'SELECT mean("value") FROM "reading" WHERE {grain} GROUP BY time($__interval), "place" fill(null)',
            alias="$tag_place",
        ),
    )
    spots = house.table(
        Text("最热的测点与全仓均温", "Hottest points and the mean"),
        Text("差 3 度该看，差 5 度该处理", "3 degrees apart: look; 5: act"),
        f'SELECT max("value") AS "peak", mean("value") AS "value" FROM "reading" WHERE {grain} GROUP BY "place", "point"',
        {
            "place": Text("层", "layer"),
            "point": Text("测点", "point"),
            "peak": Text("最高", "highest"),
            "value": Text("平均", "mean"),
        },
    )
    damp = house.lines(
        Text("湿度", "Humidity"),
        Text("仓湿长期高于 70 % 会结露", "above 70 % for days condenses"),
        Query(
            f'SELECT mean("value") FROM "reading" WHERE {where("site", time="$timeFilter")} AND "quantity" = \'humidity\' '
            'GROUP BY time($__interval), "place" fill(null)',
            alias="$tag_place",
        ),
        unit="humidity",
    )
    return Board(
        "depot",
        Text("粮库", "Grain depot"),
        Text("有没有粮堆自己在升温或返潮？", "Is any heap warming or wetting by itself?"),
        [*needs(house, "site"), spots, layers, damp, open_alarms(house, "site"), account(house, "site")],
        [county(tongue), site(tongue), site_id(tongue)],
        since="now-90d",
    )
