"""What a reply by SMS means. Pure.

`1`, `回1`, `收到`, with or without the ticket's number, signs an alarm of which its sender was told; everything else is kept and does
nothing. Whoever has several open alarms and names none is asked for the number: signing the wrong one would hide it.
"""

import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

LONGEST = 20
"""A longer text says more than yes, and is for a person to read."""

_YES = re.compile(
    r"(?:回复?)?[\"'“”]?(?:1(?!\d)|收到|已收到|签收|已签收)[\"'“”]?(?:[\s,，。.、!！:：+#-]*(?:单号?|no\.?)?\s*#?(?P<ticket>\d{1,6}))?[\s。.!！]*"
)


class Verdict(StrEnum):
    """What was done about a reply."""

    SIGNED = "signed"
    WHICH = "which"
    """Several are open: asked for the number."""

    NONE_OPEN = "none-open"
    ALREADY = "already-signed"
    NOT_YOURS = "not-yours"
    TOO_OLD = "too-old"
    """It was written before the alarm that it would sign."""

    QUESTION = "question"
    UNCLEAR = "unclear"
    UNKNOWN_NUMBER = "unknown-number"


class Told(NamedTuple):
    """An alarm of which the sender was told, at `told_ms` for the first time; `ticket` as the message says it."""

    alarm: str
    ticket: int
    told_ms: int
    open: bool


class Yes(NamedTuple):
    """The reply signs; `ticket` is None where it names none."""

    ticket: int | None


def read(text: str) -> Yes | Verdict:
    """What the text says by itself. Full-width digits and letters count as plain ones."""
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    said = _YES.fullmatch(plain) if len(plain) <= LONGEST else None
    if said is not None:
        return Yes(int(said["ticket"]) if said["ticket"] else None)
    asks = (
        plain.endswith("?")
        or plain.endswith("吗")
        or any(word in plain for word in ("什么", "怎么", "哪", "为何", "是不是"))
    )
    return Verdict.QUESTION if asks else Verdict.UNCLEAR


class Decision(NamedTuple):
    """`alarm` is what the reply is about, "" for none."""

    verdict: Verdict
    alarm: str = ""


def decide(said: Yes, told: Sequence[Told], sent_ms: int) -> Decision:
    """Which alarm a yes signs. The network's clock has whole seconds: an alarm told within the reply's second counts as older."""
    before = [one for one in told if one.told_ms // 1000 * 1000 <= sent_ms]
    if said.ticket is not None:
        return _named(said.ticket, told, before)
    waiting = [one for one in before if one.open]
    if len(waiting) > 1:
        return Decision(Verdict.WHICH, waiting[-1].alarm)
    if waiting:
        return Decision(Verdict.SIGNED, waiting[0].alarm)
    if any(one.open for one in told):
        return Decision(Verdict.TOO_OLD)
    return Decision(Verdict.ALREADY if before else Verdict.NONE_OPEN)


def _named(ticket: int, told: Sequence[Told], before: Sequence[Told]) -> Decision:
    """Tickets come round again after ten thousand: an open one counts before one that is over."""
    mine = sorted((one for one in told if one.ticket == ticket), key=lambda one: (not one.open, -one.told_ms))
    if not mine:
        return Decision(Verdict.NOT_YOURS)
    if not mine[0].open:
        return Decision(Verdict.ALREADY, mine[0].alarm)
    return Decision(Verdict.SIGNED if mine[0] in before else Verdict.TOO_OLD, mine[0].alarm)
