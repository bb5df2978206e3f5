"""Whatever arrives and whatever explains it: the parts are the whole, and nothing is more than complete."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from larder_core.limits.profiles import SILENCE
from larder_hub.accounting.completeness import Completeness, by_device, pieces, shortfalls
from larder_hub.accounting.explanation import Explanation, Interval, Kind
from larder_hub.accounting.report import EVERYTHING, Asked, report
from larder_hub.accounting.sums import Balance
from larder_hub.ledger.account import StreamAccount
from larder_hub.ledger.spans import Loss, Span, losses_by_reason, subtract, total, union
from larder_hub.register.contents import Register
from larder_hub.register.tenure import Tenure
from larder_hub.series.port import HOUR_MS, Filled
from tests.support.web_world import NOW_MS, county, stream

T0 = 497_222 * HOUR_MS
PERIOD = Interval(T0, T0 + 6 * HOUR_MS)
MOMENTS = st.integers(T0 - HOUR_MS, T0 + 7 * HOUR_MS)
DEVICES = sorted(county().devices)


@st.composite
def tenures(draw: st.DrawFn) -> list[Tenure]:
    made = []
    for device in draw(st.lists(st.sampled_from(DEVICES), max_size=4, unique=True)):
        for point in draw(st.lists(st.sampled_from(["t", "rh"]), min_size=1, max_size=2, unique=True)):
            begin, end = sorted((draw(MOMENTS), draw(MOMENTS)))
            period_ms = draw(st.sampled_from([1_000, 60_000, 61_001, 900_000, HOUR_MS, 5 * HOUR_MS]))
            made.append(Tenure(device, point, device.removesuffix("-box"), "632224", period_ms, begin, end))
    return made


COUNTS = st.builds(
    Filled, st.sampled_from(DEVICES), st.sampled_from(["t", "rh"]), st.integers(0, 5).map(lambda hour: T0 + hour * HOUR_MS),
    st.sampled_from(["", "", "crc", "no-answer"]), st.integers(1, 5_000),
)  # fmt: skip


@st.composite
def explanations(draw: st.DrawFn) -> Explanation:
    spans = tuple(
        Interval(*sorted(pair)) for pair in draw(st.lists(st.tuples(MOMENTS, MOMENTS), min_size=1, max_size=3))
    )
    return Explanation(
        draw(st.sampled_from(DEVICES)), draw(st.sampled_from(list(Kind))), draw(st.sampled_from(["a", "b"])), spans,
        draw(st.none() | st.integers(0, 500)), draw(st.none() | st.just(frozenset({"t"}))),
    )  # fmt: skip


def complete(due: list[Tenure], counts: list[Filled], told: list[Explanation]) -> dict[str, Completeness]:
    once = {one[:4]: one for one in counts}.values()
    cut = {piece: [one for one in once if one.from_ms == piece.from_ms - piece.from_ms % HOUR_MS or
                   piece.from_ms <= one.from_ms < piece.to_ms] for piece in pieces(due, PERIOD)}  # fmt: skip
    return by_device(due, told, PERIOD, cut)


def whole(one: Completeness) -> int:
    return (
        one.good + sum(one.bad.values()) + sum(one.declared_lost.values()) + one.awaited + sum(one.absent.values())
        + one.unheard + one.unexplained
    )  # fmt: skip


@given(tenures(), st.lists(COUNTS, max_size=30), st.lists(explanations(), max_size=5))
def test_the_parts_are_what_was_due_and_none_is_negative(
    due: list[Tenure], counts: list[Filled], told: list[Explanation]
) -> None:
    for one in complete(due, counts, told).values():
        assert whole(one) == one.due
        assert 0 <= one.stored <= one.due and (one.share is None or one.share <= 1)
        assert min(one.good, one.awaited, one.unheard, one.unexplained) >= 0
        assert all(count > 0 for part in (one.bad, one.declared_lost, one.absent) for count in part.values())


@given(tenures(), st.lists(COUNTS, max_size=30), st.lists(explanations(), max_size=5))
def test_no_explanation_explains_more_than_it_holds(
    due: list[Tenure], counts: list[Filled], told: list[Explanation]
) -> None:
    for device, one in complete(due, counts, told).items():
        bounds = [each.readings for each in told if each.device == device and each.kind is Kind.AWAITED]
        if None not in bounds:
            assert one.awaited <= sum(bound for bound in bounds if bound is not None)


@given(tenures(), st.lists(COUNTS, max_size=30))
def test_what_explains_changes_nothing_of_what_is_here(due: list[Tenure], counts: list[Filled]) -> None:
    told = [Explanation(device, Kind.AWAITED, "", (PERIOD,)) for device in DEVICES]
    plain, explained = complete(due, counts, []), complete(due, counts, told)
    assert {device: one.stored for device, one in plain.items()} == {
        device: one.stored for device, one in explained.items()
    }


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 200)), max_size=20))
def test_each_edge_moves_at_most_one_reading(bins: list[tuple[int, int]]) -> None:
    strict = [max(0, due - have) for due, have in bins]
    missing = shortfalls(bins)
    assert all(0 <= strictly - found <= 2 for strictly, found in zip(strict, missing, strict=True))
    assert sum(due for due, _ in bins) - sum(missing) <= sum(have for _, have in bins)


NUMBERS = st.integers(1, 40)
SPANS = st.lists(st.tuples(NUMBERS, NUMBERS).map(lambda pair: Span(*sorted(pair))), max_size=6)


@given(SPANS, SPANS)
def test_spans_are_sets_of_numbers(one: list[Span], other: list[Span]) -> None:
    def numbers(spans: Sequence[Span]) -> set[int]:
        return {n for first, last in spans for n in range(first, last + 1)}

    assert numbers(union(one)) == numbers(one)
    assert numbers(subtract(union(one), union(other))) == numbers(one) - numbers(other)
    assert total(union(one)) == len(numbers(one))


@given(st.lists(st.tuples(NUMBERS, NUMBERS, st.sampled_from("abc")), max_size=6), SPANS)
def test_each_lost_number_has_one_reason(told: list[tuple[int, int, str]], held: list[Span]) -> None:
    losses = [Loss(*sorted(pair[:2]), 10, pair[2]) for pair in told]
    declared = subtract(union(Span(one.first, one.last) for one in losses), union(held))
    shared = losses_by_reason(losses, declared, {})
    assert sum(one.entries for one in shared) == total(declared)


STREAMS = st.lists(
    st.builds(
        lambda device, head, **fields: stream(device, head, **fields), st.sampled_from([*DEVICES, "stranger"]),
        st.integers(300, 1000), awaited=st.integers(0, 100), declared_lost=st.integers(0, 100), unexplained=st.integers(0, 100),
        refused=st.integers(0, 5), evidence=st.integers(0, 5), frozen=st.booleans(),
    ), max_size=8,
)  # fmt: skip


@given(STREAMS, tenures(), st.lists(COUNTS, max_size=10))
def test_counties_are_the_sum_of_their_sites_and_sites_of_their_devices(
    streams: list[StreamAccount], due: list[Tenure], counts: list[Filled]
) -> None:
    found = report(
        Asked(NOW_MS, PERIOD, EVERYTHING, SILENCE), Register({}, county()), streams, due, complete(due, counts, [])
    )
    for county_ in found.counties:
        sites = [one for one in found.sites if one.county == county_.id]
        assert sum((one.completeness for one in sites), Completeness()) == county_.completeness
        assert _summed([one.balance for one in sites]) == _summed([county_.balance])
    for site in found.sites:
        devices = [one for one in found.devices if (one.site, one.county) == (site.id, site.county)]
        assert _summed([one.balance for one in devices]) == _summed([site.balance])
        assert sum(site.states.values()) == len(devices)
    assert _summed([one.balance for one in found.counties]) == _summed([found.total.balance])
    assert found.total.balance.due == sum(one.head for one in streams) and found.total.balance.difference == 0


def _summed(balances: Sequence[Balance]) -> list[int]:
    names = [name for name in vars(Balance()) if name != "losses"]
    return [sum(int(vars(one)[name]) for one in balances) for name in names]
