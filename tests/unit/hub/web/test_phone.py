"""The page behind the one constant link: pairing, whose alarms it shows, and what its buttons do. Over a real alarms.db."""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import httpx
import pytest

from larder_core.limits.words import Severity
from larder_hub.alarms.alarm import Alarm
from larder_hub.alarms.book import SqliteAlarmBook
from larder_hub.alarms.journal import Journal
from larder_hub.alarms.phones import CODE_MS, PAIRED_MS, SqlitePhones
from larder_hub.alarms.schema import open_alarms, transaction
from larder_hub.register.directory import Duty, Person
from larder_hub.web.app import build_web
from tests.support.web_client import Caller
from tests.support.web_world import MINUTE_MS, NOW_MS, World

MOST_BYTES = 30 * 1024


class Hub:
    """A furnished county with two people; `shifted` moves its clock."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "alarms.db"
        self.now_ms = NOW_MS
        self.world = World().furnish()
        sites = list(self.world.directory.sites)
        self.mine, self.other = sites[0], sites[1]
        people = {one: Person(one, f"name of {one}", "+8613800000000", "zh") for one in ("zhang", "wang")}
        duties = (Duty("zhang", "site", self.mine), Duty("wang", "site", self.other))
        self.world.directory = replace(self.world.directory, people=people, duties=duties)
        self.phones, self.book = SqlitePhones(self.file), SqliteAlarmBook(self.file)
        services = self.world.services(
            alarms=self.book, phones=self.phones, duty_phone="0970-8640000", now_ms=lambda: self.now_ms
        )
        self.app = build_web(services)
        self.call = Caller(self.app)

    def raised(self, id: str, site: str, **fields: object) -> str:
        points = [point for (device, _), point in self.world.directory.points.items()
                  if self.world.directory.devices[device].site == site and point.quantity == "temperature"]  # fmt: skip
        alarm = Alarm(
            id=id, county="632224", site=site, device=points[0].device, point=points[0].id, kind="food", side="high",
            severity=Severity.ALARM, condition="active", visibility="shown", t0_ms=NOW_MS - 63 * MINUTE_MS, raised_ms=NOW_MS,
            last_ms=NOW_MS, value=11.3, peak=11.4, level=8.0, unit="Cel",
        )  # fmt: skip
        db = open_alarms(self.file)
        with transaction(db):
            Journal(db).raise_alarm(replace(alarm, **fields))  # type: ignore[arg-type]
        db.close()
        return id

    def paired(self, person: str) -> dict[str, str]:
        """The cookie of a phone of this person, by way of the page."""
        answer = self.post("/a/pair", {"code": self.phones.offer(person, "duty", self.now_ms)})
        assert answer.status_code == 303
        kept = answer.headers["set-cookie"]
        assert "HttpOnly" in kept and "SameSite=lax" in kept and "Path=/a" in kept
        return {"Cookie": kept.partition(";")[0]}

    def post(self, path: str, form: dict[str, str], headers: dict[str, str] | None = None) -> httpx.Response:
        return self.call("POST", path, data=form, headers=headers or {})

    def page(self, phone: dict[str, str], query: str = "") -> str:
        answer = self.call.get(f"/a{query}", headers=phone)
        assert answer.status_code == 200
        assert len(answer.content) + len(self.call.get("/a.css").content) <= MOST_BYTES
        return answer.text

    def form(self, page: str, act: str, alarm: str) -> dict[str, str]:
        """The fields that a browser would send with this button. Raises StopIteration where the page has none."""
        forms = re.findall(r"<form.*?</form>", page, re.S)
        mine = next(one for one in forms if f'value="{act}"' in one and f'value="{alarm}"' in one)
        return {
            name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', mine)
        } | {"act": act}

    def tap(self, phone: dict[str, str], act: str, alarm: str) -> httpx.Response:
        return self.post("/a/act", self.form(self.page(phone), act, alarm), phone)

    def acts(self, alarm: str) -> list[tuple[str, str]]:
        view = self.book.get(alarm)
        assert view is not None
        return [(act.actor, act.act) for act in view.acts if act.actor != "hub"]

    def handling(self, alarm: str) -> str:
        view = self.book.get(alarm)
        assert view is not None
        return view.handling


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    return Hub(tmp_path)


def test_an_unpaired_visitor_sees_how_to_pair_and_no_data(hub: Hub) -> None:
    hub.raised("a1", hub.mine)
    for phone in ({}, {"Cookie": "larder_phone=guess"}):
        page = hub.page(phone)
        assert "绑定码" in page and "0970-8640000" in page
        assert "11.3" not in page and "a1" not in page


def test_a_code_is_good_once_and_for_a_day(hub: Hub) -> None:
    code, late = hub.phones.offer("zhang", "duty", NOW_MS), hub.phones.offer("zhang", "duty", NOW_MS)
    assert "set-cookie" in hub.post("/a/pair", {"code": code.lower()}).headers
    for wrong in (code, "AAAAAAAAAA", ""):
        answer = hub.post("/a/pair", {"code": wrong})
        assert "set-cookie" not in answer.headers and "bad-code" in answer.headers["location"]
    hub.now_ms += CODE_MS
    assert "set-cookie" not in hub.post("/a/pair", {"code": late}).headers


def test_neither_code_nor_token_stands_in_the_file(hub: Hub) -> None:
    code = hub.phones.offer("zhang", "duty", NOW_MS)
    token = hub.paired("zhang")["Cookie"].partition("=")[2]
    db = open_alarms(hub.file)
    kept = repr([*db.execute("SELECT * FROM pairing"), *db.execute("SELECT * FROM phone")])
    db.close()
    assert code not in kept and token not in kept


@pytest.mark.parametrize("end", ["revoked", "over"])
def test_a_pairing_ends(hub: Hub, end: str) -> None:
    hub.raised("a1", hub.mine)
    phone = hub.paired("zhang")
    page = hub.page(phone)
    if end == "revoked":
        assert hub.phones.revoke("zhang", hub.now_ms) == 1
    else:
        hub.now_ms += PAIRED_MS
    assert "11.3" not in hub.page(phone)
    hub.post("/a/act", hub.form(page, "ack", "a1"), phone)
    assert hub.handling("a1") == "unacked"


def test_opening_is_not_acknowledging(hub: Hub) -> None:
    hub.raised("a1", hub.mine)
    phone = hub.paired("zhang")
    assert "11.3℃" in hub.page(phone) and "单1" in hub.page(phone)
    assert (hub.handling("a1"), hub.acts("a1")) == ("unacked", [])
    db = open_alarms(hub.file)
    assert list(db.execute("SELECT alarm, person, at_ms FROM opened")) == [("a1", "zhang", NOW_MS)]
    db.close()


def test_each_sees_his_own_and_the_worst_first(hub: Hub) -> None:
    hub.raised("a1", hub.mine)
    hub.raised("a2", hub.mine, severity=Severity.CRITICAL, side="low", t0_ms=NOW_MS)
    hub.raised("b1", hub.other)
    page = hub.page(hub.paired("zhang"))
    assert re.findall(r'<article id="(\w+)"', page) == ["a2", "a1"]
    assert re.findall(r'<article id="(\w+)"', hub.page(hub.paired("wang"))) == ["b1"]


def test_who_was_told_sees_it_too(hub: Hub) -> None:
    hub.raised("b1", hub.other)
    db = open_alarms(hub.file)
    db.execute("INSERT INTO notice(reference, alarm, kind, severity, person, phone, language, place, text, created_ms) "
               "VALUES ('r', 'b1', 'escalate', 'alarm', 'zhang', '1', 'zh', '', '', 1)")  # fmt: skip
    db.close()
    assert re.findall(r'<article id="(\w+)"', hub.page(hub.paired("zhang"))) == ["b1"]


def test_signing_and_what_was_done_are_two_taps(hub: Hub) -> None:
    hub.raised("a1", hub.mine)
    phone = hub.paired("zhang")
    assert hub.tap(phone, "ack", "a1").status_code == 303
    assert hub.handling("a1") == "acked"
    assert hub.tap(phone, "food-moved", "a1").status_code == 303
    assert hub.acts("a1") == [("zhang", "ack"), ("zhang", "food-moved")]
    assert "已移走食品" in hub.page(phone)
    assert "Food moved" in hub.page(phone, "?lang=en")


def test_a_form_sent_twice_is_one_act(hub: Hub) -> None:
    hub.raised("a1", hub.mine)
    phone = hub.paired("zhang")
    form = hub.form(hub.page(phone), "ack", "a1")
    first, again = (hub.post("/a/act", form, phone) for _ in range(2))
    assert first.status_code == again.status_code == 303
    assert "said=gone" in again.headers["location"]
    assert hub.acts("a1") == [("zhang", "ack")]


def test_another_persons_alarm_and_a_stamp_of_another_phone_are_refused(hub: Hub) -> None:
    hub.raised("a1", hub.mine)
    form = hub.form(hub.page(hub.paired("zhang")), "ack", "a1")
    assert hub.post("/a/act", form, hub.paired("wang")).status_code == 403
    hub.post("/a/act", form, hub.paired("zhang"))  # his, but made by another of his phones
    assert hub.acts("a1") == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Sec-Fetch-Site": "cross-site"}, 403), ({"Content-Type": "text/plain"}, 415)],
)
def test_what_another_site_could_send_is_refused(hub: Hub, headers: dict[str, str], status: int) -> None:
    hub.raised("a1", hub.mine)
    phone = hub.paired("zhang")
    form = hub.form(hub.page(phone), "ack", "a1")
    assert hub.post("/a/act", form, phone | headers).status_code == status
    assert hub.acts("a1") == []


@pytest.mark.parametrize(("wait_ms", "taken"), [(9_000, True), (20_000, False)])
def test_a_signature_is_taken_back_within_ten_seconds(hub: Hub, wait_ms: int, taken: bool) -> None:
    hub.raised("a1", hub.mine)
    phone = hub.paired("zhang")
    hub.tap(phone, "ack", "a1")
    form = hub.form(hub.page(phone), "undo", "a1")
    hub.now_ms += wait_ms
    hub.post("/a/act", form, phone)
    assert hub.handling("a1") == ("unacked" if taken else "acked")
    assert ("zhang", "undone") in hub.acts("a1") if taken else ("zhang", "undone") not in hub.acts("a1")
    assert 'value="undo"' not in hub.page(phone)


def test_a_full_page_needs_nothing_from_elsewhere_and_no_script(hub: Hub) -> None:
    for n in range(40):
        hub.raised(f"a{n:02}", hub.mine, t0_ms=NOW_MS - n)
    page = hub.page(hub.paired("zhang"))
    assert "<svg" in page and 'class="limit"' in page
    assert set(re.findall(r'(?:href|src|action)="([^"]*)"', page)) <= {
        "/a.css",
        "/a/act",
        "/a?lang=en",
        "tel:0970-8640000",
    }
    assert "<script" not in page and "style=" not in page
    policy = hub.call.get("/a").headers["content-security-policy"]
    assert "form-action 'self'" in policy and "default-src 'none'" in policy


def test_names_of_the_register_are_text(hub: Hub) -> None:
    sites = dict(hub.world.directory.sites)
    sites[hub.mine] = sites[hub.mine]._replace(name_zh="<script>alert(1)</script>")
    hub.world.directory = replace(hub.world.directory, sites=sites)
    hub.raised("a1", hub.mine)
    page = hub.page(hub.paired("zhang"))
    assert "<script" not in page and "&lt;script" in page
