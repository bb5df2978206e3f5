"""What makes a kind of place: its heat, its defrosts, and what people do with it."""

from dataclasses import dataclass

from larder_sim.thermal import Model


@dataclass(frozen=True, slots=True)
class Defrost:
    """A heater melts the ice off the evaporator; the compressor rests meanwhile."""

    every_s: int
    lasts_s: int
    heat_w: float


@dataclass(frozen=True, slots=True)
class Traffic:
    """How people use a door while the site is at work."""

    openings_a_day: float
    open_s: tuple[float, float]  # least and most
    openness: float
    left_open_a_year: float  # times that somebody forgets to close it, for 10 to 90 minutes
    warm_load: float = 0.0  # share of the contents that each morning's delivery replaces, at `load_c`
    load_c: float = 0.0


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of place. `meals`: it is heated during meals only, and then holds food that was put in at 75 °C."""

    model: Model
    start_rh: float  # %RH with which it starts
    defrost: Defrost | None = None
    traffic: Traffic | None = None
    meals: bool = False
