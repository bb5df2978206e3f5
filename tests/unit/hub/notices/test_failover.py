"""Several providers: the next one only after a failure or ten silent minutes, each hand-over on record, and one that is down told."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from larder_hub.alarms.journal import Intent, Journal
from larder_hub.alarms.schema import open_alarms, transaction
from larder_hub.config import SmsConfig
from larder_hub.metrics import Metrics
from larder_hub.notices.health import TRIAL_MS, Health, next_provider
from larder_hub.notices.port import Accepted, Delivery, Failed, Unknown
from larder_hub.notices.sender import NoticeSender
from larder_hub.notices.texts import Letterhead

T0 = 1_795_305_600_000
MINUTE = 60_000


class Channel:
    """A provider in memory under one of the known names; `answers` in turn, then it accepts and has `receipt` for everything."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.answers: list[Failed | Unknown] = []
        self.receipt = Delivery.DELIVERED
        self.texts: list[str] = []
        self.taken_back: list[str] = []

    def send(self, phone: str, text: str, reference: str) -> Accepted | Failed | Unknown:
        if self.answers:
            return self.answers.pop(0)
        self.texts.append(text)
        return Accepted(reference)

    def status(self, reference: str) -> Delivery:
        return self.receipt


class Outbox(Channel):
    """One that can take back what lies in its outbox."""

    def withdraw(self, reference: str) -> bool:
        self.taken_back.append(reference)
        return self.receipt is Delivery.WAITING


class Desk:
    def __init__(self, file: Path, *channels: Channel) -> None:
        self.file, self.now_ms, self.count = file, T0, 0
        self.metrics = Metrics()
        first, *backups = channels
        self.sender = NoticeSender(
            file,
            first,
            SmsConfig(attempts=4, retry_s=30),
            Letterhead(),
            self.metrics,
            lambda: self.now_ms,
            backups=backups,
        )
        self.sender.open()

    def intend(self, severity: str = "critical", person: str = "cook") -> None:
        self.count += 1
        intent = Intent(
            f"ref{self.count}",
            f"a{self.count}",
            "raise",
            severity,
            person,
            "13800138001",
            "zh",
            "",
            f"text {self.count}",
            self.now_ms,
        )
        connection = open_alarms(self.file)
        with transaction(connection):
            Journal(connection).intend([intent])
        connection.close()

    def run(self, minutes: int = 0) -> None:
        until_ms = self.now_ms + minutes * MINUTE
        while True:
            while self.sender.step(self.now_ms):
                pass
            if self.now_ms >= until_ms:
                return
            self.now_ms += 10_000

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return list(apsw.Connection(str(self.file)).execute(query))

    @property
    def attempts(self) -> list[tuple[Any, ...]]:
        return self.rows("SELECT provider, outcome FROM attempt ORDER BY notice, n")


@pytest.fixture
def channels() -> tuple[Outbox, Channel]:
    return Outbox("gammu-smsd"), Channel("aliyun")


@pytest.fixture
def desk(tmp_path: Path, channels: tuple[Outbox, Channel]) -> Iterator[Desk]:
    desk = Desk(tmp_path / "alarms.db", *channels)
    yield desk
    desk.sender.close()


def test_a_message_that_arrived_goes_by_one_provider(desk: Desk, channels: tuple[Outbox, Channel]) -> None:
    desk.intend()
    desk.run(60)
    assert desk.attempts == [("gammu-smsd", "delivered")]
    assert desk.rows("SELECT state, provider FROM notice") == [("delivered", "gammu-smsd")]
    assert channels[1].texts == []


def test_after_a_failure_the_next_provider_has_it_at_once(desk: Desk, channels: tuple[Outbox, Channel]) -> None:
    channels[0].answers = [Failed("no network", retry=True)]
    desk.intend()
    desk.run()
    assert desk.attempts == [("gammu-smsd", "failed"), ("aliyun", "delivered")]


def test_what_one_refuses_for_good_another_may_take_and_is_not_given_back(
    desk: Desk, channels: tuple[Outbox, Channel]
) -> None:
    channels[0].answers = [Failed("no approved template", retry=False)]
    channels[1].answers = [Failed("no network", retry=True)]
    desk.intend()
    desk.run(5)
    assert desk.attempts == [("gammu-smsd", "refused"), ("aliyun", "failed"), ("aliyun", "delivered")]


def test_what_all_refuse_has_failed(desk: Desk, channels: tuple[Outbox, Channel]) -> None:
    for channel in channels:
        channel.answers = [Failed("not a number", retry=False, personal=True)]
    desk.intend()
    desk.run(60)
    assert desk.rows("SELECT state FROM notice") == [("failed",)]
    assert len(desk.attempts) == 2
    assert desk.rows("SELECT * FROM provider") == []


def test_an_unknown_outcome_waits_ten_minutes_before_another_has_it(
    desk: Desk, channels: tuple[Outbox, Channel]
) -> None:
    channels[0].answers, channels[0].receipt = [Unknown("timeout")], Delivery.UNKNOWN
    desk.intend()
    desk.run(9)
    assert desk.attempts == [("gammu-smsd", "unknown")]
    desk.run(3)
    assert desk.attempts == [("gammu-smsd", "silent"), ("aliyun", "delivered")]


def test_a_failed_receipt_gives_it_to_the_next(desk: Desk, channels: tuple[Outbox, Channel]) -> None:
    channels[0].receipt = Delivery.FAILED
    desk.intend()
    desk.run(1)
    assert desk.attempts == [("gammu-smsd", "failed"), ("aliyun", "delivered")]


def test_what_lies_in_an_outbox_for_ten_minutes_is_taken_back_before_another_has_it(
    desk: Desk, channels: tuple[Outbox, Channel]
) -> None:
    channels[0].receipt = Delivery.WAITING
    desk.intend()
    desk.run(9)
    assert desk.attempts == [("gammu-smsd", "accepted")] and channels[0].taken_back == []
    desk.run(3)
    assert desk.attempts == [("gammu-smsd", "taken back"), ("aliyun", "delivered")]
    assert channels[0].taken_back == ["ref1-1"]
    assert desk.rows("SELECT name FROM provider WHERE down_ms IS NOT NULL") == [("gammu-smsd",)]


def test_without_a_receipt_the_last_provider_is_followed_for_a_day_and_not_repeated(tmp_path: Path) -> None:
    only = Channel("aliyun")
    only.receipt = Delivery.WAITING
    desk = Desk(tmp_path / "alarms.db", only)
    desk.intend()
    desk.run(60)
    assert only.texts == ["text 1"] and desk.attempts == [("aliyun", "accepted")]
    desk.now_ms = T0 + 25 * 60 * MINUTE
    desk.run()
    assert desk.rows("SELECT state, detail FROM notice") == [("sent", "no receipt within a day")]
    desk.sender.close()


def test_a_provider_that_is_down_is_passed_over_and_tried_again_later(
    desk: Desk, channels: tuple[Outbox, Channel]
) -> None:
    channels[0].answers = [Failed("no network", retry=True)] * 3
    for _ in range(3):
        desk.intend()
        desk.run()
    assert desk.rows("SELECT failures, down_ms FROM provider") == [(3, T0)]
    assert desk.metrics.registry.get_sample_value("larder_provider_down", {"provider": "gammu-smsd"}) == 1
    desk.intend()
    desk.run()
    assert desk.attempts[-1] == ("aliyun", "delivered") and len(desk.attempts) == 7
    desk.now_ms += TRIAL_MS
    desk.intend()
    desk.run()
    assert desk.attempts[-1] == ("gammu-smsd", "delivered")
    assert desk.rows("SELECT failures, down_ms FROM provider") == [(0, None)]
    assert desk.metrics.registry.get_sample_value("larder_provider_down", {"provider": "gammu-smsd"}) == 0


def test_a_provider_slow_to_tell_of_many_holds_up_no_other(desk: Desk, channels: tuple[Outbox, Channel]) -> None:
    channels[0].receipt = Delivery.WAITING
    for n in range(20):
        desk.intend(person=f"cook{n}")
    desk.run()
    desk.now_ms += MINUTE
    desk.intend()
    steps = 0
    while len(channels[0].texts) < 21:
        assert desk.sender.step(desk.now_ms)
        steps += 1
    assert steps <= 2


ORDER = ("a", "b", "c")
DOWN = Health("a", 3, T0, T0, T0)


@pytest.mark.parametrize(
    ("tried", "refused", "health", "expected"),
    [
        ([], [], {}, "a"),
        (["a"], [], {}, "b"),
        (["a", "b"], [], {}, "c"),
        (["a", "b", "c"], [], {}, "a"),
        ([], [], {"a": DOWN}, "b"),
        (["b", "c"], [], {"a": DOWN}, "a"),
        ([], ["a", "b"], {}, "c"),
        ([], ["a", "b", "c"], {}, None),
    ],
)
def test_who_is_next(tried: list[str], refused: list[str], health: dict[str, Health], expected: str | None) -> None:
    assert next_provider(ORDER, tried, refused, health, T0 + 1) == expected
