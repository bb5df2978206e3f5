"""The last messages of a carrier's day are for critical alarms: what else there is waits for the digest."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from larder_hub.config import DriverName, SmsConfig
from larder_hub.notices.health import Health, next_provider
from larder_hub.notices.port import Failed
from larder_hub.notices.reserve import kept_of, limit_of, without_room
from tests.unit.hub.notices.test_failover import MINUTE, T0, Channel, Desk

HOUR = 60


@pytest.mark.parametrize(
    ("provider", "per_day", "kept", "expected"),
    [
        ("gammu-smsd", {}, 3, (10, 3)),
        ("gammu-smsd", {"gammu-smsd": 20}, 5, (20, 5)),
        ("tencent", {}, 3, (2, 1)),
        ("tencent", {"tencent": 1}, 3, (1, 0)),
        ("file", {}, 3, (None, 0)),
        ("file", {"file": 4}, 3, (4, 3)),
        ("aliyun", {}, 0, (10, 0)),
    ],
)
def test_how_many_a_day_and_how_many_are_kept(
    provider: str, per_day: dict[DriverName, int], kept: int, expected: tuple[int | None, int]
) -> None:
    config = SmsConfig(per_day=per_day, kept_for_critical=kept)
    assert (limit_of(provider, config), kept_of(provider, config)) == expected


@pytest.mark.parametrize(
    ("used", "critical", "expected"),
    [
        ({}, False, set()),
        ({"gammu-smsd": 6}, False, set()),
        ({"gammu-smsd": 7}, False, {"gammu-smsd"}),
        ({"gammu-smsd": 9}, True, set()),
        ({"gammu-smsd": 10}, True, {"gammu-smsd"}),
        ({"gammu-smsd": 7, "aliyun": 7, "file": 99}, False, {"gammu-smsd", "aliyun"}),
    ],
)
def test_who_has_no_room(used: dict[str, int], critical: bool, expected: set[str]) -> None:
    assert without_room(("gammu-smsd", "aliyun", "file"), used, SmsConfig(), critical=critical) == expected


def test_who_has_room_goes_before_who_has_had_it_least() -> None:
    assert next_provider(("a", "b"), ["b"], [], {"b": Health("b", 3, T0, T0, T0)}, T0 + 1, {"a"}) == "b"
    assert next_provider(("a", "b"), [], [], {}, T0, {"a", "b"}) == "a"


@pytest.fixture
def modem() -> Channel:
    return Channel("gammu-smsd")


@pytest.fixture
def desk(tmp_path: Path, modem: Channel) -> Iterator[Desk]:
    desk = Desk(tmp_path / "alarms.db", modem)
    yield desk
    desk.sender.close()


def spend(desk: Desk, count: int) -> None:
    """Messages far enough apart that the person's budget of an hour is not what holds them back."""
    for _ in range(count):
        desk.intend("alarm")
        desk.run()
        desk.now_ms += 21 * MINUTE


def test_what_is_not_critical_leaves_the_last_three_and_critical_takes_them(desk: Desk, modem: Channel) -> None:
    spend(desk, 8)
    assert len(modem.texts) == 7
    assert desk.rows("SELECT state FROM notice WHERE id = 8") == [("held",)]
    for _ in range(3):
        desk.intend("critical")
        desk.run()
    assert len(modem.texts) == 10


def test_what_was_held_back_comes_as_one_digest_when_the_day_has_room_again(desk: Desk, modem: Channel) -> None:
    spend(desk, 9)
    desk.now_ms = T0 + 24 * HOUR * MINUTE + MINUTE
    assert desk.rows("SELECT state FROM notice WHERE id > 7") == [("held",), ("held",)]
    desk.run()
    assert desk.rows("SELECT state FROM notice WHERE id > 7") == [("digested",), ("digested",), ("delivered",)]


def test_a_critical_message_goes_even_beyond_the_limit(desk: Desk, modem: Channel) -> None:
    for _ in range(12):
        desk.intend("critical")
        desk.run()
    assert len(modem.texts) == 12, "the carrier may refuse it; we do not"


def test_another_provider_with_room_takes_it(tmp_path: Path, modem: Channel) -> None:
    cloud = Channel("aliyun")
    desk = Desk(tmp_path / "alarms.db", modem, cloud)
    spend(desk, 8)
    assert (len(modem.texts), len(cloud.texts)) == (7, 1)
    desk.sender.close()


def test_a_failure_does_not_spend_what_is_kept(tmp_path: Path, modem: Channel) -> None:
    """The other provider refuses for good: the modem's last three are not given to this one."""
    cloud = Channel("aliyun")
    desk = Desk(tmp_path / "alarms.db", modem, cloud)
    spend(desk, 7)
    cloud.answers = [Failed("no approved template", retry=False)]
    desk.intend("alarm")
    desk.run(5)
    assert desk.rows("SELECT state FROM notice WHERE id = 8") == [("held",)]
    assert (len(modem.texts), len(cloud.texts)) == (7, 0)
    desk.intend("critical")
    desk.run()
    assert len(modem.texts) == 8
    desk.sender.close()
