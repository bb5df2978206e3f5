"""What a medicine went through while an alarm was going on, for whoever assesses it."""

from larder_core.limits.kinetic import ZERO_C_IN_K, mean_kinetic
from larder_core.limits.profiles import SILENCE_STRICT
from larder_hub.register.directory import Point
from larder_hub.web.ports import AlarmView
from larder_hub.web.services import Services

MOST_READINGS = 50_000
"""A month of readings each minute; of what lasts longer, its beginning counts."""


def medicine_kinetic(services: Services, view: AlarmView) -> float | None:
    """Mean kinetic temperature in degC from an alarm's beginning until it was over or now; None for anything but the temperature of a
    medicine or a vaccine."""
    point = services.directory().points.get((view.device, view.point))
    if point is None or not _is_medicine(point):
        return None
    end_ms = view.cleared_ms if view.cleared_ms is not None else services.now_ms()
    found = services.series.between(view.device, view.point, view.since_ms, end_ms + 1, MOST_READINGS)
    good = [
        (one.at_ms, celsius)
        for one in found
        if one.value is not None and not one.quality and (celsius := one.value * 10.0**one.scale) > -ZERO_C_IN_K
    ]
    kinetic = mean_kinetic(good, SILENCE_STRICT.stale_after_ms(point.period_s))
    return None if kinetic is None else round(kinetic, 2)


def _is_medicine(point: Point) -> bool:
    return point.unit == "Cel" and (point.profile.startswith("drug.") or point.profile == "vaccine")
