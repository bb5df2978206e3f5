"""Is this the only hub that speaks with this key? PROTOCOL.md [H13]. Pure: (state, beacon, now) -> (state, verdict). `now` in seconds.

On one machine a lock keeps a second hub away. Between machines each hub announces itself on a topic of its key, retained, signed,
every few seconds, numbered. A copy of a hub's data directory has the same key, so two copies hear each other, even where they
take the one client id from each other in turn and are never connected together. Which one stays is the same decision on both sides.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple

EVERY_S = 5.0
"""Between two announcements."""

ALONE_S = 15.0
"""Connected for three announcements' time without hearing another: alone. Until then no agent is told that it may delete."""


class Beacon(NamedTuple):
    """`instance`: 32 hex digits, drawn at each start. `number` rises with each announcement. `started_ms`: wall clock of the start."""

    instance: str
    generation: int
    started_ms: int
    number: int

    @property
    def rank(self) -> tuple[int, int, str]:
        """The lowest stays: of the highest generation, since only a restore raises it; then the one that was there first."""
        return -self.generation, self.started_ms, self.instance


class Verdict(StrEnum):
    NOTHING = "nothing"
    STAY = "stay"
    YIELD = "yield"


@dataclass(frozen=True)
class Fence:
    """`since` is when the hub was last connected anew or heard a rival; None while not connected. `heard`: numbers by instance."""

    own: Beacon
    since: float | None = None
    due: float = 0.0
    heard: Mapping[str, int] = field(default_factory=dict)

    def alone(self, now: float) -> bool:
        return self.since is not None and now - self.since >= ALONE_S


def on_connected(fence: Fence, now: float) -> Fence:
    return replace(fence, since=now, due=now)


def on_disconnected(fence: Fence) -> Fence:
    return replace(fence, since=None)


def on_beacon(fence: Fence, beacon: Beacon, *, live: bool, now: float) -> tuple[Fence, Verdict]:
    """`live` is false for a retained announcement: a hub that ended may have left it, so only one that moves on counts."""
    if beacon.instance == fence.own.instance:
        return fence, Verdict.NOTHING
    before = fence.heard.get(beacon.instance)
    fence = replace(fence, heard={**fence.heard, beacon.instance: max(beacon.number, before or 0)})
    if not live and (before is None or beacon.number <= before):
        return fence, Verdict.NOTHING
    if fence.since is not None:
        fence = replace(fence, since=now)
    return fence, Verdict.STAY if fence.own.rank < beacon.rank else Verdict.YIELD


def to_say(fence: Fence, now: float) -> tuple[Fence, Beacon | None]:
    """The announcement that is due, None where none is."""
    if fence.since is None or now < fence.due:
        return fence, None
    own = fence.own._replace(number=fence.own.number + 1)
    return replace(fence, own=own, due=now + EVERY_S), own


def risen(fence: Fence, generation: int) -> Fence:
    """The hub stays, and its generation has risen: what agents heard from the other is void. Said at once."""
    return replace(fence, own=fence.own._replace(generation=generation), due=0.0)
