"""The status page: what it must say, that nothing in it becomes markup, and that colour never speaks alone."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import get_args

import pytest

from larder_core.limits.handling import Stage
from larder_core.limits.visibility import Visibility
from larder_core.limits.words import Condition, Severity
from larder_hub.alarms.kinds import AlarmKind
from larder_hub.notices.wording import Kind
from larder_hub.register.directory import Directory
from larder_hub.web import words
from larder_hub.web.app import STYLE, build_web
from larder_hub.web.html import Html, join, tag
from larder_hub.web.ports import AttemptView
from larder_hub.web.services import Ailment
from tests.support.web_client import Caller
from tests.support.web_world import NOW_MS, World

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</title><script>x</script>",
    "&lt;b&gt;",
    "javascript:alert(1)",
    "<!--",
    "]]>",
    "\u2028<b>",
    "<ScRiPt src=//e>",
    "`onmouseover=1`",
    "<meta http-equiv=refresh>",
]
_VOID = {"meta", "link", "br"}


class Page(HTMLParser):
    """The elements and the text of a page; a stray or unclosed element is an error."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def page(world: World, path: str = "/", **services: object) -> Page:
    answer = Caller(build_web(world.services(**services))).get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Page(answer.text)


def test_it_says_what_a_duty_officer_must_know(world: World) -> None:
    text = page(world).text
    assert "!! 严重 1" in text and "? 看不见 5" in text
    assert "刚察民中食堂 冷藏柜2" in text and "11.3℃ 高于限值 8.0℃ 最重 14.6℃" in text
    assert "已 4 时 02 分 未恢复 无人签收 单 4017" in text
    assert "23:11 县局值班 139****9999 已发出" in text
    assert "应到 64,647 = 已收 64,326 + 待补 312 + 已声明丢失 7 + !! 不明 2" in text
    assert "23:13:20 更新" in text


def test_it_says_the_same_in_english(world: World) -> None:
    found = page(world, "/?lang=en")
    assert "Fridge 2" in found.text and "11.3 °C above limit 8.0 °C" in found.text
    assert "due 64,647 = stored 64,326" in found.text
    assert found.elements[0] == ("html", {"lang": "en"})


@pytest.mark.parametrize("query", ["", "?lang=zh", "?lang=fr", "?lang=", "?lang=en&lang=zh"])
def test_chinese_is_what_it_speaks_otherwise(world: World, query: str) -> None:
    assert page(world, f"/{query}").elements[0] == ("html", {"lang": "zh-CN"})


def test_alarms_stand_before_everything_else(world: World) -> None:
    headings = [attributes["id"] for name, attributes in page(world).elements if name == "h2"]
    assert headings == ["alarms", "places", "cameras", "account", "notices"]


def test_it_needs_no_script_and_loads_nothing_but_its_style(world: World) -> None:
    found = page(world)
    assert ("meta", {"http-equiv": "refresh", "content": "2"}) in found.elements
    assert "script" not in [name for name, _ in found.elements]
    assert [attributes["href"] for name, attributes in found.elements if name == "link"] == ["/style.css"]
    assert not [
        key for _, attributes in found.elements for key in attributes if key.startswith("on") or key in ("src", "style")
    ]


def test_simulated_time_stands_above_every_figure(world: World) -> None:
    assert "模拟时间 ×60，限值延时同比缩短" in page(world, time_scale=60.0).text
    assert "Simulated time ×2.5" in page(world, "/?lang=en", time_scale=2.5).text
    assert "模拟时间" not in page(world).text


def test_an_ailment_of_the_hub_stands_there_too(world: World) -> None:
    ill = (Ailment("broker-away", "与消息代理断开", "no connection to the broker"),)
    assert "与消息代理断开" in page(world, ailments=lambda: ill).text


def test_an_unknown_value_is_never_shown_as_one(world: World) -> None:
    text = page(world).text
    assert "未知 上次有效 3.8℃" in text, "a silent fridge is unknown, whatever it last said"
    assert "? 断线" in text and "? 从未收到" in text and "停用" in text


def test_an_alarm_that_is_over_does_not_colour_its_place(world: World) -> None:
    world.book.alarms = [one for one in world.book.alarms if one.ticket == "4031"]
    text = page(world).text
    assert "吉尔孟小学食堂 冷藏柜1 6.1℃ 曾高于限值 8.0℃" in text, "6.1 is not above 8.0"
    assert "6.1 °C was above limit 8.0 °C" in page(world, "/?lang=en").text
    assert "历时 3 时 08 分 已恢复 待复核" in text and "补报" in text
    assert "报警 0" in text


def test_what_cannot_be_proven_is_shown_when_there_is_any(world: World) -> None:
    assert "无法证明" not in page(world).text
    world.streams[0] = replace(world.streams[0], unproven=9)
    assert page(world).text.count("!! 无法证明 9") == 2, "in the total and at its stream"
    assert "!! unproven 9" in page(world, "/?lang=en").text


def test_completeness_stands_beside_the_values_of_each_site(world: World) -> None:
    text = page(world).text
    assert "沙柳河小学食堂 近 24 小时完整率 0.84%" in text, "2 readings of 4 points times 59"
    assert "complete in the last 24 h" in page(world, "/?lang=en").text


def test_silent_closed_and_forked_are_different_words(world: World) -> None:
    world.streams.append(
        replace(world.streams[0], stream="0" * 32, ended=True, unexplained=3, head=world.streams[0].head + 3)
    )
    world.streams.sort(key=lambda one: one.device)
    text = page(world).text
    assert "shaliuhe-box" in text and "? 失联 31 分前" in text
    assert "流 已结束" in text and "!! 分叉，已冻结" in text
    english = page(world, "/?lang=en").text
    assert "? silent 31 min ago" in english and "stream closed" in english and "!! forked, frozen" in english
    assert text.count("失联") == 1, "neither a closed stream nor a fork is a silence"


def test_a_device_that_never_spoke_is_listed(world: World) -> None:
    world.streams = [one for one in world.streams if one.device != "jiermeng-box"]
    assert "jiermeng-box" in page(world).text and "? 从未上线" in page(world).text


def test_an_empty_hub_says_so(world: World) -> None:
    empty = World()
    text = page(empty).text
    assert (
        "没有未了结的报警。" in text and "登记簿是空的" in text and "完整率 未知" in text and "没有发过短信。" in text
    )


def hostile(world: World, text: str) -> None:
    """Put `text` in every field that people or devices fill."""
    directory = world.directory
    world.directory = Directory(
        sites={key: one._replace(name_zh=text, name_en=text) for key, one in directory.sites.items()},
        places={key: one._replace(name_zh=text, name_en=text) for key, one in directory.places.items()},
        devices=directory.devices,
        points=directory.points,
    )
    fields = (
        "site",
        "device",
        "point",
        "kind",
        "side",
        "severity",
        "condition",
        "handling",
        "visibility",
        "unit",
        "ticket",
    )
    world.book.alarms += [replace(world.book.alarms[0], **{field: text}) for field in fields]  # type: ignore[arg-type]
    sent = world.book.sent[0]
    world.book.sent += [replace(sent, recipient=text, phone=text, kind=text, text=text, outcome=text,
                                attempts=(AttemptView(text, text, text, 0),))]  # fmt: skip
    world.book.sent = world.book.sent[3:]
    world.streams = [replace(one, device=text, stream=text) for one in world.streams]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("path", ["/", "/?lang=en"])
def test_no_text_becomes_markup(world: World, text: str, path: str) -> None:
    plain = page(world, path)
    hostile(world, text)
    found = page(world, path, ailments=lambda: (Ailment(text, text, text),))
    assert text in "".join(found.texts)
    assert {name for name, _ in found.elements} <= {name for name, _ in plain.elements}
    hrefs = {attributes.get("href") for _, attributes in found.elements}
    assert hrefs == {attributes.get("href") for _, attributes in plain.elements}
    assert not [
        key for _, attributes in found.elements for key in attributes if key.startswith("on") or key in ("src", "style")
    ]


@pytest.mark.parametrize("control", ["\u202e", "\u2066", "\u200f", "\x00", "\x1b", "\x85"])
def test_what_cannot_be_seen_is_named(world: World, control: str) -> None:
    """A name that turns the direction of writing would show the figures beside it in another order."""
    hostile(world, f"柜{control}1")
    text = Caller(build_web(world.services())).get("/").text
    assert control not in text and f"柜⟨U+{ord(control):04X}⟩1" in text


def test_only_tag_makes_markup() -> None:
    assert tag("b", "<i>", data_x='"') == '<b data-x="&quot;">&lt;i&gt;</b>'
    assert join(["<", tag("br"), [Html("<hr>")]]) == "&lt;<br><hr>"


def test_colour_never_speaks_alone(world: World) -> None:
    """Every coloured label carries its mark and a word."""
    text = Caller(build_web(world.services())).get("/").text
    chips = re.findall(r'class="chip (critical|alarm|warning|blind)[^"]*">([^<]*)<', text)
    assert {severity for severity, _ in chips} == {"critical", "alarm", "warning", "blind"}
    for severity, label in chips:
        mark, _, word = label.partition(" ")
        assert mark == words.MARKS[severity] and word


def _luminance(hex_: str) -> float:
    channels = [int(hex_[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_the_style_is_readable_in_light_and_dark_and_has_no_green() -> None:
    """WCAG 2.2 AA: text has a contrast of 4.5 to what it stands on."""
    style = STYLE.read_text("utf-8")
    light, dark = (
        dict(re.findall(r"--([a-z]+): (#[0-9A-F]{6})", one)) for one in re.findall(r":root \{(.*?)\}", style, re.S)
    )
    for colours in (light, light | dark):
        for text in ("text", "quiet"):
            for ground in ("ground", "sheet"):
                assert _contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    assert _contrast("#FFFFFF", light["critical"]) >= 4.5
    for filled in ("alarm", "warning", "blind", "normal"):
        assert _contrast("#14171A", light[filled]) >= 4.5, filled
    for colour in re.findall(r"#[0-9A-Fa-f]{6}\b", style):
        red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
        assert not (green > red + 20 and green > blue + 20), f"{colour} is green"
    assert "url(" not in style and "@import" not in style


@pytest.mark.parametrize(
    ("codes", "table"),
    [
        (list(Severity), words.SEVERITY),
        (list(Condition), words.CONDITION),
        (list(Stage), words.HANDLING),
        (list(Visibility), words.VISIBILITY),
        (list(get_args(AlarmKind)), words.KIND),
        (list(Kind), words.NOTICE),
    ],
)
def test_every_code_has_words_in_both_languages(codes: list[str], table: dict[str, words.Said]) -> None:
    assert {str(code) for code in codes} <= table.keys()
    assert all(said.zh and said.en for code, said in table.items() if code != "shown")


def test_the_page_is_small(world: World) -> None:
    """A phone at the end of a slow link gets it every two seconds."""
    assert len(Caller(build_web(world.services())).get("/").content) < 30_000
    assert world.now_ms == NOW_MS


def test_what_comes_and_goes_and_what_stands_behind_one_message_is_shown(world: World) -> None:
    leading, *others = world.book.alarms
    world.book.alarms = [replace(leading, unstable=True), *others]
    text = page(world).text
    assert "时好时坏" in text and "一并涉及" not in text
    world.book.alarms = [leading, *(replace(one, spoken_by=leading.id) for one in others)]
    assert "一并涉及" in page(world).text


def test_by_which_ways_a_message_went_is_shown(world: World) -> None:
    told = "短信猫 无回音 (no receipt) → 阿里云短信 失败 (InvalidTimeStamp) → notify.duty 已发出"
    assert told in page(world, "/").texts
    assert "GSM modem no word of it" in "".join(page(world, "/?lang=en").texts)
