"""One place of a running world: its state, what has been done to it, and what its sensor says."""

from collections.abc import Callable, Iterator

from larder_sim.climate import year_mean_c
from larder_sim.food import LIMITS, Excursion, FoodWatch
from larder_sim.kinds import KINDS, hot_cabinet
from larder_sim.kinds.heap import Heap, HotSpot
from larder_sim.noise import noise, seed_of, share
from larder_sim.steps import Step
from larder_sim.thermal import Surroundings, at_rest, shifted, step
from larder_sim.vapour import dew_point_c
from larder_sim.weather import AIR_S, Weather
from larder_sim.world import Place, Site

GRID_S = 10
"""Simulated seconds between two states of a place, besides those at which something happens to it."""
_DAY_S = 86_400
_HOUR_S = 3600


class LivePlace:
    """Moves on an absolute grid, so that what is true does not depend on who looks. Times are simulated seconds."""

    def __init__(self, site: Site, place: Place, seed: int, weather: Weather) -> None:
        self.name = f"{site.id}/{place.id}"
        self.place = place
        self.kind = KINDS[place.model]
        self._model = self.kind.model
        self.fault = ""
        self.at_s = 0
        self._room, self._county = site.rooms[place.room], site.county
        self._weather = weather
        self._room_pa = self._room.vapour_pa()
        self._seed = seed_of(seed, self.name)
        self._door, self._powered, self._compressor, self._extra_w = 0.0, True, not self.kind.meals, 0.0
        self._fading: tuple[int, float] | None = None
        self._fault_s, self._stuck_c = 0, 0.0
        self._air_until, self._room_c = -1, 0.0
        self._spots: list[HotSpot] = []
        mean_c = year_mean_c(site.county)
        self._heap = Heap(self._seed, place.cables, place.layers, place.across, mean_c) if place.cables else None
        self._grain: tuple[int, list[float]] = (-1, [])
        self.state = at_rest(self._start_c(), self.kind.start_rh)
        limits = LIMITS.get(place.profile)
        self._watch = FoodWatch(self.name, place.profile, limits) if limits else None
        self._watching = limits is not None and not limits.meals_only

    def _start_c(self) -> float:
        model = self.kind.model
        if self.place.start_c is not None:
            return self.place.start_c
        if model.cooling_w > 0:  # anywhere in its cycle, so that the fridges of a world do not run in step
            return model.off_c + share(self._seed) * (model.on_c - model.off_c)
        return self._room_at(0)

    # ---------------------------------------------------------------- time

    def move(self, until_s: int, cause: Callable[[int, str], str]) -> Iterator[tuple[int, float, float] | Excursion]:
        """Move to `until_s`; yields (second, air before, air after) for each step taken and each excursion that ended."""
        while self.at_s < until_s:
            to = min(until_s, (self.at_s // GRID_S + 1) * GRID_S)
            before = self.state.air_c
            self.state = step(self._model, self.state, self._surroundings(), to - self.at_s)
            self.at_s = to
            if self._watch and self._watching and (self._heap is None or to % _HOUR_S == 0):
                food = self.state.mass_c if self._heap is None else max(self.grain_c(to))
                if ended := self._watch.see(to, food, cause(to, self.name) if self._is_out(food) else ""):
                    yield ended
            if self.place.watch_c:
                yield to, before, self.state.air_c

    def _is_out(self, food_c: float) -> bool:
        limits = LIMITS[self.place.profile]
        return (limits.high_c is not None and food_c > limits.high_c) or (
            limits.low_c is not None and food_c < limits.low_c
        )

    def _surroundings(self) -> Surroundings:
        health = 1.0
        if self._fading:
            since, lasts = self._fading
            health = max(0.0, 1.0 - (self.at_s - since) / lasts)
        runs = self._compressor and self._powered and self._extra_w == 0.0
        heat = self._extra_w if self._powered else 0.0
        return Surroundings(self._room_at(self.at_s), self._room_pa, self._door, runs, health, heat)

    def _room_at(self, at_s: int) -> float:
        if at_s >= self._air_until:
            self._air_until = (at_s // AIR_S + 1) * AIR_S
            outside = self._weather.outdoor_c(self._county, at_s) if self._room.outdoor_share else 0.0
            time_of_day_s = self._weather.time_of_day_s(at_s // AIR_S * AIR_S)
            self._room_c = self._room.temperature_c(time_of_day_s, outside)
        return self._room_c

    def end(self) -> Excursion | None:
        """The excursion that is still going on when the record ends."""
        return self._watch.end(None) if self._watch else None

    # ---------------------------------------------------------------- what is done to it

    def take(self, due: Step) -> Excursion | None:
        """Something happens to it now; the excursion that this ends."""
        match due.action:
            case "open-door" | "close-door":
                self._door = due.openness
            case "stop-compressor" | "start-compressor":
                self._compressor, self._fading = due.action == "start-compressor", None
            case "fade-compressor":
                self._fading = (self.at_s, due.hours * _HOUR_S)
            case "shift-thermostat" | "reset-thermostat":
                self._model = shifted(self.kind.model, due.celsius)
            case "begin-defrost" | "end-defrost":
                defrost = self.kind.defrost
                self._extra_w = defrost.heat_w if defrost and due.action == "begin-defrost" else 0.0
            case "load-food":
                self._mix(due.amount, due.celsius)
            case "begin-meal":
                self._watching = self._watch is not None
                self._mix(1.0, hot_cabinet.FOOD_C)
            case "end-meal":
                self._compressor = self._watching = False
                return self._watch.end(self.at_s) if self._watch else None
            case "unplug-sensor":
                self._stuck_c, self._fault_s = self.celsius(self.at_s), self.at_s
                self.fault = due.mode
            case "plug-sensor":
                self.fault = ""
            case "power-cut" | "power-back":
                self._powered = due.action == "power-back"
            case "heat-grain":
                self._spots.append(HotSpot(due.cable, due.layer, self.at_s / _DAY_S, due.amount, due.celsius))
            case "air-grain":
                self._spots = [spot._replace(until_d=min(spot.until_d, self.at_s / _DAY_S)) for spot in self._spots]
            case _:
                raise ValueError(f"no such action: {due.action!r}")
        return None

    def _mix(self, part: float, celsius: float) -> None:
        self.state = self.state._replace(mass_c=self.state.mass_c + part * (celsius - self.state.mass_c))

    # ---------------------------------------------------------------- what its sensor says

    @property
    def is_damp(self) -> bool:
        """Whether water condenses: the coldest grain at the top is below the dew point of the air above it."""
        if self._heap is None:
            return False
        top = min(
            celsius
            for (_, layer), celsius in zip(self._heap.points, self.grain_c(self.at_s), strict=True)
            if layer == 1
        )
        return top < dew_point_c(max(1.0, self.state.vapour_pa))

    def celsius(self, at_s: int) -> float:
        """What the sensor says at a second not before the last move, in °C, lies of `LYING_FAULTS` included."""
        if self.fault == "stuck":
            return self._stuck_c
        honest = self.state.probe_c + self.kind.model.noise_c * noise(self._seed, at_s)
        if self.fault == "drift":
            return honest + min(15.0, (at_s - self._fault_s) / _HOUR_S)
        if self.fault == "jump" and share(self._seed + at_s) < 0.1:
            return honest + 20.0
        return honest

    def grain_c(self, at_s: int) -> list[float]:
        """What each sensor of its cables says, in °C; they are renewed each hour."""
        if self._heap is None:
            return []
        hour = at_s // _HOUR_S * _HOUR_S
        if self._grain[0] != hour:
            self._grain = (hour, self._heap.celsius(self._weather.day_of_year(hour), hour / _DAY_S, self._spots))
        return self._grain[1]
