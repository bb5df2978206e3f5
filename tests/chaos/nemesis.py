"""The nemesis: does to a running arena what a schedule says, and at the end lets everything be well."""

import threading
import time

from tests.chaos.arena import Arena
from tests.chaos.ground import Deeds, Ground
from tests.chaos.hearing import Span, connected, outage
from tests.chaos.schedule import Schedule, Strike
from tests.chaos.strikes_between import BrokerStrikes
from tests.chaos.strikes_on_agents import AgentStrikes, CardStrikes
from tests.chaos.strikes_on_hub import HubStrikes
from tests.support.stages import logs
from tests.support.waiting import wait_for

UNHEARD = ("hub", "broker", "hub-line", "stranger")
"""Targets whose strikes keep the control from being heard. A stranger in the hub's name takes its session over, and its queue."""


class Nemesis:
    """`play` runs in the thread that started the programs: their children die with it."""

    def __init__(self, arena: Arena, schedule: Schedule) -> None:
        self.g = Ground(arena, schedule)
        self._cards, self._between, self._hub = CardStrikes(self.g), BrokerStrikes(self.g), HubStrikes(self.g)
        self._strikers = (AgentStrikes(self.g), self._cards, self._hub, self._between)

    def play(self) -> Deeds:
        """Strike by the schedule, then end every strike and bring everything back."""
        with connected(self.g.stage) as moments:
            spans = self._play()
            self._settle()
            over = max((span.over for span in spans), default=0)
            wait_for(lambda: bool(moments) and moments[-1] >= over, f"the hub is connected\n{logs(self.g.stage)}", 60)
        self.g.deeds.outages += [outage(span, moments) for span in spans]
        return self.g.deeds

    def _play(self) -> list[Span]:
        """Of the strikes that kept the control from being heard."""
        spans = list[Span]()
        strikes = self.g.schedule.strikes
        acts = [(one.at_s, True, place) for place, one in enumerate(strikes)]
        acts += [(max(one.until_s, one.at_s + 0.01), False, place) for place, one in enumerate(strikes)]
        since, began, pause = dict[int, float](), time.monotonic(), threading.Event()
        if self.g.schedule.cards:
            self._cards.hold_card()
        for at_s, begins, place in sorted(acts):
            while (left := at_s - (time.monotonic() - began)) > 0:
                self.g.keep_alive()
                pause.wait(min(0.2, left))
            if begins:
                since[place] = time.time()
                struck = self._do("begin", strikes[place])
                (self.g.deeds.idle if struck is False else self.g.deeds.struck)[strikes[place].fault.name] += 1
            else:
                self._do("end", strikes[place])
                if strikes[place].fault.target in UNHEARD:
                    silent = strikes[place].fault.name.startswith("hub-line-loses")
                    spans.append(Span(int(since[place] * 1000), time.time_ns() // 1_000_000, silent))
        return spans

    def _do(self, part: str, strike: Strike) -> bool | None:
        name = f"{part}_{strike.fault.name.replace('-', '_')}"
        acts = [act for one in self._strikers if (act := getattr(one, name, None)) is not None]
        assert acts or part == "end", f"nobody knows how to {name}"
        done: bool | None = acts[0](strike) if acts else None
        return done

    def _settle(self) -> None:
        """All strikes are over. A broker that was taken over or forgot everything, a hub that only just starts: all become well."""
        for one in self._between.busy:
            one.join(30)
        for tool in self.g.tools:
            tool.wait(60)
        for proxy in (self.g.arena.line, self.g.arena.hub_line):
            proxy.heal()
        wait_for(self._well, f"the hub is well again\n{logs(self.g.stage)}\n{self.g.schedule}", 60)

    def _well(self) -> bool:
        self.g.keep_alive()
        return self.g.stage.ask("health") is not None
