"""The style of all boards: grey is normal, colour asks for an act, nothing is green; few kinds of panels on one grid.

Sizes are Grafana's grid units (24 columns); colours are one for each meaning, chosen to stay apart for colour-blind eyes, and never
alone: a word or a mark stands beside them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import dashboard as board_builders
from grafana_foundation_sdk.builders import stat as stat_builders
from grafana_foundation_sdk.builders import statetimeline as timeline_builders
from grafana_foundation_sdk.builders import table as table_builders
from grafana_foundation_sdk.builders import text as text_builders
from grafana_foundation_sdk.builders import timeseries as series_builders
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import common, dashboard, text

from larder_grafana.words import STATES, Text, Tongue

COLOURS = {
    "critical": "#C9174A",
    "alarm": "#E8730C",
    "warning": "#F5CF5A",
    "blind": "#2F86C9",
    "normal": "#AAB2B9",
    "declared": "#6B7884",
}

SOURCE = dashboard.DataSourceRef(type_val="influxdb", uid="larder-influx")

Format = Literal["time_series", "table"]
Panel = Builder[dashboard.Panel]


class InfluxQuery(Dataquery):
    """A query in InfluxQL as Grafana's InfluxDB source stores it."""

    def __init__(self, ref: str, query: str, form: Format, alias: str) -> None:
        self.ref_id, self.query, self.form, self.alias = ref, query, form, alias

    def to_json(self) -> dict[str, object]:
        return {
            "refId": self.ref_id,
            "datasource": SOURCE,
            "rawQuery": True,
            "query": self.query,
            "resultFormat": self.form,
            "alias": self.alias,
        }


@dataclass(frozen=True)
class Query(Builder[Dataquery]):
    text: str
    form: Format = "time_series"
    alias: str = ""
    ref: str = "A"

    def build(self) -> Dataquery:
        return InfluxQuery(self.ref, self.text, self.form, self.alias)


def threshold(*steps: tuple[float | None, str]) -> board_builders.ThresholdsConfig:
    """From which value on which meaning; the first has none."""
    return board_builders.ThresholdsConfig().steps(
        [dashboard.Threshold(value=value, color=COLOURS[meaning]) for value, meaning in steps]
    )


@dataclass(frozen=True)
class House:
    """Panels in one language."""

    tongue: Tongue

    def say(self, words: Text) -> str:
        return words.of(self.tongue)

    def stat(
        self,
        title: Text,
        what: Text,
        query: str,
        steps: Sequence[tuple[float | None, str]],
        unit: str = "none",
        decimals: int = 0,
    ) -> stat_builders.Panel:
        """One number; coloured only from the first step that asks for an act."""
        return (
            stat_builders.Panel()
            .title(self.say(title))
            .description(self.say(what))
            .datasource(SOURCE)
            .with_target(Query(query))
            .unit(unit)
            .decimals(decimals)
            .no_value(self.say(Text("未知", "unknown")))
            .thresholds(threshold(*steps))
            .color_mode(common.BigValueColorMode.BACKGROUND_SOLID)
            .graph_mode(common.BigValueGraphMode.NONE)
            .reduce_options(common_builders.ReduceDataOptions().calcs(["lastNotNull"]))
            .height(4)
            .span(4)
        )

    def table(
        self,
        title: Text,
        what: Text,
        query: str,
        columns: Mapping[str, Text],
        *,
        hidden: Sequence[str] = ("Time",),
        link: "Link | None" = None,
        height: int = 9,
    ) -> table_builders.Panel:
        """Rows as the query orders them. `columns` names what is shown; `hidden` are columns that only links need."""
        panel = (
            table_builders.Panel()
            .title(self.say(title))
            .description(self.say(what))
            .datasource(SOURCE)
            .with_target(Query(query, "table"))
            .no_value(self.say(Text("无", "none")))
            .height(height)
            .span(24)
        )
        for name, word in columns.items():
            properties = [_property("displayName", self.say(word)), *_SHAPES.get(name, ())]
            panel = panel.override_by_name(name, properties)
        for name in hidden:
            panel = panel.override_by_name(name, [_property("custom.hidden", True)])
        if link is not None:
            panel = panel.override_by_name(link.column, [_property("links", [link.data(self.tongue)])])
        return panel

    def lines(self, title: Text, what: Text, *queries: Query, unit: str = "celsius") -> series_builders.Panel:
        """Curves: grey, with gaps where nothing was stored. Limits are dashed."""
        panel = (
            series_builders.Panel()
            .title(self.say(title))
            .description(self.say(what))
            .datasource(SOURCE)
            .targets(list(queries))
            .unit(unit)
            .span_nulls(False)
            .line_width(1)
            .fill_opacity(0)
            .show_points(common.VisibilityMode.NEVER)
            .axis_width(60)
            .color_scheme(
                board_builders.FieldColor().mode(dashboard.FieldColorModeId.FIXED).fixed_color(COLOURS["declared"])
            )
            .tooltip(common_builders.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI))
            .height(10)
            .span(24)
        )
        dashed = {"fill": "dash", "dash": [6, 6]}
        return panel.override_by_regexp("limit|上限|下限", [_property("custom.lineStyle", dashed)])

    def timeline(self, title: Text, what: Text, query: str, alias: str, height: int = 9) -> timeline_builders.Panel:
        """States by time; what is not known is a colour of its own, and missing data is left white."""
        return (
            timeline_builders.Panel()
            .title(self.say(title))
            .description(self.say(what))
            .datasource(SOURCE)
            .with_target(Query(query, alias=alias))
            .mappings([self.states()])
            .show_value(common.VisibilityMode.NEVER)
            .merge_values(True)
            .row_height(0.8)
            .fill_opacity(100)
            .color_scheme(board_builders.FieldColor().mode(dashboard.FieldColorModeId.THRESHOLDS))
            .thresholds(threshold(*((None if code == 0 else code, meaning) for code, (meaning, _) in STATES.items())))
            .height(height)
            .span(24)
        )

    def states(self) -> dashboard.ValueMap:
        return dashboard.ValueMap(
            options={
                str(code): dashboard.ValueMappingResult(text=self.say(word), color=COLOURS[meaning], index=code)
                for code, (meaning, word) in STATES.items()
            }
        )

    def note(self, content: Text, height: int = 3) -> text_builders.Panel:
        return (
            text_builders.Panel()
            .mode(text.TextMode.MARKDOWN)
            .content(self.say(content))
            .transparent(True)
            .height(height)
            .span(24)
        )


@dataclass(frozen=True)
class Link:
    """From a cell to another board, with its row's values as variables, in the same time."""

    column: str
    board: str
    carry: Mapping[str, str]
    """variable: column"""

    def data(self, tongue: Tongue) -> dict[str, object]:
        told = "".join(f'&var-{variable}=${{__data.fields["{column}"]}}' for variable, column in self.carry.items())
        return {"title": "→", "url": f"/d/{uid(self.board, tongue)}?${{__url_time_range}}{told}"}


def uid(board: str, tongue: Tongue) -> str:
    return f"larder-{board}-{tongue}"


def _property(name: str, value: object) -> dashboard.DynamicConfigValue:
    return dashboard.DynamicConfigValue(id_val=name, value=value)


def _chip(column: str) -> list[dashboard.DynamicConfigValue]:
    """A count that fills its cell with the colour of its meaning, and nothing where it is 0."""
    steps = [{"value": None, "color": "transparent"}, {"value": 1, "color": COLOURS[column]}]
    return [
        _property("custom.cellOptions", {"type": "color-background", "mode": "basic"}),
        _property("thresholds", {"mode": "absolute", "steps": steps}),
    ]


_SHAPES: dict[str, list[dashboard.DynamicConfigValue]] = {
    "critical": _chip("critical"),
    "alarm": _chip("alarm"),
    "warning": _chip("warning"),
    "blind": _chip("blind"),
    "over_s": [_property("unit", "dtdurations")],
    "age_s": [_property("unit", "dtdurations")],
    "since_ms": [_property("unit", "dateTimeAsIso")],
    "share": [_property("unit", "percent"), _property("decimals", 2)],
    "value": [_property("decimals", 1)],
    "peak": [_property("decimals", 1)],
    "level": [_property("decimals", 1)],
}
