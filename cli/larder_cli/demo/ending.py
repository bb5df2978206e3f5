"""The account at the end of a demo: programs stopped in order, the books balanced from the files, one line of JSON."""

import json
import time
from collections.abc import Mapping
from threading import Event
from typing import NamedTuple

from larder_cli.demo.glance import Glance, look
from larder_cli.demo.stage import Stage
from larder_cli.reconcile.balance import Balance

SETTLE_S = 100.0  # an agent that could not connect tries again within a minute
LOOK_S = 1.0


class Ending(NamedTuple):
    books: Balance
    glance: Glance | None
    seconds: float

    @property
    def good(self) -> bool:
        return self.books.good

    def line(self) -> str:
        """The last line of the demo; its keys are a promise."""
        glance = self.glance
        return json.dumps({
            "produced": self.books.produced,
            "stored": self.books.stored,
            "declared_lost": self.books.declared_lost,
            "held": self.books.held,
            "unexplained": self.books.unexplained,
            "alarms_raised": glance.raised if glance else 0,
            "alarms_cleared": glance.cleared if glance else 0,
            "sms_sent": glance.sms_sent if glance else 0,
            "seconds": round(self.seconds, 1),
        })  # fmt: skip


def end(stage: Stage, last: Glance | None, seconds: float) -> Ending:
    """Links that are cut are mended, and no scenario cuts them again, so that the agents send what waited; then each agent
    seals and sends the rest and waits for its receipts; then the hub stops; then the books are read."""
    if stage.endpoints.links:
        stage.order(action="link-keep", everywhere=True)
        _settle(stage)
    stage.stop_program("agent")
    glance = look(stage.ask) or last
    stage.stop()
    return Ending(stage.balance(), glance, seconds)


def _settle(stage: Stage) -> None:
    """Until the hub holds what each device had sealed a moment ago, and has heard each since: one that waits for its next attempt to
    connect would seal its last readings and have nobody to give them to. After `SETTLE_S` what is held is held, and said."""
    wanted, until, since_ms = stage.sealed(), time.monotonic() + SETTLE_S, time.time_ns() // 1_000_000
    while time.monotonic() < until and not stage.ended():
        account = stage.ask("account")
        if account and all(
            wanted[one["device"]] <= _known(one["balance"]) and (one["heard_ms"] or 0) > since_ms
            for one in account["devices"]
        ):
            return
        Event().wait(LOOK_S)


def _known(balance: Mapping[str, int]) -> int:
    return balance["readings_stored"] + balance["readings_declared_lost"]
