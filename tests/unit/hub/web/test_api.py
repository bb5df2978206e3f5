"""The JSON API: what it says, and what it says when it cannot."""

from dataclasses import replace
from typing import Any

import pytest

from larder_hub.failures import FileFailed
from larder_hub.requests.answers import Request
from larder_hub.web.app import build_web
from larder_hub.web.guard import SECURITY_HEADERS
from larder_hub.web.services import Ailment
from tests.support.ledger_rows import T0_MS, Rows, readings
from tests.support.web_client import Caller
from tests.support.web_world import NOW_MS, World


def points(now: Any) -> dict[tuple[str, str], Any]:
    found = [point for site in now["sites"] for place in site["places"] for point in place["points"]]
    return {(point["device"], point["id"]): point for point in found}


def test_now_gives_each_value_exactly_with_its_age_and_state(ask: Caller) -> None:
    now = ask.json("/api/v1/now")
    assert (now["now_ms"], now["time_scale"]) == (NOW_MS, 1.0)
    assert [site["id"] for site in now["sites"]] == ["minzhong", "shaliuhe", "haergai", "jiermeng", "quanji"]
    warm = points(now)["minzhong-box", "fridge-2-t"]
    assert (warm["value"], warm["number"], warm["unit"], warm["quality"]) == ("11.3", 11.3, "Cel", "")
    assert (warm["age_ms"], warm["state"], warm["state_zh"]) == (20_000, "fresh", "有数据")


def test_now_leaves_nothing_out_that_is_silent_or_bad(ask: Caller, world: World) -> None:
    found = points(ask.json("/api/v1/now"))
    assert set(found) == set(world.directory.points)
    never, broken = found["shaliuhe-box", "freezer-1-t"], found["haergai-box", "fridge-1-t"]
    assert (never["value"], never["at_ms"], never["state"]) == (None, None, "offline")
    assert (broken["value"], broken["quality"], broken["state"]) == (None, "disconnected", "fresh")
    silent = found["shaliuhe-box", "fridge-1-t"]
    assert (silent["state"], silent["last_good_value"]) == ("offline", "3.8")
    assert found["quanji-box", "store-t"]["in_service"] is False


def test_open_alarms_come_as_the_book_orders_them_with_their_names(ask: Caller) -> None:
    alarms = ask.json("/api/v1/alarms")["alarms"]
    assert [one["ticket"] for one in alarms] == ["4017", "4019", "4023", "4025", "4031"]
    assert (alarms[0]["site_name_zh"], alarms[0]["place_name_en"]) == ("刚察民中食堂", "Fridge 2")
    assert alarms[2]["place_name_zh"] == "shaliuhe-box"


def test_all_alarms_are_the_latest(ask: Caller) -> None:
    assert len(ask.json("/api/v1/alarms?state=all&limit=2")["alarms"]) == 2
    assert ask.get("/api/v1/alarms?state=some").status_code == 422


def test_looking_at_an_alarm_signs_nothing_and_says_who_was_told(ask: Caller, world: World) -> None:
    one = ask.json("/api/v1/alarms/4017aa00bb11cc22")
    assert [notice["id"] for notice in one["notices"]] == ["n3", "n1"]
    assert world.book.alarms[0].handling == "unacked"


def test_an_acknowledgement_is_recorded_once(ask: Caller) -> None:
    path = "/api/v1/alarms/4017aa00bb11cc22/ack"
    done = ask("POST", path, json={"actor": " li-chunhua ", "note": "已移走食品"})
    assert (done.status_code, done.json()["handling"]) == (200, "acked")
    assert done.json()["acts"] == [{"at_ms": NOW_MS, "actor": "li-chunhua", "act": "ack", "note": "已移走食品"}]
    again = ask("POST", path, json={"actor": "li-chunhua"})
    assert (again.status_code, again.json()) == (409, {"error": "not-from-here", "hint": "已签收过 / signed already"})


@pytest.mark.parametrize("path", ["/api/v1/alarms/none", "/api/v1/series/box/none", "/nowhere", "/api/v1"])
def test_what_is_not_there_is_404_with_a_hint(ask: Caller, path: str) -> None:
    answer = ask.get(path)
    assert (answer.status_code, set(answer.json())) == (404, {"error", "hint"})
    assert answer.json()["hint"]


def test_an_unknown_alarm_cannot_be_signed(ask: Caller) -> None:
    assert ask("POST", "/api/v1/alarms/none/ack", json={"actor": "li"}).status_code == 404


def test_the_account_adds_up(ask: Caller) -> None:
    account = ask.json("/api/v1/account")
    assert account["due"] == account["stored"] + account["awaited"] + account["declared_lost"] + account["unexplained"]
    assert (account["difference"], account["awaited"], account["declared_lost"], account["unexplained"]) == (
        0,
        312,
        7,
        2,
    )
    assert [one["device"] for one in account["streams"] if one["frozen"]] == ["quanji-box"]


def test_the_account_is_summed_by_device_site_and_county(ask: Caller) -> None:
    account = ask.json("/api/v1/account")
    (gangcha,) = account["counties"]
    assert (gangcha["id"], gangcha["name_zh"], gangcha["balance"]["due"]) == ("632224", "刚察县", account["due"])
    assert gangcha["completeness"] == account["completeness"]
    assert sum(one["completeness"]["due"] for one in account["sites"]) == account["completeness"]["due"] == 18 * 59
    assert account["now_ms"] - account["to_ms"] == 20_000, (
        "the last day ends on a grid, so that it is counted once for all"
    )
    states = {one["device"]: (one["state"], one["state_zh"]) for one in account["devices"]}
    assert states["shaliuhe-box"] == ("silent", "失联") and states["minzhong-box"] == ("reporting", "在报")
    assert states["quanji-box"] == ("resting", "停用")
    assert gangcha["states"] == {"reporting": 3, "silent": 1, "resting": 1}
    shaliuhe = next(one for one in account["devices"] if one["device"] == "shaliuhe-box")
    assert (account["now_ms"] - shaliuhe["silent_since_ms"], shaliuhe["patience_ms"]) == (31 * 60_000, 180_000)
    assert {one["device"]: one["state"] for one in account["streams"]}["quanji-box"] == "forked"


def test_the_account_of_a_period_and_of_one_site(ask: Caller) -> None:
    account = ask.json(f"/api/v1/account?from={NOW_MS - 600_000}&to={NOW_MS}&site=minzhong")
    assert [one["id"] for one in account["sites"]] == ["minzhong"]
    complete = account["completeness"]
    assert (account["from_ms"], account["to_ms"], complete["due"]) == (NOW_MS - 600_000, NOW_MS, 90)
    assert (complete["good"], complete["bad"], complete["stored"], complete["percent"]) == (8, {"refused": 1}, 9, 10.0)
    assert complete["unexplained"] == 81


@pytest.mark.parametrize(
    ("query", "status"),
    [("from=2&to=1", 400), ("site=nowhere", 404), ("county=632224&device=x", 404), ("from=x", 422), ("to=-1", 422),
     (f"device={'x' * 65}", 422)],
)  # fmt: skip
def test_an_account_that_there_is_not_says_what_to_do(ask: Caller, query: str, status: int) -> None:
    answer = ask.get(f"/api/v1/account?{query}")
    assert (answer.status_code, set(answer.json())) == (status, {"error", "hint"})


def test_an_account_of_all_time_and_of_no_time(ask: Caller) -> None:
    assert ask.json("/api/v1/account?from=0")["completeness"]["due"] == 18 * 60
    assert ask.json(f"/api/v1/account?from={NOW_MS}&to={NOW_MS}")["completeness"]["percent"] is None


def test_what_cannot_be_proven_is_counted_beside_the_account(world: World) -> None:
    world.streams[0] = replace(world.streams[0], unproven=9)
    account = Caller(build_web(world.services())).json("/api/v1/account")
    assert (account["unproven"], account["streams"][0]["unproven"], account["difference"]) == (9, 9, 0)


def test_an_account_that_does_not_add_up_says_so(world: World) -> None:
    world.streams[0] = replace(world.streams[0], stored=world.streams[0].stored - 3)
    assert Caller(build_web(world.services())).json("/api/v1/account")["difference"] == 3


def test_cameras_answer_or_do_not_or_are_not_known(ask: Caller) -> None:
    cameras = {(one["device"], one["point"]): one for one in ask.json("/api/v1/cameras")["cameras"]}
    assert cameras["minzhong-box", "cam-stove"]["answering"] is True
    refused = cameras["minzhong-box", "cam-prep"]
    assert (refused["answering"], refused["reason"]) == (False, "refused")
    assert cameras["shaliuhe-box", "cam-stove"]["answering"] is None


def test_notices_are_masked_and_limited(ask: Caller) -> None:
    notices = ask.json("/api/v1/notices?limit=1")["notices"]
    assert [(one["id"], one["phone"]) for one in notices] == [("n3", "139****9999")]


def test_a_series_is_the_readings_of_a_range(ask: Caller) -> None:
    path = "/api/v1/series/shaliuhe-box/fridge-1-t"
    (reading,) = ask.json(path)["readings"]
    assert (reading["value"], reading["at_ms"], reading["quality"]) == ("3.8", T0_MS + 1_700_000, "")
    assert ask.json(f"{path}?from={T0_MS}&to={T0_MS + 1_700_000}")["readings"] == []
    assert ask.json("/api/v1/series/shaliuhe-box/freezer-1-t")["readings"] == []


def test_a_series_that_is_cut_says_so(world: World) -> None:
    rows = Rows("minzhong-box").batch(readings("fridge-1-t", *[(n, n) for n in range(10)]))
    world.series.apply([rows._replace(position=world.series.position() + 1)])
    ask = Caller(build_web(world.services()))
    cut = ask.json("/api/v1/series/minzhong-box/fridge-1-t?limit=4")
    assert (len(cut["readings"]), cut["complete"]) == (4, False)
    rest = ask.json(f"/api/v1/series/minzhong-box/fridge-1-t?from={cut['readings'][-1]['at_ms']}")
    assert [one["value"] for one in rest["readings"]][:2] == ["0.3", "0.4"]
    assert rest["complete"] is True


@pytest.mark.parametrize(
    "query", ["from=2&to=1", "from=-1", "to=9007199254740992", "from=1e3", "limit=0", "limit=5001", "from=", "to=%00"]
)
def test_a_range_that_makes_no_sense_is_refused(ask: Caller, query: str) -> None:
    answer = ask.get(f"/api/v1/series/minzhong-box/fridge-1-t?{query}")
    assert answer.status_code in (400, 422)
    assert answer.json()["hint"]


def test_health_is_200_or_503_with_the_reasons(world: World) -> None:
    assert Caller(build_web(world.services())).json("/api/v1/health") == {"healthy": True, "ailments": []}
    ill = (Ailment("broker-away", "与代理断开", "no broker"),)
    answer = Caller(build_web(world.services(ailments=lambda: ill))).get("/api/v1/health")
    assert (answer.status_code, answer.json()["healthy"]) == (503, False)
    assert answer.json()["ailments"] == [{"reason": "broker-away", "zh": "与代理断开", "en": "no broker"}]


def test_a_database_that_fails_is_503_and_says_no_path(world: World) -> None:
    def broken(*_: object) -> None:
        raise FileFailed("/secret/place/ledger.db: disk full")

    ask = Caller(build_web(world.services(account=broken)))
    for path in ("/api/v1/account", "/"):
        answer = ask.get(path)
        assert answer.status_code == 503
        assert "hub's log" in answer.json()["hint"] and "/secret" not in answer.text


def test_what_nobody_foresaw_is_500_in_the_same_form_and_raised_to_the_log(world: World) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("/secret/place")

    app = build_web(world.services(account=broken))
    answer = Caller(app, raises=False).get("/api/v1/account")
    assert (answer.status_code, set(answer.json())) == (500, {"error", "hint"})
    assert "/secret" not in answer.text
    assert {name: answer.headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS
    with pytest.raises(RuntimeError):
        Caller(app).get("/api/v1/account")


def test_metrics_are_prometheus_text(ask: Caller, world: World) -> None:
    world.metrics.readings.inc(42)
    answer = ask.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "larder_readings_total 42.0" in answer.text


def test_the_description_of_the_api_is_good_to_read(ask: Caller) -> None:
    document = ask.json("/openapi.json")
    assert "/" not in document["paths"]
    assert len(document["paths"]) == 17
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"] and operation["description"] and operation["tags"], (method, path)
            if path != "/metrics":
                assert "$ref" in operation["responses"]["200"]["content"]["application/json"]["schema"], path
    assert "HTTPValidationError" not in str(document), "errors are {error, hint}, and nothing else"


def test_requests_are_listed_newest_first(world: World) -> None:
    """[H15]"""
    asked = [Request(n, "box", "0" * 32, 1, 9, "inspection", n, None, 4, 1, 2) for n in (1, 2)]
    answer = Caller(build_web(world.services(requests=lambda: asked))).json("/api/v1/requests")
    assert [one["id"] for one in answer["requests"]] == [2, 1]
    assert answer["requests"][0]["left"] == 3


def test_a_notice_says_by_whom_it_went_and_what_came_of_each_attempt(ask: Caller) -> None:
    notice = next(one for one in ask.json("/api/v1/notices")["notices"] if one["id"] == "n2")
    assert notice["provider"] == "gammu-smsd"
    assert [(one["provider"], one["outcome"]) for one in notice["attempts"]] == [
        ("gammu-smsd", "silent"), ("aliyun", "failed"), ("notify.duty", "sent"),
    ]  # fmt: skip
