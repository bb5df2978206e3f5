"""What the web asks of the alarms. `larder_hub.alarms.book` implements AlarmBook; the views are this side's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from larder_hub.alarms.kinds import AlarmKind


class ActView(NamedTuple):
    """What somebody did about an alarm, or what it went through: `actor` is a person, or `hub`."""

    at_ms: int
    actor: str
    act: str
    note: str


@dataclass(frozen=True)
class AlarmView:
    """One alarm on its three axes. `since_ms` is the start of what it is about, `raised_ms` when it was raised, both in device time.

    `value`, `peak` and `limit` are in `unit`, None where the kind has none. `point` is empty for an alarm about a whole device, `site`
    for one about a device that the register does not know. `severity` is warning, alarm or critical; `condition`, `handling` and
    `visibility` the words of larder_core.limits. `late`: raised from data that came after the fact.
    `spoken_by`: the leading alarm of its storm.
    `ticket` is the number that messages give, so that one can be asked for on the telephone.
    """

    id: str
    site: str
    device: str
    point: str
    kind: AlarmKind
    side: str
    severity: str
    condition: str
    handling: str
    visibility: str
    since_ms: int
    raised_ms: int
    cleared_ms: int | None
    value: float | None
    peak: float | None
    limit: float | None
    unit: str
    late: bool
    acts: tuple[ActView, ...] = ()
    ticket: str = ""
    inhibited_by: str = ""
    drill: bool = False
    unstable: bool = False
    spoken_by: str = ""


class AttemptView(NamedTuple):
    """A hand-over of a message: to which provider, or `notify.NAME` for a chat group; what became of it, why, and since when."""

    provider: str
    outcome: str
    reason: str
    at_ms: int


@dataclass(frozen=True)
class NoticeView:
    """A message to a person. `phone` is masked, as 138****8000; `outcome` says how far it came, `provider` by whom; `why` in JSON
    what called for it, by which route, level and roster entry, at which step of the escalation. `attempts` are all hand-overs in
    order, then those to chat groups: two by SMS mean that it may have gone twice."""

    id: str
    alarm: str
    recipient: str
    phone: str
    kind: str
    text: str
    outcome: str
    at_ms: int
    why: str = ""
    provider: str = ""
    attempts: tuple[AttemptView, ...] = ()


class Acted(NamedTuple):
    """The act is recorded; `alarm` is how it stands now."""

    alarm: AlarmView


class Refusal(NamedTuple):
    """The act is not taken: a word for machines, and what to do. `unknown-alarm` is answered with 404, any other with 409."""

    reason: str
    hint_zh: str
    hint_en: str


UNKNOWN_ALARM = "unknown-alarm"
UNKNOWN_SHELF = "unknown-shelf"


class Wish(NamedTuple):
    """What somebody wants to put aside: one alarm, or all that match; empty words match everything."""

    actor: str
    reason: str
    until_ms: int
    alarm: str = ""
    county: str = ""
    site: str = ""
    device: str = ""
    point: str = ""
    kind: str = ""
    from_ms: int | None = None


@dataclass(frozen=True)
class ShelfView:
    """Something put aside: what it matches, the gravest severity that it hides, from when until when, why and by whom."""

    id: str
    county: str
    site: str
    device: str
    point: str
    kind: str
    alarm: str
    severity: str
    from_ms: int
    until_ms: int
    reason: str
    actor: str
    made_ms: int


class Shelves(Protocol):
    """Alarms that people put aside for a while."""

    def listed(self, now_ms: int) -> Sequence[ShelfView]:
        """What is put aside now or later, the first to end first."""

    def shelve(self, wish: Wish, now_ms: int) -> ShelfView | Refusal:
        """Put aside, and recorded."""

    def unshelve(self, id: str, actor: str, now_ms: int) -> ShelfView | Refusal:
        """Shown again before its end."""


UNDONE = "undone"
"""An act that takes back the one before it; its note is that one's word."""


class Phones(Protocol):
    """Phones that were paired with a person, and what people do from them."""

    def redeem(self, code: str, now_ms: int) -> str | None:
        """The token for a phone, once for each code; None for a code that is not good."""

    def person_of(self, token: str, now_ms: int) -> str | None:
        """Whose phone shows this token."""

    def told(self, person: str) -> frozenset[str]:
        """The alarms of which this person was to be told."""

    def opened(self, person: str, alarms: Sequence[str], now_ms: int) -> None:
        """This person has looked at these, which moves nothing."""

    def did(self, alarm: str, person: str, act: str, now_ms: int) -> None:
        """Write down what a person says to have done."""

    def undoable(self, acts: Sequence[ActView], person: str, now_ms: int) -> bool:
        """Whether `undo` would take the last act back."""

    def undo(self, alarm: str, person: str, acts: Sequence[ActView], now_ms: int) -> Refusal | None:
        """Take the last act back; None where that is done."""


class AlarmBook(Protocol):
    """The alarms as the web reads and signs them."""

    def open(self) -> Sequence[AlarmView]:
        """Every alarm that is not over or not yet dealt with, whatever its age; worst first, then longest first."""

    def recent(self, limit: int) -> Sequence[AlarmView]:
        """The latest alarms, open or not, newest first."""

    def get(self, id: str) -> AlarmView | None:
        """The alarm of this id."""

    def members(self, id: str) -> "Sequence[AlarmView]":
        """What this alarm explains, and the storm that it leads, in the order in which they were raised."""

    def acknowledge(self, id: str, actor: str, note: str, now_ms: int) -> Acted | Refusal:
        """`actor` has seen the alarm and says so."""

    def notices(self, limit: int) -> Sequence[NoticeView]:
        """The latest notices, newest first."""
