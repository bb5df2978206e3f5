"""Numbers, durations and times as a message says them. Chinese messages say 零下 and 度: a hyphen reads as a dash, and providers
refuse unusual signs. Times are Beijing time, which has no summer time."""

import math
from datetime import datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

_LARGEST = 999.9
"""A value further out than this is shown as this: it is wrong in any case, and must not break a message."""


def _bounded(value: float) -> float:
    return 0.0 if math.isnan(value) else max(-_LARGEST, min(_LARGEST, value))


def number_zh(value: float, unit: str, *, exact: bool = True) -> str:
    """`零下18.4度`, `82%`. With `exact` false, a limit: a whole number of degrees has no decimal."""
    if unit in ("%RH", "%EL"):
        return f"{_bounded(value):.0f}%"
    shown = f"{abs(_bounded(value)):.1f}"
    if not exact:
        shown = shown.removesuffix(".0")
    below = "零下" if value < 0 and float(shown) else ""
    return f"{below}{shown}{'度' if unit == 'Cel' else ''}"


def number_en(value: float, unit: str, *, exact: bool = True) -> str:
    """`-18.4 deg C`, `82% RH`; with `exact` false, a limit: `8`, without the unit that stands beside the value."""
    if unit in ("%RH", "%EL"):
        sign = "% RH" if unit == "%RH" else "%"
        return f"{_bounded(value):.0f}" + (sign if exact else "")
    shown = f"{_bounded(value):.1f}"
    shown = "0.0" if shown == "-0.0" else shown
    if not exact:
        return shown.removesuffix(".0")
    return f"{shown}{' deg C' if unit == 'Cel' else ''}"


def duration_zh(ms: int) -> str:
    """`62分` below 100 minutes, `3时08分`, `4时`; `3天` from 48 hours on. Cut, never rounded up."""
    minutes = max(ms, 0) // MINUTE_MS
    if minutes < 100:
        return f"{minutes}分"
    hours, rest = divmod(minutes, 60)
    if hours >= 48:
        return f"{min(hours // 24, 9999)}天"
    return f"{hours}时{rest:02d}分" if rest else f"{hours}时"


def duration_en(ms: int) -> str:
    """`62 min`, `3 h 08`, `4 h`, `3 days`."""
    minutes = max(ms, 0) // MINUTE_MS
    if minutes < 100:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours >= 48:
        return f"{min(hours // 24, 9999)} days"
    return f"{hours} h {rest:02d}" if rest else f"{hours} h"


def _local(ms: int) -> datetime:
    return datetime.fromtimestamp(min(max(ms, 0), 253_402_000_000_000) / 1000, BEIJING)


def clock(ms: int) -> str:
    """`06:10`, Beijing time."""
    return f"{_local(ms):%H:%M}"


def moment_zh(ms: int, now_ms: int) -> str:
    """`06:10`, or `23日06:10` where that is not within the 24 hours before `now_ms`."""
    return clock(ms) if 0 <= now_ms - ms < DAY_MS else day_and_clock_zh(ms)


def moment_en(ms: int, now_ms: int) -> str:
    return clock(ms) if 0 <= now_ms - ms < DAY_MS else day_and_clock_en(ms)


def day_and_clock_zh(ms: int) -> str:
    """`23日22:10`."""
    return f"{_local(ms).day}日{clock(ms)}"


def day_and_clock_en(ms: int) -> str:
    """`23 Nov 22:10`."""
    return f"{_local(ms):%d %b} {clock(ms)}"
