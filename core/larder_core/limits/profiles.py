"""The defaults, as tables. A place may override each, and every override is recorded with its author and reason.

Limits come from the rule that `source` names, given in its sense and not word for word; check the original before quoting it as law.
Delays, clear limits and cumulative budgets are Larder's engineering defaults without legal force: food has thermal mass, a door that
is opened is no incident, and a defrost of up to 45 minutes must not alarm. An end lies inside the mildest limit: one between the
limits of alarm and warning would end the alarm while the value still asks for a warning.

food_rows, drug_rows, other_rows   the rows; docs/alarms.md shows them as a table
"""

from larder_core.limits.drug_rows import DRUG_AMBIENT, DRUG_COLD, DRUG_COOL, DRUG_HUMIDITY, VACCINE
from larder_core.limits.faulty import FaultFigures
from larder_core.limits.food_rows import (
    DISH_CYCLE,
    FREEZER,
    FRIDGE_FOOD,
    FRIDGE_SAMPLE,
    HOT_HOLD,
    MEAT_DAIRY,
    OIL_TANK,
    SPECIAL_ROOM,
    STORE_DRY,
    STORE_DRY_HUMIDITY,
)
from larder_core.limits.other_rows import BATTERY, CLOCK, GRAIN_LOW, GRAIN_QUASI_LOW, MAINS
from larder_core.limits.profile import LimitProfile
from larder_core.limits.rows import DAY, HOUR, MINUTE
from larder_core.limits.silence import SilenceFigures

__all__ = [
    "CAMERA_FAULT", "CLOCK", "DRUG_COLD", "FREEZER", "FRIDGE_FOOD", "FRIDGE_SAMPLE", "HOT_HOLD", "PROFILES", "SENSOR_FAULT",
    "SILENCE", "SILENCE_STRICT", "VACCINE",
]  # fmt: skip

PROFILES: dict[str, LimitProfile] = {
    profile.key: profile
    for profile in (
        FRIDGE_FOOD,
        FRIDGE_SAMPLE,
        FREEZER,
        HOT_HOLD,
        SPECIAL_ROOM,
        DISH_CYCLE,
        MEAT_DAIRY,
        STORE_DRY,
        STORE_DRY_HUMIDITY,
        OIL_TANK,
        DRUG_COLD,
        DRUG_COOL,
        DRUG_AMBIENT,
        DRUG_HUMIDITY,
        VACCINE,
        GRAIN_LOW,
        GRAIN_QUASI_LOW,
        MAINS,
        BATTERY,
    )
}
"""What a point may be judged by; `CLOCK` is of every device and of no point."""

SILENCE = SilenceFigures(stale_intervals=3, offline_s=30 * MINUTE, critical_s=4 * HOUR)

SILENCE_STRICT = SilenceFigures(stale_intervals=3, offline_s=30 * MINUTE, critical_s=30 * MINUTE)
"""Medicines and retained samples: an hour without a record breaks what must be proved, so offline is critical at once."""

SENSOR_FAULT = FaultFigures(warning_readings=2, alarm_s=30 * MINUTE, recovery_readings=2)

CAMERA_FAULT = FaultFigures(
    warning_readings=2, alarm_s=30 * MINUTE, critical_s=DAY, recovery_readings=1, zero_fails=True
)
