"""The temperatures along the cables in a grain heap: a closed form, so that thousands of points cost nothing between looks.

The annual wave of the air sinks into the heap, smaller and later with depth; the daily wave does not reach the first sensor. Each
point is a little off for good. A hot spot is biology: it grows by a rate and fades with distance.

Depth of penetration: conduction alone (1e-7 m²/s) gives sqrt(2 a / w) = 1.0 m for the year and 5 cm for the day; slow convection
between the grains makes it about 1.6 m, which puts the maximum at 2 m into September and makes the wave at 6 m hardly felt.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

from larder_sim.noise import seed_of, share

LAYER_M = 1.8
"""Between two sensors on a cable; grain regulations allow at most 2 m."""
CABLE_M = 4.5
"""Between two cables; at most 5 m."""
FIRST_M = 0.5
"""Depth of the topmost sensor."""
_REACH_M = 1.6
_YEAR_D = 365.25
_WARMEST_D = 205.0
"""Day of the year at which the air is warmest: 24 July."""
_BIN_ABOVE_AIR_K = 4.0
_BIN_AMPLITUDE_K = 11.0
_SPOT_M = 2.5
_FADE_D = 4.0


class HotSpot(NamedTuple):
    """Grain that heats itself from day `from_d` (days since the start), `kelvin_a_day` up to `most_k`; aired from `until_d` on."""

    cable: int
    layer: int
    from_d: float
    kelvin_a_day: float
    most_k: float
    until_d: float = math.inf

    def kelvin(self, at_d: float) -> float:
        """How far its centre is above the heap."""
        grown = min(self.most_k, self.kelvin_a_day * max(0.0, min(at_d, self.until_d) - self.from_d))
        return grown * math.exp(-max(0.0, at_d - self.until_d) / _FADE_D)


class Heap:
    """`across` cables stand in a row before the next row begins; cables and layers count from 1, layer 1 is the top."""

    def __init__(self, seed: int, cables: int, layers: int, across: int, year_mean_c: float) -> None:
        self.points = tuple((cable, layer) for cable in range(1, cables + 1) for layer in range(1, layers + 1))
        """(cable, layer) of every sensor, cable by cable from the top down."""
        self._across = across
        self._mean_c = year_mean_c + _BIN_ABOVE_AIR_K
        self._depths = [(FIRST_M + LAYER_M * n) / _REACH_M for n in range(layers)]
        self._own_k = [0.8 * (share(seed_of(seed, *point)) - 0.5) for point in self.points]

    def celsius(self, day_of_year: float, at_d: float, spots: Iterable[HotSpot]) -> list[float]:
        """What the grain at each of `points` has, in °C, `at_d` days after the start."""
        phase = 2 * math.pi * (day_of_year - _WARMEST_D) / _YEAR_D
        waves = [_BIN_AMPLITUDE_K * math.exp(-depth) * math.cos(phase - depth) for depth in self._depths]
        found = [
            self._mean_c + waves[layer - 1] + own for (_, layer), own in zip(self.points, self._own_k, strict=True)
        ]
        for spot in spots:
            heat = spot.kelvin(at_d)
            for n, (cable, layer) in enumerate(self.points):
                found[n] += heat * math.exp(-((self._metres(cable, layer, spot) / _SPOT_M) ** 2))
        return found

    def _metres(self, cable: int, layer: int, spot: HotSpot) -> float:
        row, column = divmod(cable - 1, self._across)
        spot_row, spot_column = divmod(spot.cable - 1, self._across)
        return math.dist(
            (row * CABLE_M, column * CABLE_M, layer * LAYER_M),
            (spot_row * CABLE_M, spot_column * CABLE_M, spot.layer * LAYER_M),
        )
