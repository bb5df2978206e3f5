"""One point against one profile: incidents told in minutes."""

import pytest

from larder_core.limits.excursion import Ignored, Kind, Reading, run, step, unknown, why_ignored
from larder_core.limits.profiles import DRUG_COLD, FREEZER, FRIDGE_FOOD, FRIDGE_SAMPLE
from larder_core.limits.state import State
from larder_core.limits.words import Condition, Severity
from tests.unit.limits.incident import MAX_GAP, MINUTE, above, below, profile, series, story, told

HOUR_RULE = profile(above(8.0, "alarm", 60), high=7.5)

INCIDENTS = {
    "a quiet night": (FRIDGE_FOOD, "4.0x600", []),
    "a door left open for half an hour less a minute": (
        FRIDGE_FOOD,
        "4.0x10 9.0x30 7.0x20",
        ["10 high pending", "40 high near-miss"],
    ),
    "a door left open for half an hour": (
        FRIDGE_FOOD,
        "4.0x10 9.0x31 7.0x11",
        ["10 high pending", "40 high raised warning", "41 high clearing warning", "51 high cleared warning"],
    ),
    "an hour too warm": (
        FRIDGE_FOOD,
        "4.0x10 9.0x61 7.0x11",
        [
            "10 high pending",
            "40 high raised warning",
            "70 high worsened alarm",
            "71 high clearing alarm",
            "81 high cleared alarm",
        ],
    ),
    "broken down for the night": (
        FRIDGE_FOOD,
        "9.0x300",
        ["0 high pending", "30 high raised warning", "60 high worsened alarm", "240 high worsened critical"],
    ),
    "very warm is an alarm before it is a warning": (
        FRIDGE_FOOD,
        "4.0x5 13.0x20",
        ["5 high pending", "20 high raised alarm"],
    ),
    "warm, then very warm: the legal start stays": (
        FRIDGE_FOOD,
        "9.0x10 13.0x16",
        ["0 high pending", "25 high raised alarm"],
    ),
    "a dip below 12 begins the quarter hour again": (
        FRIDGE_FOOD,
        "13.0x10 11.0x1 13.0x10",
        ["0 high pending"],
    ),
    "frozen milk": (
        FRIDGE_FOOD,
        "2.0x5 -0.5x61 1.0x11",
        ["5 low pending", "65 low raised alarm", "66 low clearing alarm", "76 low cleared alarm"],
    ),
    "exactly at the limit is not beyond it": (FRIDGE_FOOD, "8.0x300 0.0x300", []),
    "a tenth above is": (FRIDGE_FOOD, "8.0x5 8.1x2", ["5 high pending"]),
    "at an inclusive limit it is": (
        DRUG_COLD,
        "0.0x11",
        ["0 low pending", "5 low raised warning", "10 low worsened critical"],
    ),
    "a hundredth above an inclusive limit it is not": (
        DRUG_COLD,
        "0.01x16",
        ["0 low pending", "5 low raised warning", "15 low worsened alarm"],
    ),
    "between limit and clear limit an alarm goes on": (
        FRIDGE_SAMPLE,
        "9.0x21 7.8x600",
        ["0 high pending", "20 high raised warning"],
    ),
    "the clear limit itself is inside": (
        FRIDGE_SAMPLE,
        "9.0x21 7.5x11",
        ["0 high pending", "20 high raised warning", "21 high clearing warning", "31 high cleared warning"],
    ),
    "the low clear limit itself is inside": (
        DRUG_COLD,
        "1.5x6 2.3x11",
        ["0 low pending", "5 low raised warning", "6 low clearing warning", "16 low cleared warning"],
    ),
    "a hundredth below the low clear limit is not": (
        DRUG_COLD,
        "1.5x6 2.29x60",
        ["0 low pending", "5 low raised warning"],
    ),
    "nine minutes inside are not ten": (
        FRIDGE_SAMPLE,
        "9.0x21 7.0x10 7.8x1 7.0x10",
        ["0 high pending", "20 high raised warning", "21 high clearing warning"],
    ),
    "the clear hold begins again after a visit between the limits": (
        FRIDGE_SAMPLE,
        "9.0x21 7.0x10 7.8x1 7.0x11",
        ["0 high pending", "20 high raised warning", "21 high clearing warning", "42 high cleared warning"],
    ),
    "a relapse goes on in the same episode": (
        FRIDGE_SAMPLE,
        "9.0x21 7.0x5 9.0x41 7.0x11",
        [
            "0 high pending",
            "20 high raised warning",
            "21 high clearing warning",
            "26 high relapsed warning",
            "66 high worsened alarm",
            "67 high clearing alarm",
            "77 high cleared alarm",
        ],
    ),
    "a relapse begins the stretch again": (
        FRIDGE_SAMPLE,
        "9.0x39 7.0x1 9.0x40",
        ["0 high pending", "20 high raised warning", "39 high clearing warning", "40 high relapsed warning"],
    ),
    "too cold is not back inside: the high side ends with the low one": (
        DRUG_COLD,
        "9.0x6 1.0x6 5.0x11",
        [
            "0 high pending",
            "5 high raised warning",
            "6 low pending",
            "11 low raised warning",
            "12 high clearing warning",
            "12 low clearing warning",
            "22 high cleared warning",
            "22 low cleared warning",
        ],
    ),
    "too cold while clearing from too warm": (
        DRUG_COLD,
        "9.0x6 5.0x3 1.0x2 5.0x11",
        [
            "0 high pending",
            "5 high raised warning",
            "6 high clearing warning",
            "9 low pending",
            "11 low near-miss",
            "21 high cleared warning",
        ],
    ),
    "a thaw": (
        FREEZER,
        "-18.0x5 -14.0x61 -11.0x61 -8.0x121 -18.0x16",
        [
            "5 high pending",
            "65 high raised warning",
            "126 high worsened alarm",
            "247 high worsened critical",
            "248 high clearing critical",
            "263 high cleared critical",
        ],
    ),
    "a defrost of 45 minutes": (FREEZER, "-18.0x5 -5.0x45 -18.0x5", ["5 high pending", "50 high near-miss"]),
    "no delay where life is at stake": (
        profile(above(0.3, "critical", 0), high=0.2, clear_min=0),
        "0.0x1 0.4x2 0.1x1",
        ["1 high pending", "1 high raised critical", "3 high clearing critical", "3 high cleared critical"],
    ),
    "bad readings only": (FRIDGE_FOOD, "4.0x5 bad(crc)x500", []),
    "bad readings do not end a warning": (
        FRIDGE_SAMPLE,
        "9.0x21 bad(crc)x60",
        ["0 high pending", "20 high raised warning"],
    ),
    "bad readings do not end what is clearing": (
        FRIDGE_SAMPLE,
        "9.0x21 7.0x1 bad(crc)x60 7.0x11",
        ["0 high pending", "20 high raised warning", "21 high clearing warning", "92 high cleared warning"],
    ),
    "two bad readings between good ones lose no time": (
        FRIDGE_SAMPLE,
        "9.0x10 bad(crc)x2 9.0x9",
        ["0 high pending", "20 high raised warning"],
    ),
    "three bad readings between good ones add four minutes of nothing": (
        FRIDGE_SAMPLE,
        "9.0x10 bad(crc)x3 9.0x12",
        ["0 high pending", "24 high raised warning"],
    ),
    "a gap of exactly three intervals counts": (
        FRIDGE_SAMPLE,
        "9.0x18 _x2 9.0x1",
        ["0 high pending", "20 high raised warning"],
    ),
    "a longer gap adds nothing, but what was stays": (
        FRIDGE_SAMPLE,
        "9.0x11 _x300 9.0x11",
        ["0 high pending", "321 high raised warning"],
    ),
    "a gap in the clear hold adds nothing either": (
        FRIDGE_SAMPLE,
        "9.0x21 7.0x6 _x300 7.0x6",
        ["0 high pending", "20 high raised warning", "21 high clearing warning", "332 high cleared warning"],
    ),
    "after a gap back inside: a near miss": (
        FRIDGE_SAMPLE,
        "9.0x11 _x300 7.0x1",
        ["0 high pending", "311 high near-miss"],
    ),
}


@pytest.mark.parametrize("limits, notation, expected", INCIDENTS.values(), ids=INCIDENTS)
def test_incident(limits, notation, expected):
    assert story(limits, notation) == expected


@pytest.mark.parametrize(
    "last_ms, happened",
    [
        (59 * MINUTE + 59_000, ["0 high pending"]),
        (59 * MINUTE + 59_999, ["0 high pending"]),
        (60 * MINUTE, ["0 high pending", "60 high raised alarm"]),
    ],
)
def test_an_hour_is_an_hour_to_the_millisecond(last_ms, happened):
    readings = [*series("9.0x59"), Reading(last_ms, 9.0)]
    assert told(run(State(), HOUR_RULE, readings, max_gap_ms=MAX_GAP)[1]) == happened


def test_a_gap_of_a_millisecond_more_than_allowed_adds_nothing():
    for gap_ms, expected in ((MAX_GAP, ["3 high raised alarm"]), (MAX_GAP + 1, [])):
        readings = [Reading(0, 9.0), Reading(gap_ms, 9.0)]
        told_of = told(run(State(), profile(above(8.0, "alarm", 3), high=7.5), readings, max_gap_ms=MAX_GAP)[1])
        assert told_of == ["0 high pending", *expected]


def test_the_time_before_the_first_reading_beyond_does_not_count():
    # 4.0 at minute 0 speaks until minute 3, and not for the limit: the stretch is 3 to 62, 59 minutes.
    readings = [Reading(0, 4.0), *series("9.0x60", start_min=3)]
    assert told(run(State(), HOUR_RULE, readings, max_gap_ms=MAX_GAP)[1]) == ["3 high pending"]


def test_a_transition_tells_the_whole_story():
    _, happened = run(State(), FRIDGE_FOOD, series("4.0x10 9.0x30 11.3x1 9.0x5 7.2x12"), max_gap_ms=MAX_GAP)
    pending, raised, clearing, cleared = happened
    assert [t.t0_ms for t in happened] == [10 * MINUTE] * 4
    assert (pending.kind, pending.value, pending.peak, pending.limit, pending.severity) == (
        Kind.PENDING, 9.0, 9.0, 8.0, None,
    )  # fmt: skip
    assert (raised.kind, raised.value, raised.peak, raised.limit) == (Kind.RAISED, 11.3, 11.3, 8.0)
    assert (clearing.kind, clearing.value, clearing.peak, clearing.limit) == (Kind.CLEARING, 7.2, 11.3, 7.5)
    assert (cleared.kind, cleared.at_ms, cleared.peak, cleared.severity) == (
        Kind.CLEARED, 56 * MINUTE, 11.3, Severity.WARNING,
    )  # fmt: skip


def test_each_transition_names_its_limit():
    kinds = {}
    for transition in run(State(), FREEZER, series("-18.0x1 -14.0x61 -11.0x61 -18.0x2 -14.0x1"), max_gap_ms=MAX_GAP)[1]:
        kinds[transition.kind] = transition.limit
    assert kinds == {
        Kind.PENDING: -15.0,
        Kind.RAISED: -15.0,
        Kind.WORSENED: -12.0,
        Kind.CLEARING: -15.5,
        Kind.RELAPSED: -15.0,
    }
    _, (_, near_miss) = run(State(), FREEZER, series("-14.0x1 -18.0x1"), max_gap_ms=MAX_GAP)
    assert (near_miss.limit, near_miss.value, near_miss.peak, near_miss.severity) == (-15.0, -18.0, -14.0, None)


def test_the_peak_of_a_cold_excursion_is_its_least_value():
    _, happened = run(State(), DRUG_COLD, series("1.0x3 0.4x1 1.5x2"), max_gap_ms=MAX_GAP)
    assert happened[-1].peak == 0.4


def test_of_two_limits_on_the_low_side_the_higher_one_begins_the_excursion():
    limits = profile(below(2.0, "warning", 5), below(0.0, "alarm", 5), low=2.3)
    assert told(run(State(), limits, series("1.0x1"), max_gap_ms=MAX_GAP)[1]) == ["0 low pending"]


def test_of_two_rules_at_one_limit_the_inclusive_one_begins_the_excursion():
    limits = profile(above(8.0, "alarm", 60), above(8.0, "warning", 10, inclusive=True), high=7.5)
    assert story(limits, "8.0x100") == ["0 high pending", "10 high raised warning"]
    limits = profile(below(2.0, "alarm", 60), below(2.0, "warning", 10, inclusive=True), low=2.3)
    assert story(limits, "2.0x100") == ["0 low pending", "10 low raised warning"]


@pytest.mark.parametrize(
    "at_ms, value, quality, reason",
    [
        (MINUTE, 4.0, "", Ignored.DUPLICATE),
        (MINUTE - 1, 4.0, "", Ignored.LATE),
        (MINUTE + 1, 4.0, "", None),
        (2 * MINUTE, 4.0, "crc", Ignored.BAD_QUALITY),
        (2 * MINUTE, None, "", Ignored.NO_VALUE),
        (2 * MINUTE, None, "no-answer", Ignored.BAD_QUALITY),
        (2 * MINUTE, float("nan"), "", Ignored.NOT_FINITE),
        (2 * MINUTE, float("inf"), "", Ignored.NOT_FINITE),
        (2 * MINUTE, float("-inf"), "", Ignored.NOT_FINITE),
        (2 * MINUTE, 1.7e308, "", None),
    ],
)
def test_what_does_not_count_says_why_and_changes_nothing(at_ms, value, quality, reason):
    state = State(last_ms=MINUTE, last_value=9.0)
    assert why_ignored(state, at_ms, value, quality) is reason
    after, happened = step(state, FRIDGE_FOOD, at_ms, value, quality, max_gap_ms=MAX_GAP)
    assert (after == state and happened == ()) is (reason is not None)


def test_readings_sent_twice_or_late_do_not_count_twice():
    once = series("4.0x10 9.0x61 7.0x11")
    doubled = [reading for reading in once for _ in range(2)] + once
    assert run(State(), FRIDGE_FOOD, doubled, max_gap_ms=MAX_GAP) == run(State(), FRIDGE_FOOD, once, max_gap_ms=MAX_GAP)


def test_condition_and_severity_of_a_point():
    seen = []
    state = State()
    for reading in series("4.0x1 9.0x21 7.0x11"):
        state, _ = step(state, FRIDGE_SAMPLE, *reading, max_gap_ms=MAX_GAP)
        if not seen or seen[-1] != (state.condition, state.severity):
            seen.append((state.condition, state.severity))
    assert seen == [
        (Condition.NORMAL, None),
        (Condition.PENDING, None),
        (Condition.ACTIVE, Severity.WARNING),
        (Condition.CLEARING, Severity.WARNING),
        (Condition.NORMAL, None),
    ]


def test_a_point_shows_the_more_urgent_of_its_two_sides():
    state, _ = run(State(), DRUG_COLD, series("9.0x6 5.0x1 1.0x1"), max_gap_ms=MAX_GAP)
    assert (state.high.condition, state.low.condition) == (Condition.CLEARING, Condition.PENDING)
    assert (state.condition, state.severity) == (Condition.CLEARING, Severity.WARNING)
    state, _ = run(state, DRUG_COLD, series("-1.0x11", start_min=8), max_gap_ms=MAX_GAP)
    assert (state.condition, state.severity) == (Condition.ACTIVE, Severity.CRITICAL)


class TestUnknown:
    def test_no_data_is_unknown_and_nothing_is_over(self):
        state, _ = run(State(), FRIDGE_SAMPLE, series("9.0x21"), max_gap_ms=MAX_GAP)
        silent = unknown(state, 24 * MINUTE)
        assert (silent.condition, silent.severity, silent.high) == (Condition.UNKNOWN, Severity.WARNING, state.high)
        assert unknown(silent, 30 * MINUTE) == silent

    def test_a_point_that_never_spoke_can_be_unknown(self):
        assert unknown(State(), 0).condition is Condition.UNKNOWN

    @pytest.mark.parametrize("at_min, condition", [(19, "active"), (20, "active"), (21, "unknown")])
    def test_a_judgement_older_than_the_last_reading_is_void(self, at_min, condition):
        state, _ = run(State(), FRIDGE_SAMPLE, series("9.0x21"), max_gap_ms=MAX_GAP)
        assert unknown(state, at_min * MINUTE).condition == condition

    @pytest.mark.parametrize("value, condition", [(4.0, Condition.NORMAL), (9.0, Condition.PENDING)])
    def test_a_good_reading_ends_it_and_a_bad_one_does_not(self, value, condition):
        silent = unknown(State(), 0)
        still, _ = step(silent, FRIDGE_FOOD, MINUTE, value, "crc", max_gap_ms=MAX_GAP)
        assert still.condition is Condition.UNKNOWN
        again, _ = step(still, FRIDGE_FOOD, MINUTE, value, "", max_gap_ms=MAX_GAP)
        assert again.condition is condition

    def test_a_backlog_leads_to_what_would_have_been(self):
        before, after = series("9.0x15"), series("9.0x30 7.0x11", start_min=15)
        straight = run(State(), FRIDGE_SAMPLE, before + after, max_gap_ms=MAX_GAP)
        state, first = run(State(), FRIDGE_SAMPLE, before, max_gap_ms=MAX_GAP)
        state, rest = run(unknown(state, 500 * MINUTE), FRIDGE_SAMPLE, after, max_gap_ms=MAX_GAP)
        assert (state, first + rest) == straight


class TestAChangedProfile:
    def test_an_edit_is_no_way_out(self):
        before = profile(above(8.0, "alarm", 60), high=7.5)
        after = profile(above(8.0, "alarm", 60), above(12.0, "critical", 5), high=7.0)
        state, _ = run(State(), before, series("9.0x40"), max_gap_ms=MAX_GAP)
        _, happened = run(state, after, series("9.0x30", start_min=40), max_gap_ms=MAX_GAP)
        assert told(happened) == ["60 high raised alarm"]

    def test_a_new_limit_begins_at_nothing(self):
        before = profile(above(8.0, "alarm", 60), high=7.5)
        after = profile(above(6.0, "alarm", 60), high=5.5)
        state, _ = run(State(), before, series("9.0x40"), max_gap_ms=MAX_GAP)
        _, happened = run(state, after, series("9.0x70", start_min=40), max_gap_ms=MAX_GAP)
        # Minute 39 to 40 is the new meter's first: the reading at 39 was beyond 6 as well.
        assert told(happened) == ["99 high raised alarm"]
        assert happened[0].t0_ms == 0

    def test_an_episode_ends_though_its_side_has_no_rule_any_more(self):
        state, _ = run(State(), DRUG_COLD, series("1.0x6"), max_gap_ms=MAX_GAP)
        after = profile(above(8.0, "alarm", 15), high=7.7)
        _, happened = run(state, after, series("1.0x12", start_min=6), max_gap_ms=MAX_GAP)
        assert told(happened) == ["6 low clearing warning", "16 low cleared warning"]
        assert [t.limit for t in happened] == [None, None]

    def test_a_pending_episode_ends_too(self):
        state, _ = run(State(), DRUG_COLD, series("1.0x3"), max_gap_ms=MAX_GAP)
        after = profile(above(8.0, "alarm", 15), high=7.7)
        assert told(run(state, after, series("1.0x1", start_min=3), max_gap_ms=MAX_GAP)[1]) == ["3 low near-miss"]
