"""What must hold for the excursion machine whatever a sensor says."""

import math

from hypothesis import example, given, settings
from hypothesis import strategies as st

from larder_core.limits.calm import calm, passed
from larder_core.limits.excursion import Kind, Reading, run, step, unknown
from larder_core.limits.profile import scaled
from larder_core.limits.profiles import PROFILES
from larder_core.limits.spans import MOST, added, total_ms
from larder_core.limits.state import State
from larder_core.limits.words import Condition, Severity, Side, rank

MINUTE = 60_000
MAX_GAP = 3 * MINUTE

profiles = st.sampled_from(sorted(PROFILES)).map(PROFILES.__getitem__)
qualities = st.sampled_from(["", "", "", "", "", "", "crc", "power-on"])


@st.composite
def stretches(draw, limits, longest=250):
    """Readings in stretches of one value each near the limits, a minute apart, with gaps and bad quality."""
    edges = [rule.limit for rule in limits.rules] + [c for c in (limits.clear.high, limits.clear.low) if c is not None]
    values = st.builds(
        lambda edge, by: edge + by, st.sampled_from(edges), st.sampled_from([-5, -1, -0.1, 0, 0.1, 1, 5])
    )
    readings, at_ms = [], draw(st.integers(-(10**12), 10**13))
    for _ in range(draw(st.integers(1, 8))):
        value, quality = draw(values), draw(qualities)
        for _ in range(draw(st.integers(1, longest))):
            readings.append(Reading(at_ms, value, quality))
            at_ms += MINUTE
        at_ms += draw(st.sampled_from([0, 0, 0, MINUTE, 2 * MINUTE, 2 * MINUTE + 1, 300 * MINUTE]))
    return readings


incidents = profiles.flatmap(lambda limits: st.tuples(st.just(limits), stretches(limits)))
any_reading = st.builds(
    Reading,
    st.integers(),
    st.one_of(st.none(), st.floats(), st.integers(-(2**60), 2**60)),
    st.one_of(st.just(""), st.text(max_size=3)),
)


@example(PROFILES["drug.cold"], [Reading(0, 9_007_199_254_740_993, "")], False, 0)
@given(profiles, st.lists(any_reading, max_size=20), st.booleans(), st.integers(0, 10**9))
def test_step_never_raises_and_every_state_can_be_written_down(limits, readings, ordered, max_gap_ms):
    state = State()
    for reading in sorted(readings, key=lambda reading: reading.at_ms) if ordered else readings:
        state, _ = step(state, limits, *reading, max_gap_ms=max_gap_ms)
        assert state.last_value is None or math.isfinite(state.last_value)
    assert State.from_json(state.to_json()) == state


@given(incidents, st.data())
def test_splitting_a_batch_anywhere_changes_nothing(incident, data):
    limits, readings = incident
    whole = run(State(), limits, readings, max_gap_ms=MAX_GAP)
    cut = data.draw(st.integers(0, len(readings)))
    state, first = run(State(), limits, readings[:cut], max_gap_ms=MAX_GAP)
    if data.draw(st.booleans()):
        state = State.from_json(state.to_json())
    if data.draw(st.booleans()) and cut:
        state = unknown(state, readings[cut - 1].at_ms + 1)
    state, rest = run(state, limits, readings[cut:], max_gap_ms=MAX_GAP)
    assert first + rest == whole[1]
    assert state == whole[0] or state.condition is Condition.UNKNOWN


@given(incidents, st.sampled_from([2, 10, 60]))
def test_a_faster_world_has_the_same_story(incident, time_scale):
    limits, readings = incident
    readings = [reading._replace(at_ms=reading.at_ms // 60 * 60) for reading in readings]
    fast = [reading._replace(at_ms=reading.at_ms // time_scale) for reading in readings]
    _, slow_story = run(State(), limits, readings, max_gap_ms=MAX_GAP)
    _, fast_story = run(State(), scaled(limits, time_scale), fast, max_gap_ms=MAX_GAP // time_scale)

    def told(story, scale):
        return [(t.kind, t.side, t.severity, t.t0_ms * scale, t.at_ms * scale, t.value, t.peak) for t in story]

    assert told(fast_story, time_scale) == told(slow_story, 1)


@given(incidents, st.data())
def test_what_is_calm_changes_nothing(incident, data):
    limits, before = incident
    state, _ = run(State(), limits, before, max_gap_ms=MAX_GAP)
    low, high = limits.table.clear_low, limits.table.clear_high
    within = st.floats(max(low, -1e6) - 1, min(high, 1e6) + 1)
    values = data.draw(st.lists(within, min_size=1, max_size=5))
    start_ms = before[-1].at_ms + 1
    column = [Reading(start_ms + i * MINUTE, value) for i, value in enumerate(values)]
    is_calm = calm(limits, min(values), max(values), state)
    after, happened = run(state, limits, column, max_gap_ms=MAX_GAP)
    if is_calm:
        assert happened == ()
        assert after.condition is state.condition is Condition.NORMAL
        assert passed(state, column[-1].at_ms, values[-1]) == after
    elif state.condition is Condition.NORMAL and limits.table.inside(state.last_value):
        assert not all(low <= value <= high for value in values)


@given(incidents)
def test_an_alarm_ends_when_all_is_well_for_long(incident):
    limits, readings = incident
    clear = [c for c in (limits.clear.low, limits.clear.high) if c is not None]
    well = sum(clear) / len(clear)
    end_ms = readings[-1].at_ms
    minutes = limits.table.clear_hold_ms // MINUTE
    readings = readings + [Reading(end_ms + (i + 1) * MINUTE, well) for i in range(minutes + 2)]
    state, happened = run(State(), limits, readings, max_gap_ms=MAX_GAP)
    assert state.condition is Condition.NORMAL
    for side in Side:
        kinds = [t.kind for t in happened if t.side is side]
        assert kinds.count(Kind.RAISED) == kinds.count(Kind.CLEARED)
        assert kinds.count(Kind.PENDING) == kinds.count(Kind.CLEARED) + kinds.count(Kind.NEAR_MISS)


@given(profiles, st.lists(st.tuples(st.one_of(st.none(), st.floats()), st.text(min_size=1, max_size=5)), max_size=50))
def test_bad_readings_alone_are_never_about_food(limits, answers):
    readings = [Reading(i * 3_600_000, value, quality) for i, (value, quality) in enumerate(answers)]
    assert run(State(), limits, readings, max_gap_ms=10**12) == (State(), ())


FOLLOWS = {
    None: {Kind.PENDING},
    Kind.PENDING: {Kind.NEAR_MISS, Kind.RAISED},
    Kind.NEAR_MISS: {Kind.PENDING},
    Kind.RAISED: {Kind.WORSENED, Kind.CLEARING},
    Kind.WORSENED: {Kind.WORSENED, Kind.CLEARING},
    Kind.CLEARING: {Kind.RELAPSED, Kind.CLEARED},
    Kind.RELAPSED: {Kind.WORSENED, Kind.CLEARING},
    Kind.CLEARED: {Kind.PENDING},
}


@given(incidents)
def test_every_episode_is_a_sentence(incident):
    limits, readings = incident
    _, happened = run(State(), limits, readings, max_gap_ms=MAX_GAP)
    for side in Side:
        last = None
        for transition in (t for t in happened if t.side is side):
            assert transition.kind in FOLLOWS[last and last.kind]
            if last is not None and transition.kind is not Kind.PENDING:
                grown = rank(transition.severity) - rank(last.severity)
                assert grown > 0 if transition.kind in (Kind.RAISED, Kind.WORSENED) else grown == 0
                assert transition.t0_ms == last.t0_ms
                assert transition.peak >= last.peak if side is Side.HIGH else transition.peak <= last.peak
            assert transition.t0_ms <= transition.at_ms
            assert isinstance(transition.severity, Severity) or transition.kind in (Kind.PENDING, Kind.NEAR_MISS)
            last = transition


@given(incidents, st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 2000)), max_size=60))
def test_copies_and_late_comers_change_nothing(incident, late):
    """`late`: after which good reading an earlier one comes again."""
    limits, readings = incident
    again = {after % len(readings): earlier for after, earlier in late}
    noisy = []
    for place, reading in enumerate(readings):
        noisy.append(reading)
        if place in again and not reading.quality:
            noisy.append(readings[again[place] % (place + 1)])
    assert run(State(), limits, noisy, max_gap_ms=MAX_GAP) == run(State(), limits, readings, max_gap_ms=MAX_GAP)


@settings(max_examples=50)
@given(
    st.integers(1, 10**6), st.lists(st.tuples(st.integers(0, 2000), st.integers(1, 2000)), min_size=1, max_size=1500)
)
@example(10**6, [(1, 1)] * 1500)
def test_the_window_forgets_nothing_and_is_bounded(window_ms, dips):
    spans, every, at_ms = (), [], 0
    for pause_ms, long_ms in dips:
        start_ms, at_ms = at_ms + pause_ms, at_ms + pause_ms + long_ms
        spans = added(spans, start_ms, at_ms, window_ms)
        every.append((start_ms, at_ms))
        assert len(spans) <= MOST
    horizon = at_ms - window_ms
    true = sum(end - max(start, horizon) for start, end in every if end > horizon)
    counted = total_ms(spans, at_ms, window_ms)
    assert true <= counted
    if len(dips) <= MOST:
        assert counted == true
