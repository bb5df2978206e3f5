"""Mean kinetic temperature: the one temperature that would have done a medicine as much harm as all those it saw (USP <1160>).

A figure for whoever assesses a medicine after an excursion. It never clears an alarm, says nothing about food, and nothing about
freezing, whose harm is not kinetic.
"""

import math
from collections.abc import Iterable
from itertools import pairwise

ACTIVATION_KJ = 83.144
"""kJ/mol: the value that USP <1160> and ICH take for medicines in general."""

GAS_KJ = 8.3144e-3
"""kJ/(mol K)"""

ZERO_C_IN_K = 273.15


def mean_kinetic(readings: Iterable[tuple[int, float]], max_gap_ms: int) -> float | None:
    """The mean kinetic temperature in degC of (at_ms, degC) in order, or None without two readings close enough together.

    Each pair of neighbours not more than `max_gap_ms` apart counts with the time between them and the reading at its end; a longer
    silence counts for nothing. Raises ValueError for a temperature at or below absolute zero.
    """
    weight = total = 0.0
    for (before_ms, _), (at_ms, celsius) in pairwise(readings):
        lasted = at_ms - before_ms
        if not 0 < lasted <= max_gap_ms:
            continue
        kelvin = celsius + ZERO_C_IN_K
        if not (math.isfinite(kelvin) and kelvin > 0):
            raise ValueError(f"{celsius!r} is no temperature in degC; hint: leave out readings of bad quality")
        weight += lasted
        total += lasted * math.exp(-ACTIVATION_KJ / (GAS_KJ * kelvin))
    if not weight or not total:
        return None
    return ACTIVATION_KJ / GAS_KJ / -math.log(total / weight) - ZERO_C_IN_K
