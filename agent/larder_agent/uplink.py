"""What to send, and what a receipt means. PROTOCOL.md [A4], [A5], [A7]. Pure: (state, input, now) -> (state, effects).

`now` is in ms since boot. A PUBACK is not even an input: it proves nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from random import Random
from typing import TYPE_CHECKING, Literal, NamedTuple

from larder_agent.chain import ChainView, Link
from larder_core.sizes import MAX_LINES, MAX_MESSAGE

if TYPE_CHECKING:
    from larder_core.receipt import Receipt

LONGEST_WAIT_MS = 600_000
"""The wait before sending again doubles up to ten minutes."""

AGAIN_MS = 60_000
"""What a receipt still asks for so long after it was sent again was lost: a broker may drop what it has acknowledged [A9]."""

TRAILER = 512
"""Bytes of a trailer without its hashes, at most; each hash adds 46."""

IgnoredReason = Literal["other-stream", "old-generation"]
FreezeReason = Literal["frozen", "above-head", "other-hash"]


LONGEST_TRIP_MS = 120_000
"""A trip that took longer was a broker or hub standing still, not the way there and back."""


class Flight(NamedTuple):
    """Sent `times` times, first at `first`; again at `due`, in ms since boot, unless a receipt covers it. `live`: in the newest half's
    credit."""

    due: int
    times: int
    live: bool
    first: int


@dataclass(frozen=True)
class Uplink:
    """All of it is forgotten at a boot. `have` are closed ranges above `upto`, refused numbers among them. `trip_ms` is how long an
    entry and its receipt take of late: nothing is sent again in less than twice that, whatever `resend_ms` says. `asked`: when
    the birth was sent that no receipt has answered yet. `again` is what receipts ask to be sent once more, `owed` what of that was
    not sent, and `paid_ms` when the last of it was."""

    resend_ms: int
    generation: int = -1
    upto: int = 0
    have: tuple[tuple[int, int], ...] = ()
    credit: int = 1
    trip_ms: int = 0
    asked: int | None = None
    again: tuple[tuple[int, int], ...] = ()
    owed: tuple[tuple[int, int], ...] = ()
    paid_ms: int = 0
    flights: Mapping[int, Flight] = field(default_factory=dict)


class Prune(NamedTuple):
    safe: Link


class Freeze(NamedTuple):
    reason: FreezeReason


class Ignored(NamedTuple):
    reason: IgnoredReason


Effect = Prune | Freeze | Ignored


# ------------------------------------------------------------------ receipts


def on_receipt(state: Uplink, receipt: "Receipt", chain: ChainView, now: int) -> tuple[Uplink, tuple[Effect, ...]]:
    """A verified receipt. Of a higher generation it resets what is known, of a lower one it is ignored whole [A5].

    A connection keeps the order: where something arrived that was sent later, what is missing was lost, with the broker's queue say,
    and is sent again at once, the first time. Without that it would wait for twice the trip, which an outage just before made long.
    """
    if receipt.stream != chain.stream:
        return state, (Ignored("other-stream"),)
    if receipt.generation < state.generation:
        return state, (Ignored("old-generation"),)
    if receipt.generation > state.generation:
        state = replace(state, generation=receipt.generation, upto=0, have=())
    if reason := disproved(receipt, chain):
        return state, (Freeze(reason),)
    unanswered = receipt.again and not state.owed and now - state.paid_ms >= AGAIN_MS
    if tuple(receipt.again) != state.again or unanswered:  # [A9]
        owed = joined(receipt.again, 1, chain.head.n)
        state = replace(state, again=tuple(receipt.again), owed=owed)
    upto = max(state.upto, receipt.upto)
    said = [*state.have, *receipt.have, *((n, n) for n, _ in receipt.refused)]
    have = joined(said, upto + 1, chain.head.n)
    arrived = [n for n in state.flights if n <= upto or _within(n, have)]
    trips = [
        now - state.flights[n].first for n in arrived if n > state.upto
    ]  # below it was no news, but sent again [A9]
    trip = trip_after(state.trip_ms, trips if state.asked is None else [*trips, now - state.asked])
    overtaken = max((state.flights[n].first for n in arrived if state.flights[n].times == 1), default=0)
    flights = {
        n: flight._replace(due=now) if flight.times == 1 and flight.first < overtaken else _not_before(flight, 2 * trip)
        for n, flight in state.flights.items()
        if n not in arrived
    }
    state = replace(state, upto=upto, have=have, credit=receipt.credit, trip_ms=trip, asked=None, flights=flights)
    prune = receipt.safe > chain.floor.n
    return state, (Prune(Link(receipt.safe, receipt.safe_hash)),) if prune else ()


def trip_after(trip_ms: int, trips: Sequence[int]) -> int:
    """The trip as it is after these. The shortest of a receipt counts: the others waited for company, or for a lost receipt. A longer
    trip is believed at once, a shorter one by an eighth.

    Counted from the first sending, unlike TCP's (RFC 6298, Karn): where all is sent twice before any receipt comes, nothing else would
    ever be learnt. After a loss it is too long for a while, which only makes the next repetition later.
    """
    if not trips:
        return trip_ms
    trip = min(*trips, LONGEST_TRIP_MS)
    return trip if trip > trip_ms else trip_ms - (trip_ms - trip) // 8


def _not_before(flight: Flight, wait_ms: int) -> Flight:
    return flight._replace(due=max(flight.due, flight.first + wait_ms))


def disproved(receipt: "Receipt", chain: ChainView) -> FreezeReason | None:
    """Why this disk is not the stream's only or latest copy; None if nothing speaks against it [A7]."""
    if receipt.frozen:
        return "frozen"
    said = [(receipt.upto, receipt.upto_hash), (receipt.safe, receipt.safe_hash), *receipt.announced]
    if any(n > chain.head.n for n, _ in said):
        return "above-head"
    if any(chain.hash_at(n) not in (None, digest) for n, digest in said):
        return "other-hash"
    return None


def joined(ranges: Sequence[tuple[int, int]], low: int, high: int) -> tuple[tuple[int, int], ...]:
    """The union of closed ranges, cut to low..high, ascending, neighbours as one."""
    union: list[tuple[int, int]] = []
    for first, last in sorted((max(first, low), min(last, high)) for first, last in ranges):
        if first > last:
            continue
        if union and first <= union[-1][1] + 1:
            union[-1] = (union[-1][0], max(last, union[-1][1]))
        else:
            union.append((first, last))
    return tuple(union)


def without(ranges: Sequence[tuple[int, int]], numbers: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Ascending ranges less ascending numbers."""
    left: list[tuple[int, int]] = []
    for first, last in ranges:
        for n in numbers:
            if first <= n <= last:
                left += [(first, n - 1)] if first < n else []
                first = n + 1
        if first <= last:
            left.append((first, last))
    return tuple(left)


def _within(n: int, ranges: Sequence[tuple[int, int]]) -> bool:
    return any(first <= n <= last for first, last in ranges)


# ------------------------------------------------------------------ sending


def pending(state: Uplink, held: range) -> list[tuple[int, int]]:
    """Closed ranges of numbers on the disk that no receipt covers, ascending."""
    low, found = max(held.start, state.upto + 1), []
    for first, last in state.have:
        if low < first:
            found.append((low, min(first, held.stop) - 1))
        low = max(low, last + 1)
    if low < held.stop:
        found.append((low, held.stop - 1))
    return [(first, last) for first, last in found if first <= last]


def _shares(state: Uplink, held: range) -> tuple[list[int], list[int]]:
    """[A4] The newest half of the credit, at least one entry, and the oldest for the rest; both ascending."""
    ranges = pending(state, held)
    newest = list(
        islice((n for first, last in reversed(ranges) for n in range(last, first - 1, -1)), live_credit(state))
    )
    ahead = min(newest, default=0)
    below = (n for first, last in ranges for n in range(first, last + 1) if n < ahead)
    return newest[::-1], list(islice(below, state.credit - live_credit(state)))


def live_credit(state: Uplink) -> int:
    return (state.credit + 1) // 2


def to_send(state: Uplink, held: range, now: int) -> list[int]:
    """Numbers to send now, ascending: inside each half's credit, not on their way, or on their way for too long."""
    newest, oldest = _shares(state, held)
    live = [flight.live for flight in state.flights.values() if flight.due > now]
    live_room = max(0, live_credit(state) - sum(live))
    old_room = max(0, state.credit - live_credit(state) - (len(live) - sum(live)))

    def due(share: Sequence[int]) -> list[int]:
        return [n for n in share if n not in state.flights or state.flights[n].due <= now]

    news = [*due(newest[::-1])[:live_room], *due(oldest)[:old_room]]
    room = max(0, state.credit - len(live) - len(news))
    once_more = (n for first, last in state.owed for n in range(max(first, held.start), min(last + 1, held.stop)))
    return sorted({*news, *islice((n for n in once_more if n not in news), room)})


def on_sent(state: Uplink, numbers: Sequence[int], held: range, now: int, random: Random) -> Uplink:
    """They are on their way. What is overdue and outside both halves is forgotten: it is sent anew when its turn comes."""
    newest, oldest = _shares(state, held)
    wanted = {*newest, *oldest}
    flights = {n: flight for n, flight in state.flights.items() if flight.due > now or n in wanted}
    for n in numbers:
        before = flights.get(n)
        times, first = (before.times + 1, before.first) if before else (1, now)
        wait = min(LONGEST_WAIT_MS, max(state.resend_ms, 2 * state.trip_ms) * 2 ** min(times - 1, 20))
        flights[n] = Flight(now + round(wait * random.uniform(1, 1.25)), times, n in newest, first)
    owed = joined(without(state.owed, numbers), held.start, held.stop - 1)
    return replace(state, flights=flights, owed=owed, paid_ms=now if owed != state.owed else state.paid_ms)


def on_connected(state: Uplink, now: int) -> Uplink:
    """What was under way may be lost with the old connection. Credit is 1 until the receipt that answers the birth says what is
    missing: nothing else is sent twice. That receipt also tells how long the trip is, before the credit is spent. What it
    asks for again is owed anew [A9]."""
    return replace(state, credit=min(state.credit, 1), asked=now, flights={}, again=(), owed=())


def owe(state: Uplink, first: int, last: int, held: range) -> tuple[Uplink, int]:
    """Numbers that are held are owed once more, as where a receipt asks for them [A9]; and how many they are."""
    low, high = max(first, held.start), min(last, held.stop - 1)
    if low > high:
        return state, 0
    return replace(state, owed=joined([*state.owed, (low, high)], 1, held.stop - 1)), high - low + 1


def next_due(state: Uplink, after: int) -> int | None:
    """When the first of what is under way has to be sent again. What was overdue at `after` had its turn then."""
    return min((flight.due for flight in state.flights.values() if flight.due > after), default=None)


def consecutive(numbers: Sequence[int]) -> list[range]:
    """Ascending numbers as runs of neighbours."""
    found: list[range] = []
    for n in numbers:
        if found and found[-1].stop == n:
            found[-1] = range(found[-1].start, n + 1)
        else:
            found.append(range(n, n + 1))
    return found


def messages(run: range, sizes: Mapping[int, int]) -> list[range]:
    """A run of neighbours cut so that each part fits one message; `sizes` in bytes of each line."""
    found: list[range] = []
    room = 0
    for n in run:
        price = sizes[n] + 1 + 46
        if found and len(found[-1]) < MAX_LINES and price <= room:
            found[-1] = range(found[-1].start, n + 1)
        else:
            found.append(range(n, n + 1))
            room = MAX_MESSAGE - TRAILER
        room -= price
    return found
