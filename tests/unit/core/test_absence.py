"""What was due and never taken. [W-ABSENCE]"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larder_core.absence import EVENT, REASONS, Absence, due_inside, read_absence, write_absence
from larder_core.content import Event
from larder_core.digest import GENESIS
from larder_core.entry import read_entry, write_entry
from tests.property.wire_strategies import DEVICE, NAMES

SAID = {"from": 1_000, "to": 61_000, "points": "rh,t", "missed": 10, "reason": "stopped"}


def event(detail: dict[str, Any], name: str = EVENT) -> Event:
    return Event(
        kind="event",
        device=DEVICE,
        boot="0badcafe",
        at=61_000,
        up=5,
        clock=("synced", 1),
        total=0,
        event=name,
        detail=detail,
    )


@given(
    st.builds(
        Absence, st.integers(0, 2**50), st.integers(0, 2**50), st.none() | st.frozensets(NAMES, min_size=1, max_size=5),
        st.none() | st.integers(0, 2**50), st.sampled_from(sorted(REASONS)), st.sampled_from(["", "power"]), st.just("") | NAMES,
    )
)  # fmt: skip
def test_what_is_written_into_an_entry_is_read_from_it(absence: Absence) -> None:
    line = write_entry("0" * 32, 1, GENESIS, event(write_absence(absence)))
    content = read_entry(line, device=DEVICE)[1]
    assert isinstance(content, Event)
    assert read_absence(content) == absence


def test_all_points_are_a_star() -> None:
    assert read_absence(event(SAID | {"points": "*"})) == Absence(1_000, 61_000, None, 10, "stopped")


@pytest.mark.parametrize(
    "change",
    [{"from": None}, {"to": "61000"}, {"to": True}, {"points": ""}, {"points": 1}, {"missed": -1}, {"missed": "10"}, {"missed": True},
     {"reason": "whim"}, {"reason": None}],
    ids=str,
)  # fmt: skip
def test_what_says_it_otherwise_says_nothing(change: dict[str, Any]) -> None:
    assert read_absence(event(SAID)) is not None
    assert read_absence(event(SAID | change)) is None


@pytest.mark.parametrize("missing", sorted(SAID.keys() - {"missed"}))
def test_nothing_may_be_missing(missing: str) -> None:
    assert read_absence(event({key: value for key, value in SAID.items() if key != missing})) is None


def test_any_other_event_is_none() -> None:
    assert read_absence(event(SAID, "clock-set")) is None


@pytest.mark.parametrize(
    ("gap", "periods", "missed"),
    [
        (10_000, [10_000], 0),
        (10_001, [10_000], 1),
        (60_000, [10_000, 10_000], 10),
        (60_000, [60_000], 0),
        (0, [1_000], 0),
        (-5, [1_000], 0),
    ],
)
def test_what_falls_due_inside_a_gap(gap: int, periods: list[int], missed: int) -> None:
    assert due_inside(gap, periods) == missed
