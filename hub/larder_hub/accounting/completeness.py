"""Completeness: of the readings that were due in a period, how many are here, and what became of the rest. Pure.

**Due**: of each point, for each stretch of the period in which the register expected it (its tenure), as many readings as whole
periods fit into that stretch, rounded down. A point that was added in the middle of the period is due from then on; nothing is due
while its device is out of service, and nothing later than `horizon_ms` (now, less the time a reading may be on its way).

**Here**: distinct instants, good or bad, in bins of an hour (periods up to eight days, points up to one reading an hour) or a day.
A bin is never fuller than what was due in it, so that a surplus of one hour hides no gap of another; only one reading may cross
each edge of a bin, for the grid of a device is not the grid of the clock, and the period begins `EDGE_MS` earlier for what is here
than for what was due. Readings outside a tenure (a point not registered yet, a clock that was not set) fill nothing.

**The rest** is shared by `explanation`, and what nothing explains is unexplained. So due = good + bad + declared lost + awaited +
absent + unheard + unexplained, exactly, and no completeness is above 100 %.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from larder_core.sizes import MAX_INT
from larder_hub.accounting.explanation import Explainer, Explanation, Interval, Kind
from larder_hub.register.directory import PointKey
from larder_hub.register.tenure import Tenure
from larder_hub.series.port import HOUR_MS, Filled

DAY_MS = 24 * HOUR_MS
BY_THE_HOUR_MS = 8 * DAY_MS
EDGE_MS = 1_000
"""A period that is a multiple of a point's own may begin and end at the very instants of its readings, and a hair's breadth at
both ends would make a reading missing that is not. Well above what a sampler is off its grid."""


@dataclass(frozen=True)
class Completeness:
    """Readings. `bad` by the quality that they were given, `declared_lost` and `absent` by reason."""

    due: int = 0
    good: int = 0
    bad: Mapping[str, int] = field(default_factory=dict)
    declared_lost: Mapping[str, int] = field(default_factory=dict)
    awaited: int = 0
    absent: Mapping[str, int] = field(default_factory=dict)
    unheard: int = 0
    unexplained: int = 0

    @property
    def stored(self) -> int:
        return self.good + sum(self.bad.values())

    @property
    def share(self) -> float | None:
        """0 to 1; None where nothing was due."""
        return self.stored / self.due if self.due else None

    def __add__(self, other: "Completeness") -> "Completeness":
        return Completeness(
            due=self.due + other.due,
            good=self.good + other.good,
            bad=_added(self.bad, other.bad),
            declared_lost=_added(self.declared_lost, other.declared_lost),
            awaited=self.awaited + other.awaited,
            absent=_added(self.absent, other.absent),
            unheard=self.unheard + other.unheard,
            unexplained=self.unexplained + other.unexplained,
        )


class Bin(NamedTuple):
    """A piece of a tenure, and how many instants of each word it holds."""

    span: Interval
    due: int
    words: Mapping[str, int]


_NONE: Mapping[str, int] = {}


def step_of(period: Interval) -> int:
    """The width of the bins of a period; points slower than one reading an hour take days in any case."""
    return HOUR_MS if period.to_ms - period.from_ms <= BY_THE_HOUR_MS else DAY_MS


def pieces(tenures: Iterable[Tenure], period: Interval) -> list[Interval]:
    """The period, its edge first, cut wherever the register changed what it expects, so that no count mixes before and after."""
    if period.from_ms >= period.to_ms:
        return []
    edges = {max(0, period.from_ms - EDGE_MS), period.from_ms, period.to_ms}
    edges.update(at for one in tenures for at in (one.from_ms, one.to_ms) if period.from_ms < at < period.to_ms)
    cuts = sorted(edges)
    return [Interval(*pair) for pair in pairwise(cuts)]


def due_in(length_ms: int, period_ms: int) -> int:
    return max(0, length_ms) // period_ms


def bins_of(tenure: Tenure, period: Interval, step_ms: int, filled: Mapping[int, Mapping[str, int]]) -> list[Bin]:
    """A tenure within a period, cut at the multiples of the step. `filled` has the words of each bin by its beginning, of this
    tenure alone; those of finer bins than the step are taken together."""
    step_ms = DAY_MS if tenure.period_ms > HOUR_MS else step_ms
    begin, end = max(tenure.from_ms, period.from_ms), min(tenure.to_ms, period.to_ms)
    first = begin - begin % step_ms
    words: dict[int, Mapping[str, int]] = {}
    for from_ms, said in filled.items():
        place = max(first, from_ms - from_ms % step_ms)
        words[place] = _added(words[place], said) if place in words else said
    found: list[Bin] = []
    at, before = begin, 0
    while at < end:
        after = min(end, at - at % step_ms + step_ms)
        due = due_in(after - begin, tenure.period_ms)
        found.append(Bin(Interval(at, after), due - before, words.get(at - at % step_ms, _NONE)))
        at, before = after, due
    return found


def shortfalls(bins: Sequence[tuple[int, int]]) -> list[int]:
    """How many are missing in each bin of (due, instants). Across each edge at most one reading counts for the neighbour: a spare one
    is carried on, one that is owed is paid by the next bin that has more than was due, as long as the bins between are full."""
    missing: list[int] = []
    spare, owing = 0, -1
    for due, instants in bins:
        over = instants + spare - due
        missing.append(max(0, -over))
        if over < 0:
            owing = len(missing) - 1
        elif over > 0 and owing >= 0:
            missing[owing] -= 1
            over, owing = over - 1, -1
        spare = min(1, max(0, over))
    return missing


def of_tenure(tenure: Tenure, bins: Sequence[Bin], explainer: Explainer) -> Completeness:
    missing = shortfalls([(one.due, sum(one.words.values())) for one in bins])
    due, lacking = sum(one.due for one in bins), sum(missing)
    words: dict[str, int] = {}
    for one in bins:
        for word, instants in one.words.items():
            words[word] = words.get(word, 0) + instants
    good = min(words.pop("", 0), due - lacking)
    shares: dict[Kind, Counter[str]] = {kind: Counter() for kind in Kind}
    for one, count in zip(bins, missing, strict=True):
        if count:
            for explanation, readings in explainer.explain(tenure.point, count, one.span, tenure.period_ms):
                shares[explanation.kind][explanation.reason] += readings
    return Completeness(
        due=due,
        good=good,
        bad=_most(words, due - lacking - good),
        declared_lost=dict(shares[Kind.DECLARED_LOST]),
        awaited=shares[Kind.AWAITED].total(),
        absent=dict(shares[Kind.ABSENT]),
        unheard=shares[Kind.UNHEARD].total(),
        unexplained=lacking - sum(share.total() for share in shares.values()),
    )


def by_device(
    tenures: Sequence[Tenure], explanations: Iterable[Explanation], period: Interval, filled: Mapping[Interval, Sequence[Filled]]
) -> dict[str, Completeness]:  # fmt: skip
    """The completeness of every device that was due in the period. `filled` are the counts of each of its `pieces`."""
    told: dict[str, list[Explanation]] = defaultdict(list)
    for one in explanations:
        told[one.device].append(one)
    words = _words(filled)
    explainers: dict[str, Explainer] = {}
    found: dict[str, Completeness] = {}
    for tenure in sorted(tenures):
        span = Interval(tenure.from_ms, tenure.to_ms)
        if not span.overlap(period):
            continue
        here: dict[int, Mapping[str, int]] = {}
        for piece, counts in words.items():
            if piece.overlap(span):
                for from_ms, said in counts.get((tenure.device, tenure.point), {}).items():
                    here[from_ms] = _added(here[from_ms], said) if from_ms in here else said
        explainer = explainers.setdefault(tenure.device, Explainer(told[tenure.device]))
        complete = of_tenure(tenure, bins_of(tenure, period, step_of(period), here), explainer)
        found[tenure.device] = found.get(tenure.device, Completeness()) + complete
    return found


def unheard_since(device: str, at_ms: int | None) -> Explanation:
    """After a device was heard last, what is missing is neither announced nor denied."""
    return Explanation(device, Kind.UNHEARD, "", (Interval(at_ms or 0, MAX_INT),))


def _words(filled: Mapping[Interval, Sequence[Filled]]) -> dict[Interval, dict[PointKey, dict[int, dict[str, int]]]]:
    words: dict[Interval, dict[PointKey, dict[int, dict[str, int]]]] = {}
    for piece, counts in filled.items():
        points = words.setdefault(piece, {})
        for one in counts:
            points.setdefault((one.device, one.point), {}).setdefault(one.from_ms, {})[one.quality] = one.instants
    return words


def _most(words: Mapping[str, int], places: int) -> dict[str, int]:
    """As many of the bad instants as were due, the commonest reason first."""
    if not places:
        return {}
    kept: dict[str, int] = {}
    for word, instants in sorted(words.items(), key=lambda item: (-item[1], item[0])):
        if taken := min(instants, places):
            kept[word] = taken
            places -= taken
    return kept


def _added(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {word: one.get(word, 0) + other.get(word, 0) for word in (*one, *other)}
