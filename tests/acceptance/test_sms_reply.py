"""A reply by SMS signs the alarm: real alarms, the real gammu-smsd, messages put into its dummy phone."""

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import apsw
import pytest

from larder_hub.alarms.schema import open_alarms
from larder_hub.metrics import Metrics
from larder_hub.notices.figures import BEIJING
from larder_hub.notices.inbox import GammuInbox
from larder_hub.notices.reply_desk import ReplyDesk
from larder_hub.notices.texts import Letterhead
from tests.support.gammu import GammuSmsd
from tests.support.incidents import FRIDGE, SECOND, County
from tests.support.waiting import wait_for

pytestmark = pytest.mark.process

COOK, STRANGER = "+8613800138001", "+8613511112222"


class Telephone:
    """Puts messages into the dummy phone and lets the desk take what the daemon made of them."""

    def __init__(self, county: County, gammu: GammuSmsd) -> None:
        self.county, self.gammu, self.metrics, self.count = county, gammu, Metrics(), 0
        self.rung: list[int] = []
        self.connection: apsw.Connection = open_alarms(county.file)
        known = county.directory
        people = {id: person._replace(phone=f"+86{person.phone}") for id, person in known.people.items()}
        self.directory = type(known)(**(known.__dict__ | {"people": people}))
        self.desk = ReplyDesk(county.file, GammuInbox(gammu.config), lambda: self.directory, Letterhead(), self.metrics,
                              county.now_ms, lambda: self.rung.append(1))  # fmt: skip

    def reply(self, text: str, phone: str = COOK, at_ms: int | None = None) -> tuple[Any, ...]:
        """The row that the reply became: verdict, person, text."""
        self.count += 1
        at = datetime.fromtimestamp((self.county.now_ms() if at_ms is None else at_ms) / 1000, BEIJING)
        content = deliver(text, phone, at)
        (self.gammu.dir / "phone" / "sms" / "1" / "1").write_text(content, encoding="ascii")
        wait_for(self._taken, "the reply is recorded", 40)
        return self.county.rows("SELECT verdict, person, text FROM reply ORDER BY id")[-1]

    def _taken(self) -> bool:
        # Files are stamped with the time of the machine, which is not that of the incident.
        self.desk.look(self.connection, time.time_ns() // 1_000_000)
        return len(self.county.rows("SELECT 1 FROM reply WHERE verdict != 'begun'")) == self.count


def deliver(text: str, phone: str, at: datetime) -> str:
    pieces = text.encode("utf-16-be").hex().upper()
    lines = [f"Text{n:02d} = {pieces[at : at + 200]}" for n, at in enumerate(range(0, len(pieces), 200))]
    return "\n".join(
        ["[SMSBackup000]", 'SMSC = "+8613800970500"', "SMSCFormat = Text", "SMSCValidity = Max", "PDU = Deliver",
         f"DateTime = {at:%Y%m%dT%H%M%S}", "State = UnRead", f'Number = "{phone}"', "Coding = Unicode_No_Compression",
         "Folder = 1", f"Length = {len(text)}", *lines, "Class = -1", "ReplySMSC = False", "RejectDuplicates = False",
         "ReplaceMessage = 0", "MessageReference = 0", ""]
    )  # fmt: skip


@pytest.fixture
def telephone(tmp_path: Path, gammu: GammuSmsd) -> Iterator[Telephone]:
    county = County(tmp_path)
    telephone = Telephone(county, gammu)
    yield telephone
    telephone.connection.close()
    county.close()


def warm(county: County, *points: str) -> None:
    for point in points:
        county.reads(point, 13.0)
    county.until(19)
    connection = open_alarms(county.file)
    connection.execute("UPDATE notice SET sent_ms = created_ms, state = 'sent'")
    connection.close()


def test_a_yes_signs_the_one_open_alarm_once_and_keeps_its_words(telephone: Telephone) -> None:
    county = telephone.county
    warm(county, FRIDGE)
    assert telephone.reply("收到", phone=STRANGER) == ("unknown-number", "", "收到")
    assert telephone.reply("哪个冰箱？") == ("question", "cook1", "哪个冰箱？")
    assert telephone.reply("好" * 60)[0] == "unclear"
    assert telephone.reply("1", at_ms=county.now_ms() - 3 * 3_600_000)[0] == "too-old"
    assert county.rows("SELECT acked_ms FROM alarm") == [(None,)]
    assert telephone.reply("回1") == ("signed", "cook1", "回1")
    assert telephone.reply("1 1")[0] == "already-signed"
    ((actor, act, note),) = county.rows("SELECT actor, act, note FROM act")
    assert (actor, act) == ("cook1", "ack") and note.endswith("：回1")
    assert county.rows("SELECT acked_ms IS NULL FROM alarm") == [(0,)]
    assert list((telephone.gammu.dir / "inbox").iterdir()) == []


def test_with_several_open_the_number_is_asked_for_and_then_signs(telephone: Telephone) -> None:
    county = telephone.county
    warm(county, FRIDGE, SECOND)
    assert telephone.reply("1")[0] == "which"
    ((text,),) = county.rows("SELECT text FROM notice WHERE state = 'waiting'")
    assert text == "【海北食安】汇总：您有多条待签收，最近为刚察民中食堂。请回复1和单号，或打开清单逐条签收 hbsa.cn/a"
    assert telephone.rung == [1]
    assert telephone.reply("1 9")[0] == "not-yours"
    assert telephone.reply("收到 单2")[0] == "signed"
    assert county.rows("SELECT ticket, acked_ms IS NULL FROM alarm ORDER BY ticket") == [(1, 1), (2, 0)]
