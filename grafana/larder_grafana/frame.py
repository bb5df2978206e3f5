"""What every board has: its question as the title's line, variables from county to place, links that keep time and variables."""

from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models import dashboard

from larder_grafana.house import SOURCE, Panel, uid
from larder_grafana.words import COUNTY, PLACE, SITE, Text, Tongue

TAG = "larder"
COLUMNS = 24


@dataclass(frozen=True)
class Board:
    """`name` is its part of the uid; `asks` the one question that it answers; `panels` from top to bottom, left to right."""

    name: str
    title: Text
    asks: Text
    panels: Sequence[Panel]
    variables: Sequence[builders.QueryVariable] = ()
    since: str = "now-24h"


def assembled(board: Board, tongue: Tongue) -> dashboard.Dashboard:
    """The board as Grafana stores it. The zone is Beijing's for whoever looks: a record is read in the time of its place."""
    whole = (
        builders.Dashboard(board.title.of(tongue))
        .uid(uid(board.name, tongue))
        .description(board.asks.of(tongue))
        .tags([TAG, tongue])
        .timezone("Asia/Shanghai")
        .time(board.since, "now")
        .refresh("1m")
        .readonly()
        .tooltip(dashboard.DashboardCursorSync.CROSSHAIR)
        .link(_others(tongue))
    )
    for variable in board.variables:
        whole = whole.with_variable(variable)
    for panel in board.panels:
        whole = whole.with_panel(panel)
    made = whole.build()
    laid([panel for panel in made.panels or [] if isinstance(panel, dashboard.Panel)])
    return made


def laid(panels: Sequence[dashboard.Panel]) -> None:
    """Put panels beside each other as long as they fit, then below."""
    x = y = high = 0
    for panel in panels:
        at = panel.grid_pos
        assert at is not None, "every panel of the house has a size"
        if x + at.w > COLUMNS:
            x, y, high = 0, y + high, 0
        at.x, at.y = x, y
        x, high = x + at.w, max(high, at.h)


def _others(tongue: Tongue) -> builders.DashboardLink:
    title = Text("看板", "Boards").of(tongue)
    return (
        builders.DashboardLink(title)
        .type(dashboard.DashboardLinkType.DASHBOARDS)
        .tags([TAG, tongue])
        .as_dropdown(True)
        .include_vars(True)
        .keep_time(True)
    )


def county(tongue: Tongue) -> builders.QueryVariable:
    return _variable("county", COUNTY, tongue, 'SHOW TAG VALUES FROM "site_now" WITH KEY = "county"', several=True)


def site(tongue: Tongue, *, several: bool = False) -> builders.QueryVariable:
    """By its name, which people know; `site` names it to the queries."""
    query = f'SHOW TAG VALUES FROM "site_now" WITH KEY = "site_{tongue}" WHERE "county" =~ /^${{county:regex}}$/'
    return _variable("site_name", SITE, tongue, query, several=several)


def site_id(tongue: Tongue) -> builders.QueryVariable:
    query = f'SHOW TAG VALUES FROM "site_now" WITH KEY = "site" WHERE "site_{tongue}" =~ /^${{site_name:regex}}$/'
    return _variable("site", SITE, tongue, query, several=True).hide(dashboard.VariableHide.HIDE_VARIABLE)


def place(tongue: Tongue) -> builders.QueryVariable:
    query = f'SHOW TAG VALUES FROM "point_now" WITH KEY = "place_{tongue}" WHERE "site" =~ /^${{site:regex}}$/'
    return _variable("place_name", PLACE, tongue, query, several=False)


def place_id(tongue: Tongue) -> builders.QueryVariable:
    query = (
        'SHOW TAG VALUES FROM "point_now" WITH KEY = "place" WHERE "site" =~ /^${site:regex}$/ '
        f'AND "place_{tongue}" =~ /^${{place_name:regex}}$/'
    )
    return _variable("place", PLACE, tongue, query, several=True).hide(dashboard.VariableHide.HIDE_VARIABLE)


def _variable(name: str, word: Text, tongue: Tongue, query: str, *, several: bool) -> builders.QueryVariable:
    """Of one that may hold several values all is the default, by a regular expression instead of a list of hundreds."""
    made = (
        builders.QueryVariable(name)
        .label(word.of(tongue))
        .datasource(SOURCE)
        .query(query)
        .refresh(dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(dashboard.VariableSort.ALPHABETICAL_ASC)
    )
    if several:
        everything = dashboard.VariableOption(text="All", value="$__all", selected=True)
        made = made.multi(True).include_all(True).all_value(".*").current(everything)
    return made
