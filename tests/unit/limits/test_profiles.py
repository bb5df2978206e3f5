"""The default profiles, row by row, in minutes as the table of defaults has them."""

import pytest

from larder_core.limits.profiles import CAMERA_FAULT, PROFILES, SENSOR_FAULT, SILENCE, SILENCE_STRICT
from larder_core.limits.words import Severity

# key, unit -> rules as "severity sign limit minutes [within minutes]", clear as (low, high, minutes)
ROWS = {
    ("fridge.food", "Cel"): (
        ["warning > 8 30", "alarm > 8 60", "alarm > 12 15", "critical > 8 240", "critical > 8 240 within 1440",
         "alarm < 0 60"],
        (0.5, 7.5, 10),
    ),
    ("fridge.sample", "Cel"): (["warning > 8 20", "alarm > 8 40", "critical > 8 120"], (None, 7.5, 10)),
    ("freezer", "Cel"): (["warning > -15 60", "alarm > -12 60", "critical > -9 120"], (None, -15.5, 15)),
    ("store.dry", "Cel"): (["warning > 28 240", "alarm > 33 240", "alarm < 0 120"], (1, 27, 30)),
    ("store.dry.humidity", "%RH"): (["warning > 70 360", "alarm > 80 720"], (None, 67, 30)),
    ("meat.dairy", "Cel"): (["warning > 4 30", "alarm > 5 60", "critical > 8 120"], (None, 3.5, 10)),
    ("drug.cold", "Cel"): (
        ["warning > 8 5", "alarm > 8 15", "critical > 8 60", "warning < 2 5", "alarm < 2 15", "critical <= 0 10"],
        (2.3, 7.7, 10),
    ),
    ("grain.quasi-low", "Cel"): (["warning > 20 1440", "alarm > 25 1440"], (None, 19, 1440)),
}  # fmt: skip


def in_words(rule):
    sign = {"high": ">", "low": "<"}[rule.side] + ("=" if rule.inclusive else "")
    window = "" if rule.window_s is None else f" within {rule.window_s / 60:g}"
    return f"{rule.severity} {sign} {rule.limit:g} {rule.hold_s / 60:g}{window}"


@pytest.mark.parametrize("key, unit", ROWS)
def test_row(key, unit):
    profile = PROFILES[key]
    rules, clear = ROWS[key, unit]
    assert [in_words(rule) for rule in profile.rules] == rules
    assert (profile.clear.low, profile.clear.high, profile.clear.hold_s / 60) == clear
    assert (profile.key, profile.unit) == (key, unit)


def test_every_profile_stands_in_the_table():
    assert set(PROFILES) == {key for key, _ in ROWS}


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_every_profile_names_its_source_and_what_is_no_law(profile):
    assert "《" in profile.source
    assert "GB" in profile.source or "规范" in profile.source or "规定" in profile.source or "法" in profile.source
    assert "无法律效力" in profile.source


def test_a_defrost_is_no_alarm():
    assert min(rule.hold_s for rule in PROFILES["freezer"].rules) > 45 * 60


def test_silence_figures():
    assert (SILENCE.stale_intervals, SILENCE.offline_s, SILENCE.critical_s) == (3, 30 * 60, 4 * 3600)
    assert (SILENCE_STRICT.stale_intervals, SILENCE_STRICT.offline_s, SILENCE_STRICT.critical_s) == (3, 1800, 1800)


def test_fault_figures():
    assert SENSOR_FAULT.model_dump() == {
        "warning_readings": 2,
        "alarm_s": 1800,
        "critical_s": None,
        "recovery_readings": 2,
        "zero_fails": False,
    }
    assert CAMERA_FAULT.model_dump() == {
        "warning_readings": 2,
        "alarm_s": 1800,
        "critical_s": 24 * 3600,
        "recovery_readings": 1,
        "zero_fails": True,
    }


def test_every_severity_is_used():
    assert {rule.severity for profile in PROFILES.values() for rule in profile.rules} == set(Severity)
