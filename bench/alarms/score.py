"""The figures of one rule set on one record. Pure."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles

from bench.alarms.faults import Fault
from bench.alarms.record import PERIOD_S, Record
from bench.alarms.telling import Message
from bench.alarms.truth import Truth, dangerous
from larder_sim.food import Excursion

HEARD_S = 12 * 3600
"""A message about an excursion counts until so long after its end: a line may have been cut."""
TELLING = ("food", "power")
TELLING_CUT = (*TELLING, "sensor", "silence")
"""A transmitter without power measures nothing: to be told that nothing comes is all that anybody can be told."""
WEEK_S = 7 * 86_400
TEN_MINUTES_S = 600


@dataclass
class Score:
    """Sums over records. `firsts` are minutes from the start of an injected fault to the first message, by fault; None: none came."""

    title: str
    site_weeks: float = 0.0
    dangerous: int = 0
    found: int = 0
    missed: list[str] = field(default_factory=list)
    messages: int = 0
    false: int = 0
    false_of: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    times: list[float] = field(default_factory=list)
    firsts: dict[Fault, float | None] = field(default_factory=dict)

    @property
    def per_site_week(self) -> float:
        return self.messages / self.site_weeks

    @property
    def false_per_site_week(self) -> float:
        return self.false / self.site_weeks

    @property
    def worst_ten_minutes(self) -> int:
        ordered = sorted(self.times)
        return max((bisect_left(ordered, at + TEN_MINUTES_S) - place for place, at in enumerate(ordered)), default=0)

    def minutes(self, kind: str = "") -> tuple[float, float] | None:
        """Median and p90 from the start of a fault to the first message, of those that were found."""
        known = [one for fault, one in self.firsts.items() if one is not None and (not kind or fault.kind == kind)]
        if not known:
            return None
        return median(known), quantiles(known, n=10)[-1] if len(known) > 1 else known[0]

    def add(self, other: "Score") -> None:
        """The sum of both."""
        self.site_weeks += other.site_weeks
        self.dangerous += other.dangerous
        self.found += other.found
        self.missed += other.missed
        self.messages += other.messages
        self.false += other.false
        for what, count in other.false_of.items():
            self.false_of[what] += count
        self.times += other.times
        self.firsts |= other.firsts


def scored(title: str, record: Record, faults: Sequence[Fault], messages: Sequence[Message]) -> Score:
    """`messages` in order of time."""
    truth = Truth(record)
    end_s = record.minutes * PERIOD_S
    score = Score(title, len(record.world.sites) * end_s / WEEK_S)
    of_site: dict[str, list[Message]] = defaultdict(list)
    for message in messages:
        for site in {subject.name.partition("/")[0] for subject in message.subjects}:
            of_site[site].append(message)
        count = len(message.people)
        score.messages += count
        score.times += [message.at_s] * count
        if count and not truth.true(message):
            score.false += count
            subject = message.subjects[0]
            model = next((place.model for name, _, place in record.world.places() if name == subject.name), "site")
            score.false_of[f"{subject.kind} {model} {message.what}"] += count
    for excursion in dangerous(record):
        score.dangerous += 1
        if _found(excursion, of_site[excursion.place.partition("/")[0]], end_s):
            score.found += 1
        else:
            to = "end" if excursion.to_s is None else excursion.to_s
            score.missed.append(
                f"{excursion.place} {excursion.profile} {excursion.side} {excursion.cause} {excursion.from_s}-{to} {excursion.worst_c}"
            )
    for fault in faults:
        score.firsts[fault] = _first(fault, of_site[fault.target.partition("/")[0]])
    return score


def _found(excursion: Excursion, messages: Sequence[Message], end_s: int) -> bool:
    to_s = end_s if excursion.to_s is None else excursion.to_s
    kinds = TELLING_CUT if excursion.cause == "power-cut" else TELLING
    return any(
        message.what != "end"
        and message.at_s <= to_s + HEARD_S
        and any(
            one.covers(excursion.place) and one.kind in kinds and one.from_s <= to_s
            and one.to_s >= excursion.from_s for one in message.subjects
        )
        for message in messages
    )  # fmt: skip


def _first(fault: Fault, messages: Sequence[Message]) -> float | None:
    """Minutes until the first message about what this fault did; one that began before the fault is about something else."""
    for message in messages:
        if (
            fault.from_s <= message.at_s <= fault.to_s + HEARD_S / 4
            and message.what != "end"
            and any(
                _about(one.name, fault.target) and fault.from_s - 60 <= one.from_s <= fault.to_s
                for one in message.subjects
            )
        ):
            return (message.at_s - fault.from_s) / 60
    return None


def _about(name: str, target: str) -> bool:
    return name == target or name == target.partition("/")[0] or ("/" not in target and name.startswith(f"{target}/"))
