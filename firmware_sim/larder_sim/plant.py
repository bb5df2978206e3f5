"""All places of a world under a scenario, advanced through simulated time. No I/O, no clock of its own.

Each place moves on a fixed grid and stops where something happens to it, so that what is true at a simulated second depends on the
world, the scenario and the seed alone, and not on when somebody looked.
"""

import math
from dataclasses import dataclass

from larder_sim.agenda import Agenda, Due
from larder_sim.faults import HEALTHY
from larder_sim.food import Excursion
from larder_sim.live_place import GRID_S, LivePlace
from larder_sim.occurrences import Occurrence, Occurrences
from larder_sim.scenario import Scenario
from larder_sim.steps import Step
from larder_sim.thermal import PlaceState
from larder_sim.weather import Weather
from larder_sim.world import World

_HOUR_S = 3600
_RUN_S = 600
"""All places move this far before the next stretch: causes are asked for in order of time."""


@dataclass(frozen=True, slots=True)
class StepTaken:
    """A step of the scenario, or an order, happened."""

    sim_s: int
    step: Step


@dataclass(frozen=True, slots=True)
class LimitPassed:
    """The true air temperature of a place passed one of its `watch_c`."""

    sim_s: int
    place: str
    limit_c: float
    rising: bool


Happening = StepTaken | LimitPassed | Occurrence | Excursion


class Plant:
    """The simulated world in motion. Names are `<site>/<place>`, `<site>/<camera>` and `<site>`, as in `World`."""

    def __init__(self, world: World, scenario: Scenario, seed: int) -> None:
        self._agenda = Agenda(world, scenario, seed)
        self._occurrences = Occurrences()
        self._now_s = 0
        weather = Weather(scenario.start, world.local_start_s, seed)
        self._places = {name: LivePlace(site, place, seed, weather) for name, site, place in world.places()}
        self._of_site = {
            site.id: [self._places[f"{site.id}/{place.id}"] for place in site.places] for site in world.sites
        }
        self._powered = {site.id: True for site in world.sites}
        self._linked = {site.id: True for site in world.sites}
        self._kept: set[str] = set()
        self._camera_mode = {name: HEALTHY for name, _, _ in world.cameras()}
        self._heaps = [live for live in self._places.values() if live.place.cables]
        self._damp: set[str] = set()

    @property
    def now_s(self) -> int:
        """The simulated second reached."""
        return self._now_s

    def advance(self, until_s: float) -> list[Happening]:
        """Move to simulated second floor(`until_s`); what happened on the way, in order. Never moves back."""
        until = math.floor(until_s)
        happenings = [each for due in self._agenda.until(self._now_s) for each in self._take(due)]
        while self._now_s < until:
            to = min(until, (self._now_s // _RUN_S + 1) * _RUN_S)
            found = [each for due in self._agenda.until(to) for each in self._take(due)]
            for live in self._places.values():
                found += self._move(live, to // GRID_S * GRID_S)
            if to % _HOUR_S == 0:
                found += self._look_for_damp(to)
            self._now_s = to
            happenings += sorted(found, key=_when)
        return happenings

    def order(self, step: Step) -> None:
        """Something more is to happen, at once when its second has passed."""
        self._agenda.add(step, scripted=True)

    def end(self) -> list[Happening]:
        """What is still going on, without an end: the last lines of a record."""
        open_ = [ended for live in self._places.values() if (ended := live.end())]
        return [*self._occurrences.close(), *open_]

    # ---------------------------------------------------------------- how it is now

    def state(self, place: str) -> PlaceState:
        """How a place is now."""
        return self._places[place].state

    def sensed_c(self, place: str) -> float:
        """What a place's sensor says now, in °C."""
        return self._places[place].celsius(self._now_s)

    def grain_c(self, place: str) -> list[float]:
        """What the sensors of a place's cables say now, in °C."""
        return self._places[place].grain_c(self._now_s)

    def sensor_fault(self, place: str) -> str:
        """In what way a place's sensor fails, "" when it does not."""
        return self._places[place].fault

    def powered(self, site: str) -> bool:
        """Whether a site has mains. Larder's own box has a battery, so its 1-wire probes go on without."""
        return self._powered[site]

    def linked(self, site: str) -> bool:
        """Whether a site reaches the world outside."""
        return self._linked[site]

    def camera_mode(self, camera: str) -> str:
        """`faults.HEALTHY` or a fault; without mains a camera is as good as unplugged."""
        site = camera.partition("/")[0]
        return self._camera_mode[camera] if self._powered[site] else "unplugged"

    # ---------------------------------------------------------------- moving

    def _move(self, live: LivePlace, to: int) -> list[Happening]:
        found: list[Happening] = []
        for each in live.move(to, self._occurrences.cause):
            if isinstance(each, Excursion):
                found.append(each)
                continue
            at_s, before, after = each
            for limit in live.place.watch_c:
                if (before > limit) != (after > limit):
                    found.append(LimitPassed(at_s, live.name, limit, rising=after > limit))
        return found

    def _take(self, due: Due) -> list[Happening]:
        """Places that a step touches first come to its second; then it happens to them."""
        step, at_s = due.step, max(self._now_s, due.step.at_s)
        if step.action == "link-cut" and step.target in self._kept:
            return []
        found: list[Happening] = []
        touched = self._touched(step)
        for live in touched:
            found += self._move(live, max(at_s, live.at_s))
        found += self._occurrences.take(at_s, step.action, step.target, step.mode)
        for live in touched:
            if ended := live.take(step):
                found.append(ended)
        match step.action:
            case "power-cut" | "power-back":
                self._powered[step.target] = step.action == "power-back"
            case "link-cut" | "link-back":
                self._linked[step.target] = step.action == "link-back"
            case "link-keep":
                self._linked[step.target] = True
                self._kept.add(step.target)
            case "unplug-camera":
                self._camera_mode[step.target] = step.mode
            case "plug-camera":
                self._camera_mode[step.target] = HEALTHY
        return [*found, StepTaken(at_s, step)] if due.scripted else found

    def _touched(self, step: Step) -> list[LivePlace]:
        if step.action in ("power-cut", "power-back"):
            return self._of_site[step.target]
        live = self._places.get(step.target)
        return [live] if live else []

    def _look_for_damp(self, at_s: int) -> list[Happening]:
        found: list[Happening] = []
        for live in self._heaps:
            if live.is_damp != (live.name in self._damp):
                self._damp ^= {live.name}
                action = "get-damp" if live.name in self._damp else "get-dry"
                found += self._occurrences.take(at_s, action, live.name, "")
        return found


def _when(happening: Happening) -> tuple[int, int, str]:
    """The second at which it became known (what ends, at its end), and an order within that second."""
    match happening:
        case StepTaken(sim_s, _):
            return sim_s, 0, ""
        case Occurrence():
            return happening.to_s or 0, 1, f"{happening.what} {happening.target}"
        case LimitPassed():
            return happening.sim_s, 2, f"{happening.place} {happening.limit_c}"
        case _:
            return happening.to_s or 0, 3, happening.place
