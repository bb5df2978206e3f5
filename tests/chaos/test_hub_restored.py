"""The hub comes back from a backup a day older: row 42. The drill itself is tests/support/drill.py."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.chaos.rows import row
from tests.support.drill import a_day_older, drill

pytestmark = pytest.mark.process


@row(42, "hub restored a day old", injection="rm -rf of its data, larder hub restore of a point a day (24 s) older",
     expected="receipts go back, the agents refill the missing day by themselves",
     metric="seconds until refilled, missing = 0")  # fmt: skip
def test_a_hub_restored_from_a_day_older_backup(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    """[H8] [R3]"""
    with drill("row 42", tmp_path) as one:
        books = a_day_older(one)
        record_property("refill_s", round(one.refill_s, 1))
        record_property("readings", books.stored)
    assert books.good and books.held == 0 and books.stored == books.produced, f"{books}"
