"""What an entry costs on the line, and under which conditions the protocol's figure holds. [W-COST]

The figure is of an entry, not a law of the form: names are part of each entry. With a device of 8 characters, points of 5 and changes
of up to 0.2 degrees each read, 60 readings stay within 600 bytes for any seed tried; points of 8 or 9 characters pass it by up to 4 %.
"""

import random

import pytest

from larder_core.columns import Reading, Series, write_columns
from larder_core.content import Batch
from larder_core.digest import line_hash
from larder_core.entry import read_entry, write_entry

INSTANTS, POINTS = 12, 5
AT_MS = 1_700_000_000_000
STREAM = "0123456789abcdef" * 2
CHANGES = {"steady": [-1, 0, 0, 1], "noisy": [-2, -1, -1, 0, 0, 0, 1, 1, 2]}
"""In tenths of a degree between two reads five seconds apart: half of them, and two thirds of them, not zero."""


def entry(
    seed: int, jitter_ms: int, changes: str, device: str = "box-0007", name: str = "cold", points: int = POINTS
) -> bytes:
    """Entry 123456 of a stream: `points` read together every five seconds, each wandering on its own."""
    chance = random.Random(seed)
    instants = [AT_MS - 55_000 + 5000 * k + chance.randint(-jitter_ms, jitter_ms) for k in range(INSTANTS)]
    series: list[Series] = []
    for point in range(points):
        value, readings = chance.choice([-1820, -185, 42, 1250]), []
        for at_ms in instants:
            value += chance.choice(CHANGES[changes])
            readings.append(Reading(at_ms, value, ""))
        series.append(Series(f"{name}{point}", "Cel", -1, tuple(readings)))
    columns = write_columns(series, AT_MS)
    batch = Batch(
        kind="batch", device=device, boot="0badcafe", at=AT_MS, up=86_400_000 * 30, clock=("synced", 120), total=7_407_360,
        times=columns.times, cols=columns.cols, flaws=columns.flaws,
    )  # fmt: skip
    return write_entry(STREAM, 123456, line_hash(b"before"), batch)


@pytest.mark.parametrize("changes", CHANGES)
@pytest.mark.parametrize("jitter_ms", [0, 1, 3, 9])
@pytest.mark.parametrize("seed", range(40))
def test_sixty_readings_take_at_most_600_bytes(seed: int, jitter_ms: int, changes: str) -> None:
    line = entry(seed, jitter_ms, changes)
    assert len(line) <= 600
    header, content = read_entry(line)
    assert (header.n, content.readings) == (123456, INSTANTS * POINTS)


@pytest.mark.parametrize("longer", [1, 4, 27])
def test_a_longer_name_costs_its_characters_once_an_entry(longer: int) -> None:
    plain = len(entry(0, 3, "noisy"))
    assert len(entry(0, 3, "noisy", name="cold" + "x" * longer)) == plain + POINTS * longer
    assert len(entry(0, 3, "noisy", device="box-0007"[: 8 - longer % 8])) == plain - longer % 8


@pytest.mark.parametrize("seed", range(40))
def test_noisy_points_of_nine_characters_pass_the_figure_by_at_most_four_percent(seed: int) -> None:
    assert len(entry(seed, 20, "noisy", device="canteen-07", name="freezer-")) <= 624


def test_a_reading_in_a_larger_batch_costs_less() -> None:
    sizes = {points: len(entry(0, 3, "noisy", points=points)) / points for points in (1, 5, 50)}
    assert sizes[1] > 2 * sizes[5] > 2 * sizes[50]
