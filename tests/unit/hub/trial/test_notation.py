"""Readings in a short notation: what it means, and what is refused with a hint."""

import pytest

from larder_hub.alarms.trial.notation import NO_ANSWER, NOTHING, Given, lapse_ms, lapse_text, spelt

MINUTE = 60_000


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("4.0", [Given(4.0)]),
        ("4.0x3", [Given(4.0)] * 3),
        ("-18-0.5x3", [Given(-18.0), Given(-18.5), Given(-19.0)]),
        ("4.0+0.2x3 _ 9", [Given(4.0), Given(4.2), Given(4.4), NOTHING, Given(9.0)]),
        ("_x2", [NOTHING] * 2),
        ("bad", [Given(None, NO_ANSWER)]),
        ("bad(open)x2 4.1(stuck)", [Given(None, "open"), Given(None, "open"), Given(4.1, "stuck")]),
        ("1x5m", [Given(1.0)] * 5),
        ("1x1h30m", [Given(1.0)] * 90),
    ],
)
def test_what_a_notation_means(text: str, means: list[Given]) -> None:
    assert spelt(text, MINUTE) == means


def test_a_lapse_is_as_many_readings_as_the_interval_leaves() -> None:
    assert len(spelt("1x2h", 10 * MINUTE)) == 12


@pytest.mark.parametrize(
    "text", ["", "4,0", "x30", "4.0x", "_(open)x5", "4.0x0", "warm", "4.0x3w", "4.0 x30", "4x999999"]
)
def test_what_cannot_be_read_is_refused_with_a_hint(text: str) -> None:
    with pytest.raises(ValueError, match="hint: "):
        spelt(text, MINUTE)


@pytest.mark.parametrize(
    ("text", "ms"), [("0", 0), ("90s", 90_000), ("75m", 4_500_000), ("1h30m", 5_400_000), ("2d", 172_800_000)]
)
def test_lapses(text: str, ms: int) -> None:
    assert lapse_ms(text) == ms


@pytest.mark.parametrize("text", ["", "75", "1:30", "-5m", "5 m"])
def test_what_is_no_lapse(text: str) -> None:
    with pytest.raises(ValueError, match="hint: 75m"):
        lapse_ms(text)


@pytest.mark.parametrize(("ms", "text"), [(0, "0m"), (90 * MINUTE, "1h30m"), (-5 * MINUTE, "-5m"), (61_000, "1m01s")])
def test_a_lapse_for_people(ms: int, text: str) -> None:
    assert lapse_text(ms) == text
