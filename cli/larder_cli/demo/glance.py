"""What the hub says through its public API at one moment: the demo knows nothing that any client could not ask."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Answer = Mapping[str, Any]
SENT = frozenset({"sent", "delivered"})


@dataclass(frozen=True)
class Glance:
    """`alarms` are all, newest first; those still open are in `open`."""

    now: Answer
    open: tuple[Answer, ...]
    alarms: tuple[Answer, ...]
    cameras: tuple[Answer, ...]
    notices: tuple[Answer, ...]
    account: Answer

    @property
    def raised(self) -> int:
        return len(self.alarms)

    @property
    def cleared(self) -> int:
        return sum(1 for alarm in self.alarms if alarm["cleared_ms"] is not None)

    @property
    def sms_sent(self) -> int:
        return sum(1 for notice in self.notices if notice["outcome"] in SENT)


def look_wide(ask: Callable[[str], Any]) -> Glance | None:
    """As `look`, without what only a screen of places needs: a prefecture has thousands of points."""
    answers = [
        ask(path) for path in ("alarms?state=open", "alarms?state=all&limit=1000", "notices?limit=200", "account")
    ]
    if any(answer is None for answer in answers):
        return None
    still_open, alarms, notices, account = answers
    return Glance(
        {"sites": []}, tuple(still_open["alarms"]), tuple(alarms["alarms"]), (), tuple(notices["notices"]), account
    )


def look(ask: Callable[[str], Any]) -> Glance | None:
    """None while the hub does not answer everything."""
    answers = [
        ask(path)
        for path in ("now", "alarms?state=open", "alarms?state=all", "cameras", "notices?limit=1000", "account")
    ]
    if any(answer is None for answer in answers):
        return None
    now, still_open, alarms, cameras, notices, account = answers
    return Glance(now, tuple(still_open["alarms"]), tuple(alarms["alarms"]), tuple(cameras["cameras"]),
                  tuple(notices["notices"]), account)  # fmt: skip
