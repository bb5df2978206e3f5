"""All of it: worlds in shards of a few sites, on as many processes as asked for; the same figures whatever their number."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import cycle
from typing import NamedTuple

from bench.alarms.cut import CutFigures, cut_figures, cut_record
from bench.alarms.faults import Drawn, Fault, planned
from bench.alarms.larder import judged_by_larder
from bench.alarms.peers import RULES, judged_by
from bench.alarms.record import DAY_MINUTES, Record, simulated
from bench.alarms.score import Score, scored
from bench.alarms.telling import Message
from larder_sim.scenario import FIRST_DAY
from larder_sim.shipped import find_shipped
from larder_sim.steps import Step
from larder_sim.world import Site, World
from larder_sim.world_file import load_world

WORLD = "haibei"
SHARD = 8
LARDER = "Larder"
MIX = ("canteen", "canteen", "restaurant", "canteen", "pharmacy", "canteen", "restaurant", "canteen")
ORDINARY_START = date(2026, 12, 28)
"""Two weeks of term and then the winter holiday."""
JUDGES: dict[str, Callable[[Record], list[Message]]] = {
    LARDER: judged_by_larder, **{rule.title: partial(judged_by, rule) for rule in RULES}
}  # fmt: skip


class Wanted(NamedTuple):
    """`sites` have faults on purpose besides ordinary life, and as many others have ordinary life only."""

    days: int
    seed: int
    sites: int
    cut_sites: int
    cut_hours: float


class Figures(NamedTuple):
    """By rule set: over sites with faults on purpose, over those without, over both; what was injected; the county's cut."""

    faulty: dict[str, Score]
    ordinary: dict[str, Score]
    both: dict[str, Score]
    injected: dict[str, int]
    cut: list[CutFigures]


class _Shard(NamedTuple):
    faulty: bool
    world: World
    days: int
    seed: int


def measured(wanted: Wanted, processes: int) -> Figures:
    """Raises InputError where the shipped world cannot be read."""
    world = load_world(find_shipped(WORLD, "worlds"))
    shards = [
        _Shard(faulty, replace(world, sites=sites), wanted.days, wanted.seed + 1000 * place + 500 * faulty)
        for faulty in (True, False)
        for place, sites in enumerate(_shards(world, wanted.sites))
    ]
    faulty, ordinary, both, injected = _scores(), _scores(), _scores(), Counter[str]()
    with ProcessPoolExecutor(processes) as pool:
        cut = pool.submit(_cut, world, wanted)
        for shard, (scores, kinds) in zip(shards, pool.map(_run, shards), strict=True):
            injected.update(kinds)
            for title, score in scores.items():
                (faulty if shard.faulty else ordinary)[title].add(score)
                both[title].add(score)
        return Figures(faulty, ordinary, both, dict(injected), cut.result())


def _scores() -> dict[str, Score]:
    return {title: Score(title) for title in JUDGES}


def _shards(world: World, count: int) -> Iterator[tuple[Site, ...]]:
    """Sites of every kind in each shard; where the world has no more of a kind, a canteen; then the same again."""
    waiting = {kind: [site for site in world.sites if site.kind == kind] for kind in set(MIX)}
    chosen: list[Site] = []
    for kind in cycle(MIX):
        if len(chosen) == count:
            break
        pool = waiting[kind] or waiting["canteen"]
        if not pool:
            raise SystemExit(f"the world has only {len(chosen)} such sites (hint: --sites {len(chosen)} or fewer)")
        chosen.append(pool.pop(0))
    for begin in range(0, count, SHARD):
        yield tuple(chosen[begin : begin + SHARD])


def _run(shard: _Shard) -> tuple[dict[str, Score], dict[str, int]]:
    start = FIRST_DAY if shard.faulty else ORDINARY_START
    drawn: list[Drawn] = list(planned(shard.world, start, shard.days, shard.seed)) if shard.faulty else []
    steps: list[Step] = [step for one in drawn for step in one.steps]
    faults: list[Fault] = [one.fault for one in drawn]
    record = simulated(shard.world, start, shard.days * DAY_MINUTES, shard.seed, steps, life=True)
    scores = {title: scored(title, record, faults, judge(record)) for title, judge in JUDGES.items()}
    return scores, Counter(fault.kind for fault in faults)


def _cut(world: World, wanted: Wanted) -> list[CutFigures]:
    record = cut_record(world, wanted.cut_sites, wanted.cut_hours, wanted.seed)
    return [cut_figures(title, record, judge) for title, judge in JUDGES.items()]
