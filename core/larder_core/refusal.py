"""Why something that came over the wire is not accepted. Every reason word stands in PROTOCOL.md [W-REASONS]."""

from typing import Literal, NamedTuple, get_args

ReasonWord = Literal[
    # the whole message proves nothing: it has no number, so it is set aside by the hash of its bytes
    "empty",
    "too-large",
    "too-many-lines",
    "no-trailer",
    "bad-trailer",
    "bad-signature",
    "unknown-device",
    "wrong-topic",
    "too-many-streams",
    "poison",
    # one line falls alone: its bytes are not the ones that were signed for its place
    "hash-mismatch",
    # a proven line whose content is refused: it keeps its number and its link
    "bad-header",
    "header-mismatch",
    "entry-too-large",
    "not-utf8",
    "bad-json",
    "non-finite",
    "duplicate-key",
    "unknown-version",
    "bad-content",
    "wrong-device",
    # a birth, status, receipt, configuration, command or reply that cannot be believed
    "bad-statement",
]
REASONS: frozenset[str] = frozenset(get_args(ReasonWord))


class Refusal(NamedTuple):
    """A reason word for machines and a detail for people; the detail has at most 200 characters, all printable.

    It may repeat input: without line feeds and control characters nobody forges a line of a log or moves a terminal's cursor.
    """

    reason: ReasonWord
    detail: str = ""


class Refused(ValueError):
    """Raised inside the codec; at its edge it becomes a value, so nothing a stranger sends raises through it."""

    def __init__(self, reason: ReasonWord, detail: str = "") -> None:
        shown = "".join(letter if letter.isprintable() else "?" for letter in detail[:200])
        super().__init__(f"{reason}: {shown}" if shown else reason)
        self.refusal = Refusal(reason, shown)
