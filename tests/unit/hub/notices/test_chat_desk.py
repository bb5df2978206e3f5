"""Further ways beside SMS: what a group hears, when again, and that nothing of SMS waits for it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from larder_hub.alarms.journal import Intent, Journal
from larder_hub.alarms.schema import open_alarms, transaction
from larder_hub.config import SmsConfig
from larder_hub.metrics import Metrics
from larder_hub.notices.chat_desk import ChatDesk
from larder_hub.register.directory import Directory, Person

T0 = 1_795_305_600_000
DAY_MS = 24 * 3_600_000
PEOPLE = {
    "cook": Person("cook", "张某", "13800138001", "zh", ("kitchen",)),
    "officer": Person("officer", "李某", "13900139000", "zh", ("kitchen", "county")),
    "chief": Person("chief", "王某", "13700137000", "zh"),
    "guest": Person("guest", "赵某", "13600136000", "zh", ("gone",)),
}


class Group:
    """A conversation in memory; `answers` in turn, then it takes everything."""

    def __init__(self) -> None:
        self.answers: list[str] = []
        self.texts: list[str] = []

    def send(self, text: str) -> str:
        answer = self.answers.pop(0) if self.answers else ""
        if not answer:
            self.texts.append(text)
        return answer


class Scene:
    def __init__(self, file: Path) -> None:
        self.file, self.now_ms, self.count = file, T0, 0
        self.kitchen, self.county = Group(), Group()
        self.metrics = Metrics()
        open_alarms(file).close()
        self.start()

    def start(self) -> None:
        self.desk = ChatDesk(
            self.file, {"kitchen": self.kitchen, "county": self.county}, lambda: Directory(people=PEOPLE),
            SmsConfig(attempts=3, retry_s=30), self.metrics, lambda: self.now_ms,
        )  # fmt: skip
        self.desk.open()

    def tell(self, *people: str, text: str = "超温", alarm: str = "a1", created_ms: int | None = None) -> None:
        at_ms = self.now_ms if created_ms is None else created_ms
        connection = open_alarms(self.file)
        for person in people:
            self.count += 1
            intent = Intent(
                f"ref{self.count}", alarm, "raise", "critical", person, PEOPLE[person].phone, "zh", "", text, at_ms
            )
            with transaction(connection):
                Journal(connection).intend([intent])
        connection.close()

    def run(self, minutes: int = 0) -> None:
        until_ms = self.now_ms + minutes * 60_000
        while True:
            while self.desk.step(self.now_ms):
                pass
            if self.now_ms >= until_ms:
                return
            self.now_ms += 10_000

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return list(apsw.Connection(str(self.file)).execute(query))


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path / "alarms.db")
    yield scene
    scene.desk.close()


def test_a_group_hears_once_what_two_of_its_people_are_told(scene: Scene) -> None:
    scene.tell("cook", "officer", "chief")
    scene.run()
    assert (scene.kitchen.texts, scene.county.texts) == (["超温"], ["超温"])
    assert scene.rows("SELECT notice, channel, state, attempt FROM chat") == [
        (1, "kitchen", "sent", 1),
        (2, "county", "sent", 1),
    ]


def test_the_sms_is_untouched_and_its_budget_too(scene: Scene) -> None:
    before = "SELECT state, attempt, sent_ms, provider FROM notice"
    scene.tell("officer")
    scene.run()
    assert scene.rows(before) == [("waiting", 0, None, "")]
    assert scene.rows("SELECT * FROM attempt") == []


def test_a_failure_is_tried_again_later_then_shown(scene: Scene) -> None:
    scene.county.answers = ["HTTP 500"] * 3
    scene.tell("officer")
    scene.run()
    assert scene.rows("SELECT state, attempt, detail FROM chat WHERE channel='county'") == [("waiting", 1, "HTTP 500")]
    assert scene.kitchen.texts == ["超温"], "one group waits for no other"
    scene.run(10)
    assert scene.rows("SELECT state, attempt, detail FROM chat WHERE channel='county'") == [("failed", 3, "HTTP 500")]
    value = scene.metrics.registry.get_sample_value
    assert value("larder_chats_total", {"channel": "county", "outcome": "retried"}) == 2
    assert value("larder_chats_total", {"channel": "county", "outcome": "failed"}) == 1


def test_a_failure_that_passes_is_said_in_the_end(scene: Scene) -> None:
    scene.kitchen.answers = ["HTTP 500"]
    scene.tell("cook")
    scene.run(2)
    assert scene.kitchen.texts == ["超温"]
    assert scene.rows("SELECT state, attempt, detail FROM chat") == [("sent", 2, "")]


def test_what_was_cut_off_is_said_again(scene: Scene) -> None:
    scene.tell("cook")
    scene.run()
    connection = open_alarms(scene.file)
    with transaction(connection):
        connection.execute("UPDATE chat SET state='sending'")
    connection.close()
    scene.desk.close()
    scene.start()
    scene.run()
    assert scene.kitchen.texts == ["超温", "超温"]
    assert scene.rows("SELECT state, attempt FROM chat") == [("sent", 2)]


def test_after_a_restart_nothing_is_said_twice(scene: Scene) -> None:
    scene.tell("cook")
    scene.run()
    scene.desk.close()
    scene.start()
    scene.run(5)
    assert scene.kitchen.texts == ["超温"]


def test_a_name_that_the_configuration_does_not_have_is_shown(scene: Scene) -> None:
    scene.tell("guest")
    scene.run()
    assert scene.rows("SELECT state, detail FROM chat") == [("failed", "[notify.gone] is not in the configuration")]


def test_a_digest_in_place_of_held_messages_is_for_sms_alone(scene: Scene) -> None:
    scene.tell("cook", text="one")
    scene.tell("cook", text="digest of one")
    connection = open_alarms(scene.file)
    with transaction(connection):
        connection.execute("UPDATE notice SET digest=2 WHERE id=1")
    connection.close()
    scene.run()
    assert scene.kitchen.texts == ["one"]


def test_what_is_older_than_a_day_is_no_news(scene: Scene) -> None:
    scene.tell("cook", created_ms=T0 - DAY_MS - 1)
    scene.tell("cook", text="new")
    scene.run()
    assert scene.kitchen.texts == ["new"]


def test_the_same_said_again_later_is_said_again(scene: Scene) -> None:
    scene.tell("cook")
    scene.run()
    scene.now_ms += 60_000
    scene.tell("cook")
    scene.run()
    assert scene.kitchen.texts == ["超温", "超温"]
