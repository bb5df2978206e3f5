"""How many messages a person gets before a digest takes their place. Pure.

Who gets thirty messages a day reads none of them, and carriers stop at ten a day and number. A critical alarm is never held back.
"""

from collections.abc import Sequence

DAY_MS = 24 * 3_600_000
HOUR_MS = 3_600_000
PER_DAY = 8
PER_HOUR = 3


def allowed(handed_ms: Sequence[int], now_ms: int, time_scale: float = 1.0) -> bool:
    """True if one more may go now to a person to whom messages were handed over at these times."""
    day = sum(now_ms - at < DAY_MS / time_scale for at in handed_ms)
    hour = sum(now_ms - at < HOUR_MS / time_scale for at in handed_ms)
    return day < PER_DAY and hour < PER_HOUR


def backoff_ms(attempt: int, retry_s: float) -> int:
    """How long to wait after a failed attempt, the first being 1: doubling, at most an hour."""
    return round(min(retry_s * 2.0 ** min(attempt - 1, 30), 3600.0) * 1000)
