"""What happens at a place by itself, a day at a time: defrosts, meals, and people who open doors. Pure: chance is passed in."""

from collections.abc import Iterator, Mapping
from datetime import date
from random import Random
from types import MappingProxyType

from larder_sim.climate import is_school_day
from larder_sim.kinds import KINDS
from larder_sim.kinds.kind import Traffic
from larder_sim.steps import Step

Hours = tuple[float, float]

AT_WORK: Mapping[str, Hours] = MappingProxyType(
    {"canteen": (6.0, 19.5), "restaurant": (9.0, 22.0), "pharmacy": (8.5, 21.0), "grain": (8.0, 10.0)}
)
"""Hours of a working day, by kind of site."""
MEALS: Mapping[str, tuple[Hours, ...]] = MappingProxyType(
    {"canteen": ((11.5, 13.0), (17.25, 18.75)), "restaurant": ((11.0, 14.0), (17.0, 21.0))}
)
"""When hot cabinets are in use; one is switched on empty half an hour before."""
DELIVERY_H = 7.25
_FORGOTTEN_S = (600, 5400)


def is_at_work(site_kind: str, day: date) -> bool:
    """School canteens rest in the holidays and on Sundays; a grain store on Sundays; shops never."""
    return is_school_day(day) if site_kind == "canteen" else site_kind != "grain" or day.weekday() < 6


def routine(name: str, kind: str, site_kind: str, day: date, rng: Random) -> Iterator[Step]:
    """Defrosts and meals of one day, at seconds of that day."""
    of = KINDS[kind]
    if of.defrost:
        every, lasts = of.defrost.every_s, of.defrost.lasts_s
        for at in range(rng.randrange(every - lasts), 86_400, every):
            yield Step(at, "begin-defrost", name)
            yield Step(at + lasts, "end-defrost", name)
    if of.meals and is_at_work(site_kind, day):
        for begin, end in MEALS.get(site_kind, ()):
            at = round(begin * 3600) - rng.randrange(600)
            yield Step(at - 1800, "start-compressor", name)
            yield Step(at, "begin-meal", name)
            yield Step(round(end * 3600), "end-meal", name)


def people(name: str, kind: str, site_kind: str, day: date, rng: Random) -> Iterator[Step]:
    """Doors and deliveries of one day, at seconds of that day; nothing on a day of rest."""
    traffic = KINDS[kind].traffic
    if traffic is None or not is_at_work(site_kind, day):
        return
    begin, end = AT_WORK[site_kind]
    for _ in range(_poisson(traffic.openings_a_day, rng)):
        at = round(rng.uniform(begin, end) * 3600)
        yield Step(at, "open-door", name, openness=traffic.openness)
        yield Step(at + round(rng.uniform(*traffic.open_s)), "close-door", name)
    if traffic.warm_load:
        at = round(DELIVERY_H * 3600) + rng.randrange(3600)
        yield Step(at, "load-food", name, amount=traffic.warm_load, celsius=traffic.load_c)
    yield from _forgotten(name, traffic, end, rng)


def _forgotten(name: str, traffic: Traffic, end_h: float, rng: Random) -> Iterator[Step]:
    if rng.random() < traffic.left_open_a_year / 300:  # about 300 working days
        at = round(rng.uniform(end_h - 6, end_h) * 3600)
        yield Step(at, "open-door", name, openness=0.3)
        yield Step(at + rng.randint(*_FORGOTTEN_S), "close-door", name)


def _poisson(mean: float, rng: Random) -> int:
    """How often something happens that happens `mean` times on average: waits between are exponential."""
    count, at = 0, rng.expovariate(mean)
    while at < 1.0:
        count, at = count + 1, at + rng.expovariate(mean)
    return count
