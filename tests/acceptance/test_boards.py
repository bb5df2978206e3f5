"""Every query of every board, against the real InfluxDB that a real hub has filled, compared with what the hub's own API says.

No Grafana runs here: its macros and variables are put in by hand, as its documents describe them.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from larder_cli.demo.stage import Stage
from larder_grafana.build import FOLDER
from larder_hub.influx.server import InfluxServer
from tests.chaos.measures import hub_metric
from tests.support.influx import RealInflux
from tests.support.stages import grows, logs, staged
from tests.support.waiting import wait_for

WORLD = Path(__file__).resolve().parents[2] / "firmware_sim" / "worlds" / "demo.toml"
FILES = sorted(FOLDER.glob("*/*.json"))
MACROS = {"$timeFilter": "time > now() - 1h", "$__interval": "1m"}
EVERYTHING = dict.fromkeys(("county", "site", "place", "site_name", "place_name"), ".*")


class Filled:
    """A hub that has run for a while, and the server that it wrote to."""

    def __init__(self, stage: Stage, server: InfluxServer) -> None:
        self.stage, self.server = stage, server

    def ask(self, query: str, variables: Mapping[str, str] = EVERYTHING) -> list[dict[str, Any]]:
        for name, value in {**MACROS, **{f"${{{name}:regex}}": value for name, value in variables.items()}}.items():
            query = query.replace(name, value)
        assert "$" not in query.replace("$/", "/"), f"a macro or variable that the test does not know: {query}"
        return self.server.query(query)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    with filling(tmp_path_factory.mktemp("boards")) as found:
        yield found


@contextmanager
def filling(folder: Path) -> Iterator[Filled]:
    influx = RealInflux(folder / "influx")
    try:
        influx.start()
        token = folder / "influx.token"
        token.write_text(influx.token)
        token.chmod(0o600)
        section = {"url": influx.config.url, "dialect": "influxdb1", "token_file": str(token), "states_every_s": 10}
        with staged(folder / "stage", "nats", world=WORLD, scenario="demo",
                    settings={"hub": {"influx": section}}) as stage:  # fmt: skip
            grows(stage, 100)
            wait_for(lambda: stage.ask("alarms")["alarms"], f"an alarm is raised\n{logs(stage)}", 120)
            points = hub_metric(stage, "larder_influx_points_total")
            wait_for(lambda: hub_metric(stage, "larder_influx_points_total") > points + 200, "states were written", 60)
            yield Filled(stage, influx.server())
    finally:
        influx.stop()


def targets(file: Path) -> Iterator[tuple[str, str]]:
    for panel in json.loads(file.read_text("utf-8"))["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["query"]


def test_there_are_ten_boards_in_two_languages() -> None:
    assert len(FILES) == 20


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_every_query_and_variable_is_answered(filled: Filled, file: Path) -> None:
    board = json.loads(file.read_text("utf-8"))
    for variable in board["templating"].get("list", ()):
        assert filled.ask(variable["query"]), f"{variable['name']} has no values: {variable['query']}"
    answered = [filled.ask(query) for _, query in targets(file)]
    assert any(answered), "not one panel has anything to show"


def columns(series: dict[str, Any]) -> dict[str, Any]:
    return dict(zip(series["columns"], series["values"][-1], strict=True)) | series.get("tags", {})


@pytest.mark.parametrize("tongue", ["zh", "en"])
def test_values_are_those_of_the_hubs_own_api(filled: Filled, tongue: str) -> None:
    query = dict(targets(FOLDER / tongue / "site.json"))[
        {"zh": "各测点最近值", "en": "Last value of each point"}[tongue]
    ]
    now = filled.stage.ask("now")
    site = now["sites"][0]
    shown = [columns(one) for one in filled.ask(query, EVERYTHING | {"site": re.escape(site["id"])})]
    told = {(place[f"name_{tongue}"], point["quantity"]) for place in site["places"] for point in place["points"]}
    assert {(one[f"place_{tongue}"], one["quantity"]) for one in shown} == told
    place, point = next(
        (place, point) for place in site["places"] for point in place["points"] if point["quantity"] == "temperature"
    )
    mine = next(
        one for one in shown if (one[f"place_{tongue}"], one["quantity"]) == (place[f"name_{tongue}"], "temperature")
    )
    here = f"device='{device_at(filled, site['id'], place['id'])}' AND point='{mine['point']}'"
    (written,) = filled.server.query(f"SELECT value FROM reading WHERE {here}")  # noqa: S608 (identifiers)
    assert mine["value"] in [value for _, value in written["values"]], "a board shows a value that was never read"
    assert point["profile"] and (mine["limit_high"], mine["limit_low"]) == (8.0, 0.0)


def device_at(filled: Filled, site: str, place: str) -> str:
    (found,) = filled.server.query(
        f"SELECT last(severity) FROM point_now WHERE site='{site}' AND place='{place}' AND quantity='temperature' GROUP BY device"  # noqa: S608 (identifiers)
    )
    return str(found["tags"]["device"])


def test_open_alarms_and_counts_are_those_of_the_hubs_own_api(filled: Filled) -> None:
    """The states are up to ten seconds old, so both sides are asked until they agree."""
    queries = dict(targets(FOLDER / "zh" / "prefecture.json"))

    def agree() -> bool:
        told = [one for one in filled.stage.ask("alarms")["alarms"] if one["condition"] != "normal"]
        shown = [one for one in told if one["visibility"] == "shown"]
        tickets = {
            one["tags"]["ticket"] for one in filled.server.query("SELECT last(rank) FROM alarm_open GROUP BY ticket")
        }
        count = [columns(one)["sum"] for one in filled.ask(queries["报警 待处置"])]
        return {one["ticket"] for one in told} <= tickets and count == [
            sum(one["severity"] == "alarm" for one in shown)
        ]

    wait_for(agree, "boards and API agree", 60)
