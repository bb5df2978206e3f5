"""Keys of the live screen: each does something to the simulated prefecture, and the same key mends it."""

import os
import select
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle

from larder_cli.demo.stage import Stage

LEGEND = (
    "1 热冰箱 warm fridge  2 停电 cut power  3 断网 cut net  4 杀中心 kill hub  v 复核 verify  q 结束 quit (再按: 恢复)"
)
QUIT = "q"


class Keys:
    """What each key does. Every pair of presses takes the next fridge, site or county of the world."""

    def __init__(self, stage: Stage) -> None:
        sites = stage.plan.world.sites
        fridges = [f"{site.id}/{place.id}" for site in sites for place in site.places if place.model == "fridge"]
        self._stage = stage
        self._fridges, self._sites = cycle(fridges), cycle([site.id for site in sites])
        self._counties = cycle([county.code for county in stage.plan.world.counties])
        self._broken: dict[str, str] = {}

    def press(self, key: str) -> str | None:
        """Do what the key says; one line about it, None for a key without a meaning."""
        match key:
            case "1":
                return self._toggle(key, self._fridges, "place", ("open-door", "stop-compressor"), ("close-door", "start-compressor"),
                                    "冷藏柜 fridge")  # fmt: skip
            case "2":
                return self._toggle(key, self._sites, "site", ("power-cut",), ("power-back",), "市电 power")
            case "3":
                return self._toggle(key, self._counties, "county", ("link-cut",), ("link-back",), "网络 net")
            case "4":
                return self._kill_hub()
            case "v":
                return self._verify()
        return None

    def _toggle(
        self, key: str, targets: Iterator[str], kind: str, breaks: tuple[str, ...], mends: tuple[str, ...], what: str
    ) -> str | None:
        broken = self._broken.pop(key, None)
        target = broken or next(targets, None)
        if target is None:
            return None
        for action in mends if broken else breaks:
            more = {"openness": 1.0} if action == "open-door" else {}
            self._stage.order(action=action, **{kind: target}, **more)
        if not broken:
            self._broken[key] = target
        return f"{what} {target} {'恢复 mended' if broken else '断 broken'}"

    def _kill_hub(self) -> str:
        began = time.monotonic()
        self._stage.kill("hub")
        self._stage.start_hub()
        return f"中心 hub killed -9, back in {time.monotonic() - began:.1f} s"

    def _verify(self) -> str:
        """The books by the independent reconciler while all goes on: agents stand still for the moment, so that nothing is sealed
        between the look at their outboxes and the one at the ledger."""
        self._stage.pause("agent")
        try:
            found = self._stage.balance()
        finally:
            self._stage.resume("agent")
        sum_of = f"{found.produced:,} = {found.stored:,} + {found.declared_lost:,} + {found.held:,}"
        return f"复核 verified {'OK' if found.good else 'WRONG'}, difference {found.difference}: {sum_of}"


@contextmanager
def pressed() -> Iterator[Callable[[float], str]]:
    """A function that waits at most so many seconds for a key of the terminal, "" when none comes. Ctrl-C stays a signal.

    Without a terminal at standard input it only waits.
    """
    if not sys.stdin.isatty():
        yield lambda seconds: ""
        return
    number = sys.stdin.fileno()
    before = termios.tcgetattr(number)
    tty.setcbreak(number)
    try:
        yield (
            lambda seconds: (
                os.read(number, 1).decode("ascii", "replace") if select.select([number], [], [], seconds)[0] else ""
            )
        )
    finally:
        termios.tcsetattr(number, termios.TCSADRAIN, before)
