"""When food truly leaves its limits: by its own temperature (the contents), not by the air that a probe feels. Pure.

The limits are those of the rules behind each profile, without any delay: whoever judges alarms applies the delays himself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

BAND_K = 0.1
"""An excursion ends when the food is back inside by this much, so that one is not counted as many."""


@dataclass(frozen=True, slots=True)
class FoodLimits:
    """°C; `None`: no limit on this side."""

    high_c: float | None
    low_c: float | None
    meals_only: bool = False


LIMITS: Mapping[str, FoodLimits] = MappingProxyType(
    {
        "fridge.food": FoodLimits(8.0, 0.0),  # catering code 2018: chilled 0 to 8 °C
        "fridge.sample": FoodLimits(8.0, 0.0),
        "meat.dairy": FoodLimits(5.0, None),  # the alarm limit of the profile; GB 20799 gives 4 °C for chilled meat
        "freezer": FoodLimits(-12.0, None),  # catering code 2018: frozen below -12 °C
        "hot.hold": FoodLimits(None, 60.0, meals_only=True),  # catering code 2018: hot above 60 °C
        "store.dry": FoodLimits(33.0, 0.0),  # the alarm limits of the profile
        "drug.cold": FoodLimits(8.0, 2.0),  # GSP: cold 2 to 8 °C
        "drug.ambient": FoodLimits(30.0, 10.0),  # GSP: ambient 10 to 30 °C
        "grain.quasi-low": FoodLimits(25.0, None),  # GB/T 29890: hottest spot at most 25 °C
    }
)
"""By limit profile."""


@dataclass(frozen=True, slots=True)
class Excursion:
    """Food of one place beyond a limit from `from_s` on; `to_s` is None while it is. Simulated seconds, °C."""

    place: str
    profile: str
    side: str  # "high" or "low"
    limit_c: float
    from_s: int
    to_s: int | None
    worst_c: float
    cause: str  # what acted on the place when it began: a kind of event, or "surroundings"


class FoodWatch:
    """Follows the food of one place. `see` each change of its temperature, in order of time."""

    def __init__(self, place: str, profile: str, limits: FoodLimits) -> None:
        self._place, self._profile, self._limits = place, profile, limits
        self._side = ""
        self._from_s, self._worst_c, self._cause = 0, 0.0, ""

    def see(self, at_s: int, food_c: float, cause: str) -> Excursion | None:
        """The excursion that this temperature ends, if any. `cause` counts when one begins."""
        high, low = self._limits.high_c, self._limits.low_c
        if not self._side:
            if high is not None and food_c > high:
                self._side = "high"
            elif low is not None and food_c < low:
                self._side = "low"
            if self._side:
                self._from_s, self._worst_c, self._cause = at_s, food_c, cause
            return None
        self._worst_c = max(self._worst_c, food_c) if self._side == "high" else min(self._worst_c, food_c)
        over = (high is not None and food_c <= high - BAND_K) if self._side == "high" else (
            low is not None and food_c >= low + BAND_K)  # fmt: skip
        return self.end(at_s) if over else None

    def end(self, at_s: int | None) -> Excursion | None:
        """What has begun and not ended, ended now; with None it stays open (the record says so)."""
        if not self._side:
            return None
        side, self._side = self._side, ""
        limit = self._limits.high_c if side == "high" else self._limits.low_c
        assert limit is not None
        return Excursion(
            self._place, self._profile, side, limit, self._from_s, at_s, round(self._worst_c, 2), self._cause
        )
