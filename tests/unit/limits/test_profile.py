"""What a limit profile may say, and how it is refused."""

import pytest
from pydantic import ValidationError

from larder_core.limits.profile import LimitProfile, Rule, scaled
from larder_core.limits.profiles import FRIDGE_FOOD, PROFILES
from larder_core.limits.table import milliseconds
from larder_core.limits.words import Severity, Side, rank
from tests.unit.limits.incident import above, below, profile

REFUSED = {
    "an end outside the limit": (
        lambda: profile(above(8, "alarm", 60), high=8.1),
        ["'test'", "clear.high 8.1", "alarm >8 for 3600 s", "hint"],
    ),
    "an end outside the mildest limit, though inside the others": (
        lambda: profile(above(-15, "warning", 60), above(-12, "alarm", 60), high=-13),
        ["clear.high -13", "warning >-15"],
    ),
    "an end at an inclusive limit": (lambda: profile(above(8, "alarm", 60, inclusive=True), high=8), ["clear.high 8"]),
    "a low end outside": (lambda: profile(below(2, "alarm", 60), low=1.9), ["clear.low 1.9"]),
    "no end": (lambda: profile(above(8, "alarm", 60)), ["clear.high is missing", "could never end"]),
    "no low end": (lambda: profile(above(8, "alarm", 60), below(0, "alarm", 60), high=7), ["clear.low is missing"]),
    "an end without a rule": (lambda: profile(above(8, "alarm", 60), high=7, low=1), ["clear.low is given without"]),
    "ends that cross": (
        lambda: profile(above(8, "alarm", 60), below(0, "alarm", 60), high=3, low=4),
        ["clear.low 4 is above clear.high 3"],
    ),
    "a critical rule as easy as the warning": (
        lambda: profile(above(8, "warning", 30), above(8, "critical", 30), high=7),
        ["critical >8 for 1800 s is met no later than warning >8 for 1800 s", "hint"],
    ),
    "an alarm sooner than the warning": (
        lambda: profile(above(8, "warning", 30), above(8, "alarm", 29), high=7),
        ["is met no later than"],
    ),
    "an alarm nearer than the warning": (
        lambda: profile(above(8, "warning", 30), above(7.9, "alarm", 30), high=7),
        ["is met no later than"],
    ),
    "a low alarm nearer than the warning": (
        lambda: profile(below(0, "warning", 30), below(1, "alarm", 30), low=2),
        ["alarm <1 for 1800 s is met no later than warning <0"],
    ),
    "an inclusive alarm at the warning's limit": (
        lambda: profile(above(8, "warning", 30), above(8, "alarm", 30, inclusive=True), high=7),
        ["alarm >=8"],
    ),
    "a cumulative alarm sooner than the warning": (
        lambda: profile(above(8, "warning", 30), above(8, "alarm", 30, window_min=60), high=7),
        ["within 3600 s is met no later than"],
    ),
    "a cumulative alarm over a longer window": (
        lambda: profile(above(8, "warning", 30, window_min=60), above(8, "alarm", 30, window_min=60), high=7),
        ["is met no later than"],
    ),
    "the same twice": (
        lambda: profile(above(8, "alarm", 30), above(8, "alarm", 60), high=7),
        ["alarm >8 for 3600 s stands beside", "remove it"],
    ),
    "a budget larger than its window": (lambda: above(8, "alarm", 61, window_min=60), ["0 < hold_s <= window_s"]),
    "a budget of nothing": (lambda: above(8, "alarm", 0, window_min=60), ["0 < hold_s <= window_s"]),
    "a negative hold": (lambda: above(8, "alarm", -1), ["hold_s"]),
    "no number": (lambda: above(float("nan"), "alarm", 1), ["limit"]),
    "an endless hold": (lambda: above(8, "alarm", float("inf")), ["hold_s"]),
    "no rules": (lambda: profile(high=7), ["rules"]),
    "an unknown severity": (lambda: above(8, "dreadful", 1), ["dreadful"]),
    "an unknown unit": (
        lambda: LimitProfile(**(FRIDGE_FOOD.model_dump() | {"unit": "degC"})),
        ["'fridge.food'", "unit 'degC' is not known", "Cel"],
    ),
    "an unknown key": (lambda: LimitProfile(**(FRIDGE_FOOD.model_dump() | {"limit": 8})), ["limit"]),
    "an odd name": (lambda: LimitProfile(**(FRIDGE_FOOD.model_dump() | {"key": "Fridge Food"})), ["key"]),
}


@pytest.mark.parametrize("build, words", REFUSED.values(), ids=REFUSED)
def test_refused_in_words(build, words):
    with pytest.raises(ValueError) as refusal:
        build()
    for word in words:
        assert word in str(refusal.value)


ACCEPTED = {
    "an end at the limit": lambda: profile(above(8, "alarm", 60), high=8),
    "a low end at the limit": lambda: profile(below(2, "alarm", 60), low=2),
    "ends that meet": lambda: profile(above(8, "alarm", 60), below(0, "alarm", 60), high=4, low=4),
    "an alarm further out and sooner": lambda: profile(above(8, "warning", 30), above(12, "alarm", 15), high=7),
    "an alarm nearer and later": lambda: profile(above(8, "warning", 30), above(7.5, "alarm", 31), high=7),
    "an inclusive warning at the alarm's limit": lambda: profile(
        above(8, "warning", 30, inclusive=True), above(8, "alarm", 30), high=7
    ),
    "both modes of one severity": lambda: profile(
        above(8, "critical", 240), above(8, "critical", 240, window_min=1440), high=7
    ),
    "a budget as large as its window": lambda: profile(above(8, "alarm", 60, window_min=60), high=7),
    "a single alarm beside a cumulative warning": lambda: profile(
        above(8, "warning", 30, window_min=60), above(8, "alarm", 30), high=7
    ),
    "a cumulative alarm over a shorter window": lambda: profile(
        above(8, "warning", 30, window_min=90), above(8, "alarm", 30, window_min=60), high=7
    ),
    "the sides do not compare": lambda: profile(above(8, "warning", 30), below(2, "alarm", 5), high=7, low=3),
}


@pytest.mark.parametrize("build", ACCEPTED.values(), ids=ACCEPTED)
def test_accepted(build):
    assert build().table.sides[0].side is Side.HIGH


def test_a_profile_survives_json():
    for known in PROFILES.values():
        assert LimitProfile.model_validate_json(known.model_dump_json()) == known


def test_a_profile_cannot_be_changed():
    with pytest.raises(ValidationError):
        FRIDGE_FOOD.version = 2


def test_rules_that_share_a_limit_share_a_timer():
    assert len(FRIDGE_FOOD.table.meters) == 4  # >8, >12, >8 in a day, <0


def test_scaled_divides_every_duration_and_no_limit():
    fast = scaled(FRIDGE_FOOD, 60)
    assert [rule.hold_s for rule in fast.rules] == [rule.hold_s / 60 for rule in FRIDGE_FOOD.rules]
    assert [rule.window_s for rule in fast.rules] == [None, None, None, None, 1440.0, None]
    assert fast.clear.hold_s == 10
    assert [rule.limit for rule in fast.rules] == [rule.limit for rule in FRIDGE_FOOD.rules]
    assert (fast.clear.high, fast.clear.low, fast.key, fast.source) == (7.5, 0.5, FRIDGE_FOOD.key, FRIDGE_FOOD.source)
    assert fast.table.clear_hold_ms == 10_000
    assert FRIDGE_FOOD.table.clear_hold_ms == 600_000
    assert scaled(FRIDGE_FOOD, 1) == FRIDGE_FOOD


@pytest.mark.parametrize("time_scale", [0, -1, float("nan"), float("inf")])
def test_a_senseless_scale_is_refused(time_scale):
    with pytest.raises(ValueError, match="time_scale must be a positive number"):
        scaled(FRIDGE_FOOD, time_scale)


@pytest.mark.parametrize(
    "seconds, ms", [(60.0, 60_000), (0.0, 0), (0.0001, 1), (1.0001, 1001), (3600 / 7 * 7, 3_600_000), (0.3 / 3, 100)]
)
def test_a_duration_is_over_at_the_first_whole_millisecond(seconds, ms):
    assert milliseconds(seconds) == ms


def test_severities_are_ordered():
    assert [rank(None), *(rank(severity) for severity in Severity)] == [0, 1, 2, 3]
    assert [severity.value for severity in Severity] == ["warning", "alarm", "critical"]


def test_a_rule_reads_as_it_is_meant():
    rule = Rule(severity=Severity.CRITICAL, side=Side.LOW, limit=0, inclusive=True, hold_s=600, window_s=3600)
    assert str(rule) == "critical <=0 for 600 s within 3600 s"
