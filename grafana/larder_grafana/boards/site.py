"""Is this kitchen, shop or store safe now, and is someone handling what is not?"""

from larder_grafana.frame import Board, county, site, site_id
from larder_grafana.house import House
from larder_grafana.panels import account, latest, needs, open_alarms, states, value_lines
from larder_grafana.words import Text, Tongue


def make(tongue: Tongue) -> Board:
    house = House(tongue)
    return Board(
        "site",
        Text("单位", "Site"),
        Text("这里现在安全吗？不安全的有人在办吗？", "Is this place safe now, and is someone handling what is not?"),
        [
            *needs(house, "site"),
            latest(house, "site"),
            open_alarms(house, "site"),
            value_lines(house, "site"),
            states(house, f"site_{tongue}", "site"),
            account(house, "site"),
        ],
        [county(tongue), site(tongue), site_id(tongue)],
        since="now-48h",
    )
