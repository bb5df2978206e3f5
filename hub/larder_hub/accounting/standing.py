"""How a device stands: whether it speaks, and if not, which of the several silences it is. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from larder_core.limits.silence import Level, SilenceFigures, judge
from larder_core.limits.table import milliseconds
from larder_hub.ledger.account import StreamAccount, StreamState


class State(StrEnum):
    """`silent` has spoken and stopped; `never-heard` is registered and never spoke; `forked` speaks a stream that is frozen and no
    newer one yet; `restored` is remembered by the registry alone and has not spoken since the ledger was lost; `resting` is out of
    service; `unregistered` has entries in the ledger and no place in the register."""

    REPORTING = "reporting"
    SILENT = "silent"
    NEVER_HEARD = "never-heard"
    FORKED = "forked"
    RESTORED = "restored"
    RESTING = "resting"
    UNREGISTERED = "unregistered"


@dataclass(frozen=True)
class Standing:
    """`heard_ms`: when the hub last heard the device, None if never or not remembered. `silent_since_ms` is set where it is silent.
    `patience_ms`: how long it may say nothing. `closed` and `forked` count its streams of that state."""

    state: State
    heard_ms: int | None
    silent_since_ms: int | None
    patience_ms: int
    closed: int
    forked: int


def standing(
    streams: Sequence[StreamAccount], period_s: float | None, in_service: bool | None, now_ms: int, figures: SilenceFigures
) -> Standing:  # fmt: skip
    """`streams` are one device's, the current one last; `period_s` is that of its fastest point, None for a device without points;
    `in_service` None for one that is not in the register. `figures` are in the time of this world."""
    heard = max((one.heard_ms for one in streams if one.heard_ms is not None), default=None)
    patience_ms = _patience_ms(period_s, figures)
    state = _state(streams, heard, in_service)
    if state is State.REPORTING and heard is not None and _is_silent(heard, period_s, now_ms, figures):
        state = State.SILENT
    states = [one.state for one in streams]
    return Standing(
        state=state,
        heard_ms=heard,
        silent_since_ms=heard if state is State.SILENT else None,
        patience_ms=patience_ms,
        closed=states.count(StreamState.CLOSED),
        forked=states.count(StreamState.FORKED),
    )


def _state(streams: Sequence[StreamAccount], heard: int | None, in_service: bool | None) -> State:
    if in_service is None:
        return State.UNREGISTERED
    if not in_service:
        return State.RESTING
    if not streams:
        return State.NEVER_HEARD
    if streams[-1].frozen:
        return State.FORKED
    return State.RESTORED if heard is None else State.REPORTING


def _is_silent(heard_ms: int, period_s: float | None, now_ms: int, figures: SilenceFigures) -> bool:
    if period_s is None:
        return now_ms - heard_ms > _patience_ms(None, figures)
    return judge(heard_ms, heard_ms, 0, period_s, now_ms, figures).level is not Level.FRESH


def _patience_ms(period_s: float | None, figures: SilenceFigures) -> int:
    """Without points nothing but heartbeats is expected: then it is silent when it is offline."""
    if period_s is None:
        return milliseconds(figures.offline_s)
    return figures.stale_after_ms(period_s) + milliseconds(figures.delivery_s)
