"""Time goes on while a backlog is judged: but nobody is accused of what waits to be read."""

from collections.abc import Callable, Sequence
from threading import Event

import pytest

from larder_core.digest import GENESIS, line_hash
from larder_core.entry import write_entry
from larder_hub.alarms.shelves import SqliteShelves
from larder_hub.ledger.rows import LedgerRow
from larder_hub.projections.runner import Bell, Runner
from larder_hub.web.ports import ShelfView, Wish
from tests.support.incidents import FRIDGE, Box, County, batch, register, stream_of

CountyOf = Callable[..., County]
GROUP = 5


class Shelf:
    """A ledger that holds these rows behind what was judged; time passes while they are read."""

    def __init__(self, county: County, rows: Sequence[LedgerRow], minutes: int) -> None:
        self.county, self.rows, self.minutes, self.first = county, rows, minutes, county.position

    def after(self, position: int, limit: int) -> list[LedgerRow]:
        if limit == GROUP:
            self.county.minute += self.minutes
        return [row for row in self.rows if row.position > position][:limit]

    def head(self) -> int:
        return self.rows[-1].position if self.rows else self.first


def row_of(county: County, box: Box, position: int) -> LedgerRow:
    """What the box reads now, as a row that arrives now."""
    box.n += 1
    line = write_entry(stream_of(box.id), box.n, GENESIS, batch(box, county.now_ms(), box.clock, county.up_ms()))
    return LedgerRow(position, box.id, stream_of(box.id), box.n, line_hash(line), county.now_ms() + 1_000, line)


def reads_backlog(county: County, rows: Sequence[LedgerRow], minutes: int, times: list[int] | None = None) -> None:
    """The runner of the hub over these rows, a group of five every so many minutes."""

    def meanwhile(now_ms: int) -> None:
        county.projection.meanwhile(now_ms)
        if times is not None:
            times.append(len(county.told()))

    runner = Runner(county.projection, Shelf(county, rows, minutes), Bell(), county.metrics, county.now_ms, GROUP, 1.0,
                    county.projection.hurry, meanwhile)  # type: ignore[arg-type] # fmt: skip
    runner.catch_up(Event())


def backlog_of(county: County, box: Box, count: int, first_minute: int) -> list[LedgerRow]:
    """So many minutes of the past of a box, oldest first, which arrive now."""
    now, rows = county.minute, []
    for n in range(count):
        county.minute = first_minute + n
        made = row_of(county, box, county.position + 1 + n)
        rows.append(made._replace(received_ms=made.received_ms + (now - county.minute) * 60_000))
    county.minute = now
    return rows


def test_what_nobody_signs_goes_a_level_up_in_the_middle_of_anothers_backlog(county_of: CountyOf) -> None:
    county = county_of(register(2))
    county.until(9)
    county.boxes["box2"].up = False
    county.reads(FRIDGE, 13.0).until(30)
    assert [kind for _, kind, _ in county.told("cook1")] == ["raise"]
    county.boxes["box1"].up = False
    reads_backlog(county, backlog_of(county, county.boxes["box2"], 20, 10), minutes=8)
    assert [kind for _, kind, _ in county.told("officer") if kind == "escalate"] == ["escalate"]


def test_a_shelf_ends_in_the_middle_of_a_backlog(county_of: CountyOf) -> None:
    county = county_of(register(2))
    county.until(5)
    shelves = SqliteShelves(county.file, lambda: county.directory, county.projection._rules)
    wish = Wish("张某", "化霜", county.now_ms() + 20 * 60_000, site="site1")
    assert isinstance(shelves.shelve(wish, county.now_ms()), ShelfView)
    county.boxes["box2"].up = False
    county.reads(FRIDGE, 13.0).until(22)
    assert [one["visibility"] for one in county.alarms("food")] == ["shelved"]
    reads_backlog(county, backlog_of(county, county.boxes["box2"], 15, 6), minutes=3)
    assert [one["visibility"] for one in county.alarms("food")] == ["shown"]


@pytest.mark.parametrize("waits", [True, False])
def test_silence_is_judged_only_of_devices_of_which_nothing_waits(county_of: CountyOf, waits: bool) -> None:
    """What box 1 says stands at the end of the backlog, under a clock that lets nothing go ahead; or it is silent in truth."""
    county = county_of(register(3))
    county.until(9)
    for box in county.boxes.values():
        box.up = False
    county.until(10)
    county.minute = 13
    backlog = backlog_of(county, county.boxes["box2"], 40, 0)
    county.position += len(backlog)
    county.boxes["box1"].clock = "unset"
    rest = backlog_of(county, county.boxes["box1"], 3, 10) if waits else []
    county.position -= len(backlog)
    times: list[int] = []
    reads_backlog(county, [*backlog, *rest], minutes=4, times=times)
    silent = {one["device"] for one in county.alarms("silence")}
    assert len(times) > 5
    assert ("box1" in silent) is not waits
    assert "box3" in silent, "nothing of it waits: it is certain"


def test_an_alarm_whose_end_waits_to_be_read_is_not_pursued(county_of: CountyOf) -> None:
    county = county_of(register(2))
    county.until(9)
    county.reads(FRIDGE, 13.0).until(30)
    county.reads(FRIDGE, 4.0)
    one = county.boxes["box1"]
    county.minute = 62
    past = backlog_of(county, county.boxes["box2"], 20, 31)
    county.position += len(past)
    over = backlog_of(county, one, 30, 31)
    county.position -= len(past)
    reads_backlog(county, [*past, *over], minutes=8)
    assert [kind for _, kind, _ in county.told("officer") if kind == "escalate"] == []
    assert [alarm["condition"] for alarm in county.alarms("food")] == ["normal"]
