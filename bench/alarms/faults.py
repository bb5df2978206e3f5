"""What goes wrong on purpose: hundreds of true faults, each with a beginning and an end. Pure: the same seed, the same faults."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from larder_sim.habits import AT_WORK, MEALS, is_at_work
from larder_sim.steps import Step
from larder_sim.world import Place, Site, World

HOUR_S, DAY_S = 3600, 86_400
GAP_S = 30 * HOUR_S
"""Mean time between the end of one fault of a place and the next one."""
REST_S = 8 * HOUR_S
"""At least so long between two faults of a place, so that it is itself again."""
SITE_CUT_S = 5 * DAY_S


class Fault(NamedTuple):
    """`target` is `<site>/<place>`, or `<site>` for its power. Simulated seconds."""

    kind: str
    target: str
    from_s: int
    to_s: int


class Drawn(NamedTuple):
    fault: Fault
    steps: tuple[Step, ...]


def planned(world: World, start: date, days: int, seed: int) -> Iterator[Drawn]:
    """Every fault of a run, by place and by site."""
    for site in world.sites:
        for place in site.places:
            draw = _DRAWS.get(place.model)
            if draw is not None:
                rng = Random(f"fault {seed} {site.id}/{place.id}")
                yield from _of_place(_Stage(world, start, days * DAY_S, site, place), draw, rng)
        yield from _cuts(site, days * DAY_S, Random(f"cut {seed} {site.id}"))


class _Stage(NamedTuple):
    world: World
    start: date
    end_s: int
    site: Site
    place: Place

    @property
    def name(self) -> str:
        return f"{self.site.id}/{self.place.id}"

    def midnight(self, day: int) -> int:
        """The simulated second at which a day of the run begins."""
        return day * DAY_S - self.world.local_start_s

    def day_of(self, at_s: int) -> int:
        return (at_s + self.world.local_start_s) // DAY_S


_Draw = Callable[[_Stage, int, Random], Drawn | None]


def _of_place(stage: _Stage, draw: _Draw, rng: Random) -> Iterator[Drawn]:
    at_s = round(rng.uniform(2 * HOUR_S, 2 * GAP_S))
    while at_s < stage.end_s - 12 * HOUR_S:
        drawn = draw(stage, at_s, rng)
        if drawn is None:
            at_s += DAY_S
            continue
        if drawn.fault.to_s < stage.end_s:
            yield drawn
        at_s = drawn.fault.to_s + REST_S + round(rng.expovariate(1 / GAP_S))


def _cuts(site: Site, end_s: int, rng: Random) -> Iterator[Drawn]:
    at_s = round(rng.expovariate(1 / SITE_CUT_S))
    while at_s < end_s - DAY_S:
        to_s = at_s + round(rng.uniform(1, 9) * HOUR_S)
        steps = (Step(at_s, "power-cut", site.id), Step(to_s, "power-back", site.id))
        yield Drawn(Fault("site power cut", site.id, at_s, to_s), steps)
        at_s = to_s + DAY_S + round(rng.expovariate(1 / SITE_CUT_S))


def _stopped(kind: str, hours: tuple[float, float]) -> _Draw:
    def draw(stage: _Stage, at_s: int, rng: Random) -> Drawn:
        to_s = at_s + round(rng.uniform(*hours) * HOUR_S)
        steps = (Step(at_s, "stop-compressor", stage.name), Step(to_s, "start-compressor", stage.name))
        return Drawn(Fault(kind, stage.name, at_s, to_s), steps)

    return draw


def _faded(stage: _Stage, at_s: int, rng: Random) -> Drawn:
    hours = rng.uniform(12, 36)
    to_s = at_s + round((hours + rng.uniform(2, 6)) * HOUR_S)
    steps = (Step(at_s, "fade-compressor", stage.name, hours=hours), Step(to_s, "start-compressor", stage.name))
    return Drawn(Fault("compressor fades", stage.name, at_s, to_s), steps)


def _left_open(stage: _Stage, at_s: int, rng: Random) -> Drawn | None:
    """In the evening, when the last one goes: by day somebody would close it the next time."""
    day = stage.day_of(at_s)
    if not is_at_work(stage.site.kind, stage.start + timedelta(days=day)):
        return None
    begin_s = stage.midnight(day) + round(AT_WORK[stage.site.kind][1] * HOUR_S) + rng.randrange(60, 1800)
    if begin_s < at_s:
        return None
    to_s = begin_s + round(rng.uniform(2, 8) * HOUR_S)
    steps = (
        Step(begin_s, "open-door", stage.name, openness=rng.uniform(0.15, 0.5)),
        Step(to_s, "close-door", stage.name),
    )
    return Drawn(Fault("door left open", stage.name, begin_s, to_s), steps)


def _shifted(kind: str, kelvin: tuple[float, float], hours: tuple[float, float]) -> _Draw:
    def draw(stage: _Stage, at_s: int, rng: Random) -> Drawn:
        to_s = at_s + round(rng.uniform(*hours) * HOUR_S)
        shift = Step(at_s, "shift-thermostat", stage.name, celsius=rng.uniform(*kelvin))
        return Drawn(Fault(kind, stage.name, at_s, to_s), (shift, Step(to_s, "reset-thermostat", stage.name)))

    return draw


def _off_in_service(stage: _Stage, at_s: int, rng: Random) -> Drawn | None:
    """A hot cabinet that is switched off, or fails, within half an hour of a meal's beginning."""
    day = stage.day_of(at_s)
    if not is_at_work(stage.site.kind, stage.start + timedelta(days=day)):
        return None
    begin, end = rng.choice(MEALS[stage.site.kind])
    from_s = stage.midnight(day) + round(begin * HOUR_S) + rng.randrange(1800)
    if from_s < at_s:
        return None
    to_s = stage.midnight(day) + round(end * HOUR_S)
    fault = Fault("hot cabinet off in service", stage.name, from_s, to_s)
    return Drawn(fault, (Step(from_s, "stop-compressor", stage.name),))


def _one_of(*draws: _Draw) -> _Draw:
    def draw(stage: _Stage, at_s: int, rng: Random) -> Drawn | None:
        return rng.choice(draws)(stage, at_s, rng)

    return draw


_FRIDGE = _one_of(
    _stopped("compressor dies", (3, 12)), _faded, _left_open, _shifted("thermostat drifts", (5, 9), (6, 20))
)

_DRAWS: dict[str, _Draw] = {
    "fridge": _FRIDGE,
    "cold-room": _FRIDGE,
    "meat-fridge": _FRIDGE,
    "sample-fridge": _FRIDGE,
    "freezer": _one_of(_stopped("freezer fails", (8, 24)), _left_open),
    "hot-cabinet": _off_in_service,
    "medicine-fridge": _one_of(
        _shifted("drug fridge freezes", (-8, -4.5), (3, 10)), _stopped("compressor dies", (3, 12)), _left_open
    ),
}
"""By model of a place."""
