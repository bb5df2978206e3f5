"""Readings as columns: delta-of-delta times shared by the points that were read together, delta integers [W-COLUMNS]."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from larder_core.sizes import MAX_INT


class Reading(NamedTuple):
    """One statement of a point at one instant: a scaled integer, or None with the reason why there is no value.

    `quality` is "" for good, otherwise a reason word; a value with a reason is bad: kept, shown, never an alarm on food.
    """

    at_ms: int
    value: int | None
    quality: str


class Series(NamedTuple):
    """Readings of one point, oldest first. A value is `number * 10**scale` in `unit`."""

    point: str
    unit: str
    scale: int
    readings: tuple[Reading, ...]


Column = tuple[str, str, int, int, list[int | None]]
"""[point, unit, scale, index into times, delta values (null: no value)]."""
Flaws = dict[str, list[tuple[int, str]]]
"""By point: [position in its column, reason why the value there is bad or missing]; points without flaws are left out."""


class Columns(NamedTuple):
    times: list[list[int]]
    cols: list[Column]
    flaws: Flaws


def write_times(instants: Sequence[int], at_ms: int) -> list[int]:
    """[how long before `at_ms` the first was, the first step, then each step's difference from the step before]."""
    steps = [later - earlier for earlier, later in pairwise(instants)]
    changes = [step - before for before, step in pairwise(steps)]
    return [at_ms - instants[0], *steps[:1], *changes]


def read_times(coded: Sequence[int], at_ms: int) -> tuple[int, ...]:
    """The inverse of `write_times`. Raises ValueError if time runs backwards or beyond what the wire can hold."""
    if not coded:
        raise ValueError("a time column is empty")
    steps = list(accumulate(coded[1:]))
    if steps and min(steps) < 0:
        raise ValueError("time runs backwards in a time column")
    instants = tuple(accumulate(steps, initial=at_ms - coded[0]))
    if instants[0] < 0 or instants[-1] > MAX_INT:
        raise ValueError(f"an instant lies before 1970 or beyond {MAX_INT}")
    return instants


def write_values(values: Iterable[int | None]) -> list[int | None]:
    """The first value, then differences from the last value that was there; null where there is none."""
    coded: list[int | None] = []
    last = 0
    for value in values:
        coded.append(None if value is None else value - last)
        last = last if value is None else value
    return coded


def read_values(coded: Sequence[int | None]) -> tuple[int | None, ...]:
    """The inverse of `write_values`. Raises ValueError if a value is beyond what the wire can hold."""
    there = tuple(accumulate([change for change in coded if change is not None]))
    if there and (min(there) < -MAX_INT or max(there) > MAX_INT):
        raise ValueError(f"a value leaves the range of integers, +-{MAX_INT}")
    if len(there) == len(coded):
        return there
    rest = iter(there)
    return tuple(None if change is None else next(rest) for change in coded)


def write_columns(series: Iterable[Series], at_ms: int) -> Columns:
    """Points whose readings have the same instants share one time column."""
    times: dict[tuple[int, ...], int] = {}
    cols: list[Column] = []
    flaws: Flaws = {}
    for one in series:
        instants = tuple(reading.at_ms for reading in one.readings)
        index = times.setdefault(instants, len(times))
        cols.append((one.point, one.unit, one.scale, index, write_values(reading.value for reading in one.readings)))
        if flawed := [(place, reading.quality) for place, reading in enumerate(one.readings) if reading.quality]:
            flaws[one.point] = flawed
    return Columns([write_times(instants, at_ms) for instants in times], cols, flaws)


_Decoded = tuple[Column, tuple[int, ...], tuple[int | None, ...], dict[int, str]]
"""A column with its instants, values and reasons by position."""


def read_columns(columns: Columns, at_ms: int) -> tuple[Series, ...]:
    """The inverse of `write_columns`. Raises ValueError where `check_columns` does."""
    series: list[Series] = []
    for (point, unit, scale, _, _), instants, values, reasons in _decode(columns, at_ms):
        qualities = [reasons.get(place, "") for place in range(len(values))]
        series.append(Series(point, unit, scale, tuple(map(Reading, instants, values, qualities))))
    return tuple(series)


def check_columns(columns: Columns, at_ms: int) -> None:
    """Raises ValueError where lengths, reasons or ranges do not fit. Builds no readings: intake only asks whether it could."""
    for _ in _decode(columns, at_ms):
        pass


def _decode(columns: Columns, at_ms: int) -> Iterator[_Decoded]:
    instants = [read_times(coded, at_ms) for coded in columns.times]
    if columns.flaws and (stray := columns.flaws.keys() - {col[0] for col in columns.cols}):
        raise ValueError(f"flaws of points without a column: {sorted(stray)}")
    for col in columns.cols:
        point, _, _, index, coded = col
        if not 0 <= index < len(instants) or len(instants[index]) != len(coded):
            raise ValueError(f"column {point}: its times are not there, or not as many as its values")
        flaws = columns.flaws.get(point, [])
        reasons = dict(flaws)
        if flaws and (len(reasons) != len(flaws) or min(reasons) < 0 or max(reasons) >= len(coded)):
            raise ValueError(f"column {point}: a reason stands where no value can be, or two stand at one")
        if None in coded and any(value is None and place not in reasons for place, value in enumerate(coded)):
            raise ValueError(f"column {point}: a missing value has no reason")
        yield col, instants[index], read_values(coded), reasons
