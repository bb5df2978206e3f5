"""Who hears of an alarm: its route in the register, and who is on duty at each level at that moment. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

from larder_hub.alarms.alarm import Alarm
from larder_hub.register.directory import Directory, Person
from larder_hub.register.roster import Duty, shifts
from larder_hub.register.route import LEVELS, Level, Route, route_of

HUB_KINDS = frozenset({"hub", "broker"})
"""These are about the hub itself and no device of the register."""


class Spot(NamedTuple):
    """Where an alarm is, as far as the levels go."""

    site: str
    county: str


class Hearer(NamedTuple):
    """A person who hears, by which level and which entry of the roster."""

    person: Person
    level: Level
    entry: str


class Call(NamedTuple):
    """Who hears; which levels of the register had nobody on duty; how many of the route's later levels are used up by that."""

    hearers: tuple[Hearer, ...]
    unmanned: tuple[Level, ...] = ()
    step: int = 0

    @property
    def people(self) -> tuple[Person, ...]:
        return tuple(one.person for one in self.hearers)


NOBODY = Call(())


def spot_of(alarm: Alarm) -> Spot:
    return Spot(alarm.site, alarm.county)


def route_for(directory: Directory, alarm: Alarm) -> Route:
    point = directory.points.get((alarm.device, alarm.point))
    return route_of(
        directory.routes, alarm.kind, str(alarm.severity), "" if point is None else point.profile, alarm.side
    )


def first(directory: Directory, route: Route, spot: Spot, at_ms: int) -> Call:
    """Who hears at once. Where nobody of these levels is on duty, or fewer than the route's `least`, the next level hears too; where
    nobody at all is, everybody who is entered for the nearest level does: what is told reaches somebody."""
    if not route.to:
        return NOBODY
    found: list[Hearer] = []
    unmanned: list[Level] = []
    for level in route.to:
        _call(directory, level, spot, at_ms, found, unmanned)
    step = 0
    while len(found) < max(route.least, 1) and step < len(route.then):
        _call(directory, route.then[step], spot, at_ms, found, unmanned)
        step += 1
    return Call(tuple(found or _anybody(directory, route, spot)), tuple(unmanned), step)


def further(
    directory: Directory, route: Route, spot: Spot, at_ms: int, step: int, heard: frozenset[str]
) -> Call | None:
    """Who hears next after `step` later levels, leaving out who heard already; None where there is no one left."""
    unmanned: list[Level] = []
    while step < len(route.then):
        found: list[Hearer] = []
        _call(directory, route.then[step], spot, at_ms, found, unmanned)
        step += 1
        fresh = tuple(one for one in found if one.person.id not in heard)
        if fresh:
            return Call(fresh, tuple(unmanned), step)
    return None


def county_duty(directory: Directory, county: str, at_ms: int) -> Call:
    """For what concerns a whole county. The prefecture's duty where the county names nobody or nobody is there."""
    route = Route("storm", "*", to=("county",), then=("prefecture", "leader"))
    return first(directory, route, Spot("", county), at_ms)


def together(*calls: Call) -> Call:
    """Several calls as one: each person once, by the first of his levels."""
    hearers = {one.person.id: one for call in reversed(calls) for one in reversed(call.hearers)}
    ordered = dict.fromkeys(one.person.id for call in calls for one in call.hearers)
    return Call(
        tuple(hearers[id] for id in ordered), tuple(dict.fromkeys(level for call in calls for level in call.unmanned))
    )


def scope_of(directory: Directory, level: Level, spot: Spot) -> str | None:
    """What a level is called for this place; None where it has none, as a site without a grid cell."""
    if level == "grid":
        site = directory.sites.get(spot.site)
        return (site.grid if site else "") or None
    return {"site": spot.site, "county": spot.county}.get(level, "")


def _entered(directory: Directory, level: Level, spot: Spot) -> list[Duty]:
    scope = scope_of(directory, level, spot)
    return [duty for duty in directory.duties if (duty.level, duty.scope) == (level, scope)]


def _call(
    directory: Directory, level: Level, spot: Spot, at_ms: int, found: list[Hearer], unmanned: list[Level]
) -> None:
    """Add who is on duty at a level; a level of which the register knows nobody is passed over without a word."""
    entered = _entered(directory, level, spot)
    on = _hearers(directory, shifts(entered, level, entered[0].scope, at_ms)) if entered else ()
    if entered and not on:
        unmanned.append(level)
    known = {one.person.id for one in found}
    for one in on:
        if one.person.id not in known:
            known.add(one.person.id)
            found.append(one)


def _anybody(directory: Directory, route: Route, spot: Spot) -> tuple[Hearer, ...]:
    for level in (*route.to, *route.then, *(level for level in LEVELS if level not in (*route.to, *route.then))):
        if everyone := _hearers(directory, _entered(directory, level, spot)):
            return everyone
    return ()


def _hearers(directory: Directory, duties: Iterable[Duty]) -> tuple[Hearer, ...]:
    found: dict[str, Hearer] = {}
    for duty in duties:
        person = directory.people.get(duty.person)
        if person is not None and person.phone:
            found.setdefault(person.id, Hearer(person, duty.level, duty.entry))
    return tuple(found.values())
