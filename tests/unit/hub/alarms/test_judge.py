"""The pure judge: its short way is the long way, and bad readings say nothing about food."""

from hypothesis import given
from hypothesis import strategies as st

from larder_hub.alarms.judge import Facing, PointState, Seen, judge
from larder_hub.alarms.rules import Rules
from larder_hub.alarms.storm import storm_since
from larder_hub.register.directory import Point

RULES = Rules.of(1.0)
FRIDGE = Facing.of(Point("box", "t", "fridge", "temperature", "Cel", 60.0, "fridge.food"), RULES)
CAMERA = Facing.of(Point("box", "c", "kitchen", "camera", "/", 60.0, ""), RULES)

values = st.sampled_from([-1.0, 0.0, 0.4, 5.0, 7.5, 7.9, 8.0, 8.1, 12.5])
told = st.tuples(values, st.sampled_from(["", "", "", "", "crc"])) | st.just((None, "no-answer"))


@st.composite
def batches(draw: st.DrawFn) -> list[list[Seen]]:
    """Readings in order, with gaps, cut into batches anywhere."""
    at_ms, made = 0, []
    for _ in range(draw(st.integers(1, 12))):
        batch = []
        for value, quality in draw(st.lists(told, min_size=1, max_size=8)):
            at_ms += draw(st.sampled_from([60_000, 60_000, 600_000, 3_600_000]))
            batch.append(Seen(at_ms, value, quality))
        made.append(batch)
    return made


@given(batches(), st.sampled_from([FRIDGE, CAMERA]))
def test_whole_batches_are_judged_as_their_readings_one_by_one(made: list[list[Seen]], facing: Facing) -> None:
    whole, single = PointState(), PointState()
    for batch in made:
        whole, happened = judge(whole, facing, batch)
        alone = []
        for reading in batch:
            single, one = judge(single, facing, [reading])
            alone += one
        assert (happened, whole) == (alone, single)


@given(batches())
def test_bad_readings_never_touch_food(made: list[list[Seen]]) -> None:
    def food(batches: list[list[Seen]]) -> list[object]:
        state, found = PointState(), []
        for batch in batches:
            state, happened = judge(state, FRIDGE, batch)
            found += [one for one in happened if one.kind == "food"]
        return found

    good_only = [[one for one in batch if not one.quality and one.value is not None] for batch in made]
    assert food(made) == food(good_only)


def test_seen_again_nothing_happens() -> None:
    readings = [Seen(n * 60_000, 13.0, "") for n in range(20)]
    state, happened = judge(PointState(), FRIDGE, readings)
    assert [one.what for one in happened] == ["raised"]
    assert judge(state, FRIDGE, readings) == (state, [])


def test_three_within_the_width_are_a_storm_and_two_are_not() -> None:
    assert storm_since(100, [90, 110], 30) == 90
    assert storm_since(100, [90], 30) is None
    assert storm_since(100, [60, 140], 30) is None
    assert storm_since(100, [60, 75, 90], 30) == 75
