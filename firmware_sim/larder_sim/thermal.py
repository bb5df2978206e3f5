"""One watched place stepped through time. Pure: state in, state out, no chance in it.

Two heat nodes (the air with liner and shelves; the contents, which is the food), a wall, a door, a thermostat with hysteresis that
cools or heats, contents that melt, water vapour in the air, and a probe that lags. Within a step each node follows its
exponential towards the balance of what acts on it, and a thermostat switches at the instant at which its limit is reached, so
that the result does not depend on the size of the steps beyond the figure in `firmware_sim/README.md`.
"""

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

from larder_sim.vapour import relative_percent, saturation_pa

SUBSTEP_S = 10.0
_DAY_S = 86_400.0
_WARMEST_S = 15.5 * 3600.0
"""The warmest time of day, 15:30 Beijing time: Haibei lies 20 degrees west of the zone's meridian."""


@dataclass(frozen=True, slots=True)
class Model:
    """The numbers of one kind of place. W, J and K are watts, joules and kelvins; `*_per_s` are rates in 1/s."""

    air_j_k: float  # heat capacity of air, liner and shelves
    mass_j_k: float  # heat capacity of the contents
    mass_w_k: float  # conductance between contents and air
    wall_w_k: float  # leak through the closed walls
    door_w_k: float  # added by a door that is wide open
    cooling_w: (
        float  # heat drawn by a running compressor; negative: heat given by a running heater; 0: there is neither
    )
    on_c: float  # the thermostat starts at this air temperature, in °C
    off_c: float  # and stops at this one
    coil_c: float  # the evaporator's surface while the compressor runs, in °C
    coil_per_s: float  # how fast the evaporator dries the air towards its own saturation
    moist_per_s: float  # how fast the contents bring the air towards `contents_rh`
    contents_rh: float  # %RH over the contents
    vent_per_s: float  # air changes through seals
    door_vent_per_s: float  # air changes through a door that is wide open
    probe_s: float  # time constant of the probe
    probe_in_mass: bool  # the probe sits in the contents (grain), not in the air
    noise_c: float  # standard deviation of the probe's slow noise, in K
    melt_j: float = 0.0  # heat that melting the contents takes, spread over `melt_from_c` to `melt_to_c`
    melt_from_c: float = -5.0
    melt_to_c: float = -0.5


def shifted(model: Model, kelvin: float) -> Model:
    """The model with a thermostat that switches `kelvin` higher than it was set; 0 gives it back as it is."""
    return replace(model, on_c=model.on_c + kelvin, off_c=model.off_c + kelvin) if kelvin else model


@dataclass(frozen=True, slots=True)
class Room:
    """The air around a place: daily mean in °C, half the daily swing in K, and %RH at the mean temperature.

    `outdoor_share` is how far the room follows the air outside: 0 is a heated kitchen, 1 an open shed.
    """

    mean_c: float
    swing_c: float
    rh_percent: float
    outdoor_share: float = 0.0

    def temperature_c(self, time_of_day_s: float, outdoor_c: float = 0.0) -> float:
        """Air temperature in °C at a local time of day in seconds, with `outdoor_c` outside."""
        own = self.mean_c + self.swing_c * math.cos(2 * math.pi * (time_of_day_s - _WARMEST_S) / _DAY_S)
        return own + self.outdoor_share * (outdoor_c - own)

    def vapour_pa(self) -> float:
        """Vapour pressure in Pa; constant over the day, so that relative humidity falls when it gets warm."""
        return saturation_pa(self.mean_c) * self.rh_percent / 100.0


class Surroundings(NamedTuple):
    """What acts on a place during one step."""

    room_c: float  # °C outside the door
    room_pa: float  # vapour pressure outside the door, Pa
    door: float = 0.0  # 0 closed, 1 wide open
    compressor: bool = True  # cooling or heating has power and is not stopped
    health: float = 1.0  # the share of its power that a compressor still has
    extra_w: float = 0.0  # a defrost heater


class PlaceState(NamedTuple):
    """How a place is now. `mass_c` is the temperature of the contents: what the food has."""

    air_c: float
    mass_c: float
    probe_c: float
    vapour_pa: float
    running: bool

    @property
    def humidity_percent(self) -> float:
        """Relative humidity of the air, 0 to 100 %RH."""
        return relative_percent(self.vapour_pa, self.air_c)


def at_rest(start_c: float, rh_percent: float) -> PlaceState:
    """A place whose air, contents and probe are all at `start_c`, with the compressor at rest."""
    vapour = saturation_pa(start_c) * rh_percent / 100.0
    return PlaceState(start_c, start_c, start_c, vapour, running=False)


def step(model: Model, state: PlaceState, around: Surroundings, dt: float, substep_s: float = SUBSTEP_S) -> PlaceState:
    """The state `dt` seconds later (`dt` above 0), under constant surroundings."""
    if dt <= substep_s:
        return _substep(model, state, around, dt)
    count = math.ceil(dt / substep_s)
    for _ in range(count):
        state = _substep(model, state, around, dt / count)
    return state


def _substep(model: Model, now: PlaceState, around: Surroundings, h: float) -> PlaceState:
    air, mass = now.air_c, now.mass_c
    exchange = model.wall_w_k + model.door_w_k * around.door
    coupling = exchange + model.mass_w_k
    rate = coupling / model.air_j_k
    idle = (exchange * around.room_c + model.mass_w_k * mass + around.extra_w) / coupling
    power = model.cooling_w * around.health if around.compressor else 0.0
    running = _thermostat(model, now.air_c, now.running) if power else False
    balance = idle - power / coupling if running else idle
    after = balance + (air - balance) * math.exp(-rate * h)
    if power and _thermostat(model, after, running) != running:
        limit = model.off_c if running else model.on_c
        ratio = (limit - balance) / (air - balance) if air != balance else 1.0
        left = h + math.log(ratio) / rate if 0.0 < ratio <= 1.0 else h
        running = not running
        balance = idle - power / coupling if running else idle
        after = balance + (limit - balance) * math.exp(-rate * max(0.0, left))
    between = (air + after) / 2
    mass += (between - mass) * -math.expm1(-model.mass_w_k * h / _capacity(model, mass))
    source = mass if model.probe_in_mass else between
    probe = source + (now.probe_c - source) * math.exp(-h / model.probe_s)
    return PlaceState(after, mass, probe, _vapour(model, now.vapour_pa, between, around, running, h), running)


def _thermostat(model: Model, air_c: float, running: bool) -> bool:
    if model.cooling_w > 0:
        return air_c > model.off_c if running else air_c >= model.on_c
    return air_c < model.off_c if running else air_c <= model.on_c


def _capacity(model: Model, mass_c: float) -> float:
    if model.melt_j and model.melt_from_c < mass_c < model.melt_to_c:
        return model.mass_j_k + model.melt_j / (model.melt_to_c - model.melt_from_c)
    return model.mass_j_k


def _vapour(model: Model, now_pa: float, air_c: float, around: Surroundings, running: bool, h: float) -> float:
    saturated = saturation_pa(air_c)
    vent = model.vent_per_s + model.door_vent_per_s * around.door
    rate = vent + model.moist_per_s
    towards = vent * around.room_pa + model.moist_per_s * saturated * model.contents_rh / 100.0
    if running and model.coil_per_s:
        coil = saturation_pa(model.coil_c)
        if coil < now_pa:
            rate += model.coil_per_s
            towards += model.coil_per_s * coil
    balance = towards / rate
    after = balance + (now_pa - balance) * math.exp(-rate * h)
    return after if after < saturated else saturated  # what is above saturation becomes dew
