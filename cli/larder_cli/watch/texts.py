"""The messages: template 10 and its end, each at most 70 UTF-16 units, one part of an SMS."""

from datetime import UTC, datetime, timedelta

from larder_cli.watch.judging import Loss, Say, Sight

MOST_UNITS = 70
BEIJING = timedelta(hours=8)

STAGES = {"broker": "消息代理", "ledger": "接收", "alarms": "报警", "notices": "短信"}
"""The stages of the hub's pulse, as its /api/pulse names them."""


def text_of(say: Say, signature: str, duty_phone: str) -> str:
    """Chinese only: its readers are those of the prefecture's duty."""
    since = clock(say.loss.since_ms)
    if say.ended_ms is not None:
        text = f"【{signature}】恢复：平台{clock(say.ended_ms)}恢复，自{since}起中断{_lasted(say)}。请查这段时间的补报和设备"
    else:
        text = (
            f"【{signature}】失联：平台自{since}起{_what(say.loss)}，此后不发报警。请转人工查温并电告值班{duty_phone}"
        )
    units = len(text.encode("utf-16-le")) // 2
    assert units <= MOST_UNITS, f"{units} units: {text}"
    return text


def clock(at_ms: int) -> str:
    """14:05, in Beijing."""
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC) + BEIJING:%H:%M}"


def _what(loss: Loss) -> str:
    if loss.sight is Sight.STALE and loss.stage in STAGES:
        return f"停在{STAGES[loss.stage]}环节"
    return "无心跳"


def _lasted(say: Say) -> str:
    minutes = max(1, round(((say.ended_ms or 0) - say.loss.since_ms) / 60_000))
    return f"{minutes}分" if minutes < 120 else f"{minutes // 60}时"
