"""Readings as columns: delta-of-delta times shared by the points that were read together, delta integers [W-COLUMNS]."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple


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
    """The inverse of `write_times`. Raises ValueError if time runs backwards."""
    if not coded:
        raise ValueError("a time column is empty")
    instants = [at_ms - coded[0]]
    step = 0
    for change in coded[1:]:
        step += change
        if step < 0:
            raise ValueError("time runs backwards in a time column")
        instants.append(instants[-1] + step)
    return tuple(instants)


def write_values(values: Iterable[int | None]) -> list[int | None]:
    """The first value, then differences from the last value that was there; null where there is none."""
    coded: list[int | None] = []
    last = 0
    for value in values:
        coded.append(None if value is None else value - last)
        last = last if value is None else value
    return coded


def read_values(coded: Iterable[int | None]) -> tuple[int | None, ...]:
    values: list[int | None] = []
    last = 0
    for change in coded:
        if change is not None:
            last += change
        values.append(None if change is None else last)
    return tuple(values)


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


def read_columns(columns: Columns, at_ms: int) -> tuple[Series, ...]:
    """The inverse of `write_columns`. Raises ValueError where lengths or reasons do not fit."""
    instants = [read_times(coded, at_ms) for coded in columns.times]
    if stray := columns.flaws.keys() - {col[0] for col in columns.cols}:
        raise ValueError(f"flaws of points without a column: {sorted(stray)}")
    return tuple(_read_column(col, instants, columns.flaws.get(col[0], [])) for col in columns.cols)


def _read_column(col: Column, instants: Sequence[tuple[int, ...]], flaws: Sequence[tuple[int, str]]) -> Series:
    point, unit, scale, index, coded = col
    if not 0 <= index < len(instants) or len(instants[index]) != len(coded):
        raise ValueError(f"column {point}: its times are not there, or not as many as its values")
    reasons = dict(flaws)
    if len(reasons) != len(flaws) or not reasons.keys() <= set(range(len(coded))):
        raise ValueError(f"column {point}: a reason stands where no value can be, or two stand at one")
    values = read_values(coded)
    if any(value is None and place not in reasons for place, value in enumerate(values)):
        raise ValueError(f"column {point}: a missing value has no reason")
    readings = tuple(
        Reading(at, value, reasons.get(place, ""))
        for place, (at, value) in enumerate(zip(instants[index], values, strict=True))
    )
    return Series(point, unit, scale, readings)
