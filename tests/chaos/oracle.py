"""The oracle of a mix: what the sensors gave out against what the ledger's raw lines hold, reading by reading.

It shares nothing with agent, hub or reconciler: SQLite rows, plain JSON, and the simulator's record, which was written before a value
left it. Place, quantity, value and order must agree. Readings are matched on the time since boot, which all programs of one machine
share and no step of a clock touches: a value that was given out between the moment at which a reading began and the next one is that
reading's. What the record has and the ledger has not must be explained by something signed:

    late       the agent said `null` for that instant, with a reason: the answer came when nobody waited for it any more
    untaken    inside an `absence` that the device told: it was read by a process that died before it had put it down
    declared   count, sum and bounds of the point are those that a declared loss states
    on_cards   on the image of a card that the nemesis threw away (only where it did)
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from tests.chaos.records import Books, Card, Given, Kept, Point

SLACK_MS = 4
"""Rounding of three clocks to ms."""
ANSWER_MS = 500
"""How long a driver waits for an answer, and a little."""
LATE_MS = 1_500
"""How long after a `null` its answer can still be given out: the simulator shares the machine with everything else."""


@dataclass
class Verdict:
    """Counts of readings. `card_bodies`: stream, number and hash of entries that only a thrown card had. `wrong` must be empty: each
    line says what nothing explains."""

    given: int = 0
    kept: int = 0
    nulls: int = 0
    late: int = 0
    untaken: int = 0
    declared: int = 0
    on_cards: int = 0
    card_bodies: set[tuple[str, int, str]] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)


def announced(books: Books, cards: Iterable[Card]) -> set[tuple[str, int, str]]:
    """The bodies of thrown cards of which the hub was told: it holds a claim, or a body, at or above them on the same branch."""
    told = books.claims | {(body.stream, body.n, body.hash) for body in books.bodies}
    found = set()
    for each in cards:
        reach: dict[str, int] = defaultdict(int)
        for (stream, n), digest in each.hashes.items():
            if (stream, n, digest) in told:
                reach[stream] = max(reach[stream], n)
        found |= {(stream, n, digest) for (stream, n), digest in each.hashes.items() if n <= reach[stream]}
    return found


def judge(given: Mapping[Point, list[Given]], books: Books, cards: Iterable[Card] = ()) -> Verdict:
    verdict, thrown = Verdict(), list(cards)
    here, unmatched = {body.hash for body in books.bodies}, dict[Point, list[Given]]()
    for point in sorted({*given, *books.kept}):
        left = _match(point, given.get(point, []), books.kept.get(point, []), thrown, verdict)
        left = _on_cards(left, point, thrown, here, verdict)
        unmatched[point] = _untaken(point, left, books.absences[point[0]], verdict)
    _declared(unmatched, _lost(books, verdict), verdict)
    _order(books, verdict)
    return verdict


def _match(point: Point, given: list[Given], kept: list[Kept], cards: list[Card], verdict: Verdict) -> list[Given]:
    """What was given out and is not kept. Each kept value was given out between its own instant and the next reading's."""
    verdict.given += len(given)
    verdict.kept += len(kept)
    left, at, name = list[Given](), 0, "/".join(point)
    late_until = -1
    for place, one in enumerate(kept):
        following = kept[place + 1].up_ms if place + 1 < len(kept) else one.up_ms + 10 * LATE_MS
        if place and kept[place - 1].up_ms == one.up_ms:
            if not any(one.up_ms in card.staged.get(point, ()) for card in cards):
                verdict.wrong.append(f"{name}: the reading at {one.up_ms} is kept twice ({one.stream}/{one.n})")
            continue
        window = list[Given]()
        while at < len(given) and given[at].up_ms < following - SLACK_MS:
            (window if given[at].up_ms >= one.up_ms - SLACK_MS else left).append(given[at])
            at += 1
        if one.value is None:
            verdict.nulls += 1
            late_until = one.up_ms + LATE_MS
        else:
            mine = next((candidate for candidate in window if candidate.value == one.value), None)
            if mine is None:
                verdict.wrong.append(
                    f"{name}: {one.value} at {one.up_ms} ({one.stream}/{one.n}) was never given out then: {window[:3]}"
                )
            else:
                window.remove(mine)
        for other in window:
            if other.up_ms <= late_until:
                verdict.late += 1
            else:
                left.append(other)
    return left + given[at:]


def _on_cards(left: list[Given], point: Point, cards: list[Card], here: set[str], verdict: Verdict) -> list[Given]:
    """A value stands on a card where the last reading there that began before it did so at most one answer's time before, and its body
    is not `here`."""
    rest = []
    for one in left:
        sealed = {body for card in cards if (body := _of(one, card.sealed.get(point, {}))) and body[2] not in here}
        if sealed or any(_of(one, dict.fromkeys(card.staged.get(point, ()), True)) for card in cards):
            verdict.on_cards += 1
            verdict.card_bodies |= sealed
        else:
            rest.append(one)
    return rest


T = TypeVar("T")


def _of(one: Given, began: Mapping[int, T]) -> T | None:
    """What stands at the last instant at which a reading began before this value was given out: its own, if a driver still waited."""
    at = max((at for at in began if at - SLACK_MS <= one.up_ms), default=None)
    return None if at is None or one.up_ms > at + ANSWER_MS else began[at]


UNTAKEN_AT_ONCE = 3
"""Values of one point that a dying process may have read and not put down: one in the driver, the rest on their way to the disk's
thread, which is busy for as long as a commit takes."""


def _untaken(point: Point, left: list[Given], absences: list[tuple[int, int]], verdict: Verdict) -> list[Given]:
    rest, inside = [], Counter[tuple[int, int]]()
    for one in left:
        found = next((span for span in absences if span[0] - SLACK_MS <= one.up_ms <= span[1] + SLACK_MS), None)
        if found is None:
            rest.append(one)
            continue
        inside[found] += 1
        verdict.untaken += 1
    verdict.wrong += [f"{'/'.join(point)}: {times} values were read and not put down before the absence {span}"
                      for span, times in inside.items() if times > UNTAKEN_AT_ONCE]  # fmt: skip
    return rest


class Lost(NamedTuple):
    """Of one point: how many good readings are lost, and their sum."""

    good: int
    sum: int


NOTHING = Lost(0, 0)


def _outermost(covers: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Of covers that repeat one another the one that reaches furthest speaks."""
    below = 2**60
    for cover in sorted(covers, key=lambda one: (-one["last"], one["first"])):
        if cover["last"] < below:
            below = cover["first"]
            yield cover


def _lost(books: Books, verdict: Verdict) -> dict[Point, Lost]:
    """What covers state, less what the ledger holds of it. The figures of a cover are those of every reading that it counts."""
    found: dict[Point, Lost] = defaultdict(lambda: NOTHING)
    for stream, covers in books.covers.items():
        device = books.device_of.get(stream, "?")
        for cover in _outermost(covers):
            told, place = sum(one[3] for one in cover["points"]), f"{stream}/{cover['first']}..{cover['last']}"
            if told != cover["count"]:
                verdict.wrong.append(f"{device}: {place} counts {cover['count']} readings, its figures are of {told}")
            for point, _, _, _, good, _, _, total in cover["points"]:
                inside = [
                    one
                    for one in books.kept.get((device, point), ())
                    if one.stream == stream and cover["first"] <= one.n <= cover["last"]
                ]
                held = [one.value for one in inside if one.value is not None and not one.flaw]
                before = found[device, point]
                found[device, point] = Lost(before.good + good - len(held), before.sum + (total or 0) - sum(held))
    return found


def _declared(unmatched: Mapping[Point, list[Given]], declared: Mapping[Point, Lost], verdict: Verdict) -> None:
    """What is left must be what was declared, point by point and to the sum."""
    for point in {*unmatched, *declared}:
        left = unmatched.get(point, [])
        missing, said = Lost(len(left), sum(one.value for one in left)), declared.get(point, NOTHING)
        if missing != said:
            verdict.wrong.append(
                f"{'/'.join(point)}: {missing} missing, {said} declared lost; first missing: {left[:3]}"
            )
        verdict.declared += missing.good


def _order(books: Books, verdict: Verdict) -> None:
    """Along each branch of a stream, from body to body by the hash of the one before, the instants of a point rise."""
    reached: dict[str, dict[str, int]] = {}
    for body in sorted(books.bodies, key=lambda one: one.n):
        last = dict(reached.get(body.prev, {}))
        for point, up_ms in body.instants:
            if up_ms <= last.get(point, -1):
                verdict.wrong.append(f"{point}: {body.stream}/{body.n} has {up_ms} after {last[point]}")
            last[point] = up_ms
        reached[body.hash] = last
