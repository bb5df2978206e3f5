"""The state as JSON: stopped at any reading and read back, the future is the same."""

import pytest

from larder_core.limits.excursion import run, unknown
from larder_core.limits.profiles import DRUG_COLD, FRIDGE_FOOD
from larder_core.limits.state import State
from tests.unit.limits.incident import MAX_GAP, series

INCIDENT = series("4.0x5 9.0x70 bad(crc)x2 7.0x5 _x4 7.8x1 13.0x20 4.0x3 -1.0x70 3.0x12")


@pytest.mark.parametrize("limits", [FRIDGE_FOOD, DRUG_COLD], ids=["fridge", "drug"])
def test_a_restart_at_any_reading_changes_nothing(limits):
    whole = run(State(), limits, INCIDENT, max_gap_ms=MAX_GAP)
    assert len(whole[1]) > 8
    state, happened = State(), ()
    for reading in INCIDENT:
        state, transitions = run(State.from_json(state.to_json()), limits, [reading], max_gap_ms=MAX_GAP)
        happened += transitions
    assert (state, happened) == whole


def test_unknown_survives():
    state = unknown(State(last_ms=1, last_value=4.0), 5)
    assert State.from_json(state.to_json()) == state


def test_a_fresh_state_is_short():
    assert State().to_json() == "{}"
    assert State.from_json("{}") == State()


def test_extreme_values_survive():
    for value in (1.7976931348623157e308, -5e-324, -0.0, 0.1):
        state = State(last_ms=2**62, last_value=value)
        assert repr(State.from_json(state.to_json())) == repr(state)


@pytest.mark.parametrize(
    "text, field",
    [
        ('{"last_ms": "1"}', "last_ms"),
        ('{"high": {"condition": "normal", "t0_ms": 0, "peak": 1.0}}', "condition"),
        ('{"high": {"condition": "active"}}', "t0_ms"),
        ('{"meters": [["high", 8.0, false, null, null]]}', "1 meters and 0 accounts"),
        ("[]", "State"),
        ("", "JSON"),
    ],
)
def test_anything_else_is_refused_by_name(text, field):
    with pytest.raises(ValueError, match=field):
        State.from_json(text)
