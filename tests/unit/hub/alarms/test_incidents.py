"""Incidents as they would be told: at this minute the fridge is at 13, by that minute this person has this message."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from larder_core.content import Event
from larder_hub.alarms.timing import pause
from larder_hub.register.directory import Point
from larder_hub.web.ports import Acted, Refusal
from tests.support.incidents import CAMERA, FRIDGE, HUMIDITY, SECOND, START_MS, County, batch, register

CountyOf = Callable[..., County]


def warm_fridge(county: County) -> None:
    """Warm from minute 10 on, signed at minute 30, cold again from minute 60 on."""
    county.until(9)
    county.reads(FRIDGE, 13.0).until(29)
    (alarm,) = county.alarms("food")
    county.book.acknowledge(alarm["id"], "张某", "门没关", county.now_ms())
    county.until(59)
    county.reads(FRIDGE, 5.0).until(80)


def test_a_warm_fridge_from_the_first_reading_to_the_last_message(county: County) -> None:
    warm_fridge(county)
    (alarm,) = county.alarms("food")
    assert (alarm["condition"], alarm["severity"], alarm["side"], alarm["peak"]) == ("normal", "alarm", "high", 13.0)
    assert county.told() == [
        (25, "raise", "【海北食安】超温：刚察民中食堂冷藏柜2现13.0度，超8度已15分。请关门、移食品并签收 hbsa.cn/a 单1"),
        (70, "cleared", "【海北食安】恢复：刚察民中食堂冷藏柜2现5.0度。超限50分，最高13.0度。请补填处置 hbsa.cn/a 单1"),
    ]
    assert county.told("officer") == []
    assert [row[2] for row in county.rows("SELECT * FROM transition ORDER BY id")] == ["raised", "clearing", "cleared"]


def test_a_restart_after_every_step_of_it_changes_not_a_byte(county_of: CountyOf) -> None:
    steady, killed = county_of(), county_of(kill_often=True)
    for county in (steady, killed):
        warm_fridge(county)
    assert killed.contents() == steady.contents()
    assert killed.projection.position() == steady.projection.position() == 81


def test_rows_applied_again_change_nothing(county: County) -> None:
    box = county.boxes["box1"]
    applied = []
    original = county.projection.apply
    county.projection.apply = lambda rows: (applied.extend(rows), original(rows))[1]  # type: ignore[method-assign,func-returns-value]
    warm_fridge(county)
    before = county.contents()
    county.projection.apply(applied[-40:])
    assert county.contents() == before
    assert box.n == len(set(applied))


def test_what_nobody_signs_goes_to_the_county_once_and_says_how_many_were_reached(county: County) -> None:
    county.reads(FRIDGE, 13.0).until(120)
    assert county.told("officer") == [
        (
            45,
            "escalate",
            "【海北食安】升级：刚察民中食堂冷藏柜2有报警，30分无人签收，短信送达0人。请督办或代签收 hbsa.cn/a 单1",
        )
    ]
    county.reads(FRIDGE, 5.0).until(140)
    assert [kind for _, kind, _ in county.told("officer")] == ["escalate", "cleared"]


def test_a_signed_alarm_goes_on_when_nobody_acts_and_a_worse_one_is_told_to_site_and_county(county: County) -> None:
    county.reads(FRIDGE, 13.0).until(20)
    (alarm,) = county.alarms("food")
    assert isinstance(county.book.acknowledge(alarm["id"], "张某", "", county.now_ms()), Acted)
    county.until(245)
    worse = "【海北食安】加重：刚察民中食堂冷藏柜2现13.0度，超限已4时。食品停用待查，勿上桌，请签收 hbsa.cn/a 单1"
    asked = "【海北食安】升级：刚察民中食堂冷藏柜2有报警已签收，2时05分仍未处置。请督办并填报处置 hbsa.cn/a 单1"
    assert county.told("officer") == [(140, "escalate", asked), (240, "worse", worse)]
    assert [kind for _, kind, _ in county.told("cook1")] == ["raise", "worse"]


def test_a_warning_is_on_the_board_and_on_no_telephone(county: County) -> None:
    county.reads(FRIDGE, 9.0).until(40)
    assert [alarm["severity"] for alarm in county.alarms("food")] == ["warning"]
    assert county.told() == []
    county.until(61)
    assert [(minute, kind) for minute, kind, _ in county.told()] == [(60, "raise")]


def test_an_unplugged_sensor_is_a_sensor_alarm_within_three_intervals_and_never_one_on_food(county: County) -> None:
    county.reads(FRIDGE, 13.0).until(9)
    county.reads(FRIDGE, 85.0, "power-on").until(12)
    (alarm,) = county.alarms("sensor")
    assert (alarm["severity"], alarm["point"], alarm["reason"]) == ("warning", FRIDGE, "power-on")
    county.reads(FRIDGE, None, "disconnected").until(45)
    assert county.alarms("food") == []
    assert county.told() == [
        (
            40,
            "offline",
            "【海北食安】离线：刚察民中食堂冷藏柜2自08:10起无读数，温度未知。请看柜内温度计并签收 hbsa.cn/a 单1",
        )
    ]


def test_a_transmitter_of_two_quantities_that_fails_is_one_message(county_of: CountyOf) -> None:
    """Temperature and humidity come from one transmitter; who is told of the one is not told of the other."""
    directory = register()
    humidity = Point("box1", HUMIDITY, FRIDGE, "humidity", "%RH", 60.0, "")
    county = county_of(replace(directory, points={("box1", HUMIDITY): humidity, **directory.points}))
    county.boxes["box1"].values = {HUMIDITY: 40.0, **county.boxes["box1"].values}
    county.until(9)
    county.reads(HUMIDITY, None, "no-answer").reads(FRIDGE, None, "no-answer").until(45)
    assert sorted(alarm["point"] for alarm in county.alarms("sensor")) == [HUMIDITY, FRIDGE]
    county.reads(HUMIDITY, 40.0).reads(FRIDGE, 5.0).until(60)
    assert [(kind, "温度未知" in text) for _, kind, text in county.told()] == [("offline", True), ("cleared", False)]


def test_a_warm_fridge_whose_sensor_dies_keeps_its_timer_and_is_unknown_not_normal(county: County) -> None:
    county.reads(FRIDGE, 13.0).until(20)
    county.reads(FRIDGE, None, "no-answer").until(30)
    (alarm,) = county.alarms("food")
    assert alarm["condition"] == "unknown"
    county.reads(FRIDGE, 13.0).until(31)
    (alarm,) = county.alarms("food")
    assert (alarm["condition"], alarm["cleared_ms"]) == ("active", None)


def test_a_camera_that_does_not_answer(county: County) -> None:
    county.until(4)
    county.reads(CAMERA, 0.0, "refused").until(6)
    assert [(alarm["severity"], alarm["kind"]) for alarm in county.alarms("camera")] == [("warning", "camera")]
    county.until(39)
    county.reads(CAMERA, 1.0).until(40)
    said = "【海北食安】画面：刚察民中食堂烹饪间摄像头无应答30分，多为设备故障，不代表违规。请查电源网线 hbsa.cn/a 单1"
    assert county.told()[0] == (35, "camera", said)
    back = "【海北食安】恢复：刚察民中食堂烹饪间摄像头于08:40恢复应答，中断35分。请签收 hbsa.cn/a 单1"
    assert county.told()[1:] == [(40, "cleared", back)]


def test_a_silent_device_is_one_alarm_and_its_points_none(county: County) -> None:
    county.until(9)
    county.boxes["box1"].up = False
    county.until(13)
    (alarm,) = county.alarms("silence")
    assert (alarm["point"], alarm["severity"]) == ("", "warning")
    county.until(45)
    county.boxes["box1"].up = True
    county.until(47)
    assert len(county.alarms("silence")) == 1
    assert county.told() == [
        (39, "offline", "【海北食安】离线：刚察民中食堂自08:09起无数据，柜温未知。请看柜内温度计并签收 hbsa.cn/a 单1"),
        (46, "cleared", "【海北食安】恢复：刚察民中食堂自08:46起有数据，中断37分。请查断联期间食品 hbsa.cn/a 单1"),
    ]


def test_a_point_that_stops_alone_is_its_own_silence(county: County) -> None:
    county.until(9)
    del county.boxes["box1"].values[SECOND]
    county.until(40)
    assert [(alarm["point"], alarm["severity"]) for alarm in county.alarms("silence")] == [(SECOND, "alarm")]
    assert [text for _, _, text in county.told()] == [
        "【海北食安】离线：刚察民中食堂冷藏柜3自08:09起无读数，温度未知。请看柜内温度计并签收 hbsa.cn/a 单1"
    ]


def test_a_device_that_never_came_is_as_silent_as_one_that_stopped(county: County) -> None:
    county.boxes["box1"].up = False
    county.until(31)
    (alarm,) = county.alarms("silence")
    assert (alarm["severity"], alarm["t0_ms"] // 60_000) == ("alarm", (county.now_ms() - 31 * 60_000) // 60_000)


def test_a_point_silence_is_explained_by_its_devices_and_shown_again_after_it(county: County) -> None:
    box = county.boxes["box1"]
    county.until(9)
    del box.values[SECOND]
    county.until(15)
    box.up = False
    county.until(20)
    shown = {alarm["point"]: (alarm["condition"], alarm["visibility"]) for alarm in county.alarms("silence")}
    assert shown == {SECOND: ("active", "inhibited"), "": ("active", "shown")}
    box.up = True
    county.until(22)
    shown = {alarm["point"]: (alarm["condition"], alarm["visibility"]) for alarm in county.alarms("silence")}
    assert shown == {SECOND: ("active", "shown"), "": ("normal", "shown")}


def test_out_of_service_is_heard_never_missed_and_never_told(county_of: CountyOf) -> None:
    county = county_of(register(in_service=False))
    county.reads(FRIDGE, 20.0).until(60)
    county.boxes["box1"].up = False
    county.until(400)
    assert county.alarms("silence") == [] and county.told() == []
    assert [alarm["visibility"] for alarm in county.alarms("food")] == ["out_of_service"]


def test_a_hub_that_was_down_accuses_nobody_and_forgets_nothing(county: County) -> None:
    county.until(9)
    county.boxes["box1"].up = False
    county.until(15)
    (before,) = county.alarms("silence")
    county.minute = 300
    county.tick()
    (after,) = county.alarms("silence")
    assert (after["id"], after["condition"]) == (before["id"], "active")
    county.until(301)
    county.boxes["box1"].up = True
    county.until(303)
    county.minute = 600
    county.tick()
    county.tick()
    assert [alarm["condition"] for alarm in county.alarms("silence")] == ["normal"]


def test_three_silent_devices_of_a_county_are_one_message_for_each_person(county_of: CountyOf) -> None:
    county = county_of(register(4))
    county.until(9)
    for n in (1, 2, 3):
        county.boxes[f"box{n}"].up = False
    county.until(300)
    said = "【海北食安】汇总：刚察县有3家单位自08:09起断联，疑停电断网，只发此条。请核实供电通信 hbsa.cn/a 单1"
    for person in ("cook1", "cook2", "cook3"):
        assert county.told(person) == [(39, "digest", said)]
    assert [kind for _, kind, _ in county.told("officer")] == ["digest"], "nobody is above the officer"
    assert county.told("cook4") == []
    for n in (1, 2, 3):
        county.boxes[f"box{n}"].up = True
        county.until(300 + n)
    assert [kind for _, kind, _ in county.told("cook1")] == ["digest", "cleared"]
    assert county.told("cook1")[1][2].startswith("【海北食安】恢复：刚察县有3家单位自13:03起已联通，中断4时54分。")


def test_two_silent_devices_are_two_messages(county_of: CountyOf) -> None:
    county = county_of(register(3))
    county.until(9)
    county.boxes["box1"].up = county.boxes["box2"].up = False
    county.until(45)
    assert [kind for _, kind, _ in county.told()] == ["offline", "offline"]


def test_a_restart_after_every_step_of_a_storm_changes_not_a_byte(county_of: CountyOf) -> None:
    counties = [county_of(register(3)), county_of(register(3), kill_often=True)]
    for county in counties:
        county.until(4)
        for box in county.boxes.values():
            box.up = False
        county.until(70)
        for box in county.boxes.values():
            box.up = True
        county.until(73)
    assert counties[0].contents() == counties[1].contents()
    assert len(counties[0].contents()["notice"]) > 6


def test_the_simulated_world_runs_sixty_times_faster(county_of: CountyOf) -> None:
    county = county_of(register(period_s=1.0), time_scale=60.0)
    county.until(9)
    county.reads(FRIDGE, 13.0).until(26)
    assert [(minute, text.split("。")[0]) for minute, _, text in county.told()] == [
        (26, "【海北食安】超温：刚察民中食堂冷藏柜2现13.0度，超8度已15分")
    ]


def test_a_record_in_doubt_is_one_alarm_until_somebody_signs(county: County) -> None:
    for n in range(5):
        county.projection.report("quarantine", "box1", f"bad-content: {n}", county.now_ms())
    county.projection.report("fork", "box1", "stream 0 number 7", county.now_ms())
    county.until(90)
    (quarantine,), (fork,) = county.alarms("quarantine"), county.alarms("fork")
    assert (quarantine["count"], quarantine["severity"], fork["severity"]) == (5, "warning", "critical")
    assert county.told() == []
    assert isinstance(county.book.acknowledge(fork["id"], "李某", "", county.now_ms()), Acted)
    assert county.alarms("fork")[0]["condition"] == "normal"
    second = county.book.acknowledge(fork["id"], "张某", "", county.now_ms())
    assert isinstance(second, Refusal) and second.reason == "already-acknowledged"
    county.projection.report("fork", "box1", "again", county.now_ms())
    assert len(county.alarms("fork")) == 2


@pytest.mark.parametrize("clock, ahead_ms", [("unset", -1_000_000_000_000), ("synced", 40 * 86_400_000)])
def test_a_device_with_a_wrong_clock_still_raises_and_blinds_nothing(county: County, clock: str, ahead_ms: int) -> None:
    box = county.boxes["box1"]
    county.until(9)
    box.up = False
    county.reads(FRIDGE, 13.0)
    for minute in range(10, 30):
        county.minute = minute
        county.says(box, batch(box, county.now_ms() + ahead_ms, clock, county.up_ms()))
        county.tick()
    assert [kind for _, kind, _ in county.told()] == ["raise"]
    box.up = True
    county.reads(FRIDGE, 5.0).until(45)
    assert [kind for _, kind, _ in county.told()] == ["raise", "cleared"]


def pauses(county: County, word: str, minutes: int = 0, *, clock: str = "synced") -> None:
    box, now = county.boxes["box1"], county.now_ms()
    detail: dict[str, Any] = {"reason": "defrosting"} | ({"until": now + minutes * 60_000} if minutes else {})
    county.says(box, Event(kind="event", device=box.id, boot="0a1b2c3d", at=now, up=county.up_ms(), clock=(clock, 5), total=0,
                           event=word, detail=detail))  # type: ignore[arg-type] # fmt: skip


def silences(county: County) -> list[tuple[int, str]]:
    """(minute of its beginning, severity) of the silences that are open."""
    open_ones = [one for one in county.alarms("silence") if one["condition"] != "normal"]
    return [((one["t0_ms"] - START_MS) // 60_000, one["severity"]) for one in open_ones]


@pytest.mark.parametrize("clock", ["synced", "unset"])
def test_a_device_in_maintenance_is_not_missed(county: County, clock: str) -> None:
    """[H16] Until its operator says that it is over, and not a minute longer than he said it would be."""
    county.until(9)
    pauses(county, "maintenance-begun", 120, clock=clock)
    county.boxes["box1"].up = False
    county.until(128)
    assert silences(county) == []
    county.until(145)
    assert [minute for minute, _ in silences(county)] == [129]


def test_after_maintenance_it_is_missed_again(county: County) -> None:
    """[H16]"""
    county.until(9)
    pauses(county, "maintenance-begun", 240)
    county.boxes["box1"].up = False
    county.until(60)
    pauses(county, "maintenance-ended")
    county.until(75)
    assert [minute for minute, _ in silences(county)] == [60]


def test_a_silence_that_is_open_does_not_worsen_in_maintenance(county: County) -> None:
    """[H16]"""
    county.until(9)
    county.boxes["box1"].up = False
    county.until(20)
    before = silences(county)
    pauses(county, "maintenance-begun", 240)
    county.until(200)
    assert silences(county) == before


def test_the_last_word_on_a_pause_counts_whenever_it_comes(county: County) -> None:
    """[H16] The newest entries of a backlog come first; and no pause outlasts a week."""
    box = county.boxes["box1"]
    county.until(9)
    begun = Event(kind="event", device=box.id, boot="0a1b2c3d", at=county.now_ms(), up=1, clock=("synced", 5), total=0,
                  event="maintenance-begun", detail={"until": county.now_ms() + 10**12})  # fmt: skip
    assert pause(begun, county.now_ms()) == (county.now_ms(), county.now_ms() + 7 * 86_400_000)
    county.until(20)
    pauses(county, "maintenance-ended")
    county.says(box, begun)
    box.up = False
    county.until(40)
    assert [minute for minute, _ in silences(county)] == [20]
