"""Everything that a writer of the wire may say, for hypothesis."""

from itertools import accumulate
from typing import Any

from hypothesis import strategies as st

from larder_core.columns import Reading, Series, write_columns
from larder_core.content import Adoption, Batch, Content, Covers, Event, Loss
from larder_core.digest import GENESIS, line_hash
from larder_core.receipt import Receipt
from larder_core.sizes import MAX_INT
from larder_core.statement import Backlog, Birth, Disk, Status
from larder_core.units import UNITS

DEVICE = "box"
NAMES = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=32)
STREAMS = st.binary(min_size=16, max_size=16).map(bytes.hex)
HASHES = st.one_of(st.just(GENESIS), st.binary(max_size=8).map(line_hash))
COUNTS = st.integers(0, MAX_INT)
NUMBERS = st.integers(1, MAX_INT)
# half of the range, so that a difference of any two is inside it
VALUES = st.one_of(st.integers(-2000, 2000), st.integers(-(2**52), 2**52 - 1))
UNIT = st.sampled_from(sorted(UNITS))
TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
CLOCKS = st.tuples(st.sampled_from(["unset", "restored", "synced", "holdover"]), st.none() | COUNTS)
MOMENT: dict[str, st.SearchStrategy[Any]] = {
    "device": st.just(DEVICE), "boot": st.binary(min_size=4, max_size=4).map(bytes.hex), "at": st.integers(0, 2**51), "up": COUNTS,
    "clock": CLOCKS,
}  # fmt: skip
SPOKEN = MOMENT | {"total": COUNTS}


@st.composite
def readings(draw: st.DrawFn, instants: list[int]) -> tuple[Reading, ...]:
    def one(at_ms: int) -> Reading:
        quality = draw(st.one_of(st.just(""), NAMES))
        return Reading(at_ms, draw(st.none() | VALUES) if quality else draw(VALUES), quality)

    return tuple(one(at_ms) for at_ms in instants)


@st.composite
def all_series(draw: st.DrawFn) -> list[Series]:
    steps = st.one_of(st.integers(0, 20_000), st.just(5000))
    clocks = [
        list(accumulate(draw(st.lists(steps, max_size=11)), initial=draw(st.integers(0, 2**50))))
        for _ in range(draw(st.integers(1, 3)))
    ]
    points = draw(st.lists(NAMES, min_size=1, max_size=6, unique=True))
    return [
        Series(point, draw(UNIT), draw(st.integers(-9, 9)), draw(readings(draw(st.sampled_from(clocks)))))
        for point in points
    ]


@st.composite
def batches(draw: st.DrawFn) -> Batch:
    spoken = {name: draw(strategy) for name, strategy in SPOKEN.items()}
    columns = write_columns(draw(all_series()), spoken["at"])
    return Batch(kind="batch", times=columns.times, cols=columns.cols, flaws=columns.flaws, **spoken)


@st.composite
def covers(draw: st.DrawFn) -> Covers:
    first = draw(NUMBERS)
    points = []
    for point in draw(st.lists(NAMES, max_size=3)):
        good = draw(st.integers(0, 100))
        figures = (*sorted([draw(VALUES), draw(VALUES)]), draw(VALUES)) if good else (None, None, None)
        points.append((point, draw(UNIT), draw(st.integers(-9, 9)), draw(st.integers(good, 200)), good, *figures))
    return Covers(
        stream=draw(STREAMS), first=first, last=draw(st.integers(first, MAX_INT)), end=draw(HASHES), count=draw(COUNTS),
        reason=draw(NAMES), points=points,
    )  # fmt: skip


EVENTS = st.builds(
    Event, kind=st.just("event"), event=NAMES,
    detail=st.dictionaries(NAMES, st.one_of(TEXTS, st.integers(-MAX_INT, MAX_INT), st.booleans(), st.none()), max_size=5),
    **SPOKEN,
)  # fmt: skip
CONTENTS: st.SearchStrategy[Content] = st.one_of(
    batches(),
    st.builds(Loss, kind=st.just("loss"), covers=st.lists(covers(), min_size=1, max_size=3), **SPOKEN),
    st.builds(Adoption, kind=st.just("adoption"), adopted=st.lists(TEXTS, min_size=1, max_size=5), **SPOKEN),
    EVENTS,
)  # fmt: skip
ANNOUNCED = MOMENT | {
    "stream": STREAMS, "first": st.integers(1, 5), "n": st.integers(4, MAX_INT), "hash": HASHES,
}  # fmt: skip
BIRTHS = st.builds(
    Birth, birth=st.just(1), agent=TEXTS, drivers=st.dictionaries(NAMES, TEXTS, max_size=3), config=COUNTS,
    points=st.lists(st.tuples(NAMES, UNIT, st.integers(-9, 9), st.integers(1, 604_800_000)), max_size=4), **ANNOUNCED,
)  # fmt: skip
STATUSES = st.builds(
    Status, status=st.just(1), online=st.booleans(), produced=COUNTS,
    backlog=st.builds(Backlog, entries=COUNTS, readings=COUNTS, oldest_at=st.none() | COUNTS),
    disk=st.builds(Disk, used=COUNTS, bound=COUNTS, free=COUNTS), **ANNOUNCED,
)  # fmt: skip
RANGES = st.tuples(NUMBERS, NUMBERS).map(sorted).map(tuple)


@st.composite
def receipts(draw: st.DrawFn) -> Receipt:
    upto = draw(COUNTS)
    fields: dict[str, Any] = {"receipt": 1, "device": DEVICE, "upto": upto, "safe": draw(st.integers(0, upto))}
    rest = {
        "stream": STREAMS, "generation": COUNTS, "upto_hash": HASHES, "have": st.lists(RANGES, max_size=4),
        "refused": st.lists(st.tuples(NUMBERS, NAMES), max_size=4), "safe_hash": HASHES,
        "announced": st.lists(st.tuples(COUNTS, HASHES), max_size=4), "frozen": st.booleans(), "credit": st.integers(0, 10_000),
        "hub_time": COUNTS, "unproven": st.lists(st.tuples(HASHES, NAMES), max_size=4), "again": st.lists(RANGES, max_size=4),
    }  # fmt: skip
    return Receipt(**fields, **{name: draw(strategy) for name, strategy in rest.items()})


RECEIPTS = receipts()
