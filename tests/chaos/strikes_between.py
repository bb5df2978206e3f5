"""Strikes between agents and hub: on the broker, on the lines to it, and by strangers on it."""

import queue
import threading
from collections.abc import Callable

from tests.chaos import strangers
from tests.chaos.ground import Ground
from tests.chaos.lines import broker_forgets
from tests.chaos.proxy import Proxy
from tests.chaos.schedule import Strike


class BrokerStrikes:
    """`begin_<fault>` and `end_<fault>`, as the schedule names them."""

    def __init__(self, ground: Ground) -> None:
        self.g = ground
        self.busy: list[threading.Thread] = []

    def begin_broker_kill(self, strike: Strike) -> None:
        self.g.stage.kill("broker")

    def end_broker_kill(self, strike: Strike) -> None:
        self.g.stage.begin("broker")

    def begin_broker_stop(self, strike: Strike) -> None:
        self.g.stage.pause("broker")

    def end_broker_stop(self, strike: Strike) -> None:
        self.g.stage.resume("broker")

    def begin_broker_forgets(self, strike: Strike) -> None:
        broker_forgets(self.g.stage)

    end_broker_forgets = end_broker_kill

    def begin_line_slow(self, strike: Strike) -> None:
        self._proxy(strike).delay_s = 0.1 + strike.pick

    def end_line_slow(self, strike: Strike) -> None:
        self._proxy(strike).delay_s = 0.0

    def begin_line_loses_up(self, strike: Strike) -> None:
        self._proxy(strike).lose("up")

    def begin_line_loses_down(self, strike: Strike) -> None:
        self._proxy(strike).lose("down")

    def end_line_loses_up(self, strike: Strike) -> None:
        self._proxy(strike).heal()

    end_line_loses_down = end_line_loses_up

    def begin_line_reset(self, strike: Strike) -> None:
        self._proxy(strike).reset()

    def begin_line_cuts(self, strike: Strike) -> None:
        self._proxy(strike).cut_after = (500, 500 + int(strike.pick * 8000))
        self._proxy(strike).reset()

    def end_line_cuts(self, strike: Strike) -> None:
        self._proxy(strike).cut_after = None

    begin_hub_line_slow, end_hub_line_slow = begin_line_slow, end_line_slow
    begin_hub_line_loses_up, end_hub_line_loses_up = begin_line_loses_up, end_line_loses_up
    begin_hub_line_loses_down, end_hub_line_loses_down = begin_line_loses_down, end_line_loses_down
    begin_hub_line_reset = begin_line_reset

    def _proxy(self, strike: Strike) -> Proxy:
        return self.g.arena.hub_line if strike.fault.target == "hub-line" else self.g.arena.line

    def begin_stranger_replays(self, strike: Strike) -> None:
        self._send(lambda: strangers.replay(self.g.arena, strike.for_s, int(strike.pick * 1e6)))

    def begin_stranger_forges(self, strike: Strike) -> None:
        self._send(lambda: strangers.forge(self.g.arena, int(strike.pick * 1e6)))

    def begin_device_floods(self, strike: Strike) -> None:
        self._send(lambda: strangers.flood(self.g.arena, strike.for_s))

    def _send(self, act: Callable[[], None]) -> None:
        """In a thread: the broker may be away just then, and nobody waits for a stranger."""

        def go() -> None:
            try:
                act()
            except (OSError, AssertionError, queue.Empty):
                self.g.deeds.idle["stranger"] += 1

        stranger = threading.Thread(target=go, daemon=True)
        stranger.start()
        self.busy.append(stranger)
