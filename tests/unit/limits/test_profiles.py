"""The default profiles, row by row, in minutes as the table of defaults has them."""

import pytest

from larder_core.limits.profiles import CAMERA_FAULT, CLOCK, PROFILES, SENSOR_FAULT, SILENCE, SILENCE_STRICT
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
    ("hot.hold", "Cel"): (
        ["warning < 63 10", "alarm < 60 15", "critical < 60 120 within 240"], (63.5, None, 5),
    ),
    ("special.room", "Cel"): (["warning > 25 15", "alarm > 28 30"], (None, 24.5, 10)),
    ("dish.cycle", "Cel"): (["warning < 82 0", "alarm < 82 0.0166667"], (82.5, None, 0)),
    ("oil.tank", "Cel"): (["warning > 25 1440", "alarm > 30 1440", "warning < 0 1440"], (1, 24, 120)),
    ("drug.cool", "Cel"): (["warning > 20 30", "alarm > 20 120"], (None, 19.5, 10)),
    ("drug.ambient", "Cel"): (
        ["warning > 30 30", "alarm > 30 120", "warning < 10 30", "alarm < 10 120"], (10.5, 29.5, 10),
    ),
    ("drug.humidity", "%RH"): (
        ["warning > 75 120", "alarm > 75 720", "warning < 35 120", "alarm < 35 720"], (38, 72, 30),
    ),
    ("vaccine", "Cel"): (
        ["warning > 8 30", "critical > 8 600", "warning < 2 30", "critical <= -0.5 60"], (2.3, 7.7, 10),
    ),
    ("grain.low", "Cel"): (["warning > 15 1440", "alarm > 20 1440"], (None, 14, 1440)),
    ("grain.quasi-low", "Cel"): (["warning > 20 1440", "alarm > 25 1440"], (None, 19, 1440)),
    ("power.mains", "/"): (["warning < 0.5 0.166667", "alarm < 0.5 30"], (0.9, None, 2)),
    ("power.battery", "%EL"): (["warning < 50 5", "critical < 20 1"], (55, None, 5)),
    ("clock", "s"): (["warning > 60 30", "warning < -60 30"], (-30, 30, 0)),
}  # fmt: skip


ALL = PROFILES | {"clock": CLOCK}

STAGES = {
    "fridge.food": {"early": (1, 180, 8, 22, True)},
    "fridge.sample": {"early": (1, 180, 8, 16, True), "gap": (60, 48 * 60, "critical")},
    "freezer": {"mask": (45, 0, 6), "early": (2, 240, -15, 46, True)},
    "hot.hold": {"service": ("service", False)},
    "special.room": {"service": ("work", False), "median": 3},
    "dish.cycle": {"cycle": (60, 50)},
    "meat.dairy": {"early": (0.5, 180, 5, 26, True)},
    "drug.humidity": {"board_only": ("low",)},
    "vaccine": {"early": (2, 10, 8, 20, True)},
}
"""Durations in minutes, in the order of the fields; what is not here has no stages."""


@pytest.mark.parametrize("key", ALL)
def test_stages(key):
    found = {}
    for name in ("service", "mask", "early", "gap", "cycle"):
        stage = getattr(ALL[key], name)
        if stage is not None:
            told = stage.model_dump()
            found[name] = tuple(value / 60 if field.endswith("_s") else value for field, value in told.items())
    if ALL[key].median > 1:
        found["median"] = ALL[key].median
    if ALL[key].board_only:
        found["board_only"] = ALL[key].board_only
    assert found == STAGES.get(key, {})


def in_words(rule):
    sign = {"high": ">", "low": "<"}[rule.side] + ("=" if rule.inclusive else "")
    window = "" if rule.window_s is None else f" within {rule.window_s / 60:g}"
    return f"{rule.severity} {sign} {rule.limit:g} {rule.hold_s / 60:g}{window}"


@pytest.mark.parametrize("key, unit", ROWS)
def test_row(key, unit):
    profile = ALL[key]
    rules, clear = ROWS[key, unit]
    assert [in_words(rule) for rule in profile.rules] == rules
    assert (profile.clear.low, profile.clear.high, profile.clear.hold_s / 60) == clear
    assert (profile.key, profile.unit) == (key, unit)


def test_every_profile_stands_in_the_table():
    assert set(ALL) == {key for key, _ in ROWS}
    assert STAGES.keys() <= ALL.keys()


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
