"""A provider that is down is an alarm, told to the prefecture's duty by another path; so is its recovery."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from larder_hub.alarms.schema import open_alarms, transaction
from larder_hub.notices.health import Health
from larder_hub.notices.queue import NoticeQueue
from larder_hub.register.directory import Duty, Person
from tests.support.incidents import START_MS, County, register


@pytest.fixture
def county(tmp_path: Path) -> Iterator[County]:
    known = register()
    chief = Person("chief", "王某", "13700137000", "zh")
    county = County(
        tmp_path,
        replace(
            known, people={**known.people, "chief": chief}, duties=(*known.duties, Duty("chief", "prefecture", ""))
        ),
    )
    yield county
    county.close()


def say(county: County, health: Health) -> None:
    connection = open_alarms(county.file)
    with transaction(connection):
        connection.execute(
            "INSERT OR REPLACE INTO provider VALUES (?,?,?,?,?)",
            (health.name, health.failures, health.failing_ms, health.down_ms, health.tried_ms),
        )
    assert health.name in NoticeQueue(connection).health()
    connection.close()


def test_down_and_back_are_told_once_each_and_the_alarm_is_on_the_board(county: County) -> None:
    county.until(5)
    say(county, Health("aliyun", 3, START_MS + 60_000, START_MS + 60_000, START_MS + 60_000))
    county.until(8)
    said = [text for _, _, text in county.told("chief")]
    assert said == [
        "【海北食安】通道：阿里云短信自08:01起发送连续失败，已试备用通道。请查账户、网络和设备 hbsa.cn/a 单1"
    ]
    assert county.rows("SELECT kind, device, severity, condition FROM alarm") == [
        ("provider", "aliyun", "critical", "active")
    ]
    say(county, Health("aliyun"))
    county.until(12)
    assert [kind for _, kind, _ in county.told("chief")] == ["raise", "cleared"]
    assert county.told("chief")[1][2].startswith("【海北食安】恢复：阿里云短信于08:09恢复发送，中断8分。")
    assert county.rows("SELECT condition, clear_told FROM alarm") == [("normal", 1)]
    assert county.told("cook1") == []


def test_a_provider_with_a_failure_now_and_then_is_no_alarm(county: County) -> None:
    say(county, Health("aliyun", 2, START_MS, None, START_MS))
    county.until(10)
    assert county.rows("SELECT * FROM alarm") == []
