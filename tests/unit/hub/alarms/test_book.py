"""What the web reads and signs."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from larder_hub.alarms.schema import open_alarms, transaction
from larder_hub.ledger.rows import Incident
from larder_hub.web.ports import UNKNOWN_ALARM, Acted, AlarmBook, Refusal
from tests.support.incidents import CAMERA, FRIDGE, SECOND, County


def test_open_shows_the_worst_first_and_what_is_over_until_it_is_signed(county: County) -> None:
    book: AlarmBook = county.book
    county.reads(SECOND, 13.0).until(1)
    county.reads(FRIDGE, 9.0).reads(CAMERA, 0.0, "timeout").until(35)
    assert [(alarm.kind, alarm.point, alarm.severity) for alarm in book.open()] == [
        ("food", SECOND, "alarm"), ("camera", CAMERA, "alarm"), ("food", FRIDGE, "warning"),
        ("early", FRIDGE, "warning"),
    ]  # fmt: skip
    county.reads(FRIDGE, 5.0).reads(SECOND, 5.0).reads(CAMERA, 1.0).until(60)
    assert [(alarm.point, alarm.condition, alarm.handling) for alarm in book.open()] == [
        (SECOND, "normal", "unacked"), (CAMERA, "normal", "unacked"),
    ]  # fmt: skip
    for alarm in book.open():
        assert isinstance(book.acknowledge(alarm.id, "张某", "", county.now_ms()), Acted)
    assert book.open() == []
    assert len(book.recent(10)) == 4 and len(book.recent(1)) == 1


def test_an_alarm_has_its_value_its_peak_its_limit_and_its_history(county: County) -> None:
    county.reads(FRIDGE, 13.0).until(18)
    county.reads(FRIDGE, 14.6).until(19)
    county.reads(FRIDGE, 12.2).until(20)
    (alarm,) = county.book.open()
    assert (alarm.value, alarm.peak, alarm.limit, alarm.unit) == (12.2, 14.6, 12.0, "Cel")
    assert (alarm.raised_ms - alarm.since_ms) == 15 * 60_000
    county.book.acknowledge(alarm.id, " 张某 ", "门没关", county.now_ms())
    known = county.book.get(alarm.id)
    assert known is not None and known.handling == "acked"
    assert [(act.actor, act.act, act.note) for act in known.acts] == [("hub", "raised", ""), ("张某", "ack", "门没关")]


def test_what_cannot_be_signed_says_why(county: County) -> None:
    county.reads(FRIDGE, 13.0).until(20)
    (alarm,) = county.book.open()
    unknown = county.book.acknowledge("0" * 16, "张某", "", 0)
    assert isinstance(unknown, Refusal) and unknown.reason == UNKNOWN_ALARM
    nobody = county.book.acknowledge(alarm.id, "  ", "", 0)
    assert isinstance(nobody, Refusal) and nobody.reason == "no-actor"
    assert county.book.get("0" * 16) is None


def test_two_who_sign_at_once_are_one_signature(county: County) -> None:
    county.reads(FRIDGE, 13.0).until(20)
    (alarm,) = county.book.open()

    def sign(actor: str) -> Acted | Refusal:
        try:
            return county.book.acknowledge(alarm.id, actor, "", county.now_ms())
        finally:
            county.book.close()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(sign, ["a", "b", "c", "d"]))
    assert sum(isinstance(answer, Acted) for answer in answers) == 1
    assert county.rows("SELECT count(*) FROM act") == [(1,)]


def test_notices_show_how_far_they_came_and_no_whole_number(county: County) -> None:
    county.reads(FRIDGE, 13.0).until(20)
    (notice,) = county.book.notices(10)
    assert (notice.recipient, notice.phone, notice.kind, notice.outcome) == ("cook1", "138****8001", "raise", "waiting")


def test_a_notice_shows_every_hand_over_and_its_chat_groups_after_them(county: County) -> None:
    county.reads(FRIDGE, 13.0).until(20)
    connection = open_alarms(county.file)
    with transaction(connection):
        connection.execute("UPDATE notice SET provider='aliyun'")
        connection.execute("INSERT INTO chat VALUES (1,'duty','failed',5,0,7,'403')")
        connection.execute(
            "INSERT INTO attempt VALUES (1,2,'aliyun',3,'delivered','',4), (1,1,'gammu-smsd',1,'failed','no network',2)"
        )
    connection.close()
    (notice,) = county.book.notices(10)
    assert notice.provider == "aliyun"
    assert notice.attempts == (
        ("gammu-smsd", "failed", "no network", 2), ("aliyun", "delivered", "", 4), ("notify.duty", "failed", "403", 7),
    )  # fmt: skip


def test_one_that_comes_back_soon_is_counted_and_not_told_unless_it_stays(county: County) -> None:
    county.projection._rules = replace(county.projection._rules, flap_ms=60 * 60_000.0)
    county.reads(FRIDGE, 13.0).until(19)
    county.reads(FRIDGE, 5.0).until(30)
    county.reads(FRIDGE, 13.0).until(49)
    county.reads(FRIDGE, 5.0).until(60)
    assert [alarm["count"] for alarm in county.alarms("food")] == [1, 2]
    assert [(minute, kind) for minute, kind, _ in county.told("cook1")] == [(15, "raise"), (30, "cleared")]
    county.reads(FRIDGE, 13.0).until(130)
    assert [alarm["count"] for alarm in county.alarms("food")] == [1, 2, 3]
    assert [(minute, kind) for minute, kind, _ in county.told("cook1")][2:] == [(120, "raise")]


class Wrongs:
    """What a ledger holds of quarantine and forks."""

    def __init__(self) -> None:
        self.quarantine: list[Incident] = []
        self.forks: list[Incident] = []

    def quarantined_after(self, place: int, limit: int) -> Sequence[Incident]:
        return [one for one in self.quarantine if one.place > place][:limit]

    def forks_after(self, place: int, limit: int) -> Sequence[Incident]:
        return [one for one in self.forks if one.place > place][:limit]


def test_the_ledgers_incidents_are_taken_up_once_whatever_dies_in_between(county: County) -> None:
    wrongs = Wrongs()
    wrongs.quarantine = [Incident("quarantine", n, "box1", f"bad-json: {n}", county.now_ms()) for n in range(1, 6)]
    wrongs.forks = [Incident("fork", 9, "stranger", "stream x number 7", county.now_ms())]
    for _ in range(3):
        county.projection._incidents = wrongs  # type: ignore[assignment]
        county.minute += 1
        county.tick()
        county.killed()
    assert [(alarm["count"], alarm["site"]) for alarm in county.alarms("quarantine")] == [(5, "site1")]
    assert [(alarm["device"], alarm["site"]) for alarm in county.alarms("fork")] == [("stranger", "")]
    county.projection._incidents = wrongs  # type: ignore[assignment]
    wrongs.quarantine.append(Incident("quarantine", 6, "box1", "bad-json: 6", county.now_ms()))
    county.tick()
    assert [(alarm["count"], alarm["reason"]) for alarm in county.alarms("quarantine")] == [(6, "bad-json: 6")]
