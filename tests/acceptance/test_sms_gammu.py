"""From a warm fridge to a message on a telephone: real alarms, the real sender, the real gammu-smsd with its dummy phone."""

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from larder_hub.config import SmsConfig
from larder_hub.metrics import Metrics
from larder_hub.notices.gammu import Gammu
from larder_hub.notices.port import Accepted, Delivery, Failed, Unknown
from larder_hub.notices.sender import NoticeSender
from larder_hub.notices.texts import Letterhead
from tests.support.gammu import GammuSmsd, SentSms
from tests.support.incidents import FRIDGE, County
from tests.support.waiting import wait_for

pytestmark = pytest.mark.process

RAISED = SentSms(
    "13800138001", "【海北食安】超温：刚察民中食堂冷藏柜2现13.0度，超8度已15分。请关门、移食品并签收 hbsa.cn/a 单1"
)
CLEARED = SentSms(
    "13800138001", "【海北食安】恢复：刚察民中食堂冷藏柜2现5.0度。超限20分，最高13.0度。请补填处置 hbsa.cn/a 单1"
)


@pytest.fixture
def county(tmp_path: Path) -> Iterator[County]:
    county = County(tmp_path)
    yield county
    county.close()


def sender(county: County, driver: Gammu) -> NoticeSender:
    """On the incident's clock moved to its end, and from there on with ours."""
    began = time.monotonic()
    return NoticeSender(
        county.file, driver, SmsConfig(retry_s=1), Letterhead(), Metrics(),
        lambda: county.now_ms() + round((time.monotonic() - began) * 1000), idle_s=0.05,
    )  # fmt: skip


class Running:
    """A sender in a thread of its own, as in the hub."""

    def __init__(self, one: NoticeSender) -> None:
        self._stop = Event()
        self._thread = Thread(target=one.run, args=(self._stop,))

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(10)
        assert not self._thread.is_alive()


def incident(county: County) -> None:
    county.reads(FRIDGE, 13.0).until(19)
    county.reads(FRIDGE, 5.0).until(40)


def states(county: County) -> list[str]:
    return [row[0] for row in county.rows("SELECT state FROM notice ORDER BY id")]


def test_a_warm_fridge_reaches_a_telephone_in_readable_chinese_in_one_part(
    county: County, gammu: GammuSmsd, tmp_path: Path
) -> None:
    incident(county)
    with Running(sender(county, Gammu(gammu.config, tmp_path / "journal"))):
        wait_for(lambda: states(county) == ["sent", "sent"], "both notices sent", 30)
    assert gammu.sent() == [RAISED, CLEARED]
    assert all(len(sms.text.encode("utf-16-be")) // 2 <= 70 for sms in gammu.sent())


class KilledAfterInject(Gammu):
    """The real driver in a process that dies as soon as the message lies in the outbox: its name is never written down."""

    def _written(self, reference: str, entry: object) -> Accepted | Unknown:
        raise KeyboardInterrupt


def test_a_hub_killed_between_the_hand_over_and_its_record_sends_once(
    county: County, gammu: GammuSmsd, tmp_path: Path
) -> None:
    incident(county)
    dying = sender(county, KilledAfterInject(gammu.config, tmp_path / "journal"))
    dying.open()
    with pytest.raises(KeyboardInterrupt):
        dying.step(county.now_ms())
    assert states(county)[0] == "sending"
    with Running(sender(county, Gammu(gammu.config, tmp_path / "journal"))):
        wait_for(lambda: states(county) == ["sent", "sent"], "both notices sent", 30)
    assert gammu.sent() == [RAISED, CLEARED]
    dying.close()


def test_with_the_daemon_down_a_message_waits_in_the_outbox_and_leaves_when_it_is_back(
    gammu: GammuSmsd, tmp_path: Path
) -> None:
    gammu.stop()
    driver = Gammu(gammu.config, tmp_path / "journal")
    outcome = driver.send("13800138001", RAISED.text, "ref-1")
    assert not isinstance(outcome, Failed | Unknown)
    assert driver.status("ref-1") is Delivery.WAITING
    gammu.start()
    wait_for(lambda: driver.status("ref-1") is Delivery.SENT, "the message to leave", 30)
    assert gammu.sent() == [RAISED]


def test_an_english_message_leaves_in_the_seven_bit_alphabet_in_one_part(gammu: GammuSmsd, tmp_path: Path) -> None:
    text = (
        "Haibei Food Safety: TOO WARM: Gangcha Minzu School canteen Fridge 2 now 11.3 deg C, over 8 for 62 min. "
        + "x" * 57
    )
    driver = Gammu(gammu.config, tmp_path / "journal")
    driver.send("13800138001", text, "ref-1")
    wait_for(lambda: driver.status("ref-1") is Delivery.SENT, "the message to leave", 30)
    assert gammu.sent() == [SentSms("13800138001", text)] and len(text) == 160
    (file,) = (gammu.dir / "sent").glob("*.smsbackup")
    assert "Coding = Default_No_Compression" in file.read_text("latin-1")
