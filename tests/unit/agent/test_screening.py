"""Leaps, flat lines and readings without a time: doubted, named, never dropped."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larder_agent.drivers.port import PointSpec, Sample
from larder_agent.screening import FLAWS, Level, Limits, Rule, Seen, judged, rule_for, screened

FINE, COARSE, HUMID, DOOR = (
    PointSpec("t", "Cel", -2),
    PointSpec("t", "Cel", -1),
    PointSpec("h", "%RH", -1),
    PointSpec("d", "/", 0),
)
HOUR_MS = 3_600_000


def qualities(rule: Rule, levels: Iterable[tuple[int, int]]) -> list[str]:
    """Of (value, ms since boot) one after the other."""
    seen: Seen | None = None
    found = []
    for value, up_ms in levels:
        seen, quality = judged(seen, Level(value, up_ms), rule)
        found.append(quality)
    return found


def every(period_ms: int, *values: int) -> list[tuple[int, int]]:
    return [(value, place * period_ms) for place, value in enumerate(values)]


LEAP = Rule(jump=100, jump_per_s=5)


@pytest.mark.parametrize(
    "levels, expected",
    [
        (every(10_000, 40, 41, 500, 42), ["", "", "jump", ""]),  # one flipped bit: only the spike is doubted
        (
            every(10_000, 40, 41, 500, 501, 502),
            ["", "", "jump", "", ""],
        ),  # the door of a hot cupboard: the place has changed
        (every(10_000, 40, 500, -300, 40), ["", "jump", "jump", ""]),  # two different spikes are no agreement
        (
            every(10_000, 40, 500, 41, 500, 41),
            ["", "jump", "", "jump", ""],
        ),  # a loose contact: the spikes are doubted, each
        (every(10_000, 40, 190, 340), ["", "", ""]),  # 100 + 5 * 10 s is just allowed
        (every(10_000, 40, 191), ["", "jump"]),
        (every(60_000, 40, 440), ["", ""]),  # after a minute it may have moved further
        (every(10_000, 40, -1000), ["", "jump"]),
        (every(10_000, 9000, 40, 41), ["", "jump", ""]),  # a wrong first reading does not hold out against two
    ],
)
def test_a_leap_is_doubted_once(levels: list[tuple[int, int]], expected: list[str]) -> None:
    assert qualities(LEAP, levels) == expected


FLAT = Rule(flat_ms=30_000, rests=(0, 1000))


@pytest.mark.parametrize(
    "levels, expected",
    [
        (every(10_000, 5, 5, 5, 5, 5), ["", "", "", "flat-line", "flat-line"]),
        (every(10_000, 5, 5, 5, 5, 6, 6), ["", "", "", "flat-line", "", ""]),
        (every(10_000, 5, 5, 6, 5, 5, 5), [""] * 6),  # it moved between: the time begins anew
        (every(10_000, *[1000] * 6), [""] * 6),  # wet through: the end of the range is where it rests
        (every(10_000, *[0] * 6), [""] * 6),
    ],
)
def test_a_line_is_flat_after_its_time_and_until_it_moves(levels: list[tuple[int, int]], expected: list[str]) -> None:
    assert qualities(FLAT, levels) == expected


def test_a_doubted_leap_does_not_end_a_flat_line() -> None:
    rule = Rule(jump=100, flat_ms=30_000)
    assert qualities(rule, every(10_000, 5, 5, 5, 5, 900, 5)) == ["", "", "", "flat-line", "jump", "flat-line"]


@pytest.mark.parametrize("took_ms, quality", [(60, ""), (61, "stale")])
def test_what_took_too_long_has_no_time(took_ms: int, quality: str) -> None:
    known, said = screened({}, [Sample("t", 40)], {"t": Rule(stale_ms=60)}, 0, took_ms)
    assert said == (Sample("t", 40, quality),)
    assert ("t" in known) == (not quality), "a number without a time is no level to compare with"


def test_what_the_driver_doubts_is_left_as_it_is_and_teaches_nothing() -> None:
    bad = (Sample("t", 8500, "power-on"), Sample("t", None, "crc"))
    known: object = {"t": Seen(Level(40, 0), 0)}
    for sample in bad:
        after, said = screened({"t": Seen(Level(40, 0), 0)}, [sample], {"t": LEAP}, 10_000, 0)
        assert said == (sample,)
        assert after == known


def test_a_point_without_a_rule_is_believed() -> None:
    assert screened({"x": Seen(Level(0, 0), 0)}, [Sample("x", 10**6)], {}, 1, 10**9)[1] == (Sample("x", 10**6),)


@pytest.mark.parametrize(
    "point, period_ms, limits, rule",
    [
        (FINE, 10_000, Limits(), Rule(1000, 50, 6 * HOUR_MS, 60_000)),
        (COARSE, 10_000, Limits(), Rule(100, 5, 0, 60_000)),  # tenths of a degree stand still for hours: no flat line
        (HUMID, 60_000, Limits(), Rule(400, 20, 24 * HOUR_MS, 180_000, (0, 1000))),
        (DOOR, 10_000, Limits(), Rule(0, 0, 0, 60_000)),
        (DOOR, 10_000, Limits(flat_after_s=3600), Rule(0, 0, HOUR_MS, 60_000)),
        (FINE, 10_000, Limits(jump=0, flat_after_s=0, stale_after_s=0), Rule()),  # all off
        (COARSE, 10_000, Limits(jump=2.5, jump_per_s=0.1), Rule(25, 1, 0, 60_000)),
        (COARSE, 10_000, Limits(jump_per_s=0.1), Rule(100, 1, 0, 60_000)),
        (COARSE, 10_000, Limits(jump=2.5), Rule(25, 5, 0, 60_000)),
    ],
)
def test_rules_are_by_unit_and_resolution_unless_asked_otherwise(
    point: PointSpec, period_ms: int, limits: Limits, rule: Rule
) -> None:
    found = rule_for(point, period_ms, limits)
    assert found[:4] == pytest.approx(rule[:4])
    assert found.rests == rule.rests


SAMPLES = st.lists(
    st.builds(
        Sample,
        st.just("t"),
        st.one_of(st.none(), st.integers(-(2**53) + 1, 2**53 - 1)),
        st.sampled_from(("crc", "no-answer", "")),
    ).map(lambda one: one if one.value is not None or one.quality else one._replace(quality="crc")),
    max_size=30,
)


@given(samples=SAMPLES, steps=st.lists(st.integers(0, 10**7), min_size=30, max_size=30), took=st.integers(0, 10**6))
def test_no_reading_is_dropped_or_changed_whatever_comes(samples: list[Sample], steps: list[int], took: int) -> None:
    known: object = {}
    up_ms = 0
    for sample, step in zip(samples, steps, strict=False):
        up_ms += step
        known, (said,) = screened(known, [sample], {"t": Rule(1000, 50, HOUR_MS, 60_000)}, up_ms, took)  # type: ignore[arg-type]
        assert (said.point, said.value) == (sample.point, sample.value)
        assert said.quality == sample.quality or (not sample.quality and said.quality in FLAWS)


@given(st.integers(-4000, 3000), st.lists(st.integers(-20, 20), min_size=1, max_size=50))
def test_what_moves_as_food_and_air_move_is_always_believed(start: int, steps: list[int]) -> None:
    """Up to 0.2 Cel in ten seconds: a fridge with its door open."""
    levels, value = [(start, 0)], start
    for place, step in enumerate(steps, 1):
        value += step
        levels.append((value, place * 10_000))
    assert set(qualities(rule_for(FINE, 10_000, Limits()), levels)) == {""}
