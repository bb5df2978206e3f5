"""What every SMS driver promises, over every driver: a reference goes out once, and is known again after a crash."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from larder_cli.demo.dummy_phone import CONFIG
from larder_hub.notices.file_spool import FileSpool
from larder_hub.notices.gammu import Gammu
from larder_hub.notices.port import Accepted, Delivery, Failed, SmsDriver, Unknown, masked
from larder_hub.notices.smsbackup import read_smsbackup

PHONE = "13800138000"
TEXT = "【海北食安】超温：刚察民中食堂冷藏柜2现零下18.4度，超零下15度已62分。请关门、移食品并签收 hbsa.cn/a 单4017"
REF = "0a1b2c3d4e5f-1"


class Rig(NamedTuple):
    """A driver over a folder, made anew as often as wanted, and the messages that lie there."""

    driver: Callable[[], SmsDriver]
    lying: Callable[[], list[tuple[str, str]]]


def spool(folder: Path) -> Rig:
    def lying() -> list[tuple[str, str]]:
        found = []
        for file in sorted(folder.glob("*.txt")):
            phone, text = file.read_text(encoding="utf-8").splitlines()
            found.append((phone, text))
        return found

    return Rig(lambda: FileSpool(folder), lying)


def gammu(folder: Path) -> Rig:
    """The real gammu-smsd-inject; the daemon does not run, so messages stay in the outbox."""
    config = folder / "smsdrc"
    for name in ("inbox", "outbox", "sent", "error"):
        (folder / name).mkdir(parents=True)
    config.write_text(CONFIG.format(dir=folder), encoding="utf-8")

    def lying() -> list[tuple[str, str]]:
        messages = [
            read_smsbackup(file.read_text("utf-8", "replace"))
            for file in sorted((folder / "outbox").glob("*.smsbackup"))
        ]
        return [(message.number, message.text) for message in messages if message is not None]

    return Rig(lambda: Gammu(config, folder / "journal"), lying)


@pytest.fixture(params=[spool, gammu], ids=["file", "gammu-smsd"])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Rig:
    made: Rig = request.param(tmp_path / "sms")
    return made


def test_a_message_lies_there_to_the_letter(rig: Rig) -> None:
    assert isinstance(rig.driver().send(PHONE, TEXT, REF), Accepted)
    assert rig.lying() == [(PHONE, TEXT)]


def test_an_english_message_of_160_is_one_part(rig: Rig) -> None:
    text = "Haibei Food Safety: " + "x" * 140
    assert isinstance(rig.driver().send(PHONE, text, REF), Accepted)
    assert rig.lying() == [(PHONE, text)]


def test_seventy_chinese_characters_are_one_part(rig: Rig) -> None:
    text = "【海北食安】" + "雪" * 64
    assert isinstance(rig.driver().send(PHONE, text, REF), Accepted)
    assert rig.lying() == [(PHONE, text)]


def test_words_that_look_like_options_are_text(rig: Rig) -> None:
    for n, text in enumerate(["-report", "$(id) `id` 'x' \"y\" %s", "[SMSBackup000]"]):
        rig.driver().send(PHONE, "【海北食安】" + text, f"ref-{n}")
    assert sorted(text for _, text in rig.lying()) == sorted(
        ["【海北食安】-report", "【海北食安】$(id) `id` 'x' \"y\" %s", "【海北食安】[SMSBackup000]"]
    )


def test_a_reference_is_sent_once_also_by_the_next_process(rig: Rig) -> None:
    for _ in range(3):
        assert isinstance(rig.driver().send(PHONE, TEXT, REF), Accepted)
    assert len(rig.lying()) == 1


def test_the_same_text_under_another_reference_is_another_message(rig: Rig) -> None:
    rig.driver().send(PHONE, TEXT, REF)
    rig.driver().send(PHONE, TEXT, "0a1b2c3d4e5f-2")
    assert len(rig.lying()) == 2


def test_what_was_never_handed_over_is_absent(rig: Rig) -> None:
    assert rig.driver().status(REF) is Delivery.ABSENT
    rig.driver().send(PHONE, TEXT, REF)
    assert rig.driver().status("other") is Delivery.ABSENT


def test_what_was_handed_over_is_known_to_the_next_process(rig: Rig) -> None:
    rig.driver().send(PHONE, TEXT, REF)
    assert rig.driver().status(REF) in (Delivery.WAITING, Delivery.SENT)


# ---------------------------------------------------------------- the file spool alone


def test_a_half_written_file_is_no_message(tmp_path: Path) -> None:
    (tmp_path / f".{REF}.txt.part").write_text(f"{PHONE}\n【海", encoding="utf-8")
    driver = FileSpool(tmp_path)
    assert driver.status(REF) is Delivery.ABSENT
    assert isinstance(driver.send(PHONE, TEXT, REF), Accepted)
    assert spool(tmp_path).lying() == [(PHONE, TEXT)]


def test_a_folder_that_cannot_be_made_is_tried_again_later(tmp_path: Path) -> None:
    (tmp_path / "sms").write_text("a file is in the way", encoding="utf-8")
    outcome = FileSpool(tmp_path / "sms").send(PHONE, TEXT, REF)
    assert isinstance(outcome, Failed) and outcome.retry
    assert "sms" in outcome.reason


# ---------------------------------------------------------------- gammu alone


def test_a_hand_over_cut_off_after_the_message_lay_there_is_found_by_number_and_text(tmp_path: Path) -> None:
    rig = gammu(tmp_path)
    rig.driver().send(PHONE, TEXT, REF)
    journal = tmp_path / "journal" / f"{REF}.json"
    entry = json.loads(journal.read_text(encoding="utf-8"))
    journal.write_text(json.dumps(entry | {"id": ""}), encoding="utf-8")
    assert rig.driver().status(REF) is Delivery.WAITING
    assert isinstance(rig.driver().send(PHONE, TEXT, REF), Accepted)
    assert len(rig.lying()) == 1


def test_a_hand_over_cut_off_before_is_absent_although_the_same_was_sent_earlier(tmp_path: Path) -> None:
    rig = gammu(tmp_path)
    rig.driver().send(PHONE, TEXT, "earlier-1")
    (lying,) = (tmp_path / "outbox").glob("*.smsbackup")
    entry = {"phone": PHONE, "text": TEXT, "before": [lying.name], "id": ""}
    (tmp_path / "journal" / f"{REF}.json").write_text(json.dumps(entry), encoding="utf-8")
    assert rig.driver().status(REF) is Delivery.ABSENT
    assert isinstance(rig.driver().send(PHONE, TEXT, REF), Accepted)
    assert len(rig.lying()) == 2


@pytest.mark.parametrize(("folder", "delivery"), [("sent", Delivery.SENT), ("error", Delivery.FAILED)])
def test_where_the_daemon_moved_it_says_what_became_of_it(tmp_path: Path, folder: str, delivery: Delivery) -> None:
    rig = gammu(tmp_path)
    rig.driver().send(PHONE, TEXT, REF)
    (lying,) = (tmp_path / "outbox").glob("*.smsbackup")
    lying.rename(tmp_path / folder / lying.name)
    assert rig.driver().status(REF) is delivery


def test_a_message_that_somebody_took_away_is_unknown_and_not_sent_again_by_itself(tmp_path: Path) -> None:
    rig = gammu(tmp_path)
    rig.driver().send(PHONE, TEXT, REF)
    (lying,) = (tmp_path / "outbox").glob("*.smsbackup")
    lying.unlink()
    assert rig.driver().status(REF) is Delivery.UNKNOWN


@pytest.mark.parametrize("phone", ["", "13800138000; reboot", "-unicode", "一三八", "1" * 16])
def test_a_number_that_is_none_is_refused_for_good(tmp_path: Path, phone: str) -> None:
    outcome = gammu(tmp_path).driver().send(phone, TEXT, REF)
    assert outcome == Failed("not a telephone number", retry=False)


def test_a_missing_configuration_says_which_file_and_what_to_do(tmp_path: Path) -> None:
    outcome = Gammu(tmp_path / "smsdrc", tmp_path / "journal").send(PHONE, TEXT, REF)
    assert isinstance(outcome, Failed) and outcome.retry
    assert "smsdrc" in outcome.reason and "sms.gammu_config" in outcome.reason


def test_a_missing_program_is_failed_with_what_to_install(tmp_path: Path) -> None:
    gammu(tmp_path)
    outcome = Gammu(tmp_path / "smsdrc", tmp_path / "journal", program="gammu-not-there").send(PHONE, TEXT, REF)
    assert isinstance(outcome, Failed) and outcome.retry and "apt install gammu-smsd" in outcome.reason


def test_a_program_that_hangs_leaves_the_outcome_unknown(tmp_path: Path) -> None:
    gammu(tmp_path)
    hanging = tmp_path / "hanging"
    hanging.write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    hanging.chmod(0o755)
    driver = Gammu(tmp_path / "smsdrc", tmp_path / "journal", program=str(hanging), timeout_s=0.2)
    assert isinstance(driver.send(PHONE, TEXT, REF), Unknown)
    assert driver.status(REF) is Delivery.ABSENT


def test_a_log_shows_no_whole_number() -> None:
    assert masked(PHONE) == "138****8000"
    assert masked("+8613800138000") == "138****8000"
    assert masked("12345") == "****"
