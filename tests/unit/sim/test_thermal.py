"""The figures that firmware_sim/README.md promises about the physics, measured."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from larder_sim.kinds import KINDS
from larder_sim.thermal import Model, PlaceState, Room, Surroundings, at_rest, step

KITCHEN_PA = 1100.0
MODELS = {name: kind.model for name, kind in KINDS.items()}
START_RH = {name: kind.start_rh for name, kind in KINDS.items()}
FRIDGE = MODELS["fridge"]
DAY_S = 86_400


def _kitchen(celsius: float, door: float = 0.0, compressor: bool = True) -> Surroundings:
    return Surroundings(celsius, KITCHEN_PA, door, compressor)


def _seconds_until(
    state: PlaceState, around: Surroundings, below: float | None = None, above: float | None = None
) -> tuple[PlaceState, int]:
    for second in range(1, 3 * 3600):
        state = step(FRIDGE, state, around, 1)
        if (below is not None and state.probe_c < below) or (above is not None and state.probe_c > above):
            return state, second
    raise AssertionError(f"never got there: {state}")


@pytest.mark.parametrize(("name", "low", "high"), [("fridge", 2.0, 6.0), ("freezer", -20.0, -17.0)])
@pytest.mark.parametrize("kitchen_c", [14.0, 28.0])
def test_a_healthy_place_stays_in_its_range_all_day(name: str, low: float, high: float, kitchen_c: float) -> None:
    model = MODELS[name]
    state = at_rest(model.on_c, START_RH[name])
    sensed, starts = [], 0
    for _ in range(DAY_S // 10):
        after = step(model, state, _kitchen(kitchen_c), 10)
        starts += after.running and not state.running
        state = after
        sensed.append(state.probe_c)
    assert low < min(sensed) and max(sensed) < high
    assert 8 <= starts <= 150, "a compressor that hardly ever starts, or chatters"


@given(
    start_c=st.floats(3.0, 5.0),
    kitchen_c=st.floats(25.0, 28.0),
    open_minutes=st.integers(20, 30),
)
@settings(max_examples=12, deadline=None)
def test_an_open_fridge_passes_12_within_8_minutes_and_recovers_within_25(
    start_c: float, kitchen_c: float, open_minutes: int
) -> None:
    opened = _kitchen(kitchen_c, door=1.0, compressor=False)
    state, warm_s = _seconds_until(at_rest(start_c, 75), opened, above=12.0)
    assert 90 < warm_s < 8 * 60
    state = step(FRIDGE, state, opened, open_minutes * 60 - warm_s)
    state, cool_s = _seconds_until(state, _kitchen(kitchen_c), below=7.5)
    assert 300 < cool_s < 25 * 60
    state = step(FRIDGE, state, _kitchen(kitchen_c), 60)  # past the minute in which noise may cross it again
    for _ in range(360):
        state = step(FRIDGE, state, _kitchen(kitchen_c), 10)
        assert state.probe_c < 7.5, "the alarm would come back"


def test_air_out_of_an_open_door_gets_moist_at_first_and_as_dry_as_the_kitchen_then() -> None:
    state = at_rest(4.0, 75)
    opened = _kitchen(26.0, door=1.0, compressor=False)
    early = step(FRIDGE, state, opened, 60)
    late = step(FRIDGE, early, opened, 30 * 60)
    assert early.humidity_percent > 80 > 50 > late.humidity_percent


@given(
    st.lists(st.tuples(st.floats(0.1, 60), st.floats(0, 1), st.booleans(), st.floats(-25, 40)), max_size=60),
    st.sampled_from(sorted(MODELS)),
)
@settings(max_examples=60, deadline=None)
def test_no_sequence_of_steps_up_to_60_s_runs_away(moves: list[tuple[float, float, bool, float]], name: str) -> None:
    model = MODELS[name]
    state = at_rest(5.0, START_RH[name])
    coldest, hottest = min(model.off_c - 0.5, -25.0), max(40.0, model.off_c)
    for dt, door, compressor, room_c in moves:
        state = step(model, state, Surroundings(room_c, 600.0, door, compressor), dt)
        assert all(coldest <= value <= hottest for value in (state.air_c, state.mass_c, state.probe_c))
        assert 0.0 <= state.humidity_percent <= 100.0
        assert state.vapour_pa >= 0.0


@pytest.mark.parametrize("name", sorted(MODELS))
@pytest.mark.parametrize("substep_s", [1.0, 60.0])
def test_the_size_of_steps_does_not_matter(name: str, substep_s: float) -> None:
    """Three hours, a door open for ten minutes, against steps of 10 s: food within 0.05 K, moisture 1.5 %, mean of the air 0.1 K."""
    model = MODELS[name]
    usual = other = at_rest((model.on_c + model.off_c) / 2, KINDS[name].start_rh)
    food, air, moist = [], [], []
    for minute in range(180):
        around = Surroundings(26.0, KITCHEN_PA, door=1.0 if 30 <= minute < 40 else 0.0)
        usual = step(model, usual, around, 60)
        other = step(model, other, around, 60, substep_s)
        food.append(abs(usual.mass_c - other.mass_c))
        moist.append(abs(usual.vapour_pa / other.vapour_pa - 1))
        air.append(usual.air_c - other.air_c)
    assert max(food) < 0.05
    assert sum(moist) / len(moist) < 0.015
    assert abs(sum(air)) / len(air) < 0.1, "the cycles may shift against each other, their mean may not"


def test_a_thermostat_switches_at_its_limit_however_long_the_step() -> None:
    state, seen = at_rest(4.0, 75), []
    for _ in range(720):
        state = step(FRIDGE, state, _kitchen(26.0), 60, 60.0)
        seen.append(state.air_c)
    assert FRIDGE.off_c - 0.1 < min(seen[30:]) < max(seen[30:]) < FRIDGE.on_c + 0.1


def test_frozen_food_thaws_on_a_plateau() -> None:
    """From -18 °C in a freezer without power: the steep way to -5 °C takes a day or less, the four kelvins of melting take many."""
    state, hours = at_rest(-18.0, 70), {}
    for hour in range(30 * 24):
        state = step(MODELS["freezer"], state, _kitchen(20.0, compressor=False), 3600)
        for mark in (-5.0, -0.5):
            if state.mass_c > mark:
                hours.setdefault(mark, hour)
    assert 6 < hours[-5.0] < 36
    assert hours[-0.5] > 5 * hours[-5.0]


def test_a_hot_cabinet_holds_food_above_60_while_it_has_power() -> None:
    model = MODELS["hot-cabinet"]
    state = at_rest(20.0, 30)._replace(mass_c=75.0)
    for _ in range(90):
        state = step(model, state, _kitchen(20.0), 60)
        assert state.mass_c > 60.0
    cold = step(model, state, _kitchen(20.0, compressor=False), 3 * 3600)
    assert 70 < state.air_c < 75 and cold.mass_c < 60.0


def test_grain_hardly_moves_in_a_week_of_heat() -> None:
    model: Model = MODELS["grain-bin"]
    state = at_rest(10.0, 58)
    for _ in range(7 * 24 * 60):
        state = step(model, state, Surroundings(30.0, 1500.0), 60)
    assert 10.0 < state.mass_c < 11.0


def test_a_stopped_compressor_never_runs() -> None:
    state = step(FRIDGE, at_rest(20.0, 50), _kitchen(26.0, compressor=False), 60)
    assert not state.running


def test_a_room_is_warmest_at_half_past_three() -> None:
    room = Room(mean_c=24.5, swing_c=2.5, rh_percent=35)
    assert room.temperature_c(15.5 * 3600) == 27.0
    assert room.temperature_c(3.5 * 3600) == 22.0
    assert 25.0 < room.temperature_c(11 * 3600) < 26.5
