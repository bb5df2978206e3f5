"""What must hold for a point with hours, defrosts, medians and fast rises, whatever its sensor says."""

from hypothesis import given, settings
from hypothesis import strategies as st

from larder_core.limits.excursion import Kind, Reading
from larder_core.limits.hours import DAY_MS, Hours, Opening, Special
from larder_core.limits.profiles import PROFILES
from larder_core.limits.state import State
from larder_core.limits.watching import Terms, watch, watched

MINUTE = 60_000
MAX_GAP = 3 * MINUTE
LOCAL_MIDNIGHT = 20_000 * DAY_MS - 8 * 3_600_000

openings = st.builds(
    lambda day, opens, long: Opening(day, opens, min(1440, opens + long)),
    st.integers(1, 7),
    st.integers(0, 1439),
    st.integers(1, 400),
)
specials = st.builds(
    lambda first, long, like: Special(20_000 + first, 20_000 + first + long, like),
    st.integers(-2, 3),
    st.integers(0, 2),
    st.integers(0, 7),
)
some_hours = st.builds(Hours, st.lists(openings, max_size=12).map(tuple), st.lists(specials, max_size=2).map(tuple))
keys = st.sampled_from(sorted(PROFILES))


@st.composite
def points(draw):
    """A profile with hours and defrosts, and readings in stretches of one value near its limits or drifting from one to another."""
    profile = PROFILES[draw(keys)]
    defrosts = draw(st.none() | st.lists(openings, max_size=20).map(lambda some: Hours(tuple(some))))
    terms = Terms(profile, MAX_GAP, draw(some_hours), defrosts)
    edges = [rule.limit for rule in profile.rules] + [
        c for c in (profile.clear.high, profile.clear.low) if c is not None
    ]
    near = st.builds(
        lambda edge, by: edge + by, st.sampled_from(edges), st.sampled_from([-6, -3, -1, -0.1, 0, 0.1, 1, 5])
    )
    readings, at_ms, value = [], LOCAL_MIDNIGHT + draw(st.integers(0, 2 * DAY_MS)), draw(near)
    for _ in range(draw(st.integers(1, 6))):
        target, long = draw(near), draw(st.integers(1, 90))
        steps = draw(st.sampled_from([1, 1, 5, long]))
        for place in range(long):
            here = target if place + 1 >= steps else value + (target - value) * (place + 1) / steps
            readings.append(Reading(at_ms, here, draw(st.sampled_from([""] * 30 + ["crc"]))))
            at_ms += MINUTE
        value = target
        at_ms += draw(st.sampled_from([0, 0, 2 * MINUTE, 90 * MINUTE, 50 * 60 * MINUTE]))
    return terms, readings


def stepped(state, terms, readings):
    happened = []
    for at_ms, value, quality in readings:
        state, more = watch(state, terms, at_ms, value, quality)
        happened += more
    return state, happened


def by_columns(state, terms, readings, cuts):
    """As the hub does: a column that is calm is passed over, any other is looked at reading by reading."""
    happened = []
    while readings:
        long = next(cuts)
        column, readings = readings[:long], readings[long:]
        good = not any(reading.quality for reading in column)
        after = watched(state, terms, [r.at_ms for r in column], [r.value for r in column]) if good else None
        if after is None:
            state, more = stepped(state, terms, column)
            happened += more
        else:
            state = after
        state = State.from_json(state.to_json())
    return state, happened


@settings(max_examples=300)
@given(points(), st.lists(st.integers(1, 60), min_size=1, max_size=20))
def test_cutting_into_columns_anywhere_and_passing_over_calm_ones_changes_nothing(point, lengths):
    terms, readings = point

    def cuts():
        while True:
            yield from lengths

    assert by_columns(State(), terms, readings, cuts()) == stepped(State(), terms, readings)


@given(points())
def test_outside_the_hours_nothing_is_ever_raised(point):
    terms, readings = point
    _, happened = stepped(State(), terms, readings)
    if terms.profile.service is None:
        return
    for one in happened:
        if one.kind in (Kind.PENDING, Kind.RAISED, Kind.WORSENED, Kind.RELAPSED):
            assert terms.hours.at(one.at_ms).is_open
        if one.kind is Kind.CLOSED:
            assert one.reason == "window-end"
            assert terms.hours.at(one.at_ms - 1).is_open
            assert not terms.hours.at(one.at_ms).is_open


@given(points())
def test_raised_and_over_come_in_turn(point):
    terms, readings = point
    _, happened = stepped(State(), terms, readings)
    for about in ("limit", "early", "gap"):
        for side in ("high", "low"):
            is_open = False
            for one in happened:
                if (one.about, one.side) == (about, side) and one.kind in (Kind.RAISED, Kind.CLEARED, Kind.CLOSED):
                    assert is_open is (one.kind is not Kind.RAISED)
                    is_open = one.kind is Kind.RAISED


@given(some_hours, st.integers(-3 * DAY_MS, 5 * DAY_MS))
def test_a_stretch_is_what_every_instant_in_it_says(hours, since):
    at_ms = LOCAL_MIDNIGHT + since
    stretch = hours.at(at_ms)
    assert stretch.from_ms <= at_ms < stretch.to_ms
    for other in (stretch.from_ms, (stretch.from_ms + stretch.to_ms) // 2, stretch.to_ms - 1):
        if stretch.to_ms - stretch.from_ms <= 2 * DAY_MS:
            assert hours.at(other) == stretch
    if stretch.is_open and stretch.to_ms - stretch.from_ms <= 2 * DAY_MS:
        assert not hours.at(stretch.to_ms).is_open
