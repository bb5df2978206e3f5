"""The power of a whole prefecture's canteens fails at once, by day, in winter: what each recipient gets until it is back."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from bench.alarms.faults import HOUR_S
from bench.alarms.record import PERIOD_S, Record, simulated
from bench.alarms.score import scored
from bench.alarms.telling import Message
from larder_sim.scenario import FIRST_DAY
from larder_sim.steps import Step
from larder_sim.world import World

BEGIN_S = HOUR_S


class CutFigures(NamedTuple):
    """`most`: messages to one recipient between the cut and the return of power; `most_of_it`: those that are about the cut and not
    about food beyond its limits, which must be told besides; `last_s`: when the last of them had heard of it."""

    title: str
    recipients: int
    messages: int
    most: int
    most_of_it: int
    last_s: float
    dangerous: int
    found: int


def cut_record(world: World, most: int, hours: float, seed: int) -> Record:
    """All canteens, or the first `most`, lose their mains for so many hours, an hour after the beginning; an hour more is recorded."""
    canteens = replace(world, sites=tuple(site for site in world.sites if site.kind == "canteen")[:most])
    end_s = BEGIN_S + round(hours * HOUR_S)
    steps = [
        step
        for site in canteens.sites
        for step in (Step(BEGIN_S, "power-cut", site.id), Step(end_s, "power-back", site.id))
    ]
    return simulated(canteens, FIRST_DAY, (end_s + HOUR_S) // PERIOD_S, seed, steps, life=False)


def cut_figures(title: str, record: Record, judge: Callable[[Record], list[Message]]) -> CutFigures:
    messages = judge(record)
    score = scored(title, record, (), messages)
    end_s = record.minutes * PERIOD_S - HOUR_S
    during = [message for message in messages if BEGIN_S <= message.at_s <= end_s and message.people]
    counts = Counter(person for message in during for person in message.people)
    of_it = Counter(person for message in during if _is_of_it(message) for person in message.people)
    firsts: dict[str, float] = {}
    for message in during:
        for person in message.people if _is_of_it(message) and message.what == "raise" else ():
            firsts.setdefault(person, message.at_s - BEGIN_S)
    return CutFigures(
        title, len(counts), sum(counts.values()), max(counts.values(), default=0), max(of_it.values(), default=0),
        max(firsts.values(), default=0.0),
        score.dangerous, score.found,
    )  # fmt: skip


def _is_of_it(message: Message) -> bool:
    return any(subject.kind != "food" for subject in message.subjects)
