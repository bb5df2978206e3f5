"""Readings as columns. [W-COLUMNS] [W-QUALITY] [W-COUNT]"""

import pytest

from larder_core.columns import (
    Columns,
    Flaws,
    Reading,
    Series,
    check_columns,
    read_columns,
    read_times,
    read_values,
    write_columns,
    write_times,
    write_values,
)

AT = 1_700_000_000_000


@pytest.mark.parametrize(
    ("instants", "coded"),
    [
        ([AT], [0]),
        ([AT - 10, AT], [10, 10]),
        ([AT - 30, AT - 20, AT - 10, AT], [30, 10, 0, 0]),
        ([AT - 30, AT - 29, AT - 9, AT - 9, AT + 5], [30, 1, 19, -20, 14]),
        ([AT + 7], [-7]),
    ],
)
def test_times_are_differences_of_steps(instants: list[int], coded: list[int]) -> None:
    assert write_times(instants, AT) == coded
    assert read_times(coded, AT) == tuple(instants)


@pytest.mark.parametrize(
    ("values", "coded"),
    [
        ([5], [5]),
        ([5, 7, 4], [5, 2, -3]),
        ([None, 5, None, None, 6], [None, 5, None, None, 1]),
        ([None], [None]),
        ([], []),
        ([0, 0, -1], [0, 0, -1]),
    ],
)
def test_values_are_differences_from_the_last_that_was_there(values: list[int | None], coded: list[int | None]) -> None:
    assert write_values(values) == coded
    assert read_values(coded) == tuple(values)


def series(point: str, *readings: tuple[int, int | None, str]) -> Series:
    return Series(point, "Cel", -1, tuple(Reading(*one) for one in readings))


def test_points_read_together_share_their_times() -> None:
    together = [series(point, (AT - 10, 1, ""), (AT, 2, "")) for point in ("a", "b")]
    alone = series("c", (AT, 3, ""))
    columns = write_columns([*together, alone], AT)
    assert columns.times == [[10, 10], [0]]
    assert [col[3] for col in columns.cols] == [0, 0, 1]
    assert read_columns(columns, AT) == (*together, alone)


def test_flaws_keep_their_positions_and_good_points_none() -> None:
    flawed = series("a", (AT - 2, None, "crc"), (AT - 1, 85, "power-on"), (AT, 4, ""))
    columns = write_columns([flawed, series("b", (AT, 1, ""))], AT)
    assert columns.flaws == {"a": [(0, "crc"), (1, "power-on")]}
    assert read_columns(columns, AT)[0] == flawed


BAD: list[tuple[str, list[list[int]], list[int | None], int, Flaws]] = [
    ("time runs backwards", [[5, -1]], [1, 1], 0, {}),
    ("a time column is empty", [[]], [], 0, {}),
    ("its times are not there", [[0]], [1], 1, {}),
    ("its times are not there", [[0]], [1], -1, {}),
    ("not as many as its values", [[1, 1]], [1], 0, {}),
    ("a missing value has no reason", [[1, 1]], [1, None], 0, {"p": [(0, "crc")]}),
    ("no value can be", [[0]], [1], 0, {"p": [(1, "crc")]}),
    ("no value can be", [[0]], [1], 0, {"p": [(-1, "crc")]}),
    ("two stand at one", [[0]], [None], 0, {"p": [(0, "crc"), (0, "late")]}),
    ("points without a column: ", [[0]], [1], 0, {"q": [(0, "crc")]}),
    ("before 1970 or beyond", [[0, 2**53 - 1, 0]], [1, 1, 1], 0, {}),
    ("leaves the range", [[1, 1]], [2**53 - 1, 1], 0, {}),
    ("leaves the range", [[1, 1, 0]], [1 - 2**53, None, -1], 0, {"p": [(1, "crc")]}),
]


@pytest.mark.parametrize(("says", "times", "values", "index", "flaws"), BAD)
def test_columns_that_do_not_fit(
    says: str, times: list[list[int]], values: list[int | None], index: int, flaws: Flaws
) -> None:
    columns = Columns(times, [("p", "Cel", -1, index, values)], flaws)
    with pytest.raises(ValueError, match=says):
        read_columns(columns, AT)
    with pytest.raises(ValueError, match=says):
        check_columns(columns, AT)


@pytest.mark.parametrize(("coded", "at_ms"), [([1], 0), ([-1], 2**53 - 1)])
def test_an_instant_stays_within_what_a_clock_shows_at_both_ends(coded: list[int], at_ms: int) -> None:
    assert read_times([0], at_ms) == (at_ms,)
    with pytest.raises(ValueError, match="before 1970 or beyond"):
        read_times(coded, at_ms)
