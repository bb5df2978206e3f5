"""When the hub could be told: what strikes on it, its line and its broker cost beside the time that they last."""

import threading
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import time_ns
from typing import NamedTuple

from larder_cli.demo.stage import Stage
from tests.chaos.measures import hub_metric

NOTICED_MS = 7_500
"""A connection that lost bytes without a word is given up after 1.5 keepalives of 5 s at the latest (row 25)."""
BACK_MS = 20_000
"""How long a hub may take after a strike to be connected again, its start on a busy machine and a pause of at most 8 s included.
What it takes longer is no excuse."""


@contextmanager
def connected(stage: Stage) -> Iterator[list[int]]:
    """The moments, in ms since 1970, at which the hub said that it was connected: a list that grows. Asked by a thread, because a hub
    that stands still lets one wait."""
    found, over = list[int](), threading.Event()

    def ask() -> None:
        while not over.wait(0.25):
            if hub_metric(stage, "larder_broker_connected") == 1:
                found.append(time_ns() // 1_000_000)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join(10)


class Span(NamedTuple):
    """How long a strike lasted, in ms since 1970. `silent`: it lost bytes of the hub's connection without a word."""

    begun: int
    ended: int
    silent: bool

    @property
    def over(self) -> int:
        """From when on a hub that says that it is connected is."""
        return max(self.ended, self.begun + NOTICED_MS) if self.silent else self.ended


def outage(span: Span, connected: Sequence[int]) -> tuple[int, int]:
    """From when until when nobody was heard for a strike's sake: until the hub was connected again."""
    place = bisect_left(connected, span.over)
    latest = span.over + BACK_MS
    return span.begun, min(connected[place], latest) if place < len(connected) else latest
