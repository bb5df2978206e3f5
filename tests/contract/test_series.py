"""What every adapter of the series promises; in memory and over series.db."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from larder_core.columns import Reading, Series
from larder_core.content import Adoption, Event
from larder_core.entry import write_entry
from larder_core.sizes import MAX_INT
from larder_hub.ledger.rows import LedgerRow
from larder_hub.metrics import Metrics
from larder_hub.projections.port import Projection
from larder_hub.series.decoded import HoleInRows
from larder_hub.series.memory import MemorySeries
from larder_hub.series.port import HOUR_MS, MAX_AHEAD_MS, Filled, SeriesReader, Value
from larder_hub.series.port import Series as SeriesPort
from larder_hub.series.sealing import DAY_MS
from larder_hub.series.sqlite import SqliteSeries
from tests.support.ledger_rows import T0_MS, Rows, readings

Opener = Callable[[], SeriesPort]


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


class SealedSeries(SqliteSeries):
    """Everything is packed as soon as it is there: nothing that is asked or changed meets a plain row."""

    def apply(self, rows: Sequence[LedgerRow]) -> None:
        super().apply(rows)
        while self.seal(MAX_INT, -DAY_MS):
            continue


@pytest.fixture(params=["memory", "sqlite", "sealed"])
def open_series(request: pytest.FixtureRequest, tmp_path: Path, metrics: Metrics) -> Iterator[Opener]:
    """Each call opens another, empty series."""
    with ExitStack() as stack:
        opened = iter(range(1_000_000))

        def make() -> SeriesPort:
            if request.param == "memory":
                return MemorySeries(metrics)
            made = SqliteSeries if request.param == "sqlite" else SealedSeries
            series = made(tmp_path / f"series-{next(opened)}.db", metrics)
            series.open()
            stack.callback(series.close)
            return series

        yield make


@pytest.fixture
def series(open_series: Opener) -> SeriesPort:
    return open_series()


def told(series: SeriesReader, point: str = "t", device: str = "box") -> list[tuple[int, int | None, str]]:
    """(seconds after T0, value, quality) of everything."""
    found = series.between(device, point, 0, MAX_INT, 10_000)
    return [((value.at_ms - T0_MS) // 1000, value.value, value.quality) for value in found]


def test_an_empty_series_says_nothing(series: SeriesPort) -> None:
    projection: Projection = series
    assert (projection.name, projection.position()) == ("series", 0)
    assert series.last() == {}
    assert series.between("box", "t", 0, MAX_INT, 10) == []


def test_a_batch_is_readings_with_their_place_in_the_ledger(series: SeriesPort) -> None:
    rows = Rows()
    rows.content(Event(kind="event", event="boot", detail={}, **rows.spoken(T0_MS)))
    rows.batch(readings("t", (0, 41), (60, 43)), readings("rh", (0, 55), (60, 54), unit="%RH", scale=0))
    series.apply(rows.rows)
    assert series.position() == 2
    assert series.between("box", "t", 0, MAX_INT, 10) == [
        Value(T0_MS, 41, "Cel", -1, "", 2),
        Value(T0_MS + 60_000, 43, "Cel", -1, "", 2),
    ]
    last = series.last()
    assert set(last) == {("box", "t"), ("box", "rh")}
    assert last["box", "rh"][:5] == (T0_MS + 60_000, 54, "%RH", 0, "")
    assert last["box", "t"][5:] == (T0_MS + 60_000, 43, "Cel", -1)


def test_rows_applied_again_change_nothing(series: SeriesPort) -> None:
    rows = Rows()
    rows.batch(readings("t", (0, 41)))
    rows.batch(readings("t", (60, 42)))
    series.apply(rows.rows[:1])
    series.apply(rows.rows)
    series.apply(rows.rows)
    assert (series.position(), told(series)) == (2, [(0, 41, ""), (60, 42, "")])


def test_a_body_that_comes_again_is_stored_once(series: SeriesPort) -> None:
    rows = Rows()
    first = rows.batch(readings("t", (0, 41)))
    rows.again(first)
    rows.batch(readings("t", (60, 42)))
    series.apply(rows.rows)
    assert (series.position(), told(series)) == (3, [(0, 41, ""), (60, 42, "")])


def test_both_sides_of_a_fork_are_kept(series: SeriesPort) -> None:
    """Two bodies of one number and one instant that differ: both count, in the order of the ledger."""
    rows = Rows()
    rows.batch(readings("t", (0, 41)))
    rows.rows.append(Rows().batch(readings("t", (0, 90)))._replace(position=2))
    series.apply(rows.rows)
    assert told(series) == [(0, 41, ""), (0, 90, "")]
    assert series.last()["box", "t"].value == 90


def test_an_adoption_says_nothing_itself(series: SeriesPort) -> None:
    """Its bodies are rows of their own."""
    rows = Rows()
    body = rows.batch(readings("t", (0, 41)))
    rows.content(Adoption(kind="adoption", adopted=[body.line.decode()], **rows.spoken(T0_MS)))
    series.apply(rows.rows)
    assert (series.position(), told(series)) == (2, [(0, 41, "")])


def test_late_readings_land_in_their_place_and_never_become_the_last(series: SeriesPort) -> None:
    rows = Rows()
    rows.batch(readings("t", (600, 60)))
    rows.batch(readings("t", (0, 41), (60, 42)))
    series.apply(rows.rows)
    assert told(series) == [(0, 41, ""), (60, 42, ""), (600, 60, "")]
    assert series.last()["box", "t"].at_ms == T0_MS + 600_000


def test_a_bad_reading_is_the_last_but_not_the_last_good_one(series: SeriesPort) -> None:
    rows = Rows()
    rows.batch(readings("t", (0, 41), (60, 850, "power-on"), (120, None, "no-answer")))
    series.apply(rows.rows)
    last = series.last()["box", "t"]
    assert last[:5] == (T0_MS + 120_000, None, "Cel", -1, "no-answer")
    assert last[5:] == (T0_MS, 41, "Cel", -1)


def test_without_any_good_reading_there_is_no_last_good(series: SeriesPort) -> None:
    rows = Rows()
    rows.batch(readings("t", (0, None, "no-answer")))
    rows.batch(readings("t", (60, None, "crc"), scale=-2))
    series.apply(rows.rows)
    assert series.last()["box", "t"] == (T0_MS + 60_000, None, "Cel", -2, "crc", None, None, "Cel", -2)


def test_a_late_good_reading_becomes_the_last_good_one(series: SeriesPort) -> None:
    rows = Rows()
    rows.batch(readings("t", (600, None, "no-answer")))
    rows.batch(readings("t", (0, 41)))
    series.apply(rows.rows)
    last = series.last()["box", "t"]
    assert (last.at_ms, last.quality) == (T0_MS + 600_000, "no-answer")
    assert (last.last_good_at_ms, last.last_good_value) == (T0_MS, 41)


def test_a_change_of_scale_keeps_each_reading_in_its_own(series: SeriesPort) -> None:
    rows = Rows()
    rows.batch(readings("t", (0, 41)))
    rows.batch(readings("t", (60, 412, "drift"), scale=-2))
    series.apply(rows.rows)
    assert [(one.value, one.scale) for one in series.between("box", "t", 0, MAX_INT, 10)] == [(41, -1), (412, -2)]
    last = series.last()["box", "t"]
    assert (last.scale, last.last_good_scale) == (-2, -1)


def test_a_clock_set_to_next_year_does_not_silence_the_point(series: SeriesPort) -> None:
    rows = Rows(delay_ms=-MAX_AHEAD_MS - 1)
    rows.batch(readings("t", (31_536_000, 41)))
    series.apply(rows.rows)
    assert series.last() == {}
    assert told(series) == [(31_536_000, 41, "")]
    rows.delay_ms = -MAX_AHEAD_MS
    rows.batch(readings("t", (0, 42)))
    series.apply(rows.rows)
    assert series.last()["box", "t"].value == 42


def test_a_range_includes_its_beginning_and_excludes_its_end(series: SeriesPort) -> None:
    rows = Rows()
    rows.batch(readings("t", *[(n * 60, n) for n in range(6)]))
    series.apply(rows.rows)
    found = series.between("box", "t", T0_MS + 60_000, T0_MS + 240_000, 10)
    assert [one.value for one in found] == [1, 2, 3]
    assert [one.value for one in series.between("box", "t", T0_MS + 60_000, MAX_INT, 2)] == [1, 2]
    assert series.between("box", "t", T0_MS, T0_MS, 10) == []


def test_devices_and_points_do_not_mix(series: SeriesPort) -> None:
    one, other = Rows("box"), Rows("other", stream="f" * 32)
    one.batch(readings("t", (0, 41)))
    other.rows.append(one.rows[0])
    other.batch(readings("t", (0, 99)))
    series.apply(other.rows)
    assert (told(series), told(series, device="other")) == ([(0, 41, "")], [(0, 99, "")])


def test_a_hole_in_the_rows_is_an_error_and_changes_nothing(series: SeriesPort) -> None:
    rows = Rows()
    for n in range(3):
        rows.batch(readings("t", (n, n)))
    with pytest.raises(HoleInRows, match=r"stands at 0"):
        series.apply(rows.rows[1:])
    with pytest.raises(HoleInRows):
        series.apply([rows.rows[0], rows.rows[2]])
    assert (series.position(), told(series)) == (0, [])


def test_a_row_that_cannot_be_read_is_counted_and_stops_nothing(series: SeriesPort, metrics: Metrics) -> None:
    rows = Rows()
    good = rows.batch(readings("t", (0, 41)))
    rows.content(
        good.content(), line=write_entry(rows.stream, 2, "A" * 43, good.content()).replace(b'{"v":1,', b'{"v":2,')
    )
    rows.batch(readings("t", (60, 42)))
    series.apply(rows.rows)
    assert (series.position(), told(series)) == (3, [(0, 41, ""), (60, 42, "")])
    assert metrics.unread.labels("series", "unknown-version")._value.get() == 1


NEXT_HOUR_MS = -(-T0_MS // HOUR_MS) * HOUR_MS


def test_instants_are_counted_by_bin_and_word(series: SeriesPort) -> None:
    """T0 is 2,800 s before a full hour: two instants of the first hour, three of the next one."""
    rows = Rows()
    rows.batch(readings("t", (0, 41), (60, None, "no-answer"), (2_800, 41), (2_860, 41), (2_920, 850, "power-on")))
    series.apply(rows.rows)
    first = NEXT_HOUR_MS - HOUR_MS
    assert NEXT_HOUR_MS - T0_MS == 2_800_000
    assert series.filled(0, MAX_INT, HOUR_MS) == [
        Filled("box", "t", first, "", 1), Filled("box", "t", first, "no-answer", 1),
        Filled("box", "t", NEXT_HOUR_MS, "", 2), Filled("box", "t", NEXT_HOUR_MS, "power-on", 1),
    ]  # fmt: skip
    day = T0_MS - T0_MS % (24 * HOUR_MS)
    assert [(one.from_ms, one.quality, one.instants) for one in series.filled(0, MAX_INT, 24 * HOUR_MS)] == [
        (day, "", 3), (day, "no-answer", 1), (day, "power-on", 1),
    ]  # fmt: skip


def test_a_period_that_cuts_hours_counts_only_what_is_in_it(series: SeriesPort) -> None:
    rows = Rows()
    rows.batch(readings("t", *[(n * 60, n) for n in range(200)]))
    series.apply(rows.rows)
    found = series.filled(T0_MS + 120_000, T0_MS + 2_800_000 + 2 * HOUR_MS + 60_000, HOUR_MS)
    assert [one.instants for one in found] == [45, 60, 60, 1]
    assert [one.instants for one in series.filled(T0_MS, T0_MS + 120_000, HOUR_MS)] == [2]
    assert series.filled(T0_MS, T0_MS, HOUR_MS) == []


def test_an_instant_counts_once_and_a_good_reading_of_it_outweighs(series: SeriesPort) -> None:
    """Also where the point has changed its scale, and so its series."""
    rows = Rows()
    rows.batch(readings("t", (0, None, "crc"), (60, None, "crc"), (120, 5)))
    rows.batch(readings("t", (0, 410), (60, None, "timeout"), (120, None, "crc"), scale=-2))
    rows.batch(readings("t", (0, 41)))
    series.apply(rows.rows)
    assert [(one.quality, one.instants) for one in series.filled(0, MAX_INT, HOUR_MS)] == [("", 2), ("crc", 1)]


TELLINGS = st.lists(
    st.tuples(
        st.sampled_from(["t", "rh"]),
        st.lists(
            st.tuples(st.integers(0, 20), st.one_of(st.none(), st.integers(-500, 500)), st.sampled_from(["", "", "crc"])),
            min_size=1, max_size=4,
        ),
    ),
    max_size=8,
)  # fmt: skip


def _rows(tellings: Sequence[tuple[str, list[tuple[int, int | None, str]]]]) -> list[LedgerRow]:
    rows = Rows()
    for point, values in tellings:
        told = [
            Reading(T0_MS + at * 1000, value, quality or ("none" if value is None else ""))
            for at, value, quality in sorted(values, key=lambda one: one[0])
        ]
        rows.batch(Series(point, "Cel", -1, tuple(told)))
    return rows.rows


@given(tellings=TELLINGS, cuts=st.lists(st.integers(0, 8), max_size=5))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_however_the_rows_are_cut_and_repeated_the_answer_is_the_same(
    open_series: Opener, tellings: list[tuple[str, list[tuple[int, int | None, str]]]], cuts: list[int]
) -> None:
    rows = _rows(tellings)
    whole, pieces, plain = open_series(), open_series(), MemorySeries(Metrics())
    whole.apply(rows)
    plain.apply(rows)
    for cut in cuts:
        pieces.apply(rows[: max(cut, pieces.position())])
    pieces.apply(rows)
    for series in (whole, pieces):
        assert series.last() == plain.last()
        for begin, end in ((0, MAX_INT), (T0_MS + 5_000, NEXT_HOUR_MS), (T0_MS, T0_MS + 12_000)):
            assert series.filled(begin, end, HOUR_MS) == plain.filled(begin, end, HOUR_MS)
        for point in ("t", "rh"):
            assert series.between("box", point, 0, MAX_INT, 1000) == plain.between("box", point, 0, MAX_INT, 1000)


LONG_AGO_MS = 60_000
"""What a clock shows that was never set, a minute after its boot."""


def unset(point: str, *values: tuple[int, int], at_ms: int = LONG_AGO_MS) -> Series:
    """`values` are (seconds after `at_ms`, value)."""
    return Series(point, "Cel", -1, tuple(Reading(at_ms + 1000 * at, value, "") for at, value in values))


def unset_batch(rows: Rows, *values: tuple[int, int], state: str = "unset", boot: str = "0a1b2c3d") -> LedgerRow:
    """Sealed by a clock that shows its uptime, received when its true time is half a minute old."""
    up = LONG_AGO_MS + 1000 * values[-1][0]
    received_ms = T0_MS + up - LONG_AGO_MS + 30_000
    return rows.batch(unset("t", *values), received_ms=received_ms, clock=(state, None), up=up, boot=boot)


def anchor(rows: Rows, seconds: int, state: str = "synced", boot: str = "0a1b2c3d") -> LedgerRow:
    """At T0 the machine had been up for as long as `LONG_AGO_MS` says."""
    at_ms = T0_MS + 1000 * seconds
    error = 5 if state == "synced" else None
    return rows.event("clock-set", at_ms, boot=boot, up=LONG_AGO_MS + 1000 * seconds, clock=(state, error))


@pytest.mark.parametrize("first", [True, False])
def test_an_anchor_times_the_readings_of_its_boot_before_and_after_it(series: SeriesPort, first: bool) -> None:
    """[C2] [C3] The device's own time stays beside the derived one, with the stated error."""
    rows = Rows()
    if first:
        anchor(rows, 100)
    unset_batch(rows, (0, 41), (10, 42))
    unset_batch(rows, (20, 7), boot="ffffffff")
    if not first:
        anchor(rows, 100)
    series.apply(rows.rows)
    assert told(series)[-2:] == [(0, 41, ""), (10, 42, "")]
    values = series.between("box", "t", T0_MS, MAX_INT, 10)
    assert [(one.told_ms, one.error_ms) for one in values] == [(LONG_AGO_MS, 55), (LONG_AGO_MS + 10_000, 55)]
    (other,) = series.between("box", "t", 0, T0_MS, 10)
    assert (other.at_ms, other.told_ms, other.error_ms) == (LONG_AGO_MS + 20_000, None, None)
    assert series.last()["box", "t"][:2] == (T0_MS + 10_000, 42)
    assert [(one.from_ms, one.instants) for one in series.filled(0, MAX_INT, HOUR_MS)] == [
        (0, 1),
        (NEXT_HOUR_MS - HOUR_MS, 2),
    ]


def test_readings_whose_clock_was_set_are_never_moved(series: SeriesPort) -> None:
    """[C2]"""
    rows = Rows()
    rows.batch(readings("t", (0, 41)), up=LONG_AGO_MS - 999, clock=("holdover", 9))
    anchor(rows, 100)
    series.apply(rows.rows)
    assert series.between("box", "t", 0, MAX_INT, 10) == [Value(T0_MS, 41, "Cel", -1, "", 1)]


def test_a_moved_reading_is_the_last_word_again(series: SeriesPort) -> None:
    """Restored four minutes ahead, believed; then the anchor shows that later readings are newer."""
    rows = Rows()
    ahead = Series("t", "Cel", -1, (Reading(T0_MS + 240_000, 99, ""),))
    rows.batch(ahead, received_ms=T0_MS, clock=("restored", None), up=LONG_AGO_MS)
    rows.batch(readings("t", (60, 41)), received_ms=T0_MS + 61_000)
    series.apply(rows.rows)
    assert series.last()["box", "t"].value == 99
    anchor(rows, 100)
    series.apply(rows.rows)
    assert told(series) == [(0, 99, ""), (60, 41, "")]
    assert series.last()["box", "t"][:2] == (T0_MS + 60_000, 41)


def test_what_was_dated_too_far_ahead_stays_no_last_word(series: SeriesPort) -> None:
    """Another batch's move looks the last word up again."""
    rows = Rows()
    rows.batch(readings("t", (86_400, 99)), received_ms=T0_MS)
    unset_batch(rows, (0, 41))
    anchor(rows, 100)
    series.apply(rows.rows)
    assert series.last()["box", "t"][:2] == (T0_MS, 41)


CLOCKED = st.lists(
    st.one_of(
        st.tuples(st.just("unset"), st.integers(0, 5000), st.integers(0, 99)),
        st.tuples(st.just("restored"), st.integers(0, 5000), st.integers(0, 99)),
        st.tuples(st.just("synced"), st.integers(0, 5000), st.integers(0, 99)),
        st.tuples(st.just("anchor"), st.integers(0, 5000), st.sampled_from([0, 1])),
    ),
    max_size=10,
)


def clocked(said: Sequence[tuple[str, int, int]]) -> list[LedgerRow]:
    rows = Rows()
    for what, seconds, value in said:
        if what == "anchor":
            anchor(rows, seconds, ("restored", "synced")[value])
        elif what == "synced":
            rows.batch(readings("t", (seconds, value)), up=LONG_AGO_MS + 1000 * seconds)
        else:
            unset_batch(rows, (seconds, value), (seconds + 5, value + 1), state=what)
    return rows.rows


@given(said=CLOCKED)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whenever_an_anchor_comes_the_answer_is_the_same(open_series: Opener, said: list[tuple[str, int, int]]) -> None:
    """[C2] And the same over every adapter. Synced and derived readings stand at their true time."""
    rows, early = clocked(said), clocked(sorted(said, key=lambda one: one[0] != "anchor"))
    series, plain, sooner = open_series(), MemorySeries(Metrics()), open_series()
    for row in rows:
        series.apply([row])
    plain.apply(rows)
    sooner.apply(early)
    assert series.last() == plain.last()
    assert series.between("box", "t", 0, MAX_INT, 1000) == plain.between("box", "t", 0, MAX_INT, 1000)
    assert series.filled(0, MAX_INT, HOUR_MS) == plain.filled(0, MAX_INT, HOUR_MS) == sooner.filled(0, MAX_INT, HOUR_MS)
    times = [[one[:5] + one[6:] for one in asked.between("box", "t", 0, MAX_INT, 1000)] for asked in (series, sooner)]
    assert sorted(times[0], key=repr) == sorted(times[1], key=repr)
    if ("anchor", 1) in {(what, value) for what, _, value in said}:
        assert all(one.at_ms >= T0_MS for one in series.between("box", "t", 0, MAX_INT, 1000))
