"""Which county needs a person now, and what can we not see?"""

from larder_grafana.frame import Board
from larder_grafana.house import House
from larder_grafana.panels import abnormal_sites, account, complete, needs, open_alarms, states
from larder_grafana.words import Text, Tongue


def make(tongue: Tongue) -> Board:
    house = House(tongue)
    return Board(
        "prefecture",
        Text("州总览", "Prefecture"),
        Text("哪个县现在要人？什么看不见？", "Which county needs a person now, and what can we not see?"),
        [
            *needs(house),
            complete(house),
            open_alarms(house),
            abnormal_sites(house),
            states(house, "county"),
            account(house),
        ],
    )
