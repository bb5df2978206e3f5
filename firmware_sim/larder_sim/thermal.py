"""One watched place - fridge, freezer, store or grain bin - stepped through time. Pure: state in, state out.

Two heat nodes (the air with liner and shelves; the contents), a wall, a door, a compressor on a hysteresis thermostat,
water vapour in the air, and a probe that lags and is a little noisy. Explicit Euler steps of at most `SUBSTEP_S`, which
is far below the smallest time constant of any model, so that every `dt` up to 60 s and more is stable.
"""

import math
from dataclasses import dataclass, replace
from random import Random

from larder_sim.vapour import relative_percent, saturation_pa

SUBSTEP_S = 5.0
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
    cooling_w: float  # heat drawn by a running compressor; 0: there is none
    on_c: float  # the thermostat starts the compressor at this air temperature, in °C
    off_c: float  # and stops it at this one
    coil_c: float  # the evaporator's surface while the compressor runs, in °C
    coil_per_s: float  # how fast the evaporator dries the air towards its own saturation
    moist_per_s: float  # how fast the contents bring the air towards `contents_rh`
    contents_rh: float  # %RH over the contents
    vent_per_s: float  # air changes through seals
    door_vent_per_s: float  # air changes through a door that is wide open
    probe_s: float  # time constant of the probe
    probe_in_mass: bool  # the probe sits in the contents (grain), not in the air
    noise_c: float  # standard deviation of the probe's slow noise, in K


@dataclass(frozen=True, slots=True)
class Room:
    """The air around a place: daily mean in °C, half the daily swing in K, and %RH at the mean temperature."""

    mean_c: float
    swing_c: float
    rh_percent: float

    def temperature_c(self, time_of_day_s: float) -> float:
        """Air temperature in °C at a local time of day in seconds."""
        return self.mean_c + self.swing_c * math.cos(2 * math.pi * (time_of_day_s - _WARMEST_S) / _DAY_S)

    def vapour_pa(self) -> float:
        """Vapour pressure in Pa; constant over the day, so that relative humidity falls when it gets warm."""
        return saturation_pa(self.mean_c) * self.rh_percent / 100.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What acts on a place during one step."""

    room_c: float  # °C outside the door
    room_pa: float  # vapour pressure outside the door, Pa
    door: float = 0.0  # 0 closed, 1 wide open
    compressor: bool = True  # it has power and is not stopped


@dataclass(frozen=True, slots=True)
class PlaceState:
    """How a place is now."""

    air_c: float
    mass_c: float
    probe_c: float
    vapour_pa: float
    running: bool
    noise_c: float

    @property
    def sensed_c(self) -> float:
        """What an ideal converter behind the real probe would read, in °C."""
        return self.probe_c + self.noise_c

    @property
    def humidity_percent(self) -> float:
        """Relative humidity of the air, 0 to 100 %RH."""
        return relative_percent(self.vapour_pa, self.air_c)


def at_rest(model: Model, start_c: float, rh_percent: float) -> PlaceState:
    """A place whose air, contents and probe are all at `start_c`, with the compressor at rest."""
    vapour = saturation_pa(start_c) * rh_percent / 100.0
    return PlaceState(start_c, start_c, start_c, vapour, running=False, noise_c=0.0)


def step(model: Model, state: PlaceState, around: Surroundings, dt: float, rng: Random) -> PlaceState:
    """The state `dt` seconds later (`dt` above 0), under constant surroundings; all chance comes from `rng`."""
    count = max(1, math.ceil(dt / SUBSTEP_S))
    h = dt / count
    for _ in range(count):
        state = _substep(model, state, around, h)
    return replace(state, noise_c=_noise(model, state.noise_c, dt, rng))


def _substep(model: Model, now: PlaceState, around: Surroundings, h: float) -> PlaceState:
    running = _thermostat(model, now, around)
    exchange = model.wall_w_k + model.door_w_k * around.door
    to_air = exchange * (around.room_c - now.air_c) + model.mass_w_k * (now.mass_c - now.air_c)
    if running:
        to_air -= model.cooling_w
    air = now.air_c + to_air * h / model.air_j_k
    mass = now.mass_c + model.mass_w_k * (now.air_c - now.mass_c) * h / model.mass_j_k
    source = mass if model.probe_in_mass else air
    probe = now.probe_c + (source - now.probe_c) * -math.expm1(-h / model.probe_s)
    return PlaceState(air, mass, probe, _vapour(model, now, around, running, h), running, now.noise_c)


def _thermostat(model: Model, now: PlaceState, around: Surroundings) -> bool:
    if model.cooling_w <= 0 or not around.compressor:
        return False
    return now.air_c > model.off_c if now.running else now.air_c >= model.on_c


def _vapour(model: Model, now: PlaceState, around: Surroundings, running: bool, h: float) -> float:
    saturated = saturation_pa(now.air_c)
    vent = model.vent_per_s + model.door_vent_per_s * around.door
    rate = vent * (around.room_pa - now.vapour_pa)
    rate += model.moist_per_s * (saturated * model.contents_rh / 100.0 - now.vapour_pa)
    if running:
        rate += model.coil_per_s * min(0.0, saturation_pa(model.coil_c) - now.vapour_pa)
    return min(saturated, max(0.0, now.vapour_pa + rate * h))  # what is above saturation becomes dew


_NOISE_MEMORY_S = 20.0


def _noise(model: Model, before: float, dt: float, rng: Random) -> float:
    """First-order autoregressive noise: neighbouring readings agree, distant ones do not."""
    keep = math.exp(-dt / _NOISE_MEMORY_S)
    return before * keep + rng.gauss(0.0, model.noise_c) * math.sqrt(1.0 - keep * keep)
