"""The sender over a real alarms.db: in order, not twice, not for ever, and never past what a person can read."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from larder_hub.alarms.journal import Intent, Journal
from larder_hub.alarms.schema import open_alarms, transaction
from larder_hub.config import SmsConfig
from larder_hub.metrics import Metrics
from larder_hub.notices.budget import allowed, backoff_ms
from larder_hub.notices.port import Accepted, Delivery, Failed, Unknown
from larder_hub.notices.sender import NoticeSender
from larder_hub.notices.texts import Letterhead

T0 = 1_795_305_600_000
MINUTE = 60_000
HOUR = 60 * MINUTE


class Killed(BaseException):
    """The process dies here."""


class Modem:
    """A driver in memory: what lies in it survives the sender's process. `answers` are given in turn before it works again; `dies`
    says before or after which message the process is killed."""

    name = "modem"

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.known: dict[str, Delivery] = {}
        self.answers: list[Failed | Unknown] = []
        self.dies: dict[str, int] = {}
        self.calls = 0

    def send(self, phone: str, text: str, reference: str) -> Accepted | Failed | Unknown:
        self.calls += 1
        if self.dies.get("before") == self.calls:
            raise Killed
        if self.answers:
            return self.answers.pop(0)
        if reference not in self.known:
            self.sent.append((phone, text))
            self.known[reference] = Delivery.SENT
        if self.dies.get("after") == self.calls:
            raise Killed
        return Accepted(reference)

    def status(self, reference: str) -> Delivery:
        return self.known.get(reference, Delivery.ABSENT)


class Desk:
    """alarms.db, a modem and a sender on a clock of their own."""

    def __init__(self, file: Path) -> None:
        self.file, self.modem, self.metrics = file, Modem(), Metrics()
        self.now_ms = T0
        self.count = 0
        self.senders: list[NoticeSender] = []
        self.start()

    def start(self) -> None:
        config = SmsConfig(attempts=3, retry_s=30)
        self.sender = NoticeSender(self.file, self.modem, config, Letterhead(), self.metrics, lambda: self.now_ms)
        self.sender.open()
        self.senders.append(self.sender)

    def intend(
        self, text: str, *, alarm: str = "", kind: str = "raise", severity: str = "alarm", person: str = "cook"
    ) -> None:
        self.count += 1
        phone = {"cook": "13800138001", "officer": "13900139000"}[person]
        about = alarm or f"alarm{self.count}"
        intent = Intent(f"ref{self.count}", about, kind, severity, person, phone, "zh", "民中食堂", text, self.now_ms)
        connection = open_alarms(self.file)
        with transaction(connection):
            Journal(connection).intend([intent])
        connection.close()

    def run(self, until_ms: int = 0) -> list[str]:
        """Step until there is nothing to do, then let time pass in half minutes up to `until_ms`. Returns the texts that left."""
        while True:
            while self.sender.step(self.now_ms):
                pass
            if self.now_ms >= T0 + until_ms:
                return [text for _, text in self.modem.sent]
            self.now_ms += 30_000

    def states(self) -> list[Any]:
        connection = apsw.Connection(str(self.file))
        return [row[0] for row in connection.execute("SELECT state FROM notice ORDER BY id")]

    def counted(self, outcome: str) -> float:
        return self.metrics.registry.get_sample_value("larder_notices_total", {"outcome": outcome}) or 0.0


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path / "alarms.db")
    yield desk
    for sender in desk.senders:
        sender.close()


def test_notices_leave_in_the_order_of_their_intent_and_are_followed_to_the_end(desk: Desk) -> None:
    for n in range(3):
        desk.intend(f"text {n}")
    assert desk.run() == ["text 0", "text 1", "text 2"]
    assert desk.states() == ["sent"] * 3
    assert desk.counted("sent") == 3


def test_the_attempt_is_stored_before_the_driver_is_called(desk: Desk) -> None:
    desk.intend("text")
    desk.modem.dies = {"before": 1}
    with pytest.raises(Killed):
        desk.run()
    assert desk.states() == ["sending"]


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("call", [1, 2, 3])
def test_killed_around_any_hand_over_everything_leaves_once(desk: Desk, moment: str, call: int) -> None:
    for n in range(3):
        desk.intend(f"text {n}")
    desk.modem.dies = {moment: call}
    with pytest.raises(Killed):
        desk.run()
    desk.modem.dies = {}
    desk.start()
    assert desk.run() == ["text 0", "text 1", "text 2"]
    assert desk.states() == ["sent"] * 3


def test_a_failed_attempt_is_repeated_later_and_later_and_the_next_message_waits(desk: Desk) -> None:
    desk.intend("first")
    desk.intend("second")
    desk.modem.answers = [Failed("no network", retry=True), Failed("no network", retry=True)]
    assert desk.run() == []
    assert desk.run(30_000) == []
    assert desk.run(120_000) == ["first", "second"]
    assert desk.metrics.registry.get_sample_value("larder_notice_retries_total") == 2


def test_after_the_last_attempt_it_has_failed_and_others_go_on(desk: Desk) -> None:
    desk.intend("first")
    desk.intend("second")
    desk.modem.answers = [Failed("no network", retry=True)] * 3
    assert desk.run(10 * MINUTE) == ["second"]
    assert desk.states() == ["failed", "sent"]


def test_what_can_never_succeed_is_not_repeated(desk: Desk) -> None:
    desk.intend("first")
    desk.modem.answers = [Failed("not a telephone number", retry=False)]
    assert desk.run(10 * MINUTE) == []
    assert desk.states() == ["failed"] and desk.modem.calls == 1


def test_after_a_timeout_the_driver_is_asked_before_anything_is_sent_again(desk: Desk) -> None:
    desk.intend("text")
    desk.modem.answers = [Unknown("timeout")]
    desk.modem.known["ref1-1"] = Delivery.SENT
    assert desk.run(MINUTE) == []
    assert desk.states() == ["sent"]


def test_a_timeout_of_which_the_driver_knows_nothing_is_handed_over_again(desk: Desk) -> None:
    desk.intend("text")
    desk.modem.answers = [Unknown("timeout")]
    assert desk.run(MINUTE) == ["text"]


def test_an_outcome_that_stays_unknown_is_tried_once_more_after_ten_minutes(desk: Desk) -> None:
    desk.intend("text")
    desk.modem.answers = [Unknown("timeout")]
    desk.modem.known["ref1-1"] = Delivery.UNKNOWN
    assert desk.run(9 * MINUTE) == []
    assert desk.run(12 * MINUTE) == ["text"]


def test_what_the_modem_refused_afterwards_is_sent_again(desk: Desk) -> None:
    desk.intend("text")
    desk.modem.known["ref1-1"] = Delivery.FAILED
    desk.modem.answers = []
    desk.run(2 * MINUTE)
    assert desk.modem.sent == [("13800138001", "text")]
    assert "ref1-2" in desk.modem.known


def test_the_end_waits_for_its_beginning(desk: Desk) -> None:
    desk.intend("raise", alarm="a")
    desk.intend("cleared", alarm="a", kind="cleared")
    desk.modem.answers = [Failed("no network", retry=True)]
    assert desk.run(MINUTE) == ["raise", "cleared"]


def test_an_end_whose_beginning_never_arrived_is_dropped(desk: Desk) -> None:
    desk.intend("raise", alarm="a")
    desk.intend("cleared", alarm="a", kind="cleared")
    desk.modem.answers = [Failed("no network", retry=True)] * 3
    assert desk.run(10 * MINUTE) == []
    assert desk.states() == ["failed", "dropped"]


def test_a_critical_notice_passes_by_what_is_stuck_for_the_same_person(desk: Desk) -> None:
    desk.intend("stuck")
    desk.modem.answers = [Failed("no network", retry=True)]
    desk.run()
    desk.intend("critical", severity="critical")
    assert desk.run() == ["critical"]


def test_more_than_a_person_gets_comes_as_one_digest_and_critical_ones_at_once(desk: Desk) -> None:
    for n in range(6):
        desk.intend(f"text {n}")
    desk.intend("critical", severity="critical")
    assert desk.run() == ["text 0", "text 1", "text 2", "critical"]
    assert desk.states() == ["sent"] * 3 + ["held"] * 3 + ["sent"]
    desk.intend("for the officer", person="officer")
    assert desk.run()[-1] == "for the officer"
    texts = desk.run(61 * MINUTE)
    assert texts[5:] == ["【海北食安】汇总：另有3条提醒未单发，最重报警，含民中食堂。请打开清单逐条签收 hbsa.cn/a"]
    assert desk.states() == ["sent"] * 3 + ["digested"] * 3 + ["sent"] * 3
    assert desk.counted("digested") == 3


def test_a_digest_holds_one_persons_notices_only(desk: Desk) -> None:
    for person in ("cook", "officer"):
        for n in range(5):
            desk.intend(f"{person} {n}", person=person)
    desk.run(61 * MINUTE)
    digests = [phone for phone, text in desk.modem.sent if "另有2条" in text]
    assert sorted(digests) == ["13800138001", "13900139000"]


def test_an_intent_decided_upon_again_does_not_begin_again(desk: Desk) -> None:
    desk.intend("text")
    desk.run()
    desk.count = 0
    desk.intend("text")
    assert desk.run() == ["text"] and desk.states() == ["sent"] and desk.modem.calls == 1


def test_a_single_notice_that_was_held_back_is_sent_as_it_is(desk: Desk) -> None:
    for n in range(4):
        desk.intend(f"text {n}")
    desk.run()
    assert desk.run(61 * MINUTE) == ["text 0", "text 1", "text 2", "text 3"]


def test_no_more_than_eight_a_day(desk: Desk) -> None:
    for hour in range(24):
        desk.now_ms = T0 + hour * HOUR
        desk.intend(f"text {hour}")
        desk.run(hour * HOUR)
    assert len(desk.modem.sent) == 8


def test_yesterdays_news_is_not_sent(desk: Desk) -> None:
    desk.intend("text")
    desk.now_ms += 25 * HOUR
    assert desk.run() == []
    assert desk.states() == ["expired"]


def test_a_log_never_shows_a_number(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.intend("text")
    desk.modem.answers = [Failed("no network", retry=True)]
    with caplog.at_level(logging.INFO):
        desk.run(MINUTE)
    assert "138****8001" in caplog.text and "13800138001" not in caplog.text


@pytest.mark.parametrize(
    ("minutes_ago", "may"),
    [([], True), ([1, 2], True), ([1, 2, 3], False), ([61, 62, 63], True), ([61 * n for n in range(1, 9)], False)],
)
def test_the_budget_of_a_person(minutes_ago: list[int], may: bool) -> None:
    assert allowed([T0 - ago * MINUTE for ago in minutes_ago], T0) is may
    assert allowed([T0 - ago * 1000 for ago in minutes_ago], T0, 60.0) is may


def test_the_pause_after_a_failure_doubles_up_to_an_hour() -> None:
    assert [backoff_ms(attempt, 30.0) for attempt in (1, 2, 3, 20, 2000)] == [
        30_000,
        60_000,
        120_000,
        3_600_000,
        3_600_000,
    ]


def test_two_builds_of_alarms_db_do_not_send_twice(tmp_path: Path) -> None:
    modem = Modem()
    for name in ("first.db", "again.db"):
        desk = Desk(tmp_path / name)
        desk.modem = modem
        desk.start()
        desk.intend("text")
        desk.run()
        for sender in desk.senders:
            sender.close()
    assert modem.sent == [("13800138001", "text")]
