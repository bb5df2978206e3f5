"""What to send and what a receipt means, as tables. [A4], [A5], [A7], [A9]."""

from dataclasses import dataclass, replace
from random import Random

import pytest

from larder_agent import uplink
from larder_agent.chain import Link
from larder_agent.uplink import Freeze, Ignored, Prune, Uplink
from larder_core.digest import GENESIS, line_hash
from larder_core.receipt import Receipt
from larder_core.sizes import MAX_LINES, MAX_MESSAGE

STREAM = "0" * 32
START = Uplink(resend_ms=1000)


def at(n: int, branch: str = "") -> str:
    return line_hash(f"{branch}{n}".encode()) if n else GENESIS


@dataclass(frozen=True)
class Chain:
    """A stream of `last` entries, the ones up to `floor` deleted under safe, the ones below `first` declared lost."""

    last: int
    floor_n: int = 0
    first: int = 1
    stream: str = STREAM

    @property
    def head(self) -> Link:
        return Link(self.last, at(self.last))

    @property
    def floor(self) -> Link:
        return Link(self.floor_n, at(self.floor_n))

    @property
    def held(self) -> range:
        return range(max(self.first, self.floor_n + 1), self.last + 1)

    def hash_at(self, n: int) -> str | None:
        return at(n) if n == 0 or self.floor_n <= n <= self.last else None


def receipt(upto: int = 0, **changes: object) -> Receipt:
    fields = {
        "receipt": 1, "device": "box-1", "stream": STREAM, "generation": 1, "upto": upto, "upto_hash": at(upto), "have": [],
        "refused": [], "safe": 0, "safe_hash": GENESIS, "announced": [], "frozen": False, "credit": 8, "hub_time": 0,
        "unproven": [],
    }  # fmt: skip
    return Receipt.model_validate(fields | changes)


# ---------------------------------------------------------------- receipts


@pytest.mark.parametrize(
    ("said", "upto", "have", "pending"),
    [
        (receipt(3), 3, (), [(4, 9)]),
        (receipt(3, have=[(5, 6), (8, 8)]), 3, ((5, 6), (8, 8)), [(4, 4), (7, 7), (9, 9)]),
        (receipt(3, have=[(5, 6)], refused=[(7, "bad-content")]), 3, ((5, 7),), [(4, 4), (8, 9)]),
        (receipt(9), 9, (), []),
        (receipt(3, have=[(5, 2**52)]), 3, ((5, 9),), [(4, 4)]),
        (receipt(3, have=[(1, 4)]), 3, ((4, 4),), [(5, 9)]),
    ],
)
def test_a_receipt_moves_upto_and_have(said: Receipt, upto: int, have: object, pending: object) -> None:
    """[A5] Refused counts as received."""
    state, effects = uplink.on_receipt(START, said, Chain(9), 0)
    assert (state.upto, state.have, state.credit, effects) == (upto, have, 8, ())
    assert uplink.pending(state, Chain(9).held) == pending


def test_a_receipt_of_another_stream_changes_nothing() -> None:
    state, effects = uplink.on_receipt(START, receipt(3, stream="f" * 32, frozen=True), Chain(9), 0)
    assert (state, effects) == (START, (Ignored("other-stream"),))


def test_a_lower_generation_is_ignored_whole() -> None:
    """[A5] Even what would freeze the stream."""
    known, _ = uplink.on_receipt(START, receipt(5, generation=3), Chain(9), 0)
    state, effects = uplink.on_receipt(
        known, receipt(9, generation=2, frozen=True, safe=9, safe_hash=at(9)), Chain(9), 0
    )
    assert (state, effects) == (known, (Ignored("old-generation"),))


def test_a_higher_generation_resets_what_was_received() -> None:
    """[A5] A hub that was restored has forgotten, and gets it again."""
    known, _ = uplink.on_receipt(START, receipt(5, have=[(7, 8)]), Chain(9), 0)
    state, _ = uplink.on_receipt(known, receipt(2, generation=2), Chain(9), 0)
    assert (state.upto, state.have) == (2, ())


def test_within_a_generation_upto_never_falls() -> None:
    """[A5] Receipts may overtake one another."""
    known, _ = uplink.on_receipt(START, receipt(5), Chain(9), 0)
    state, _ = uplink.on_receipt(known, receipt(2), Chain(9), 0)
    assert state.upto == 5


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (receipt(3), None),
        (receipt(3, frozen=True), "frozen"),
        (receipt(10), "above-head"),
        (receipt(10, safe=10, safe_hash=at(10)), "above-head"),
        (receipt(3, announced=[(2, at(2)), (10, at(10))]), "above-head"),
        (receipt(3, upto_hash=at(3, "other")), "other-hash"),
        (receipt(5, safe=4, safe_hash=at(4, "other")), "other-hash"),
        (receipt(3, announced=[(7, at(7, "other")), (9, at(9))]), "other-hash"),
        (receipt(3, announced=[(9, at(9))]), None),
        (receipt(0, upto_hash=at(1)), "other-hash"),
        # Below the floor the disk no longer knows: nothing is disproved.
        (receipt(1, upto_hash=at(1, "other")), None),
    ],
)
def test_what_freezes_a_stream(said: Receipt, reason: str | None) -> None:
    """[A7]"""
    _, effects = uplink.on_receipt(START, said, Chain(9, floor_n=2), 0)
    assert [effect for effect in effects if isinstance(effect, Freeze)] == ([Freeze(reason)] if reason else [])  # type: ignore[arg-type]


def test_safe_above_the_floor_is_pruned_with_the_hash_that_was_said() -> None:
    """[A6] The outbox itself compares it."""
    _, effects = uplink.on_receipt(START, receipt(5, safe=4, safe_hash=at(4)), Chain(9, floor_n=2), 0)
    assert effects == (Prune(Link(4, at(4))),)
    assert uplink.on_receipt(START, receipt(5, safe=2, safe_hash=at(2)), Chain(9, floor_n=2), 0)[1] == ()


# ---------------------------------------------------------------- sending


@pytest.mark.parametrize(
    ("credit", "held", "sent"),
    [
        (0, range(1, 10), []),
        (1, range(1, 10), [9]),
        (2, range(1, 10), [1, 9]),
        (3, range(1, 10), [1, 8, 9]),
        (4, range(1, 10), [1, 2, 8, 9]),
        (9, range(1, 10), list(range(1, 10))),
        (100, range(1, 10), list(range(1, 10))),
        (4, range(5, 7), [5, 6]),
        (4, range(7, 7), []),
    ],
)
def test_the_newest_half_goes_first(credit: int, held: range, sent: list[int]) -> None:
    """[A4]"""
    assert uplink.to_send(replace(START, credit=credit), held, 0) == sent


def test_before_the_first_receipt_one_entry_is_sent() -> None:
    """[A4]"""
    assert uplink.to_send(START, range(1, 100), 0) == [99]


def send(state: Uplink, held: range, now: int) -> tuple[Uplink, list[int]]:
    numbers = uplink.to_send(state, held, now)
    return uplink.on_sent(state, numbers, held, now, Random(1)), numbers


def test_what_is_under_way_is_not_sent_again_before_its_time() -> None:
    state, first = send(replace(START, credit=4), range(1, 10), 0)
    assert first == [1, 2, 8, 9]
    assert uplink.to_send(state, range(1, 10), 999) == []
    due = uplink.next_due(state, 0)
    assert due is not None
    assert 1000 <= due <= 1250
    assert uplink.to_send(state, range(1, 10), 1250) == [1, 2, 8, 9]


def test_a_puback_is_not_even_an_input() -> None:
    """[A5], [W-QOS]"""
    assert not [name for name in dir(uplink) if "ack" in name.lower() and not name.startswith("_")]


def test_waits_double_up_to_ten_minutes() -> None:
    state, now, waits = replace(START, credit=1), 0, []
    for _ in range(14):
        state, numbers = send(state, range(1, 2), now)
        assert numbers == [1]
        due = uplink.next_due(state, now)
        assert due is not None
        waits.append(due - now)
        now = due
    assert all(1000 * 2**n <= wait <= 1250 * 2**n for n, wait in enumerate(waits[:9]))
    assert all(600_000 <= wait <= 750_000 for wait in waits[10:])


@pytest.mark.parametrize(
    ("known", "trips", "after"),
    [
        (0, [], 0),
        (0, [2000], 2000),
        (500, [9000, 2000, 3000], 2000),
        (2000, [400], 1800),
        (0, [3_600_000], uplink.LONGEST_TRIP_MS),
    ],
)
def test_a_longer_trip_is_believed_at_once_and_a_shorter_one_by_and_by(
    known: int, trips: list[int], after: int
) -> None:
    assert uplink.trip_after(known, trips) == after


def test_on_a_slow_line_nothing_is_sent_again_before_its_receipt_can_be_there() -> None:
    """The receipt takes 2 s and the setting says 1 s: one entry too many goes out before that is known, and none after."""
    state, now = replace(START, credit=1), 0
    state, numbers = send(state, range(1, 2), now)
    state, again = send(state, range(1, 2), 1300)
    assert numbers == again == [1]
    state, _ = uplink.on_receipt(state, receipt(1, credit=2), Chain(1), 2000)
    state, numbers = send(state, range(2, 4), 2000)
    assert numbers == [2, 3]
    assert uplink.to_send(state, range(2, 4), 5_999) == []
    assert uplink.to_send(state, range(2, 4), 7_001) == [2, 3]


def test_the_answer_to_the_birth_tells_the_trip_before_the_credit_is_spent() -> None:
    state = uplink.on_connected(START, 0)
    state, _ = uplink.on_receipt(state, receipt(0, credit=8), Chain(9), 2000)
    state, numbers = send(state, range(1, 10), 2000)
    assert len(numbers) == 8
    assert uplink.to_send(state, range(1, 10), 5_999) == []


def test_what_is_under_way_already_gets_the_longer_time_as_well() -> None:
    state, _ = send(replace(START, credit=2), range(1, 3), 0)
    state, _ = uplink.on_receipt(state, receipt(1, credit=2), Chain(2), 900)
    assert uplink.to_send(state, range(2, 3), 1_700) == []
    assert uplink.to_send(state, range(2, 3), 1_800) == [2]


def test_what_was_overtaken_is_sent_again_at_once_and_then_by_its_waits() -> None:
    """A broker dropped 1, which it had acknowledged; 2, sent later, arrived. What never arrives is not sent with each receipt."""
    state, numbers = send(replace(START, credit=4, trip_ms=20_000), range(1, 2), 0)
    state, _ = send(state, range(1, 3), 500)
    assert uplink.to_send(state, range(1, 3), 39_999) == []
    state, _ = uplink.on_receipt(state, receipt(0, have=[(2, 2)]), Chain(2), 600)
    state, numbers = send(state, range(1, 3), 600)
    assert numbers == [1]
    state, _ = send(state, range(1, 4), 700)
    state, _ = uplink.on_receipt(state, receipt(0, have=[(2, 3)]), Chain(3), 800)
    assert uplink.to_send(state, range(1, 4), 39_999) == []


def test_a_receipt_frees_the_credit() -> None:
    state, _ = send(replace(START, credit=4), range(1, 10), 0)
    state, _ = uplink.on_receipt(state, receipt(2, have=[(9, 9)], credit=4), Chain(9), 0)
    assert uplink.to_send(state, range(3, 10), 1) == [3, 4, 7]  # 8 is still under way


def test_new_entries_do_not_take_the_credit_of_the_oldest() -> None:
    """[A4] Neither half starves, however fast the device seals."""
    state, last, seen = replace(START, credit=2), 10, set()
    for now in range(0, 40_000, 500):
        state, numbers = send(state, range(1, last + 1), now)
        seen |= set(numbers)
        have = [(n, n) for n in numbers if n != 1]
        state, _ = uplink.on_receipt(state, receipt(0, have=have, credit=2), Chain(last), now)
        last += 1
    assert seen & {1, 2, 3} == {1}, "1 is waited for, and the credit of the oldest half is 1"
    assert 60 in seen


def test_flights_are_bounded_while_no_receipt_comes() -> None:
    state = replace(START, credit=4)
    for n in range(10, 3_000):
        state, _ = send(state, range(1, n), n * 1000)
        assert len(state.flights) <= 8


def test_a_new_connection_asks_first_what_is_missing() -> None:
    state, _ = send(replace(START, credit=8), range(1, 10), 0)
    state = uplink.on_connected(state, 0)
    assert uplink.to_send(state, range(1, 10), 0) == [9]
    assert uplink.on_connected(replace(state, credit=0), 0).credit == 0


def test_a_message_is_bounded_in_bytes_and_lines() -> None:
    """[W-SIZE]"""
    assert [len(part) for part in uplink.messages(range(1, 131), dict.fromkeys(range(1, 131), 10))] == [
        MAX_LINES,
        MAX_LINES,
        2,
    ]
    parts = uplink.messages(range(1, 8), dict.fromkeys(range(1, 8), 40_000))
    assert [list(part) for part in parts] == [[1, 2, 3], [4, 5, 6], [7]]
    assert MAX_MESSAGE > 3 * 40_001


def test_neighbours_travel_together() -> None:
    assert uplink.consecutive([1, 2, 5, 7, 8]) == [range(1, 3), range(5, 6), range(7, 9)]


# ---------------------------------------------------------------- asked for again


def test_what_is_asked_for_is_sent_once_more_inside_the_credit() -> None:
    """[A9] Below upto too, as far as it is held, and once for each new value."""
    chain = Chain(9, first=3)
    state, _ = uplink.on_receipt(START, receipt(9, credit=3, again=[(1, 6)]), chain, 0)
    assert uplink.to_send(state, chain.held, 0) == [3, 4, 5]
    state = uplink.on_sent(state, [3, 4, 5], chain.held, 0, Random(1))
    assert uplink.to_send(state, chain.held, 0) == []
    state, _ = uplink.on_receipt(state, receipt(9, credit=3, again=[(1, 6)]), chain, 100)
    assert uplink.to_send(state, chain.held, 100) == [6]
    state = uplink.on_sent(state, [6], chain.held, 100, Random(1))
    state, _ = uplink.on_receipt(state, receipt(9, credit=3, again=[(1, 6)]), chain, 200)
    assert uplink.to_send(state, chain.held, 10**9) == [], "once"
    state, _ = uplink.on_receipt(state, receipt(9, credit=3, again=[(4, 4), (6, 7)]), chain, 300)
    assert uplink.to_send(state, chain.held, 300) == [4, 6, 7]
    state, _ = uplink.on_receipt(state, receipt(9, credit=3), chain, 400)
    assert uplink.to_send(state, chain.held, 400) == [], "withdrawn"


def test_what_is_still_asked_for_after_a_minute_is_sent_once_more() -> None:
    """[A9] A broker may have dropped what it acknowledged."""
    chain = Chain(9, first=2)
    asked = receipt(9, credit=4, again=[(1, 3)])
    state, _ = uplink.on_receipt(START, asked, chain, 0)
    state = uplink.on_sent(state, [2, 3], chain.held, 1_000, Random(1))
    state, _ = uplink.on_receipt(state, asked, chain, 1_000 + uplink.AGAIN_MS - 1)
    assert uplink.to_send(state, chain.held, 10**9) == []
    state, _ = uplink.on_receipt(state, asked, chain, 1_000 + uplink.AGAIN_MS)
    assert uplink.to_send(state, chain.held, 10**9) == [2, 3]


def test_what_no_receipt_covers_goes_before_what_is_asked_for_again() -> None:
    """[A9] [A4]"""
    chain = Chain(9)
    state, _ = uplink.on_receipt(START, receipt(5, credit=4, again=[(1, 5)]), chain, 0)
    assert uplink.to_send(state, chain.held, 0) == [6, 7, 8, 9]
    state, _ = uplink.on_receipt(START, receipt(7, credit=4, again=[(1, 8)]), chain, 0)
    assert uplink.to_send(state, chain.held, 0) == [1, 2, 8, 9]


def test_a_new_connection_owes_what_is_still_asked_for() -> None:
    """[A9] What was sent on the old one may be lost."""
    chain = Chain(9)
    state, _ = uplink.on_receipt(START, receipt(9, again=[(2, 3)]), chain, 0)
    state = uplink.on_connected(uplink.on_sent(state, [2, 3], chain.held, 0, Random(1)), 50)
    assert uplink.to_send(state, chain.held, 100) == []
    state, _ = uplink.on_receipt(state, receipt(9, again=[(2, 3)]), chain, 100)
    assert uplink.to_send(state, chain.held, 100) == [2, 3]


def test_sending_again_says_nothing_of_the_trip() -> None:
    """A receipt covers it before it has arrived."""
    chain = Chain(9)
    state, _ = uplink.on_receipt(replace(START, trip_ms=4_000, upto=9), receipt(9, again=[(2, 3)]), chain, 0)
    state = uplink.on_sent(state, [2, 3], chain.held, 0, Random(1))
    state, _ = uplink.on_receipt(state, receipt(9, again=[(2, 3)]), chain, 10)
    assert (state.trip_ms, dict(state.flights)) == (4_000, {})


@pytest.mark.parametrize(
    ("numbers", "left"),
    [([], [(2, 5), (9, 9)]), ([2, 9], [(3, 5)]), ([3], [(2, 2), (4, 5), (9, 9)]), ([2, 3, 4, 5, 6], [(9, 9)])],
)
def test_ranges_without_numbers(numbers: list[int], left: list[tuple[int, int]]) -> None:
    assert uplink.without([(2, 5), (9, 9)], numbers) == tuple(left)
