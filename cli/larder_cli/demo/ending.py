"""The account at the end of a demo: programs stopped in order, the books balanced from the files, one line of JSON."""

import json
from typing import NamedTuple

from larder_cli.demo.glance import Glance, look
from larder_cli.demo.stage import Stage
from larder_cli.reconcile.balance import Balance


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
    """The agent seals and sends what it has and waits for its receipts; then the hub stops; then the books are read."""
    stage.stop_program("agent")
    glance = look(stage.ask) or last
    stage.stop()
    return Ending(stage.balance(), glance, seconds)
