"""The derived time of readings whose clock was not set. [C2]"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larder_core.anchor import Anchor, Derived, Told, anchor_of, derive, told_by
from larder_core.columns import Reading, Series, write_columns
from larder_core.content import Batch, Clock, Event
from larder_core.sizes import MAX_INT

WALL = 1_790_000_000_000
TOLD = Told("0badcafe", at=60_000, up=50_000, state="unset", ago=10_000)


def anchor(
    at: int = WALL, up: int = 100_000, state: str = "synced", error: int | None = 5, boot: str = "0badcafe"
) -> Anchor:
    return Anchor(boot, at, up, state, error)  # type: ignore[arg-type]


def test_instants_move_by_what_the_clocks_differ() -> None:
    """Sealed 50 s before the anchor; 60 s of drift at 500 ppm are 30 ms."""
    assert derive(TOLD, [anchor()]) == Derived(WALL - 50_000 - 60_000, 5 + 30)


def test_an_unknown_error_stays_unknown() -> None:
    assert derive(TOLD, [anchor(state="restored", error=None)]) == Derived(WALL - 50_000 - 60_000, None)


@pytest.mark.parametrize(
    ("told", "anchors", "at"),
    [
        (TOLD, [], None),
        (TOLD, [anchor(boot="ffffffff")], None),
        (TOLD, [anchor(state="unset")], None),
        (TOLD._replace(state="restored"), [anchor(state="restored")], None),
        (TOLD._replace(state="restored"), [anchor(up=50_000)], WALL),
        # the most trusted, whatever is nearer
        (
            TOLD,
            [anchor(state="restored", up=50_000), anchor(at=WALL + 7, up=10**9)],
            WALL + 7 - (10**9 - 50_000),
        ),
        # the nearest, before or after; of two as near the earlier
        (TOLD, [anchor(at=WALL, up=51_000), anchor(at=5, up=52_000)], WALL - 1_000),
        (TOLD, [anchor(at=WALL, up=49_500), anchor(at=5, up=51_000)], WALL + 500),
        (TOLD, [anchor(at=WALL + 7, up=51_000), anchor(at=WALL, up=49_000)], WALL + 1_000),
        # what no clock can show
        (TOLD, [anchor(at=59_999)], None),
        (TOLD, [anchor(at=60_000)], 10_000),
        (TOLD._replace(ahead=1), [anchor(at=MAX_INT, up=50_000)], None),
        (TOLD, [anchor(at=MAX_INT, up=50_000)], MAX_INT),
    ],
)
def test_which_anchor_counts(told: Told, anchors: list[Anchor], at: int | None) -> None:
    for order in (anchors, anchors[::-1]):
        derived = derive(told, order)
        assert (None if derived is None else told.at + derived.shift_ms) == at


@given(
    st.lists(
        st.tuples(st.integers(0, 2**41), st.integers(0, 2**35), st.sampled_from(["restored", "synced", "holdover"])),
        max_size=5,
    )
)
def test_readings_of_a_batch_keep_their_distances(said: list[tuple[int, int, str]]) -> None:
    """One shift for a batch, the same in whatever order anchors came, and never out of the range."""
    anchors = [anchor(at, up, state) for at, up, state in said]
    derived = derive(TOLD, anchors)
    assert derive(TOLD, anchors[::-1]) == derived
    if derived is not None:
        assert TOLD.at - TOLD.ago + derived.shift_ms >= 0


def batch(clock: Clock) -> Batch:
    series = [
        Series("t", "Cel", -1, (Reading(50_000, 1, ""), Reading(57_000, 2, ""))),
        Series("h", "%RH", 0, (Reading(61_000, 1, ""),)),
    ]
    columns = write_columns(series, 60_000)
    return Batch(kind="batch", device="box", boot="0badcafe", at=60_000, up=50_000, clock=clock, total=3, times=columns.times,
                 cols=columns.cols, flaws=columns.flaws)  # fmt: skip


def test_what_a_batch_tells_of_its_time() -> None:
    assert told_by(batch(("unset", None))) == TOLD._replace(ago=10_000, ahead=1_000)
    assert told_by(batch(("restored", None))) == TOLD._replace(ago=10_000, ahead=1_000, state="restored")
    assert told_by(batch(("synced", 5))) is None
    assert told_by(batch(("holdover", 5))) is None


def test_only_the_event_is_an_anchor() -> None:
    spoken = {"device": "box", "boot": "0badcafe", "at": 9, "up": 5, "clock": ("synced", 1), "total": 0, "detail": {}}
    assert anchor_of(Event.model_validate({"kind": "event", "event": "clock-set"} | spoken)) == Anchor(
        "0badcafe", 9, 5, "synced", 1
    )
    assert anchor_of(Event.model_validate({"kind": "event", "event": "stopped"} | spoken)) is None
    assert anchor_of(batch(("synced", 5))) is None
