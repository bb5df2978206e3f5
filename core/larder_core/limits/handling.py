"""Who has done what about an alarm: the second axis, moved by people only. Seen is not solved, and nobody reviews their own filing."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Stage(StrEnum):
    UNACKED = "unacked"
    ACKED = "acked"
    IN_PROGRESS = "in_progress"
    AWAIT_REVIEW = "await_review"
    CLOSED = "closed"
    FALSE_ALARM = "false_alarm"


class Act(StrEnum):
    """`ack`: seen. `start`: being put right. `file`: cause, action and what became of the food are written down. The reviewer
    answers with `close`, `dismiss` (it was a false alarm) or `send_back`."""

    ACK = "ack"
    START = "start"
    FILE = "file"
    CLOSE = "close"
    DISMISS = "dismiss"
    SEND_BACK = "send_back"


MOVES: dict[tuple[Stage, Act], Stage] = {
    (Stage.UNACKED, Act.ACK): Stage.ACKED,
    (Stage.ACKED, Act.START): Stage.IN_PROGRESS,
    (Stage.ACKED, Act.FILE): Stage.AWAIT_REVIEW,
    (Stage.IN_PROGRESS, Act.FILE): Stage.AWAIT_REVIEW,
    (Stage.AWAIT_REVIEW, Act.CLOSE): Stage.CLOSED,
    (Stage.AWAIT_REVIEW, Act.DISMISS): Stage.FALSE_ALARM,
    (Stage.AWAIT_REVIEW, Act.SEND_BACK): Stage.IN_PROGRESS,
}
"""Whatever is not here is refused; closed and false_alarm are final."""

REVIEWS = frozenset({Act.CLOSE, Act.DISMISS, Act.SEND_BACK})


class NotMoved(StrEnum):
    """Why an act is refused."""

    NO_ACTOR = "no-actor"
    NOT_FROM_HERE = "not-from-here"
    OWN_FILING = "own-filing"


class HandlingRefusal(NamedTuple):
    reason: NotMoved
    hint_zh: str
    hint_en: str


@dataclass(frozen=True, slots=True)
class Handling:
    """Where handling stands; `filed_by` is who filed last, kept for the review."""

    stage: Stage = Stage.UNACKED
    filed_by: str | None = None


def move(handling: Handling, act: Act, actor: str) -> Handling | HandlingRefusal:
    """The handling after `actor`, an account's name, did `act`; or why not. The caller records who, when and with which words."""
    if not actor.strip():
        return HandlingRefusal(NotMoved.NO_ACTOR, "缺少操作人，请先登录。", "Nobody is named; sign in first.")
    stage = MOVES.get((handling.stage, act))
    if stage is None:
        return _not_from_here(handling.stage)
    if act in REVIEWS and handling.filed_by is not None and _same(actor, handling.filed_by):
        return HandlingRefusal(
            NotMoved.OWN_FILING,
            "不能复核本人提交的处置，请由他人复核。",
            "You filed this yourself; another person must review it.",
        )
    return Handling(stage, actor.strip() if act is Act.FILE else handling.filed_by)


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def _not_from_here(stage: Stage) -> HandlingRefusal:
    possible = ", ".join(act for origin, act in MOVES if origin is stage)
    if not possible:
        return HandlingRefusal(
            NotMoved.NOT_FROM_HERE, f"已结束（{stage}），不能再改。", f"Final ({stage}): nothing can follow."
        )
    return HandlingRefusal(
        NotMoved.NOT_FROM_HERE,
        f"当前为 {stage}，可进行：{possible}。",
        f"It stands at {stage}; possible now: {possible}.",
    )
