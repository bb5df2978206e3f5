"""Whether a command may be done. PROTOCOL.md [D6] to [D9]. Pure."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from larder_agent.clock import Moment

if TYPE_CHECKING:
    from larder_core.command import Command

EARLY_MS = 60_000
"""How far this clock may be behind the hub's [D7]."""

BELIEVED = ("synced", "holdover")

MOST_TOLD, WITHIN_MS = 10, 3_600_000
"""Events about payloads that prove nothing, in an hour [D9]."""

KEPT_ANSWERS = 4


class Answer(NamedTuple):
    """What became of the command whose line has this hash; `reply` is the unsigned reply's JSON."""

    digest: str
    reply: str


@dataclass(frozen=True)
class Orders:
    """What outlives a restart: the highest `number` taken; `doing`, the name of the act that is not answered yet, "" for none;
    the latest answers; the configuration told last (`told`) and the hash of the one refused last (`refused`)."""

    number: int = 0
    doing: str = ""
    answers: tuple[Answer, ...] = ()
    told: int = 0
    refused: str = ""


def answer_to(orders: Orders, digest: str) -> str | None:
    """The reply to the same bytes, where it is still known [D8]."""
    return next((one.reply for one in orders.answers if one.digest == digest), None)


def refusal(orders: Orders, command: "Command", now: Moment, *, retained: bool) -> str | None:
    """Why the command is not done, None where it is to be done [D7] [D8]."""
    if retained:
        return "retained"
    if command.number <= orders.number:
        return "replayed"
    if now.clock[0] in BELIEVED:
        if now.at > command.expires:
            return "expired"
        return "not-yet" if now.at < command.issued - EARLY_MS else None
    if command.boot is None or command.up is None:
        return "clock-unknown"
    if command.boot != now.boot:
        return "other-boot"
    return "expired" if now.up > command.up else None


def begun(orders: Orders, command: "Command") -> Orders:
    """Must be on the disk before the act [D8]."""
    return replace(orders, number=command.number, doing=command.name)


def ended(orders: Orders, digest: str, reply: str) -> Orders:
    return replace(orders, doing="", answers=(*orders.answers, Answer(digest, reply))[-KEPT_ANSWERS:])


@dataclass(frozen=True)
class Telling:
    """When, in ms since boot, payloads that prove nothing were told as events."""

    told: tuple[int, ...] = ()


def may_tell(telling: Telling, now_up: int) -> tuple[Telling, bool]:
    """Whether one more may be told, and what is remembered afterwards."""
    within = tuple(at for at in telling.told if now_up - at < WITHIN_MS)
    if len(within) >= MOST_TOLD:
        return Telling(within), False
    return Telling((*within, now_up)), True
