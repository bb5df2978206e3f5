"""What a chaos test says of itself: one row of the table of faults.

`docs/custody.md` counts the rows; `make chaos` runs all of them and prints the table with what each one
measured. Rows marked `quick` run in `make test` as well; they need neither root nor a minute.
"""

from collections.abc import Callable
from typing import NamedTuple

import pytest


class Row(NamedTuple):
    """`number` is that of the fault, `metric` the figure (of a metric, an API or a log) that proves the expected behaviour."""

    number: int
    fault: str
    injection: str
    expected: str
    metric: str
    quick: bool = False


Test = Callable[..., None]


def row(
    number: int, fault: str, *, injection: str, expected: str, metric: str, quick: bool = False
) -> Callable[[Test], Test]:
    """Marks a test as the proof of a row. Several tests may share a row (two brokers); a test may prove one row only."""
    return pytest.mark.chaos(Row(number, fault, injection, expected, metric, quick))


def row_over_both(number: int, fault: str, *, injection: str, expected: str, metric: str) -> pytest.MarkDecorator:
    """Marks a test of `kind` as the proof of a row over each broker; over nats-server it is quick."""
    rows = {kind: Row(number, fault, injection, expected, metric, kind == "nats") for kind in ("nats", "mosquitto")}
    return pytest.mark.parametrize(
        "kind", [pytest.param(kind, marks=pytest.mark.chaos(one)) for kind, one in rows.items()]
    )


def row_of(item: pytest.Item) -> Row | None:
    mark = item.get_closest_marker("chaos")
    return mark.args[0] if mark else None
