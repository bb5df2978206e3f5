"""Putting aside through the API, and the list behind a message, over the real files."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from larder_hub.alarms.shelves import SqliteShelves
from larder_hub.web.app import build_web
from tests.support.counties import GANGCHA, counties, fridges_only
from tests.support.incidents import County
from tests.support.web_client import Caller
from tests.support.web_world import World

HOUR_MS = 3_600_000


@pytest.fixture
def county(tmp_path: Path) -> Iterator[County]:
    with closing(fridges_only(County(tmp_path, counties({GANGCHA: 12})))) as made:
        yield made


def caller(county: County, token: str = "") -> Caller:
    services = World().furnish().services()
    shelves = SqliteShelves(county.file, lambda: county.directory, county.projection._rules)
    return Caller(
        build_web(replace(services, alarms=county.book, shelves=shelves, now_ms=county.now_ms, operator_token=token))
    )


def test_the_list_behind_a_storms_one_message(county: County) -> None:
    county.until(9)
    for n in range(1, 12):
        county.boxes[f"box{n}"].up = False
    county.until(50)
    ask = caller(county)
    (lead,) = {alarm for (alarm,) in county.rows("SELECT alarm FROM notice WHERE kind = 'digest'")}
    listed = ask.json(f"/api/v1/alarms/{lead}/members")["alarms"]
    assert {one["site"] for one in listed} | {ask.json(f"/api/v1/alarms/{lead}")["site"]} == {
        f"site{n}" for n in range(1, 12)
    }
    assert ask.get("/api/v1/alarms/none/members").status_code == 404


def test_put_aside_listed_and_taken_back_with_the_operators_token(county: County) -> None:
    county.until(3)
    ask, bearer = caller(county, "secret"), {"Authorization": "Bearer secret"}
    wish = {"actor": "li", "reason": "化霜", "site": "site1", "until_ms": county.now_ms() + HOUR_MS}
    assert ask("POST", "/api/v1/shelves", json=wish).status_code == 401
    done = ask("POST", "/api/v1/shelves", json=wish, headers=bearer)
    assert (done.status_code, done.json()["reason"], done.json()["severity"]) == (200, "化霜", "alarm")
    assert ask.json("/api/v1/shelves")["shelves"] == [done.json()]
    assert "化霜" in ask.get("/").text and "搁置的报警" in ask.get("/").text
    end = f"/api/v1/shelves/{done.json()['id']}/end"
    assert ask("POST", end, json={"actor": "li"}).status_code == 401
    assert ask("POST", end, json={"actor": "li"}, headers=bearer).status_code == 200
    assert ask("POST", end, json={"actor": "li"}, headers=bearer).status_code == 404
    assert ask.json("/api/v1/shelves")["shelves"] == []


def test_what_is_not_put_aside_says_why(county: County) -> None:
    county.until(3)
    ask = caller(county)
    long = {"actor": "li", "reason": "x", "site": "site1", "until_ms": county.now_ms() + 25 * HOUR_MS}
    refused = ask("POST", "/api/v1/shelves", json=long)
    assert (refused.status_code, refused.json()["error"]) == (409, "too-long")
    assert ask("POST", "/api/v1/shelves", json=long | {"reason": ""}).status_code == 422
    assert Caller(build_web(World().furnish().services())).get("/api/v1/shelves").status_code == 404
