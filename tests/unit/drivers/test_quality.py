"""What cannot be true is marked, and kept as long as the wire can carry it."""

import pytest

from larder_agent.drivers.quality import EXACT, Bounds, bounds, round_to_scale, screen
from larder_core.sizes import MAX_INT


def test_the_largest_number_is_that_of_the_wire() -> None:
    assert EXACT == MAX_INT


@pytest.mark.parametrize(
    "unit, scale, low, high, expected",
    [
        ("Cel", -1, None, None, Bounds(-600, 1500)),
        ("Cel", 0, -59.5, None, Bounds(-59, 150)),
        ("Cel", 1, None, None, Bounds(-6, 15)),
        ("%RH", -2, None, None, Bounds(0, 10000)),
        ("%RH", -1, 0.25, 99.95, Bounds(3, 999)),
        ("V", 0, None, None, Bounds(None, None)),
        ("V", -1, None, 4.2, Bounds(None, 42)),
    ],
)
def test_bounds_are_numbers_of_the_scale_and_never_wider_than_asked(
    unit: str, scale: int, low: float | None, high: float | None, expected: Bounds
) -> None:
    assert bounds(unit, scale, low, high) == expected


@pytest.mark.parametrize("value, quality", [(-601, "out-of-range"), (-600, ""), (1500, ""), (1501, "out-of-range")])
def test_the_ends_of_a_range_belong_to_it(value: int, quality: str) -> None:
    assert screen(value, bounds("Cel", -1)) == (value, quality)


def test_a_number_that_the_wire_cannot_carry_is_not_kept() -> None:
    assert screen(MAX_INT, Bounds(None, None)) == (MAX_INT, "")
    assert screen(MAX_INT + 1, Bounds(None, None)) == (None, "out-of-range")
    assert screen(-MAX_INT - 1, Bounds(None, None)) == (None, "out-of-range")


@pytest.mark.parametrize(
    "number, scale, expected",
    [
        (4.05, -1, 40),
        (4.15, -1, 42),
        (-4.05, -1, -40),
        (-4.15, -1, -42),
        (0.049, -1, 0),
        (25.0, 1, 2),
        (35.0, 1, 4),
        (3.4028234663852886e38, -2, 34028234663852886 * 10**24),
    ],
)
def test_ties_go_to_the_even_number(number: float, scale: int, expected: int) -> None:
    assert round_to_scale(number, scale) == expected
