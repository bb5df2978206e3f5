"""How things stand, as lines: each point, each transition, each device's completeness."""

from pathlib import Path

import pytest

from larder_core.limits.profiles import SILENCE
from larder_hub.accounting.completeness import Completeness
from larder_hub.accounting.explanation import Interval
from larder_hub.accounting.report import DeviceAccount, Report, Sum
from larder_hub.accounting.standing import Standing as StreamStanding
from larder_hub.accounting.sums import Balance
from larder_hub.alarms.rules import Rules
from larder_hub.alarms.schema import AlarmsFailed, open_alarms
from larder_hub.influx.states import (
    Standing,
    TransitionReader,
    alarms_open,
    completeness,
    metrics_now,
    points_now,
    sites_now,
)
from larder_hub.metrics import Metrics
from larder_hub.register.directory import Device, Directory, Place, Point, Site
from larder_hub.series.port import LastReading
from larder_hub.web.now import places_now
from larder_hub.web.ports import AlarmView

NOW_MS = 1_790_000_000_000
DIRECTORY = Directory(
    sites={"minzhong": Site("minzhong", "632224", "canteen", "刚察民中食堂", "Minzhong canteen")},
    places={("minzhong", "fridge2"): Place("minzhong", "fridge2", "冷藏柜2", "Fridge 2")},
    devices={"box": Device("box", "632224", "minzhong", "", True)},
    points={("box", "t"): Point("box", "t", "fridge2", "temperature", "Cel", 60, "fridge.food")},
)


def alarm(**changed: object) -> AlarmView:
    told = {
        "id": "a", "site": "minzhong", "device": "box", "point": "t", "kind": "food", "side": "high", "severity": "alarm",
        "condition": "active", "handling": "unacked", "visibility": "shown", "since_ms": NOW_MS, "raised_ms": NOW_MS,
        "cleared_ms": None, "value": 11.3, "peak": 11.3, "limit": 8.0, "unit": "Cel", "late": False, "ticket": "4017",
    }  # fmt: skip
    return AlarmView(**(told | changed))  # type: ignore[arg-type]


def standing(last: LastReading | None, *alarms: AlarmView) -> Standing:
    places = places_now(DIRECTORY, {} if last is None else {("box", "t"): last}, SILENCE, NOW_MS)
    return Standing(places, alarms, DIRECTORY, Rules.of(1.0), NOW_MS)


def point_line(last: LastReading | None, *alarms: AlarmView) -> str:
    (found,) = points_now(standing(last, *alarms))
    return found


GOOD = LastReading(NOW_MS - 20_000, 113, "Cel", -1, "", NOW_MS - 20_000, 113, "Cel", -1)


def test_a_point_by_hand() -> None:
    assert point_line(GOOD, alarm()) == (
        "point_now,county=632224,device=box,place=fridge2,place_en=Fridge\\ 2,place_zh=冷藏柜2,point=t,quantity=temperature,"
        "site=minzhong,site_en=Minzhong\\ canteen,site_zh=刚察民中食堂 "
        f"severity=2i,blind=0i,in_service=1i,value=11.3,age_s=20.0,limit_high=8.0,limit_low=0.0 {NOW_MS}"
    )


def test_what_is_hidden_or_over_is_no_colour_and_the_whole_device_counts_for_its_points() -> None:
    assert "severity=0i" in point_line(GOOD, alarm(visibility="shelved"), alarm(condition="normal"))
    assert "severity=3i" in point_line(GOOD, alarm(severity="critical", kind="silence", point=""), alarm())


def test_no_data_and_bad_data_are_blind_and_never_a_value() -> None:
    assert "blind=1i" in point_line(None) and "value=" not in point_line(None)
    bad = LastReading(NOW_MS, 850, "Cel", -1, "power-on", None, None, "Cel", -1)
    assert "blind=1i" in point_line(bad) and "value=" not in point_line(bad)
    old = GOOD._replace(at_ms=NOW_MS - 10**7, last_good_at_ms=NOW_MS - 10**7)
    assert "blind=1i" in point_line(old) and "age_s=10000.0" in point_line(old)


def test_a_site_by_hand() -> None:
    tags = "county=632224,kind=canteen,site=minzhong,site_en=Minzhong\\ canteen,site_zh=刚察民中食堂"
    assert list(sites_now(standing(GOOD, alarm(), alarm(severity="critical", handling="acked")))) == [
        f"site_now,{tags} warning=0i,alarm=1i,critical=1i,unsigned=1i,blind=0i,points=1i,cameras=0i,cameras_answering=0i,"
        f"state=4i {NOW_MS}"
    ]
    assert "blind=1i" in next(sites_now(standing(None))) and "state=1i" in next(sites_now(standing(None)))
    assert "state=0i" in next(sites_now(standing(GOOD, alarm(condition="normal"))))


def test_an_exercise_is_in_no_figure() -> None:
    drill = alarm(kind="drill", drill=True)
    assert list(alarms_open(standing(GOOD, drill))) == []
    assert "state=0i" in next(sites_now(standing(GOOD, drill))) and "severity=0i" in point_line(GOOD, drill)


def test_an_open_alarm_says_how_long_and_who_handles_it() -> None:
    (found,) = alarms_open(standing(GOOD, alarm(since_ms=NOW_MS - 60_000), alarm(condition="normal")))
    assert found == (
        "alarm_open,county=632224,device=box,handling=unacked,kind=food,place=fridge2,place_en=Fridge\\ 2,place_zh=冷藏柜2,"
        "point=t,quantity=temperature,severity=alarm,side=high,site=minzhong,site_en=Minzhong\\ canteen,site_zh=刚察民中食堂,"
        f"ticket=4017,visibility=shown rank=2i,since_ms={NOW_MS - 60_000}i,over_s=60.0,value=11.3,peak=11.3,level=8.0 {NOW_MS}"
    )


def test_the_hubs_own_figures_are_there_and_no_bucket() -> None:
    metrics = Metrics()
    metrics.refused.labels("signature").inc(3)
    lines = list(metrics_now(metrics.registry, 5))
    assert "hub_metric,label_reason=signature,name=larder_refused_total value=3.0 5" in lines
    assert not [one for one in lines if "_bucket" in one or "_created" in one]


def test_each_transition_is_a_line_and_numbers_that_begin_anew_are_noticed(tmp_path: Path) -> None:
    file = tmp_path / "alarms.db"
    db = open_alarms(file)
    fill = {
        "id": "a", "county": "632224", "site": "minzhong", "device": "box", "point": "t", "kind": "food", "side": "high",
        "severity": "alarm", "condition": "active", "visibility": "shown", "t0_ms": 5, "raised_ms": 6, "last_ms": 6, "late": 0,
        "settled": 0, "unit": "Cel", "reason": "", "count": 1, "told_severity": "", "clear_told": 0,
    }  # fmt: skip
    db.execute(f"INSERT INTO alarm({', '.join(fill)}) VALUES ({', '.join('?' * len(fill))})", tuple(fill.values()))  # noqa: S608 (names of our own)
    for what, at_ms in (("raised", 6), ("worsened", 8)):
        db.execute("INSERT INTO transition(alarm, what, severity, at_ms, value, peak, level) VALUES ('a',?,'alarm',?,11.3,12,8)",
                   (what, at_ms))  # fmt: skip
    db.close()
    reader = TransitionReader(file)
    last, lines = reader.after(0, 10)
    assert (last, lines[0]) == (
        2,
        "alarm,county=632224,device=box,kind=food,point=t,severity=alarm,side=high,site=minzhong,what=raised "
        "t0_ms=5i,ticket=1i,late=0i,value=11.3,peak=12.0,level=8.0 6",
    )
    assert reader.after(2, 10) == (2, [])
    assert len(reader.after(99, 10)[1]) == 2, "alarms.db was built anew: its numbers begin again"
    reader.close()


def test_an_alarms_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(AlarmsFailed, match=r"alarms\.db: .*is it there"):
        TransitionReader(tmp_path / "alarms.db").after(0, 10)


def test_completeness_of_what_was_due() -> None:
    whole = Completeness(
        due=60, good=50, bad={"power-on": 2}, declared_lost={"outbox-full": 3}, awaited=4, unexplained=1
    )
    devices = tuple(
        DeviceAccount(name, "minzhong", "632224", StreamStanding.__new__(StreamStanding), (), Balance(), done)
        for name, done in (("box", whole), ("resting", Completeness()))
    )
    total = Sum("", "", "", "", {}, Balance(), whole)
    assert completeness(Report(NOW_MS, Interval(5, 65), devices, (), (), total)) == [
        "completeness,county=632224,device=box,site=minzhong "
        "due=60i,good=50i,bad=2i,awaited=4i,declared_lost=3i,absent=0i,unheard=0i,unexplained=1i 5"
    ]
