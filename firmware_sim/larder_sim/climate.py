"""The air outside in the four counties of Haibei, and the year of its schools. Pure.

Monthly means are those of Gangcha (3,309 m): January, July and the year from published normals, the months between interpolated.
The other counties lie lower and are warmer by a constant. The daily swing of 14 to 18 K has its greatest at 15:30 and its least at
07:30 Beijing time.
"""

import math
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from larder_sim.noise import noise, seed_of

GANGCHA_C = (-13.5, -10.0, -4.7, 1.0, 5.5, 9.0, 10.9, 10.4, 6.5, 0.7, -6.5, -11.6)
"""Mean of each month in °C."""
ABOVE_GANGCHA_K: Mapping[str, float] = MappingProxyType({"632221": 1.3, "632222": 1.7, "632223": 1.0, "632224": 0.0})
"""By GB/T 2260 code: Menyuan, Qilian, Haiyan, Gangcha."""
_HALF_SWING_K = 8.0
_WEATHER_K = 3.0
_DAY_S = 86_400
_HOLIDAYS = (((1, 15), (3, 1)), ((7, 10), (8, 24)))
"""First and last day (month, day) of the winter and the summer holiday."""


def year_mean_c(county: str) -> float:
    """The mean of the year outside, in °C; a county that is not of Haibei counts as Gangcha."""
    return sum(GANGCHA_C) / 12 + ABOVE_GANGCHA_K.get(county, 0.0)


def outdoor_c(county: str, day: date, time_of_day_s: float, seed: int = 0) -> float:
    """The air outside in °C, with fronts that last days and are the same for a whole county."""
    shifted = day.timetuple().tm_yday - 15.0 + time_of_day_s / _DAY_S
    month, part = divmod(shifted / 365.25 * 12, 1.0)
    mean = GANGCHA_C[int(month) % 12] * (1 - part) + GANGCHA_C[(int(month) + 1) % 12] * part
    front = noise(
        seed_of("front", seed, county), (day.toordinal() + time_of_day_s / _DAY_S) * 7.0
    )  # a knot each 2.9 days
    return mean + ABOVE_GANGCHA_K.get(county, 0.0) + _WEATHER_K * front + _HALF_SWING_K * _daily(time_of_day_s)


def _daily(time_of_day_s: float) -> float:
    """-1 at 07:30, 1 at 15:30: eight hours up and sixteen down, each half a cosine."""
    after = (time_of_day_s / 3600 - 7.5) % 24
    return -math.cos(math.pi * after / 8) if after < 8 else math.cos(math.pi * (after - 8) / 16)


def is_school_day(day: date) -> bool:
    """Monday to Saturday outside the holidays: boarding schools cook on Saturdays."""
    return day.weekday() < 6 and not is_holiday(day)


def is_holiday(day: date) -> bool:
    """Within the winter or the summer holiday of the schools."""
    return any(first <= (day.month, day.day) <= last for first, last in _HOLIDAYS)
