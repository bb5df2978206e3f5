"""All that will happen in a world, in order of time: the scenario, and each day's habits and mishaps drawn when the day comes."""

import heapq
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from random import Random
from typing import NamedTuple

from larder_sim import habits, mishaps
from larder_sim.scenario import Scenario
from larder_sim.steps import Step
from larder_sim.world import World

_DAY_S = 86_400


class Due(NamedTuple):
    """A step that is due; `scripted` when the scenario or an order says so."""

    step: Step
    scripted: bool


class Agenda:
    """Each day is drawn from the seed, the day and the name of the place alone, so what happens does not depend on who looks."""

    def __init__(self, world: World, scenario: Scenario, seed: int) -> None:
        self._world, self._scenario, self._seed = world, scenario, seed
        self._order = count()
        self._waiting: list[tuple[int, int, Due]] = []
        self._days = 0
        for step in scenario.steps:
            self.add(step, scripted=True)

    def add(self, step: Step, scripted: bool) -> None:
        """One thing more that will happen."""
        heapq.heappush(self._waiting, (step.at_s, next(self._order), Due(step, scripted)))

    def until(self, at_s: int) -> Iterator[Due]:
        """What is due up to this simulated second, in order; each once."""
        while self._midnight(self._days) <= at_s:
            self._draw(self._days)
            self._days += 1
        while self._waiting and self._waiting[0][0] <= at_s:
            yield heapq.heappop(self._waiting)[2]

    def date_at(self, at_s: int) -> date:
        """The local date at a simulated second."""
        return self._scenario.start + timedelta(seconds=self._world.local_start_s + at_s)

    def _midnight(self, day: int) -> int:
        return day * _DAY_S - self._world.local_start_s

    def _draw(self, day: int) -> None:
        midnight = self._midnight(day)
        going_on: dict[str, list[Step]] = {}  # what began before the world did, and has not ended
        for step in self._of_day(day, self._scenario.start + timedelta(days=day)):
            at = midnight + step.at_s
            if at >= 0:
                self.add(replace(step, at_s=at), scripted=False)
            elif step.action.startswith("end-"):
                going_on.pop(step.target, None)
            elif step.action.startswith("begin-") or step.action == "start-compressor":
                going_on.setdefault(step.target, []).append(step)
        for steps in going_on.values():
            for step in steps:
                self.add(replace(step, at_s=0), scripted=False)

    def _of_day(self, day: int, today: date) -> Iterator[Step]:
        for site in self._world.sites:
            for place in site.places:
                name = f"{site.id}/{place.id}"
                # The same phase every day: a controller counts hours.
                yield from habits.routine(name, place.model, site.kind, today, self._rng("routine", name))
                if self._scenario.life:
                    yield from habits.people(name, place.model, site.kind, today, self._rng("people", day, name))
            if self._scenario.life:
                yield from mishaps.of_site(site, today, self._rng("site", day, site.id))
                yield from mishaps.of_hardware(site, self._rng("hardware", day, site.id))
        if self._scenario.life:
            for code in sorted({site.county for site in self._world.sites}):
                sites = [site for site in self._world.sites if site.county == code]
                yield from mishaps.of_county(sites, self._rng("county", day, code))

    def _rng(self, *words: object) -> Random:
        return Random(" ".join(map(str, (self._seed, *words))))
