"""The page behind the one constant link, for a person's own phone: no script, nothing from elsewhere, below 30 KB."""

from collections.abc import Sequence
from dataclasses import dataclass

from larder_hub.register.directory import Directory, Person
from larder_hub.series.port import Value
from larder_hub.web.answers import names
from larder_hub.web.curve import curve
from larder_hub.web.figures import Language, clock_text, duration_text, value_text
from larder_hub.web.html import Child, Html, tag
from larder_hub.web.page_parts import chip
from larder_hub.web.ports import AlarmView
from larder_hub.web.words import KIND, SIDE, say
from larder_hub.web.words_phone import ACTS, DID, FIRST, NOT_MINE, OTHERWISE, PHONE

CURVES = 3
"""Only the worst alarms have a curve: the page stays small."""

LISTED = 12
ACTS_SHOWN = 4
HOURS_MS = 3 * 3_600_000


@dataclass(frozen=True)
class Mine:
    """One alarm of this person: the readings of its point, the stamp that its forms carry, and whether an act can be taken back."""

    alarm: AlarmView
    values: Sequence[Value]
    stamp: str
    undo: bool


@dataclass(frozen=True)
class PhoneGlance:
    now_ms: int
    time_scale: float
    directory: Directory
    person: Person
    duty_phone: str
    mine: Sequence[Mine]
    said: str = ""


def phone_page(glance: PhoneGlance, language: Language) -> str:
    shown = [_alarm(one, glance, language, drawn=n < CURVES) for n, one in enumerate(glance.mine[:LISTED])]
    more = len(glance.mine) - LISTED
    body = [
        tag(
            "h1",
            PHONE["title"].in_(language),
            f"（{len(glance.mine)}）" if language == "zh" else f" ({len(glance.mine)})",
        ),
        [tag("p", PHONE[glance.said].in_(language), role="alert")] if glance.said in PHONE else [],
        shown or tag("p", PHONE["none"].in_(language)),
        [tag("p", f"+{more}")] if more > 0 else [],
        tag("p", f"{PHONE['hello'].in_(language)} {glance.person.name} · {clock_text(glance.now_ms)}", class_="quiet"),
        _ring(glance.duty_phone, language),
    ]
    return _document(body, language)


def pairing_page(code: str, duty_phone: str, language: Language, said: str = "") -> str:
    """What an unpaired visitor sees: how to pair, and whom to ring."""
    field = tag(
        "input", name="code", value=code, autocomplete="off", maxlength="16", aria_label=PHONE["code"].in_(language)
    )
    hidden = tag("input", type="hidden", name="lang", value=language)
    body = [
        tag("h1", PHONE["title"].in_(language)),
        [tag("p", PHONE[said].in_(language), role="alert")] if said in PHONE else [],
        tag("p", PHONE["how"].in_(language)),
        tag("p", PHONE["ask"].in_(language)),
        tag(
            "form",
            field,
            hidden,
            tag("button", PHONE["pair"].in_(language), class_="first"),
            method="post",
            action="/a/pair",
        ),
        _ring(duty_phone, language),
    ]
    return _document(body, language)


def _alarm(one: Mine, glance: PhoneGlance, language: Language, *, drawn: bool) -> Html:
    alarm = one.alarm
    site_zh, site_en, place_zh, place_en = names(glance.directory, alarm)
    signed = alarm.handling != "unacked"
    did = [act for act in alarm.acts if act.actor != "hub"][-ACTS_SHOWN:]
    return tag(
        "article",
        tag("h2", chip(alarm.severity, language, signed=signed), " ",
            f"{site_zh} {place_zh}" if language == "zh" else f"{site_en}, {place_en}"),
        tag("p", _what(alarm, glance, language)),
        _curve(one, glance, language) if drawn and alarm.value is not None else [],
        tag("p", tag("b", PHONE["first"].in_(language))),
        tag("ol", [tag("li", step.in_(language)) for step in FIRST.get((alarm.kind, alarm.side), OTHERWISE)]),
        [tag("p", f"{clock_text(act.at_ms)[:5]} {act.actor} {say(ACTS, act.act, language)}", class_="quiet") for act in did],
        _forms(one, signed, language),
        id=alarm.id,
    )  # fmt: skip


def _what(alarm: AlarmView, glance: PhoneGlance, language: Language) -> Child:
    until = glance.now_ms if alarm.cleared_ms is None else alarm.cleared_ms
    lasts = duration_text(round((until - alarm.since_ms) * glance.time_scale), language)
    began = clock_text(alarm.since_ms)[:5]
    since = f"自 {began} 起 {lasts}" if language == "zh" else f"since {began}, {lasts}"
    number = f"单{alarm.ticket}" if language == "zh" else f"no. {alarm.ticket}"
    if alarm.value is None:
        return [say(KIND, alarm.kind, language), " · ", since, " · ", number]
    limit = (
        []
        if alarm.limit is None
        else [f" {say(SIDE, alarm.side, language)} {value_text(alarm.limit, alarm.unit, language)}"]
    )
    return [
        tag("span", value_text(alarm.value, alarm.unit, language), class_="value"),
        limit,
        " · ",
        since,
        " · ",
        number,
    ]


def _curve(one: Mine, glance: PhoneGlance, language: Language) -> Html:
    point = glance.directory.points.get((one.alarm.device, one.alarm.point))
    span = (glance.now_ms - round(HOURS_MS / glance.time_scale), glance.now_ms)
    numbers = [value.value * 10.0**value.scale for value in one.values if value.value is not None and not value.quality]
    said = PHONE["no-curve"].in_(language)
    if numbers:
        least, most = (
            value_text(round(number, 6), one.alarm.unit, language) for number in (min(numbers), max(numbers))
        )
        said = f"{PHONE['hours'].in_(language)}: {PHONE['lowest'].in_(language)} {least}, {PHONE['highest'].in_(language)} {most}"
    return curve(one.values, one.alarm.limit, span, 3_000 * (60.0 if point is None else point.period_s), said)


def _forms(one: Mine, signed: bool, language: Language) -> Child:
    forms = []
    if not signed:
        sign = [tag("button", PHONE["sign"].in_(language), name="act", value="ack", class_="first")]
        forms += [_form(one, sign, language), tag("p", PHONE["looking"].in_(language), class_="quiet")]
    else:
        forms.append(tag("p", tag("b", PHONE["what"].in_(language))))
        forms.append(
            _form(
                one, [tag("button", said.in_(language), name="act", value=act) for act, said in DID.items()], language
            )
        )
    last = [tag("button", ACTS[NOT_MINE].in_(language), name="act", value=NOT_MINE)]
    if one.undo:
        last.append(tag("button", PHONE["undo"].in_(language), name="act", value="undo"))
    return [*forms, _form(one, last, language)]


def _form(one: Mine, buttons: Sequence[Html], language: Language) -> Html:
    hidden = {"alarm": one.alarm.id, "stamp": one.stamp, "lang": language}
    fields = [tag("input", type="hidden", name=name, value=value) for name, value in hidden.items()]
    return tag("form", fields, buttons, method="post", action="/a/act")


def _ring(duty_phone: str, language: Language) -> Child:
    if not duty_phone:
        return []
    return tag("p", tag("a", f"{PHONE['ring'].in_(language)} {duty_phone}", href=f"tel:{duty_phone}"))


def _document(body: Child, language: Language) -> str:
    other = "en" if language == "zh" else "zh"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", PHONE["title"].in_(language)),
        tag("link", rel="stylesheet", href="/a.css"),
    )
    link = tag("p", tag("a", PHONE["other"].in_(language), href=f"/a?lang={other}", hreflang=other))
    return "<!doctype html>\n" + tag(
        "html", head, tag("body", tag("main", body), link), lang="zh-CN" if language == "zh" else "en"
    )
