"""What comes late is judged in device time, found whatever the order in which it comes, and told once."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from larder_core.content import Event
from larder_core.digest import GENESIS
from larder_core.entry import write_entry
from larder_hub.alarms.lanes import MOST_HELD, Lane, arrive, skipped
from tests.support.incidents import FRIDGE, SECOND, START_MS, County, batch, loss, stream_of

JUDGED = "SELECT * FROM point_state WHERE point != ''"
"""Of a clock, which is judged as its batches arrive, the order does matter."""

CountyOf = Callable[..., County]


def night(county: County, *, back_at: float | None = 5.0) -> None:
    """Offline from minute 10; the fridge warm from 20 to 80, or for good; online again at minute 120."""
    box = county.boxes["box1"]
    county.until(9)
    box.online = False
    county.until(19)
    county.reads(FRIDGE, 13.0).until(79)
    if back_at is not None:
        county.reads(FRIDGE, back_at)
    county.until(119)
    box.online = True


def said(county: County, *kinds: str) -> list[str]:
    return [text for _, kind, text in county.told() if kind in kinds]


LATE = "【海北食安】补报：刚察民中食堂冷藏柜2于22日08:20至09:20超限，最高13.0度。请查食品 hbsa.cn/a 单2"


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("live_before", [False, True])
def test_last_nights_excursion_is_one_late_alarm_and_one_late_report(
    county: County, newest_first: bool, live_before: bool
) -> None:
    night(county)
    if live_before:
        county.until(121)
    county.backlog(newest_first=newest_first)
    county.until(150)
    (alarm,) = county.alarms("food")
    assert (alarm["late"], alarm["condition"], alarm["t0_ms"]) == (1, "normal", START_MS + 20 * 60_000)
    assert said(county, "raise", "worse", "late") == [LATE]
    cleared = [text for _, kind, text in county.told("cook1") if kind == "cleared"]
    assert (
        len(cleared) == 1 and "起有数据" in cleared[0]
    )  # the silence is over; the excursion had no raise to take back


def test_a_late_excursion_that_goes_on_is_raised_as_it_is_now(county: County) -> None:
    night(county, back_at=None)
    county.until(120)
    county.backlog(newest_first=True)
    assert said(county, "raise") == []
    county.until(121)
    (alarm,) = county.alarms("food")
    assert (alarm["late"], alarm["condition"]) == (1, "active")
    assert said(county, "raise") == [
        "【海北食安】超温：刚察民中食堂冷藏柜2现13.0度，超8度已1时41分。请关门、移食品并签收 hbsa.cn/a 单2"
    ]
    county.until(150)
    assert len(said(county, "raise", "worse", "late")) == 1


def test_an_excursion_first_seen_live_gets_its_true_beginning_from_the_backlog(county: County) -> None:
    night(county, back_at=None)
    county.until(150)
    (live,) = county.alarms("food")
    assert live["t0_ms"] == START_MS + 120 * 60_000
    county.backlog()
    county.until(152)
    (alarm,) = county.alarms("food")
    assert (alarm["id"], alarm["t0_ms"], alarm["late"]) == (live["id"], START_MS + 20 * 60_000, 0)
    assert len(said(county, "raise", "late")) == 1


def test_an_excursion_told_live_and_over_is_not_reported_late_once_more(county: County) -> None:
    night(county, back_at=None)
    county.until(139)
    county.reads(FRIDGE, 5.0).until(155)
    (live,) = county.alarms("food")
    assert live["condition"] == "normal"
    county.backlog()
    county.until(170)
    (alarm,) = county.alarms("food")
    assert (alarm["id"], alarm["t0_ms"]) == (live["id"], START_MS + 20 * 60_000)
    assert [kind for _, kind, _ in county.told("cook1")] == ["offline", "cleared", "raise", "cleared"]


def test_half_a_backlog_raises_nothing_as_if_it_were_now(county: County) -> None:
    night(county)
    box = county.boxes["box1"]
    rest, box.kept = box.kept[50:], box.kept[:50]
    county.until(120)
    county.backlog()
    county.until(125)
    (alarm,) = county.alarms("food")
    assert (alarm["settled"], alarm["condition"]) == (1, "active")
    assert said(county, "raise", "late") == []
    box.kept = rest
    county.backlog()
    county.until(130)
    assert said(county, "raise", "late") == [LATE]


def test_a_backlog_inside_its_limits_says_nothing(county: County) -> None:
    county.boxes["box1"].online = False
    county.until(20)
    county.boxes["box1"].online = True
    county.backlog()
    county.until(40)
    assert county.told() == [] and county.alarms("food") == []


def test_two_warm_fridges_of_one_backlog_are_one_message(county: County) -> None:
    county.reads(SECOND, 14.0)
    county.boxes["box1"].online = False
    county.until(20)
    night_minutes = county.minute
    assert night_minutes == 20
    county.reads(FRIDGE, 13.0).until(60)
    county.reads(FRIDGE, 5.0).reads(SECOND, 5.0).until(100)
    county.boxes["box1"].online = True
    county.backlog(newest_first=True)
    county.until(110)
    assert len(county.alarms("food")) == 2
    assert [text.split("。")[0] for text in said(county, "late")] == [
        "【海北食安】补报：刚察民中食冷藏柜3等2处于22日08:00至09:01超限，最高14.0度"
    ]


def test_a_restart_after_every_entry_of_a_backlog_changes_not_a_byte(county_of: CountyOf) -> None:
    counties = [county_of(), county_of(kill_often=True)]
    for county in counties:
        night(county)
        county.until(121)
        county.backlog(newest_first=True)
        county.until(150)
    assert counties[0].contents() == counties[1].contents()
    assert said(counties[0], "late") == [LATE]


def test_what_a_declared_loss_covers_is_not_waited_for(county: County) -> None:
    night(county)
    box = county.boxes["box1"]
    gone, box.kept = box.kept[:5], box.kept[5:]
    county.minute = 120
    county.backlog()
    assert county.rows("SELECT count(*) FROM held")[0][0] > 0
    county.says(box, loss(box, [(gone[0][0], gone[-1][0])], county.now_ms()))
    assert county.rows("SELECT count(*) FROM held") == [(0,)]
    county.until(150)
    assert said(county, "late") == [LATE]


def test_a_hole_that_is_never_filled_delays_the_backlog_and_not_the_present(county: County) -> None:
    night(county)
    box = county.boxes["box1"]
    box.kept = box.kept[1:]
    county.minute = 120
    county.backlog()
    county.reads(FRIDGE, 12.5).until(140)
    assert [text.split("。")[0] for text in said(county, "raise")] == [
        "【海北食安】超温：刚察民中食堂冷藏柜2现12.5度，超8度已15分"
    ]
    assert len(said(county, "late")) == 1
    assert county.rows("SELECT count(*) FROM held")[0][0] > 100
    county.reads(FRIDGE, 5.0)
    county.minute += 25 * 60
    county.until(county.minute + 10)
    assert county.rows("SELECT count(*) FROM held") == [(0,)]
    assert [alarm["late"] for alarm in county.alarms("food")] == [1, 0]
    assert len(said(county, "late", "raise")) == 2


def test_room_for_held_entries_is_bounded() -> None:
    lane = Lane("s", "box", next=5, hole_ms=0)
    assert skipped(lane, 9, MOST_HELD, None, 1, 1000.0) == lane
    assert skipped(lane, 9, MOST_HELD + 1, None, 1, 1000.0).next == 9
    assert skipped(lane, 9, 1, 20, 1, 1000.0).next == 9


def test_a_number_below_the_next_one_changes_no_lane() -> None:
    lane = Lane("s", "box", next=5)
    assert arrive(lane, 4, 0) == (lane, False, True)
    assert arrive(lane, 5, 0) == (Lane("s", "box", next=6), False, False)
    assert arrive(lane, 7, 3) == (Lane("s", "box", next=5, hole_ms=3), True, False)


def excursions(county: County) -> list[tuple[Any, ...]]:
    return sorted(
        (alarm["t0_ms"], alarm["cleared_ms"], alarm["peak"], alarm["severity"]) for alarm in county.alarms("food")
    )


@given(st.data())
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_of_arrival_finds_the_same_excursions(county_of: CountyOf, data: st.DataObject) -> None:
    """Every point warm and cold in turn for an hour, the entries in any order within what a network may do."""
    values = data.draw(st.lists(st.sampled_from([5.0, 9.0, 13.0]), min_size=6, max_size=6))
    order = data.draw(st.permutations(range(1, 61)))
    straight, shuffled = county_of(), county_of()
    for county in (straight, shuffled):
        box, lines = county.boxes["box1"], {}
        for n in range(1, 61):
            county.minute = n
            county.reads(FRIDGE, values[(n - 1) // 10])
            lines[n] = write_entry(stream_of(box.id), n, GENESIS, batch(box, county.now_ms()))
        county.minute = 62
        for n in range(1, 61) if county is straight else order:
            county.arrives(box, n, lines[n])
    assert excursions(shuffled) == excursions(straight)
    assert shuffled.rows(JUDGED) == straight.rows(JUDGED)


@pytest.mark.parametrize("state", ["unset", "synced"])
@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("live_before", [False, True])
def test_a_night_under_a_wrong_clock_is_judged_by_uptime(
    county: County, state: str, newest_first: bool, live_before: bool
) -> None:
    """[C3] 1970, or a year ahead: one excursion of its true length, whatever comes first."""
    box = county.boxes["box1"]
    box.clock, box.wrong_ms = state, -START_MS if state == "unset" else 365 * 86_400_000
    night(county)
    if live_before:
        county.until(121)
    county.backlog(newest_first=newest_first)
    county.until(150)
    (alarm,) = county.alarms("food")
    assert (alarm["late"], alarm["condition"]) == (1, "normal")
    # a row arrives a second after its minute
    assert (alarm["t0_ms"], alarm["ended_ms"]) == (START_MS + 20 * 60_000 + 1_000, START_MS + 80 * 60_000 + 1_000)
    assert not [one for one in county.alarms("silence") if one["condition"] != "normal"]


@pytest.mark.parametrize("anchor_first", [False, True])
def test_an_anchor_times_the_night_of_a_boot_that_never_was_live(county: County, anchor_first: bool) -> None:
    """[C2] Its newest entry is hours old on arrival: only the anchor knows when it was."""
    box = county.boxes["box1"]
    box.clock, box.wrong_ms, box.online = "unset", -START_MS, False
    county.until(19)
    county.reads(FRIDGE, 13.0).until(79)
    county.reads(FRIDGE, 5.0).until(119)
    box.clock, box.wrong_ms, box.up = "synced", 0, False
    set_at = county.now_ms()
    anchor = Event(kind="event", device=box.id, boot="0a1b2c3d", at=set_at, up=county.up_ms(), clock=("synced", 5), total=0,
                   event="clock-set", detail={})  # fmt: skip
    county.until(180)
    box.n += 1
    kept = (box.n, write_entry(stream_of(box.id), box.n, GENESIS, anchor))
    box.kept = [kept, *box.kept] if anchor_first else [*box.kept, kept]
    if not anchor_first:
        # the newest half comes first, and the anchor with it
        box.online = True
        county.backlog(newest_first=True)
    else:
        county.backlog()
    (alarm,) = county.alarms("food")
    assert (alarm["late"], alarm["t0_ms"], alarm["ended_ms"]) == (1, START_MS + 20 * 60_000, START_MS + 80 * 60_000)
