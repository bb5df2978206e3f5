"""A moment as a person types it: a date, a date and a time (Beijing where no offset is given), or how long before the end. Pure."""

import re
from datetime import UTC, datetime, timedelta

from larder_hub.web.figures import BEIJING

_AGO = re.compile(r"([0-9]{1,5})(m|h|d)")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
HINT = "2026-11-24, 2026-11-24T08:00, 2026-11-24T00:00Z, 90m, 24h, 7d"


class NoMoment(ValueError):
    """What was typed is no moment; the text says how one is typed."""


def moment_ms(text: str, end_ms: int) -> int:
    """Milliseconds since 1970 UTC; `7d` is that long before `end_ms`. Raises NoMoment."""
    if found := _AGO.fullmatch(text):
        return max(0, end_ms - int(found[1]) * int(_UNITS[found[2]] / timedelta(milliseconds=1)))
    try:
        typed = datetime.fromisoformat(text)
        at_ms = int((typed if typed.tzinfo else typed.replace(tzinfo=BEIJING)).astimezone(UTC).timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise NoMoment(f"{text!r} 不是时刻 / is no moment (写法 / write {HINT})") from error
    if at_ms < 0:
        raise NoMoment(f"{text!r} 早于 1970 年 / is before 1970 (写法 / write {HINT})")
    return at_ms
