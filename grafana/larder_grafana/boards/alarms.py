"""Do alarms still mean something: how many, how long, from where?"""

from larder_grafana.frame import Board, county
from larder_grafana.house import House, Query
from larder_grafana.influxql import where
from larder_grafana.panels import open_alarms
from larder_grafana.words import SITE, Text, Tongue


def make(tongue: Tongue) -> Board:
    house = House(tongue)
    chosen = where("county", time="$timeFilter")
    raised = f"{chosen} AND \"what\" = 'raised'"
    load = house.lines(
        Text("每十分钟新报警", "New alarms in ten minutes"),
        Text("超过 10 条是泛滥：没有人能一一处理", "more than 10 is a flood: nobody can answer each"),
        Query(
            f'SELECT count("t0_ms") FROM "alarm" WHERE {raised} GROUP BY time(10m), "severity" fill(0)',
            alias="$tag_severity",
        ),
        unit="none",
    )
    top = house.table(
        Text("报警最多的来源", "Most frequent sources"),
        Text("前十名占比不该超过百分之五", "the first ten should not make more than a few percent"),
        f'SELECT count("t0_ms") AS "alarms" FROM "alarm" WHERE {raised} GROUP BY "site", "device", "point", "kind"',
        {
            "site": SITE,
            "device": Text("设备", "device"),
            "point": Text("测点", "point"),
            "kind": Text("种类", "kind"),
            "alarms": Text("次数", "alarms"),
        },
    )
    severities = house.table(
        Text("级别分布", "By severity"),
        Text("大致应为八成低、一成半中、半成高", "roughly 80 % low, 15 % middle, 5 % high"),
        f'SELECT count("t0_ms") AS "alarms" FROM "alarm" WHERE {chosen} AND "what" =~ /raised|worsened/ GROUP BY "severity"',
        {"severity": Text("级别", "severity"), "alarms": Text("次数", "alarms")},
        height=5,
    )
    told = house.lines(
        Text("短信去向", "What became of messages"),
        Text("失败和滞留要查通道", "failed or stuck: look at the provider"),
        Query(
            'SELECT non_negative_difference(last("value")) FROM "hub_metric" WHERE $timeFilter AND "name" = \'larder_notices_total\' '
            'GROUP BY time(1h), "label_outcome" fill(none)',
            alias="$tag_label_outcome",
        ),
        unit="none",
    )
    return Board(
        "alarms",
        Text("报警表现", "Alarm performance"),
        Text("报警还有人信吗：多少、多久、从哪来？", "Do alarms still mean something: how many, how long, from where?"),
        [load, severities, top, open_alarms(house, "county"), told],
        [county(tongue)],
        since="now-30d",
    )
