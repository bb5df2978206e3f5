"""Which sites here need a visit or a call today?"""

from larder_grafana.frame import Board, county
from larder_grafana.house import House, Query
from larder_grafana.influxql import of_sites
from larder_grafana.panels import abnormal_sites, account, complete, needs, open_alarms, states
from larder_grafana.words import Text, Tongue


def make(tongue: Tongue) -> Board:
    house = House(tongue)
    together = house.lines(
        Text("同时看不见的单位", "Sites not seen at the same time"),
        Text("一起上升多半是停电或断网", "a shared rise is mostly power or the carrier"),
        Query(of_sites('max("blind") / max("blind") AS "one"', "county"), alias=Text("单位", "sites").of(tongue)),
        unit="none",
    )
    panels = [
        *needs(house, "county"),
        complete(house, "county"),
        open_alarms(house, "county"),
        abnormal_sites(house, "county"),
        states(house, f"site_{tongue}", "county"),
        together,
        account(house, "county"),
    ]
    return Board(
        "county",
        Text("县", "County"),
        Text("这里今天哪些单位要去或要打电话？", "Which sites here need a visit or a call today?"),
        panels,
        [county(tongue)],
    )
