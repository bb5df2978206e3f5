"""The figures that firmware_sim/README.md promises about the physics, measured."""

import math
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from larder_sim.models import MODELS, START_RH
from larder_sim.thermal import Model, PlaceState, Room, Surroundings, at_rest, step

KITCHEN_PA = 1100.0
FRIDGE = MODELS["fridge"]
DAY_S = 86_400


def _kitchen(celsius: float, door: float = 0.0, compressor: bool = True) -> Surroundings:
    return Surroundings(celsius, KITCHEN_PA, door, compressor)


def _seconds_until(
    state: PlaceState, around: Surroundings, rng: Random, below: float | None = None, above: float | None = None
) -> tuple[PlaceState, int]:
    for second in range(1, 3 * 3600):
        state = step(FRIDGE, state, around, 1, rng)
        if (below is not None and state.sensed_c < below) or (above is not None and state.sensed_c > above):
            return state, second
    raise AssertionError(f"never got there: {state}")


@pytest.mark.parametrize(("name", "low", "high"), [("fridge", 2.0, 6.0), ("freezer", -20.0, -17.0)])
@pytest.mark.parametrize("kitchen_c", [14.0, 28.0])
def test_a_healthy_place_stays_in_its_range_all_day(name: str, low: float, high: float, kitchen_c: float) -> None:
    model, rng = MODELS[name], Random(7)
    state = at_rest(model, model.on_c, START_RH[name])
    sensed, starts = [], 0
    for _ in range(DAY_S // 10):
        after = step(model, state, _kitchen(kitchen_c), 10, rng)
        starts += after.running and not state.running
        state = after
        sensed.append(state.sensed_c)
    assert low < min(sensed) and max(sensed) < high
    assert 8 <= starts <= 150, "a compressor that hardly ever starts, or chatters"


@given(
    seed=st.integers(0, 999),
    start_c=st.floats(3.0, 5.0),
    kitchen_c=st.floats(25.0, 28.0),
    open_minutes=st.integers(20, 30),
)
@settings(max_examples=12, deadline=None)
def test_an_open_fridge_passes_12_within_8_minutes_and_recovers_within_25(
    seed: int, start_c: float, kitchen_c: float, open_minutes: int
) -> None:
    rng = Random(seed)
    opened = _kitchen(kitchen_c, door=1.0, compressor=False)
    state, warm_s = _seconds_until(at_rest(FRIDGE, start_c, 75), opened, rng, above=12.0)
    assert 90 < warm_s < 8 * 60
    state = step(FRIDGE, state, opened, open_minutes * 60 - warm_s, rng)
    state, cool_s = _seconds_until(state, _kitchen(kitchen_c), rng, below=7.5)
    assert 300 < cool_s < 25 * 60
    state = step(FRIDGE, state, _kitchen(kitchen_c), 60, rng)  # past the minute in which noise may cross it again
    for _ in range(360):
        state = step(FRIDGE, state, _kitchen(kitchen_c), 10, rng)
        assert state.sensed_c < 7.5, "the alarm would come back"


def test_air_out_of_an_open_door_gets_moist_at_first_and_as_dry_as_the_kitchen_then() -> None:
    rng = Random(1)
    state = at_rest(FRIDGE, 4.0, 75)
    opened = _kitchen(26.0, door=1.0, compressor=False)
    early = step(FRIDGE, state, opened, 60, rng)
    late = step(FRIDGE, early, opened, 30 * 60, rng)
    assert early.humidity_percent > 80 > 50 > late.humidity_percent


@given(
    st.lists(st.tuples(st.floats(0.1, 60), st.floats(0, 1), st.booleans(), st.floats(-25, 40)), max_size=60),
    st.sampled_from(sorted(MODELS)),
)
@settings(max_examples=60, deadline=None)
def test_no_sequence_of_steps_up_to_60_s_runs_away(moves: list[tuple[float, float, bool, float]], name: str) -> None:
    model, rng = MODELS[name], Random(3)
    state = at_rest(model, 5.0, START_RH[name])
    coldest = min(model.off_c - 0.5, -25.0)
    for dt, door, compressor, room_c in moves:
        state = step(model, state, Surroundings(room_c, 600.0, door, compressor), dt, rng)
        assert all(coldest <= value <= 40.0 for value in (state.air_c, state.mass_c, state.probe_c))
        assert 0.0 <= state.humidity_percent <= 100.0
        assert state.vapour_pa >= 0.0 and math.isfinite(state.noise_c)


@given(dt=st.integers(2, 60))
@settings(max_examples=20, deadline=None)
def test_large_steps_agree_with_small_ones(dt: int) -> None:
    opened = _kitchen(26.0, door=1.0, compressor=False)
    large = small = at_rest(FRIDGE, 4.0, 75)
    for _ in range(5):
        large = step(FRIDGE, large, opened, dt, Random(1))
    for _ in range(5 * dt):
        small = step(FRIDGE, small, opened, 1, Random(1))
    assert large.air_c == pytest.approx(small.air_c, abs=0.15)
    assert large.vapour_pa == pytest.approx(small.vapour_pa, rel=0.03)


def test_grain_hardly_moves_in_a_week_of_heat() -> None:
    model: Model = MODELS["grain-bin"]
    state = at_rest(model, 10.0, 58)
    for _ in range(7 * 24 * 60):
        state = step(model, state, Surroundings(30.0, 1500.0), 60, Random(2))
    assert 10.0 < state.mass_c < 11.0


def test_a_stopped_compressor_never_runs() -> None:
    state = step(FRIDGE, at_rest(FRIDGE, 20.0, 50), _kitchen(26.0, compressor=False), 60, Random(1))
    assert not state.running


def test_the_same_seed_gives_the_same_place() -> None:
    def walk(seed: int) -> list[float]:
        rng, state, seen = Random(seed), at_rest(FRIDGE, 4.0, 75), []
        for _ in range(50):
            state = step(FRIDGE, state, _kitchen(26.0), 1, rng)
            seen.append(state.sensed_c)
        return seen

    assert walk(7) == walk(7) != walk(8)


def test_a_room_is_warmest_at_half_past_three() -> None:
    room = Room(mean_c=24.5, swing_c=2.5, rh_percent=35)
    assert room.temperature_c(15.5 * 3600) == 27.0
    assert room.temperature_c(3.5 * 3600) == 22.0
    assert 25.0 < room.temperature_c(11 * 3600) < 26.5
