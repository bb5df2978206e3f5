"""Open alarms, and the messages that were sent about them."""

from collections.abc import Sequence

from larder_hub.register.directory import Directory
from larder_hub.web.answers import names
from larder_hub.web.figures import Language, duration_text, moment_text, value_text
from larder_hub.web.html import Child, Html, tag
from larder_hub.web.page_parts import chip, section
from larder_hub.web.ports import AlarmView, NoticeView, ShelfView
from larder_hub.web.words import (
    ATTEMPT,
    CONDITION,
    HANDLING,
    KIND,
    NOTICE,
    OUTCOME,
    PAGE,
    PROVIDER,
    SIDE,
    VISIBILITY,
    WAS_SIDE,
    say,
)

SMS_SHOWN = 12
TOLD_SHOWN = 3
MEMBERS_SHOWN = 12
UNSIGNED = "unacked"
BACK_WITHIN = frozenset({"clearing", "cleared", "normal"})


def alarms_section(
    alarms: Sequence[AlarmView], notices: Sequence[NoticeView], directory: Directory, now_ms: int, language: Language
) -> Html:
    if not alarms:
        return section("alarms", language, tag("p", PAGE["no-alarms"].in_(language), class_="quiet"))
    items = [
        _alarm(
            alarm,
            [one for one in notices if one.alarm == alarm.id],
            members_of(alarm, alarms),
            directory,
            now_ms,
            language,
        )
        for alarm in alarms
    ]
    return section("alarms", language, tag("ol", items, class_="items"), note=str(len(alarms)))


def members_of(alarm: AlarmView, alarms: Sequence[AlarmView]) -> list[AlarmView]:
    """Those for which this one speaks: they are explained by it, or of the storm that it leads."""
    return [one for one in alarms if one.id != alarm.id and alarm.id in (one.inhibited_by, one.spoken_by)]


def _alarm(alarm: AlarmView, told: Sequence[NoticeView], members: Sequence[AlarmView], directory: Directory, now_ms: int,
           language: Language) -> Html:  # fmt: skip
    site_zh, site_en, place_zh, place_en = names(directory, alarm)
    where = f"{site_zh} {place_zh}" if language == "zh" else f"{site_en}, {place_en}"
    signed = alarm.handling != UNSIGNED
    hidden = alarm.visibility != "shown"
    late = [" ", chip("normal", language, text=PAGE["late"].in_(language))] if alarm.late else []
    if alarm.drill:
        late = [" ", chip("normal", language, text=PAGE["drill"].in_(language))]
    if alarm.unstable:
        late = [*late, " ", chip("normal", language, text=PAGE["unstable"].in_(language))]
    return tag(
        "li",
        tag("div", chip(alarm.severity, language, signed=signed), late, " ", tag("b", where), class_="where"),
        tag("div", _what(alarm, language), class_="what"),
        tag("div", _axes(alarm, now_ms, language), class_="axes"),
        tag("div", _told(told, language), class_="told"),
        *([tag("div", _members(members, directory, language), class_="told")] if members else []),
        class_=f"item {'signed' if signed else 'unsigned'}{' hidden' if hidden else ''}",
    )


def _what(alarm: AlarmView, language: Language) -> Child:
    kind = say(KIND, alarm.kind, language)
    if alarm.kind != "food" or alarm.value is None:
        return kind
    value = tag("b", value_text(alarm.value, alarm.unit, language), class_="number")
    if alarm.limit is None:
        return [value, " ", kind]
    limit = value_text(alarm.limit, alarm.unit, language)
    # The value shown is the present one: once it is back within the limit, "above" would be untrue.
    side = say(WAS_SIDE if alarm.condition in BACK_WITHIN else SIDE, alarm.side, language)
    beyond = f"{side}{PAGE['limit'].in_('zh')} {limit}" if language == "zh" else f"{side} limit {limit}"
    peak = (
        []
        if alarm.peak is None
        else [tag("span", f"{PAGE['peak'].in_(language)} {value_text(alarm.peak, alarm.unit, language)}")]
    )
    return [value, tag("span", beyond), peak]


def _axes(alarm: AlarmView, now_ms: int, language: Language) -> Child:
    """How long, then each axis by itself: they are three different things."""
    until = now_ms if alarm.cleared_ms is None else alarm.cleared_ms
    began = PAGE["since" if alarm.cleared_ms is None else "lasted"].in_(language)
    parts = [
        f"{began} {duration_text(until - alarm.since_ms, language)}",
        say(CONDITION, alarm.condition, language),
        say(HANDLING, alarm.handling, language),
        say(VISIBILITY, alarm.visibility, language),
        f"{PAGE['number'].in_(language)} {alarm.ticket or alarm.id[:8]}",
    ]
    return [tag("span", part) for part in parts if part]


def _members(members: Sequence[AlarmView], directory: Directory, language: Language) -> Child:
    """The sites and places behind one message; the whole list is in the API."""
    where = {(site_zh, place_zh) if language == "zh" else (site_en, place_en)
             for site_zh, site_en, place_zh, place_en in (names(directory, one) for one in members)}  # fmt: skip
    shown = [tag("span", " ".join(word for word in one if word)) for one in sorted(where)[:MEMBERS_SHOWN]]
    more = [tag("span", f"+{len(where) - MEMBERS_SHOWN}")] if len(where) > MEMBERS_SHOWN else []
    return [PAGE["members"].in_(language), " ", shown, more]


def _told(told: Sequence[NoticeView], language: Language) -> Child:
    label = PAGE["told"].in_(language)
    if not told:
        return PAGE["nobody-told"].in_(language)
    people = [
        tag(
            "span",
            f"{moment_text(one.at_ms)[-5:]} {one.recipient} {one.phone} {say(OUTCOME, one.outcome, language)}",
            title="\n".join(filter(None, (one.why, _ways(one, language)))),
        )
        for one in told[:TOLD_SHOWN]
    ]
    more = [tag("span", f"+{len(told) - TOLD_SHOWN}")] if len(told) > TOLD_SHOWN else []
    return [f"{label}：" if language == "zh" else f"{label}: ", people, more]


def _ways(one: NoticeView, language: Language) -> str:
    """By which ways a message went, in order, and what came of each: `短信猫 失败 → 阿里云短信 已送达`."""
    said = (
        f"{say(PROVIDER, way.provider, language)} {say(ATTEMPT, way.outcome, language)}"
        + (f" ({way.reason})" if way.reason else "")
        for way in one.attempts
    )
    return " → ".join(said)


def shelves_section(shelves: Sequence[ShelfView], language: Language) -> Html:
    """What nobody is told of for a while, why, by whom and until when; nothing where nothing is put aside."""
    if not shelves:
        return tag("div")
    rows = [
        tag(
            "li",
            tag("div", tag("span", f"{PAGE['until'].in_(language)} {moment_text(one.until_ms)}"), tag("b", _matched(one, language)),
                tag("span", one.actor), class_="axes"),
            tag("div", one.reason, class_="text"),
        )
        for one in shelves
    ]  # fmt: skip
    return section("shelves", language, tag("ol", rows, class_="notices"), note=str(len(shelves)))


def _matched(one: ShelfView, language: Language) -> str:
    kind = say(KIND, one.kind, language) if one.kind in KIND else one.kind
    return " ".join(word for word in (one.alarm[:8], one.county, one.site, one.device, one.point, kind) if word)


def notices_section(notices: Sequence[NoticeView], language: Language) -> Html:
    if not notices:
        return section("notices", language, tag("p", PAGE["no-notices"].in_(language), class_="quiet"))
    rows = [
        tag(
            "li",
            tag("div", tag("span", moment_text(one.at_ms)), tag("span", say(NOTICE, one.kind, language)),
                tag("span", f"{one.recipient} {one.phone}"), tag("b", say(OUTCOME, one.outcome, language)), class_="axes"),
            tag("div", one.text, class_="text"),
            tag("div", tag("span", _ways(one, language)), class_="axes") if one.attempts else [],
        )
        for one in notices[:SMS_SHOWN]
    ]  # fmt: skip
    return section("notices", language, tag("ol", rows, class_="notices"))
