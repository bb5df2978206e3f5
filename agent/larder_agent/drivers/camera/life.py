"""Is a camera of use? States and reasons, from one probe after another. Pure: time comes in, nothing is asked.

    none --good--> pending --a person has looked at the first picture--> active <--good-- degraded
                                                                           |                  ^
                                                                           +--twice not good--+

A probe is good when it brought a picture without a flaw. Flaws, the first that fits:

    dark       mean luma below 20 of 255
    covered    bright enough, and nothing in it: less spread than a wall shows
    frozen     the very picture that was seen lately, for longer than `frozen_after_s`: a sensor's noise never repeats
    rebooting  it went and came back three times within an hour

and `still` (less than 1.5 of difference to the picture before), which is told and flaws nothing: so is a kitchen at night.
Two failures to degrade, one good probe to recover, 20 and 1.5: a public implementation of the rules for online catering (SAMR
Order 123). The other numbers are engineering defaults.
"""

from collections.abc import Callable, Mapping
from enum import Enum, IntEnum
from types import MappingProxyType
from typing import NamedTuple

DARK_LUMA = 20.0
STILL_DIFFERENCE = 1.5
COVERED_SPREAD = 6.0
"""Standard deviation of luma at an eighth of the size: a wall in even light shows 8 and more, a palm or a cloth 1 to 4 [E]."""
RETURNS, RETURNS_WITHIN_MS = 3, 3_600_000
RECENT_FRAMES = 8
"""A frozen encoder numbers its key frames in turn, so that one picture shows as a few hashes that come again and again."""

GONE = frozenset({"refused", "reset", "timeout", "unreachable", "no-advance"})
"""What a camera that restarts says meanwhile."""


class State(IntEnum):
    NONE = 0
    PENDING = 1
    ACTIVE = 2
    DEGRADED = 3


class Event(Enum):
    GOOD = "good"
    BAD = "bad"
    FAILED = "failed"
    """Bad, not for the first time."""
    APPROVED = "approved"
    """A person has looked at the first picture."""


TABLE: Mapping[tuple[State, Event], State] = MappingProxyType(
    {
        (State.NONE, Event.GOOD): State.PENDING,
        (State.PENDING, Event.APPROVED): State.ACTIVE,
        (State.ACTIVE, Event.FAILED): State.DEGRADED,
        (State.DEGRADED, Event.GOOD): State.ACTIVE,
    }
)
"""What is not here changes nothing."""


class Look(NamedTuple):
    """Of one picture: mean and spread of luma, of 255, and the mean difference to the picture before (None for the first)."""

    luma: float
    spread: float
    difference: float | None


class Glimpse(NamedTuple):
    """What one probe brought. `reason`: why there is no picture, "" if there is one. `frame`: a hash of it, "" if it could not be
    taken whole; `octets`: its size, encoded; `look`: None where pixels are not looked at."""

    reason: str = ""
    frame: str = ""
    octets: int = 0
    look: Look | None = None


class Rules(NamedTuple):
    """`dead_when`: the flaws with which a camera counts as not alive, though it answers."""

    approved: bool = False
    frozen_after_ms: int = 60_000
    dead_when: frozenset[str] = frozenset({"covered", "frozen"})


class Life(NamedTuple):
    """What is remembered between probes. Times in ms of a clock that never runs backwards."""

    state: State = State.NONE
    bad_in_a_row: int = 0
    frames: tuple[str, ...] = ()
    changed_ms: int | None = None
    """When the picture was last another than lately."""
    gone: bool = False
    returned_ms: tuple[int, ...] = ()


USUAL = Rules()


class Verdict(NamedTuple):
    """`reason`: why the probe was not good, "" if it was. `age_ms`: since the picture last changed, None before the first."""

    alive: bool
    reason: str
    state: State
    age_ms: int | None
    still: bool


def after(life: Life, glimpse: Glimpse, now_ms: int, rules: Rules = USUAL) -> tuple[Life, Verdict]:
    """What is remembered next, and what is to be said."""
    life = _with_frame(_with_return(life, glimpse, now_ms), glimpse, now_ms)
    age_ms = None if life.changed_ms is None else now_ms - life.changed_ms
    flaw = next((word for word, fits in FLAWS.items() if fits(life, glimpse, now_ms, rules)), "")
    reason = glimpse.reason or flaw
    bad = life.bad_in_a_row + 1 if reason else 0
    event = Event.GOOD if not reason else Event.BAD if bad == 1 else Event.FAILED
    state = TABLE.get((life.state, event), life.state)
    if rules.approved:
        state = TABLE.get((state, Event.APPROVED), state)
    difference = glimpse.look.difference if glimpse.look else None
    still = difference is not None and difference < STILL_DIFFERENCE
    alive = not glimpse.reason and reason not in rules.dead_when
    return life._replace(state=state, bad_in_a_row=bad), Verdict(alive, reason, state, age_ms, still)


def _with_frame(life: Life, glimpse: Glimpse, now_ms: int) -> Life:
    if glimpse.reason or not glimpse.frame:
        return life
    if glimpse.frame in life.frames:
        return life
    return life._replace(frames=(*life.frames, glimpse.frame)[-RECENT_FRAMES:], changed_ms=now_ms)


def _with_return(life: Life, glimpse: Glimpse, now_ms: int) -> Life:
    if glimpse.reason:
        return life._replace(gone=life.gone or (glimpse.reason in GONE and life.state is not State.NONE))
    returned = (*life.returned_ms, now_ms) if life.gone else life.returned_ms
    return life._replace(
        gone=False, returned_ms=tuple(at for at in returned if now_ms - at < RETURNS_WITHIN_MS)[-RETURNS:]
    )


Flaw = Callable[[Life, Glimpse, int, Rules], bool]


def _dark(_life: Life, glimpse: Glimpse, _now_ms: int, _rules: Rules) -> bool:
    return glimpse.look is not None and glimpse.look.luma < DARK_LUMA


def _covered(_life: Life, glimpse: Glimpse, _now_ms: int, _rules: Rules) -> bool:
    return glimpse.look is not None and glimpse.look.spread < COVERED_SPREAD


def _frozen(life: Life, glimpse: Glimpse, now_ms: int, rules: Rules) -> bool:
    known = bool(glimpse.frame) and life.changed_ms is not None
    return known and now_ms - (life.changed_ms or 0) >= rules.frozen_after_ms


def _rebooting(life: Life, _glimpse: Glimpse, _now_ms: int, _rules: Rules) -> bool:
    return len(life.returned_ms) >= RETURNS


FLAWS: Mapping[str, Flaw] = MappingProxyType(
    {"dark": _dark, "covered": _covered, "frozen": _frozen, "rebooting": _rebooting}
)
