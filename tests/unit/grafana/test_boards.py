"""Boards as files: current, in house style, the same in both languages, and loadable by what others wrote."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.models.dashboard import Dashboard

from larder_grafana.boards.pipeline import GROUPS
from larder_grafana.build import FOLDER, built, file_of
from larder_grafana.house import COLOURS
from larder_hub.influx.lines import MEASUREMENTS
from larder_hub.metrics import Metrics

BOARDS = list(built())
GREEN = ("green", "#73bf69", "#56a64b", "#37872d")


@pytest.fixture(params=BOARDS, ids=lambda one: f"{one.tongue}-{one.name}")
def board(request: pytest.FixtureRequest) -> Any:
    return json.loads(request.param.text)


def test_the_files_are_what_the_code_makes() -> None:
    assert {file_of(one): one.text for one in BOARDS} == {
        file: file.read_text("utf-8") for file in FOLDER.glob("*/*.json")
    }, "run larder grafana build --dir grafana/boards"


def panels(board: Any) -> Iterator[Any]:
    yield from board["panels"]


def test_it_is_read_as_grafanas_own_types_read_it(board: Any) -> None:
    again = Dashboard.from_json(board)
    assert (again.uid, again.title, len(again.panels or [])) == (board["uid"], board["title"], len(board["panels"]))


def test_it_keeps_the_style_of_the_house(board: Any) -> None:
    assert (
        board["timezone"] == "Asia/Shanghai" and board["refresh"] == "1m" and board["description"].endswith(("?", "？"))
    )
    assert len(board["panels"]) <= 14
    assert sum(len(one.get("targets", ())) for one in panels(board)) <= 25
    for one in panels(board):
        assert one["title"] and one["description"], "a panel says what it means"
        assert one["gridPos"]["w"] in (4, 6, 8, 12, 24)
        for target in one["targets"]:
            assert target["datasource"]["uid"] == "larder-influx"
            assert any(f'"{name}"' in target["query"] for name in MEASUREMENTS)
    text = json.dumps(board).lower()
    assert not [word for word in GREEN if word in text], "grey is normal"
    assert COLOURS["normal"].lower() in text or "statetimeline" not in text


def test_no_two_panels_lie_on_each_other(board: Any) -> None:
    taken: set[tuple[int, int]] = set()
    for one in panels(board):
        at = one["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken
        assert at["x"] + at["w"] <= 24
        taken |= cells


def test_every_link_leads_to_a_board_of_the_same_language_and_keeps_the_time() -> None:
    uids = {json.loads(one.text)["uid"] for one in BOARDS}
    for one in BOARDS:
        links = re.findall(r'"url": "(/d/[^"]+)', one.text)
        assert links or one.name not in ("prefecture", "county", "site"), "rows lead nowhere"
        for url in links:
            assert "${__url_time_range}" in url and url.split("/d/")[1].split("?")[0] in uids
            assert url.split("?")[0].endswith(f"-{one.tongue}")


def test_both_languages_have_the_same_panels_and_no_word_is_left_over() -> None:
    by_name = {(one.tongue, one.name): json.loads(one.text) for one in BOARDS}
    for (tongue, name), zh in by_name.items():
        if tongue == "en":
            continue
        en = by_name["en", name]
        assert [one["type"] for one in zh["panels"]] == [one["type"] for one in en["panels"]]
        titles = " ".join(
            [en["title"], en["description"], *(one["title"] + one["description"] for one in en["panels"])]
        )
        assert titles.isascii(), "a Chinese word on an English board"


def test_every_metric_of_the_hub_is_drawn() -> None:
    names = {metric.name.removeprefix("larder_") for metric in Metrics().registry.collect()}
    beginnings = tuple(one for _, group in GROUPS for one in group.split("|"))
    assert not {name for name in names if not name.startswith(beginnings)}, "give it a panel in boards/pipeline.py"


@pytest.mark.parametrize("name", ["datasources", "dashboards"])
def test_provisioning_is_yaml_that_names_what_there_is(name: str) -> None:
    content = yaml.safe_load((FOLDER.parent / "provisioning" / name / "larder.yaml").read_text("utf-8"))
    assert content["apiVersion"] == 1
    if name == "datasources":
        assert content["datasources"][0]["uid"] == "larder-influx"
    else:
        assert {Path(one["options"]["path"]).name for one in content["providers"]} == {"zh", "en"}
