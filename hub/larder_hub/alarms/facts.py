"""An alarm as facts for a message: names from the register, durations in the time of the limits' world."""

from larder_hub.alarms.alarm import Alarm
from larder_hub.alarms.rules import Rules
from larder_hub.alarms.watch import WHOLE
from larder_hub.notices.texts import NOWHERE, Facts, Name
from larder_hub.notices.wording import Kind, Matter
from larder_hub.register.directory import Directory, Point

TICKETS = 10_000
"""Four digits for the telephone; the console knows the whole number."""

COUNTIES = {
    "632221": Name("门源县", "Menyuan"),
    "632222": Name("祁连县", "Qilian"),
    "632223": Name("海晏县", "Haiyan"),
    "632224": Name("刚察县", "Gangcha"),
}
"""GB/T 2260 codes of Haibei's counties; any other is called by its code, for the register keeps no names of counties."""

_SIDES = {
    ("temperature", "high"): Matter.WARM,
    ("temperature", "low"): Matter.COLD,
    ("humidity", "high"): Matter.DAMP,
    ("humidity", "low"): Matter.DRY,
}
_FIRST = {
    Matter.SENSOR: Kind.OFFLINE,
    Matter.GAUGE: Kind.OFFLINE,
    Matter.SILENCE: Kind.OFFLINE,
    Matter.CAMERA: Kind.CAMERA,
}


OWN = ("hub", "broker")
"""Kinds of alarms about the hub itself."""

_CENTRE = Name("监管中心", "The hub")


def county_name(code: str) -> Name:
    return COUNTIES.get(code, Name(code, code))


def matter(alarm: Alarm, directory: Directory) -> Matter:
    """What an alarm is about, as its message says it."""
    if alarm.kind in OWN:
        return Matter.PLATFORM
    if alarm.kind == "drill":
        return Matter.WARM
    if alarm.point == WHOLE:
        points = [point for (device, _), point in directory.points.items() if device == alarm.device]
        return Matter.SILENCE if any(point.quantity == "temperature" for point in points) else Matter.GAUGE
    if alarm.kind == "food" and alarm.unstable_ms is not None:
        return Matter.UNSTABLE
    point = directory.points.get((alarm.device, alarm.point))
    quantity = "temperature" if point is None else point.quantity
    if alarm.kind == "early":
        return Matter.EARLY
    if alarm.kind == "power":
        return Matter.POWER if alarm.of_mains else Matter.BATTERY
    if alarm.kind == "food":
        return _SIDES.get((quantity, alarm.side), Matter.WARM if alarm.side == "high" else Matter.COLD)
    if alarm.kind == "camera" or quantity == "camera":
        return Matter.CAMERA
    return Matter.SENSOR if quantity == "temperature" else Matter.GAUGE


def first_kind(about: Matter) -> Kind:
    """The kind of the message that raises an alarm."""
    return _FIRST.get(about, Kind.RAISE)


def facts(alarm: Alarm, directory: Directory, rules: Rules, now_ms: int) -> Facts:
    """What there is to say about an alarm at `now_ms` of the hub's clock."""
    site = directory.sites.get(alarm.site)
    point = directory.points.get((alarm.device, alarm.point))
    place = directory.place_of(point) if point is not None else None
    ended = alarm.ended_ms or alarm.cleared_ms
    until = now_ms if alarm.kind in ("silence", *OWN) else alarm.last_ms
    return Facts(
        matter=matter(alarm, directory),
        site=(_CENTRE if alarm.kind in OWN else Name(alarm.device, alarm.device))
        if site is None
        else Name(site.name_zh, site.name_en),
        place=NOWHERE if place is None else Name(place.name_zh, place.name_en),
        site_kind="" if site is None else site.kind,
        ticket=str(alarm.ticket % TICKETS),
        unit=alarm.unit,
        value=alarm.value or 0.0,
        limit=_mildest(alarm, point, rules, directory),
        peak=alarm.peak if alarm.peak is not None else alarm.value or 0.0,
        severity=alarm.severity,
        sites=alarm.count if alarm.kind in OWN else 0,
        count=alarm.count,
        duration_ms=round(((until if ended is None else ended) - alarm.t0_ms) * rules.time_scale),
        began_ms=alarm.t0_ms,
        ended_ms=until if ended is None else ended,
        now_ms=now_ms,
    )


def _mildest(alarm: Alarm, point: Point | None, rules: Rules, directory: Directory) -> float:
    """The limit from which the duration counts: an excursion begins beyond the mildest one, also when a graver one was met."""
    profile = None if point is None else rules.profile(point, directory)
    sides = () if profile is None else profile.table.sides
    for side in sides:
        if side.side == alarm.side and side.mildest is not None:
            return side.mildest.limit
    return alarm.level or 0.0
