"""Water vapour in air: saturation pressure and relative humidity."""

import math

# Magnus form over water with the coefficients of WMO-No. 8 (Guide to Instruments), annex 4.B: within 0.2 % from
# -45 to 60 °C, far finer than any transmitter in a kitchen.
_PA_AT_0_C = 611.2
_SLOPE = 17.62
_OFFSET_C = 243.12


def saturation_pa(celsius: float) -> float:
    """Saturation vapour pressure over water, in Pa, at a temperature in °C."""
    return _PA_AT_0_C * math.exp(_SLOPE * celsius / (_OFFSET_C + celsius))


def relative_percent(vapour_pa: float, celsius: float) -> float:
    """Relative humidity in %RH, 0 to 100, of air that holds `vapour_pa` of water vapour at a temperature in °C."""
    return min(100.0, max(0.0, 100.0 * vapour_pa / saturation_pa(celsius)))


def dew_point_c(vapour_pa: float) -> float:
    """The temperature in °C at which air with this vapour pressure (above 0, in Pa) is saturated: the inverse of `saturation_pa`."""
    logarithm = math.log(vapour_pa / _PA_AT_0_C)
    return _OFFSET_C * logarithm / (_SLOPE - logarithm)
