"""Hand-overs are kept while somebody may ask after them, and no longer."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from larder_hub.config import SmsConfig
from larder_hub.notices.drivers import prune_journals
from larder_hub.notices.journal import KEEP_S, MOST_AT_ONCE, HandOver, HandOverJournal, prune
from tests.unit.hub.notices.test_failover import Channel, Desk

HOUR_MS = 3_600_000


def kept(folder: Path, reference: str, age_s: float) -> Path:
    HandOverJournal(folder).keep(reference, HandOver("13800138001", 1))
    file = folder / f"{reference}.json"
    then = time.time() - age_s
    os.utime(file, (then, then))
    return file


def test_what_is_older_than_a_week_goes_and_what_is_not_stays(tmp_path: Path) -> None:
    old = [kept(tmp_path / name, "old-1", KEEP_S + 60) for name in ("gammu", "aliyun", "tencent")]
    young = [kept(tmp_path / name, "new-1", KEEP_S - 60) for name in ("gammu", "aliyun")]
    message = tmp_path / "message.txt"
    message.write_text("a message of the file driver is somebody else's to remove")
    assert prune_journals(SmsConfig(spool=tmp_path)) == 3
    assert [file.exists() for file in (*old, *young, message)] == [False] * 3 + [True] * 3


def test_many_go_a_part_at_a_time(tmp_path: Path) -> None:
    for n in range(MOST_AT_ONCE + 1):
        file = tmp_path / f"{n}.json"
        file.touch()
        os.utime(file, (0, 0))
    assert (prune(tmp_path, KEEP_S * 2), prune(tmp_path, KEEP_S * 2)) == (MOST_AT_ONCE, 1)


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert prune(tmp_path / "nowhere", KEEP_S * 2) == 0


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path / "alarms.db", Channel("aliyun"))
    yield desk
    desk.sender.close()


def test_the_sender_tidies_once_an_hour(desk: Desk) -> None:
    called: list[int] = []
    desk.sender._tidy = lambda: called.append(1)
    for minutes in (0, 30, 59, 61, 90):
        desk.sender.tidy(desk.now_ms + minutes * 60_000)
    assert len(called) == 2
