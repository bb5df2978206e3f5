"""The table of places and the list of cameras."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from larder_hub.register.directory import PointKey
from larder_hub.web.figures import Language, ago_text, decimal_text, value_text
from larder_hub.web.html import Child, Html, tag
from larder_hub.web.now import PlaceNow, PointNow, State
from larder_hub.web.page_parts import cell, chip, section, table
from larder_hub.web.ports import AlarmView
from larder_hub.web.words import PAGE, QUALITY, STATE, say

_RANK = {"warning": 1, "alarm": 2, "critical": 3}
Worst = dict[PointKey, AlarmView]


def blind(now: PointNow) -> bool:
    """Nothing can be said of this point: its data do not come, or are bad. Not a resting device, and not a camera that says no."""
    if not now.in_service:
        return False
    if now.point.quantity == "camera":
        return now.answering is None
    return not now.sound


def places_section(
    places: Sequence[PlaceNow], alarms: Sequence[AlarmView], language: Language, shares: Mapping[str, str | None]
) -> Html:
    """`shares` says how complete each site's last day is: no value stands without it."""
    watched = [place for place in places if _measured(place) or not place.points]
    if not places:
        return section("places", language, tag("p", PAGE["no-place"].in_(language), class_="quiet"))
    others = any(_of(place, None) for place in watched)
    columns = ["place", "temperature", "humidity", *(["others"] if others else []), "age", "state"]
    worst = _worst(alarms)
    bodies = [
        tag(
            "tbody",
            _site_row(group_places[0], len(columns), language, shares.get(group_places[0].site.id)),
            [_row(one, worst, columns, language) for one in group_places],
        )
        for group_places in (list(group) for _, group in groupby(watched, key=lambda place: place.site))
    ]
    return section("places", language, table(columns, bodies, language, PAGE["places"].in_(language)))


def _worst(alarms: Sequence[AlarmView]) -> Worst:
    """The gravest shown alarm of each point that is not over; one about a whole device stands under the empty point."""
    worst: Worst = {}
    for alarm in alarms:
        key = (alarm.device, alarm.point)
        if (
            alarm.visibility == "shown"
            and alarm.cleared_ms is None
            and _rank(alarm) > (_rank(worst[key]) if key in worst else 0)
        ):
            worst[key] = alarm
    return worst


def _rank(alarm: AlarmView) -> int:
    return _RANK.get(alarm.severity, 2)


def _site_row(place: PlaceNow, columns: int, language: Language, share: str | None) -> Html:
    name = place.site.name_zh if language == "zh" else place.site.name_en
    complete = f"{PAGE['complete-day'].in_(language)} {share or PAGE['no-value'].in_(language)}"
    said = tag("small", complete, class_="quiet")
    return tag("tr", tag("th", name, " ", said, scope="rowgroup", colspan=str(columns)), class_="site")


def _row(place: PlaceNow, worst: Worst, columns: Sequence[str], language: Language) -> Html:
    name = place.place.name_zh if language == "zh" else place.place.name_en
    measured = _measured(place)
    cells = [tag("th", name, scope="row")]
    cells += [
        _value_cell(column, _of(place, column), language) for column in columns if column in ("temperature", "humidity")
    ]
    if "others" in columns:
        cells.append(_value_cell("others", _of(place, None), language))
    cells.append(cell("age", language, _age(measured, language)))
    cells.append(cell("state", language, _state(measured, worst, language)))
    return tag("tr", cells, class_="place")


def _measured(place: PlaceNow) -> list[PointNow]:
    return [now for now in place.points if now.point.quantity != "camera"]


def _of(place: PlaceNow, quantity: str | None) -> list[PointNow]:
    """The points of one quantity, or those of neither temperature nor humidity."""
    own = ("temperature", "humidity")
    return [
        now
        for now in _measured(place)
        if (now.point.quantity == quantity if quantity else now.point.quantity not in own)
    ]


def _value_cell(column: str, points: Sequence[PointNow], language: Language) -> Html:
    if not points:
        return cell(
            column, language, tag("span", PAGE["not-watched"].in_(language), class_="quiet"), class_="value absent"
        )
    return cell(column, language, [_value(now, language) for now in points], class_="value")


def _value(now: PointNow, language: Language) -> Child:
    """A value that may not be believed is not shown as one: the cell says that it is unknown, the state why."""
    last = now.last
    if now.sound and last is not None and now.value is not None:
        shown = tag("span", value_text(now.value, last.unit, language))
        if now.corrected is None:
            return shown
        said = f"{PAGE['corrected'].in_(language)} {value_text(now.corrected, last.unit, language)}"
        return [shown, tag("small", said, class_="quiet")]
    unknown = tag("span", PAGE["no-value"].in_(language))
    if last is None or last.last_good_value is None:
        return unknown
    good = value_text(decimal_text(last.last_good_value, last.last_good_scale), last.last_good_unit, language)
    return [unknown, tag("small", f"{PAGE['last-good'].in_(language)} {good}", class_="quiet")]


def _age(points: Sequence[PointNow], language: Language) -> Child:
    """The oldest of them."""
    if not points:
        return tag("span", PAGE["not-watched"].in_(language), class_="quiet")
    known = [now.age_ms for now in points if now.age_ms is not None]
    never = PAGE["never"].in_(language)
    if not known:
        return never
    return [ago_text(max(known), language), f"; {never}" if len(known) < len(points) else ""]


def _state(points: Sequence[PointNow], worst: Worst, language: Language) -> Child:
    if not points:
        return tag("span", PAGE["not-watched"].in_(language), class_="quiet")
    if not any(now.in_service for now in points):
        return tag("span", PAGE["rests"].in_(language), class_="quiet")
    chips: list[Child] = []
    found = [
        worst[key]
        for now in points
        for key in ((now.point.device, now.point.id), (now.point.device, ""))
        if key in worst
    ]
    if found:
        gravest = max(found, key=_rank)
        chips.append(chip(gravest.severity, language, signed=gravest.handling != "unacked"))
    if unseen := [now for now in points if blind(now)]:
        chips.append(chip("blind", language, text=_why(unseen[0], language)))
    elif late := [now for now in points if now.state is State.STALE]:
        chips.append(tag("span", STATE[late[0].state].in_(language)))
    return chips or tag("span", "正常" if language == "zh" else "normal", class_="quiet")


def _why(now: PointNow, language: Language) -> str:
    if now.last is None:
        return PAGE["never"].in_(language)
    if now.state is State.OFFLINE:
        return STATE[State.OFFLINE].in_(language)
    return say(QUALITY, now.last.quality, language)


def cameras_section(places: Sequence[PlaceNow], alarms: Sequence[AlarmView], language: Language) -> Html:
    worst = _worst(alarms)
    rows = [
        _camera(place, now, worst.get((now.point.device, now.point.id)), language)
        for place in places
        for now in place.points
        if now.point.quantity == "camera"
    ]
    if not rows:
        return section("cameras", language, tag("p", PAGE["no-camera"].in_(language), class_="quiet"))
    columns = ["camera", "age", "state"]
    return section("cameras", language, table(columns, [tag("tbody", rows)], language, PAGE["cameras"].in_(language)))


def _camera(place: PlaceNow, now: PointNow, alarm: AlarmView | None, language: Language) -> Html:
    site, spot = (
        (place.site.name_zh, place.place.name_zh) if language == "zh" else (place.site.name_en, place.place.name_en)
    )
    age = PAGE["never"].in_(language) if now.age_ms is None else ago_text(now.age_ms, language)
    return tag(
        "tr",
        tag("th", tag("span", site, class_="quiet"), " ", spot, scope="row"),
        cell("age", language, age),
        cell("state", language, _camera_state(now, alarm, language)),
        class_="camera place",
    )


def _camera_state(now: PointNow, alarm: AlarmView | None, language: Language) -> Child:
    if not now.in_service:
        return PAGE["rests"].in_(language)
    if blind(now):
        return chip("blind", language, text=_why(now, language))
    if now.answering:
        return (
            [chip(alarm.severity, language, signed=alarm.handling != "unacked")]
            if alarm
            else tag("span", PAGE["answers"].in_(language), class_="quiet")
        )
    reason = say(QUALITY, now.last.quality, language) if now.last and now.last.quality else ""
    said = QUALITY["no-answer"].in_(language)
    severity, signed = (alarm.severity, alarm.handling != "unacked") if alarm else ("blind", False)
    why = tag("span", reason, class_="quiet") if reason and reason != said else ""
    return [chip(severity, language, text=said, signed=signed), why]
