"""All places of a world under a scenario, advanced through simulated time. No I/O, no clock of its own.

Time moves on a fixed grid of one second, so that what is true at a simulated second depends on the world, the scenario
and the seed alone, and not on when somebody looked.
"""

import math
from dataclasses import dataclass
from random import Random

from larder_sim.faults import HEALTHY
from larder_sim.models import MODELS, START_RH
from larder_sim.scenario import Scenario, Step
from larder_sim.thermal import Model, PlaceState, Room, Surroundings, at_rest, step
from larder_sim.world import Place, World

GRID_S = 1


@dataclass(frozen=True, slots=True)
class StepTaken:
    """A step of the scenario happened."""

    sim_s: int
    step: Step


@dataclass(frozen=True, slots=True)
class LimitPassed:
    """The true air temperature of a place passed one of its `watch_c`."""

    sim_s: int
    place: str
    limit_c: float
    rising: bool


Happening = StepTaken | LimitPassed


class _LivePlace:
    """A place with its state and what the scenario has done to it."""

    def __init__(self, site: str, place: Place, room: Room, seed: int, time_of_day_s: float) -> None:
        self.site = site
        self.place = place
        self.room = room
        self.model: Model = MODELS[place.model]
        self.rng = Random(f"{seed} {site} {place.id}")
        self.door = 0.0
        self.compressor = True
        self.fault = ""
        self.state = at_rest(self.model, self._start_c(time_of_day_s), START_RH[place.model])

    def _start_c(self, time_of_day_s: float) -> float:
        if self.place.start_c is not None:
            return self.place.start_c
        if self.model.cooling_w > 0:  # anywhere in its cycle, so that the fridges of a world do not run in step
            return self.rng.uniform(self.model.off_c, self.model.on_c)
        return self.room.temperature_c(time_of_day_s)

    def move(self, time_of_day_s: float, powered: bool) -> None:
        around = Surroundings(
            self.room.temperature_c(time_of_day_s), self.room.vapour_pa(), self.door, self.compressor and powered
        )
        self.state = step(self.model, self.state, around, GRID_S, self.rng)


class Plant:
    """The simulated world in motion. Names are `<site>/<place>`, `<site>/<camera>` and `<site>`, as in `World`."""

    def __init__(self, world: World, scenario: Scenario, seed: int) -> None:
        self._local_start_s = world.local_start_s
        self._steps = scenario.steps
        self._next_step = 0
        self._now_s = 0
        self._places = {
            name: _LivePlace(site.id, place, site.rooms[place.room], seed, world.local_start_s)
            for name, site, place in world.places()
        }
        self._powered = {site.id: True for site in world.sites}
        self._camera_mode = {name: HEALTHY for name, _, _ in world.cameras()}

    @property
    def now_s(self) -> int:
        """The simulated second reached."""
        return self._now_s

    def advance(self, until_s: float) -> list[Happening]:
        """Move to simulated second floor(`until_s`); what happened on the way, in order. Never moves back."""
        happenings: list[Happening] = list(self._take_steps())
        while self._now_s + GRID_S <= math.floor(until_s):
            happenings += self._move()
            happenings += self._take_steps()
        return happenings

    def state(self, place: str) -> PlaceState:
        """How a place is now."""
        return self._places[place].state

    def sensor_fault(self, place: str) -> str:
        """In what way a place's sensor fails, "" when it does not."""
        return self._places[place].fault

    def powered(self, site: str) -> bool:
        """Whether a site has mains. Larder's own box has a battery, so its 1-wire probes go on without."""
        return self._powered[site]

    def camera_mode(self, camera: str) -> str:
        """`faults.HEALTHY` or a fault; without mains a camera is as good as unplugged."""
        site = camera.partition("/")[0]
        return self._camera_mode[camera] if self._powered[site] else "unplugged"

    def _move(self) -> list[LimitPassed]:
        time_of_day_s = self._local_start_s + self._now_s
        self._now_s += GRID_S
        passed = []
        for name, live in self._places.items():
            before = live.state.air_c
            live.move(time_of_day_s, self._powered[live.site])
            after = live.state.air_c
            for limit in live.place.watch_c:
                if (before > limit) != (after > limit):
                    passed.append(LimitPassed(self._now_s, name, limit, rising=after > limit))
        return passed

    def _take_steps(self) -> list[StepTaken]:
        taken = []
        while self._next_step < len(self._steps) and self._steps[self._next_step].at_s <= self._now_s:
            due = self._steps[self._next_step]
            self._next_step += 1
            self._take(due)
            taken.append(StepTaken(self._now_s, due))
        return taken

    def _take(self, due: Step) -> None:
        match due.action:
            case "open-door":
                self._places[due.target].door = due.openness
            case "close-door":
                self._places[due.target].door = 0.0
            case "stop-compressor" | "start-compressor":
                self._places[due.target].compressor = due.action == "start-compressor"
            case "unplug-sensor" | "plug-sensor":
                self._places[due.target].fault = due.mode
            case "unplug-camera":
                self._camera_mode[due.target] = due.mode
            case "plug-camera":
                self._camera_mode[due.target] = HEALTHY
            case "power-cut" | "power-back":
                self._powered[due.target] = due.action == "power-back"
            case _:
                raise ValueError(f"no such action: {due.action!r}")
