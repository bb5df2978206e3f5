"""Delivery receipts of a modem: the real gammu-smsd over SQLite, from our message to what the daemon makes of a receipt."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from larder_hub.notices.gammu_sql import GammuSql
from larder_hub.notices.port import Accepted, Delivery, Failed
from tests.support.gammu import GammuWithReceipts
from tests.support.waiting import wait_for

pytestmark = pytest.mark.process

NUMBER = "13800138001"
TEXT = "【海北食安】超温：刚察民中食堂冷藏柜2现13.0度，超8度已15分。请关门、移食品并签收 hbsa.cn/a 单1"


@pytest.fixture
def gammu(tmp_path: Path) -> Iterator[GammuWithReceipts]:
    gammu = GammuWithReceipts(tmp_path / "gammu")
    gammu.start()
    yield gammu
    gammu.stop()


def sent(gammu: GammuWithReceipts, reference: str = "ref-1") -> GammuSql:
    driver = GammuSql(gammu.config)
    assert driver.send(NUMBER, TEXT, reference) == Accepted(reference)
    wait_for(lambda: gammu.statuses() == [(NUMBER, TEXT, "SendingOK")], "sent", 30)
    return driver


@pytest.mark.parametrize(
    ("says", "word", "delivery"),
    [
        ("Delivered", "DeliveryOK", Delivery.DELIVERED),
        ("Failed", "DeliveryFailed", Delivery.FAILED),
        ("Unknown", "DeliveryUnknown", Delivery.SENT),
    ],
)
def test_a_receipt_says_what_became_of_a_message(
    gammu: GammuWithReceipts, says: str, word: str, delivery: Delivery
) -> None:
    driver = sent(gammu)
    assert driver.status("ref-1") is Delivery.WAITING, "it has left, and a receipt was asked for"
    gammu.receipt(NUMBER, says)
    wait_for(lambda: gammu.statuses() == [(NUMBER, TEXT, word)], word, 30)
    assert driver.status("ref-1") is delivery


def test_a_pending_receipt_waits_for_the_one_that_follows(gammu: GammuWithReceipts) -> None:
    driver = sent(gammu)
    gammu.receipt(NUMBER, "Pending")
    wait_for(lambda: gammu.statuses() == [(NUMBER, TEXT, "DeliveryPending")], "pending", 30)
    assert driver.status("ref-1") is Delivery.WAITING
    gammu.receipt(NUMBER, "Delivered")
    wait_for(lambda: driver.status("ref-1") is Delivery.DELIVERED, "delivered", 30)


def test_a_reference_is_handed_over_once_while_it_waits_and_after_it_has_left(gammu: GammuWithReceipts) -> None:
    gammu.stop()
    driver = GammuSql(gammu.config)
    for _ in range(2):
        assert driver.send(NUMBER, TEXT, "ref-1") == Accepted("ref-1")
    assert driver.status("ref-1") is Delivery.WAITING
    assert driver.status("ref-2") is Delivery.ABSENT
    database = sqlite3.connect(gammu.dir / "smsd.db")
    assert database.execute("SELECT count(*) FROM outbox").fetchall() == [(1,)]
    database.close()


def test_what_has_not_left_can_be_taken_back_and_what_is_being_sent_cannot(gammu: GammuWithReceipts) -> None:
    gammu.stop()
    driver = GammuSql(gammu.config)
    for reference in ("ref-1", "ref-2"):
        driver.send(NUMBER, TEXT, reference)
    database = sqlite3.connect(gammu.dir / "smsd.db")
    database.execute(
        "UPDATE outbox SET SendingTimeOut = datetime('now', 'localtime', '60 seconds') WHERE CreatorID='ref-2'"
    )
    database.commit()
    database.close()
    assert driver.withdraw("ref-1") and not driver.withdraw("ref-2") and not driver.withdraw("ref-3")
    assert (driver.status("ref-1"), driver.status("ref-2")) == (Delivery.ABSENT, Delivery.WAITING)


def test_a_daemon_with_files_is_told_from_one_with_a_database(tmp_path: Path) -> None:
    config = tmp_path / "smsdrc"
    config.write_text("[smsd]\nservice = files\n", "utf-8")
    refused = GammuSql(config).send(NUMBER, TEXT, "ref-1")
    assert isinstance(refused, Failed) and refused.retry and "driver gammu-smsd" in refused.reason
    assert GammuSql(config).status("ref-1") is Delivery.UNKNOWN


def test_a_missing_database_is_said_and_not_made(tmp_path: Path) -> None:
    config = tmp_path / "smsdrc"
    config.write_text(f"[smsd]\nservice = sql\ndriver = sqlite3\ndbdir = {tmp_path}\ndatabase = smsd.db\n", "utf-8")
    refused = GammuSql(config).send(NUMBER, TEXT, "ref-1")
    assert isinstance(refused, Failed) and "sqlite.sql" in refused.reason
    assert not (tmp_path / "smsd.db").exists()
