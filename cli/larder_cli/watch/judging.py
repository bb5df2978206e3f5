"""Pure: what a round saw, and what is to be said about it. Instants are ms of this machine's clock."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple


class Sight(StrEnum):
    """`beating`: the pulse went the whole way lately. `stale`: the hub answers, but its pulse stands. `unreachable`: the hub does not
    answer and others do. `cut-off`: nobody answers, so our own network is gone and nothing is known of the hub.
    `no-pulse`: the hub answers, but has no pulse in its register: only its answering is watched."""

    BEATING = "beating"
    STALE = "stale"
    UNREACHABLE = "unreachable"
    CUT_OFF = "cut-off"
    NO_PULSE = "no-pulse"


class Seen(NamedTuple):
    """What one round saw. `age_ms`: of the hub's pulse, 0 where it has none. `stage`: the first stage of the hub's pipeline at which
    the pulse stands, "" where that is not known. `detail` is for people."""

    sight: Sight
    age_ms: int = 0
    stage: str = ""
    detail: str = ""


class Rule(NamedTuple):
    """Durations in ms. `missed`: without a heartbeat for so long the hub is said to be lost; `repeat`: how often that is said again,
    0 for never; `apart`: rounds further apart than this mean that this watcher itself did not run."""

    missed_ms: int
    repeat_ms: int
    apart_ms: int


class Loss(NamedTuple):
    """A silence that is to be said: since when, seen how, and at which stage."""

    since_ms: int
    sight: Sight
    stage: str


@dataclass(frozen=True)
class Watched:
    """All that is remembered. `beat_ms`: when the hub was last known to be well, or since when we have been able to see it.
    `round_ms`: the last round, 0 before the first. `loss` is open until the hub is well again; `told_ms`: when each phone last heard
    of it; `owed`: phones that heard of a loss which ended at `ended_ms`, and have not yet heard of its end."""

    beat_ms: int = 0
    round_ms: int = 0
    loss: Loss | None = None
    told_ms: dict[str, int] = field(default_factory=dict)
    owed: tuple[str, ...] = ()
    ended_ms: int = 0


class Say(NamedTuple):
    """One message to one phone: a loss, or (`ended_ms`) its end."""

    phone: str
    loss: Loss
    ended_ms: int | None = None


def look(watched: Watched, seen: Seen, rule: Rule, now_ms: int) -> Watched:
    """What is known after a round."""
    unwatched = not 0 <= now_ms - watched.round_ms <= rule.apart_ms
    # Nobody watched meanwhile, or nothing could be seen: what happened then is held against nobody.
    beat_ms = now_ms if unwatched or seen.sight is Sight.CUT_OFF else watched.beat_ms
    after = replace(watched, round_ms=now_ms)
    if seen.sight in (Sight.BEATING, Sight.NO_PULSE):
        return _over(replace(after, beat_ms=now_ms - seen.age_ms), now_ms)
    if seen.sight is Sight.STALE and seen.age_ms < rule.missed_ms:
        return replace(after, beat_ms=now_ms - seen.age_ms)
    if watched.loss is not None or seen.sight is Sight.CUT_OFF:
        return replace(after, beat_ms=beat_ms)
    since_ms = now_ms - seen.age_ms if seen.sight is Sight.STALE else beat_ms
    if now_ms - since_ms < rule.missed_ms:
        return replace(after, beat_ms=beat_ms)
    # Who has not heard of the end of the last loss does not need to: there is another.
    return replace(after, beat_ms=beat_ms, loss=Loss(since_ms, seen.sight, seen.stage), told_ms={}, owed=(), ended_ms=0)


def due(watched: Watched, phones: tuple[str, ...], rule: Rule, now_ms: int) -> list[Say]:
    """What is to be said now. Whoever sends says `said` for each that left; what did not leave is due again."""
    loss = watched.loss
    if loss is None:
        return []
    if watched.ended_ms:
        return [Say(phone, loss, watched.ended_ms) for phone in watched.owed]
    return [
        Say(phone, loss) for phone in phones
        if (told := watched.told_ms.get(phone)) is None or (rule.repeat_ms and now_ms - told >= rule.repeat_ms)
    ]  # fmt: skip


def said(watched: Watched, say: Say, now_ms: int) -> Watched:
    """It left."""
    if say.ended_ms is None:
        return replace(watched, told_ms={**watched.told_ms, say.phone: now_ms})
    owed = tuple(phone for phone in watched.owed if phone != say.phone)
    return replace(watched, owed=owed) if owed else replace(watched, owed=(), loss=None, told_ms={}, ended_ms=0)


def _over(watched: Watched, now_ms: int) -> Watched:
    if watched.loss is None or watched.ended_ms:
        return watched
    if not watched.told_ms:
        return replace(watched, loss=None)
    return replace(watched, owed=tuple(watched.told_ms), ended_ms=now_ms)
