"""What any driver knows about numbers that cannot be true: physical ranges, and what is sent in place of a value.

This is about the instrument only. Whether food is too warm is decided by the hub's limit profiles, from good readings.
"""

from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from types import MappingProxyType
from typing import NamedTuple

EXACT = 2**53 - 1
"""The largest number that the wire carries (`larder_core.sizes.MAX_INT`); what exceeds it is no measurement."""

PHYSICAL_RANGE: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "Cel": (
            -60,
            150,
        ),  # from a blast freezer with margin (-40) to what a 1-wire or Pt1000 probe in a kitchen survives
        "%RH": (0, 100),  # by definition
    }
)

SENTINELS: Mapping[str, Mapping[int, str]] = MappingProxyType(
    {
        # Transmitters answer with the end of their number range when the probe's wire is broken or shorted.
        "modbus-int16": {-0x8000: "no-sensor", 0x7FFF: "no-sensor"},
        "modbus-uint16": {0x8000: "no-sensor", 0x7FFF: "no-sensor", 0xFFFF: "no-sensor"},
        "modbus-int32": {-0x8000_0000: "no-sensor", 0x7FFF_FFFF: "no-sensor"},
        "modbus-uint32": {0x8000_0000: "no-sensor", 0x7FFF_FFFF: "no-sensor", 0xFFFF_FFFF: "no-sensor"},
        # Thousandths of a degree. -127 is what the widespread Dallas libraries, and bridges built on them, say for "not there".
        "ds18b20": {-127_000: "disconnected"},
    }
)


class Bounds(NamedTuple):
    """The smallest and the largest scaled number that can be true; None where nothing is known."""

    low: int | None
    high: int | None


def bounds(unit: str, scale: int, low: float | None = None, high: float | None = None) -> Bounds:
    """The range of `unit`, each end replaced by `low` or `high` where given, in numbers of `scale`."""
    usual = PHYSICAL_RANGE.get(unit, (None, None))
    least, most = (low if low is not None else usual[0]), (high if high is not None else usual[1])
    return Bounds(
        None if least is None else int(_scaled(least, scale).to_integral_value(ROUND_CEILING)),
        None if most is None else int(_scaled(most, scale).to_integral_value(ROUND_FLOOR)),
    )


def screen(value: int, within: Bounds) -> tuple[int | None, str]:
    """(value, ""), or (value, "out-of-range"): the value is kept as evidence of what the instrument said."""
    if abs(value) > EXACT:
        return None, "out-of-range"
    too_low = within.low is not None and value < within.low
    too_high = within.high is not None and value > within.high
    return value, "out-of-range" if too_low or too_high else ""


def round_to_scale(number: float, scale: int) -> int:
    """A finite `number` in units of 10**scale, ties to even, so that rounding adds no bias to a mean."""
    return int(_scaled(number, scale).to_integral_value(ROUND_HALF_EVEN))


def _scaled(number: float, scale: int) -> Decimal:
    return Decimal(repr(number)).scaleb(-scale)
