"""Values, durations and moments as a screen shows them. Moments are Beijing time, which has no summer time."""

from datetime import datetime, timedelta, timezone
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Literal

Language = Literal["zh", "en"]

BEIJING = timezone(timedelta(hours=8))
SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
_LAST_MOMENT_MS = 253_402_000_000_000  # in the year 9999: later than that is no date
_SHOWN = {
    "Cel": ("0.1", {"zh": "℃", "en": " °C"}),
    "%RH": ("1", {"zh": "%", "en": "%"}),
    "%": ("1", {"zh": "%", "en": "%"}),
}
"""The step to which a value of this unit is rounded, and what stands behind it."""


def decimal_text(value: int, scale: int) -> str:
    """`value * 10**scale` exactly, without an exponent: 43, -1 -> `4.3`."""
    return format(Decimal(value).scaleb(scale), "f")


def value_text(value: float | Decimal | str, unit: str, language: Language) -> str:
    """`14.6℃`, `−18.0℃`, `55%`; any other unit as it is, with its name. A minus sign is a minus sign, not a hyphen."""
    number = Decimal(str(value))
    step, behind = _SHOWN.get(unit, ("", {"zh": f" {unit}", "en": f" {unit}"}))
    if step and abs(number) < 10**9:
        number = number.quantize(Decimal(step), ROUND_HALF_EVEN) + 0  # + 0: never minus zero
    return format(number, "f").replace("-", "−") + behind[language]


def duration_text(ms: int, language: Language) -> str:
    """`20 秒`, `62 分`, `3 时 08 分`, from 48 hours on whole days. Cut, not rounded."""
    zh = language == "zh"
    ms = max(ms, 0)
    if ms < 100 * SECOND_MS:
        return f"{ms // SECOND_MS} {'秒' if zh else 's'}"
    if ms < 100 * MINUTE_MS:
        return f"{ms // MINUTE_MS} {'分' if zh else 'min'}"
    hours, minutes = divmod(ms // MINUTE_MS, 60)
    if hours >= 48:
        return f"{hours // 24} {'天' if zh else 'days'}"
    return f"{hours} 时 {minutes:02d} 分" if zh else f"{hours} h {minutes:02d} min"


def ago_text(age_ms: int, language: Language) -> str:
    """`20 秒前`; a reading dated ahead of the hub's clock by more than five seconds says so."""
    if age_ms < -5 * SECOND_MS:
        ahead = duration_text(-age_ms, language)
        return f"时钟快 {ahead}" if language == "zh" else f"clock {ahead} ahead"
    return duration_text(age_ms, language) + ("前" if language == "zh" else " ago")


def clock_text(at_ms: int) -> str:
    """`14:05:12`"""
    return f"{_local(at_ms):%H:%M:%S}"


def moment_text(at_ms: int) -> str:
    """`11-24 14:05`"""
    return f"{_local(at_ms):%m-%d %H:%M}"


def full_moment_text(at_ms: int) -> str:
    """`2026-11-24 14:05`"""
    return f"{_local(at_ms):%Y-%m-%d %H:%M}"


def percent_of(part: int, whole: int) -> float | None:
    """The same as a number: 99.99 is never rounded up to 100."""
    return None if whole <= 0 else float((Decimal(part) * 100 / whole).quantize(Decimal("0.01"), ROUND_FLOOR))


def percent_text(part: int, whole: int) -> str | None:
    """Completeness, cut at two decimals so that 100% means every one; None where nothing was due."""
    if whole <= 0:
        return None
    if part == whole:
        return "100%"
    return f"{(Decimal(part) * 100 / whole).quantize(Decimal('0.01'), ROUND_FLOOR)}%"


def _local(at_ms: int) -> datetime:
    return datetime.fromtimestamp(min(max(at_ms, 0), _LAST_MOMENT_MS) / 1000, BEIJING)
