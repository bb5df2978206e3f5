"""What goes wrong by chance, a day at a time: power, links that fail alone and together, sensors, cameras, compressors. Pure.

Rates are engineering values for a mountain prefecture: power cuts one to three a month in winter with a median of 40 minutes and at
most 12 hours; the mobile network of a county one to two times a year.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from larder_sim.faults import CAMERA_FAULTS, PROBE_FAULTS, TRANSMITTER_FAULTS
from larder_sim.kinds import KINDS
from larder_sim.steps import Step
from larder_sim.world import OnewireRead, Site

WINTER = (11, 12, 1, 2, 3)


@dataclass(frozen=True, slots=True)
class Rate:
    """How often in a year, and how long: log-normal about the median, at most `most_s`."""

    a_year: float
    median_s: float
    most_s: float


POWER_WINTER = Rate(24, 2400, 43_200)
POWER_SUMMER = Rate(9, 2400, 43_200)
SITE_LINK = Rate(24, 900, 21_600)
COUNTY_LINK = Rate(1.5, 10_800, 86_400)
SENSOR = Rate(0.7, 10_800, 259_200)
CAMERA = Rate(2.0, 18_000, 259_200)
COMPRESSOR = Rate(0.25, 14_400, 86_400)
_SPREAD = 1.2  # standard deviation of the logarithm
_SHORTEST_S = 60


def of_county(sites: Sequence[Site], rng: Random) -> Iterator[Step]:
    """The mobile network of a whole county fails at once."""
    for at, lasts in _times(COUNTY_LINK, rng):
        for site in sites:
            yield Step(at, "link-cut", site.id)
            yield Step(at + lasts, "link-back", site.id)


def of_site(site: Site, day: date, rng: Random) -> Iterator[Step]:
    """Mains and link of one site."""
    for at, lasts in _times(POWER_WINTER if day.month in WINTER else POWER_SUMMER, rng):
        yield Step(at, "power-cut", site.id)
        yield Step(at + lasts, "power-back", site.id)
    for at, lasts in _times(SITE_LINK, rng):
        yield Step(at, "link-cut", site.id)
        yield Step(at + lasts, "link-back", site.id)


def of_hardware(site: Site, rng: Random) -> Iterator[Step]:
    """Sensors, cameras and compressors of one site."""
    for place in site.places:
        name = f"{site.id}/{place.id}"
        modes: tuple[str, ...] = PROBE_FAULTS if isinstance(place.read, OnewireRead) else TRANSMITTER_FAULTS
        for at, lasts in _times(SENSOR, rng):
            yield Step(at, "unplug-sensor", name, mode=rng.choice(modes))
            yield Step(at + lasts, "plug-sensor", name)
        if KINDS[place.model].model.cooling_w > 0:
            for at, lasts in _times(COMPRESSOR, rng):
                yield Step(at, "stop-compressor", name)
                yield Step(at + lasts, "start-compressor", name)
    for camera in site.cameras:
        modes = tuple(mode for mode in CAMERA_FAULTS if mode != "wrong-password" or camera.auth != "none")
        for at, lasts in _times(CAMERA, rng):
            yield Step(at, "unplug-camera", f"{site.id}/{camera.id}", mode=rng.choice(modes))
            yield Step(at + lasts, "plug-camera", f"{site.id}/{camera.id}")


def _times(rate: Rate, rng: Random) -> Iterator[tuple[int, int]]:
    """(second of the day, seconds) of at most one such event on this day."""
    if rng.random() < -math.expm1(-rate.a_year / 365.25):
        lasts = min(rate.most_s, rate.median_s * math.exp(rng.gauss(0.0, _SPREAD)))
        yield rng.randrange(86_400), max(_SHORTEST_S, round(lasts))
