"""The payload that kills the hub is found and set aside; what stood beside it is not. [H14]"""

from pathlib import Path

import pytest

from larder_core.names import Address
from larder_hub.ingest.mailbox import Arrival
from larder_hub.ingest.suspects import DEATHS, Suspects
from tests.support.hubs import IntakeRig
from tests.support.speaker import Speaker

HOME = Address("632224", "minzhong", "minzhong-box")


class Died(Exception):
    """What no code of ours catches."""


def arrivals(*payloads: bytes) -> list[Arrival]:
    return [Arrival("t", payload, 1, 1, 1) for payload in payloads]


def life(folder: Path, group: list[Arrival], poison: bytes) -> list[bytes]:
    """One hub: it handles the group until the poison kills it. What it set aside unread."""
    aside = []
    suspects = Suspects(folder)
    suspects.open()
    for part in suspects.parted(group):
        if part.condemned:
            aside += [one.payload for one in part.arrivals]
        elif any(one.payload == poison for one in part.arrivals):
            raise Died
    suspects.close()
    return aside


def test_the_poison_is_set_aside_at_the_fourth_start_and_nothing_else(tmp_path: Path) -> None:
    group = arrivals(*(b"good %d" % n for n in range(20)), b"poison")
    for _ in range(DEATHS):
        with pytest.raises(Died):
            life(tmp_path, group, b"poison")
    assert life(tmp_path, group, b"poison") == [b"poison"]
    assert life(tmp_path, group, b"poison") == [b"poison"], "and it stays condemned"


def test_who_was_beside_it_is_cleared(tmp_path: Path) -> None:
    with pytest.raises(Died):
        life(tmp_path, arrivals(b"a", b"b", b"poison"), b"poison")
    assert life(tmp_path, arrivals(b"a", b"b"), b"poison") == []
    suspects = Suspects(tmp_path)
    suspects.open()
    assert list(suspects.deaths.values()) == [1], "the poison alone is left"


def test_a_failing_disk_accuses_nobody(tmp_path: Path) -> None:
    suspects = Suspects(tmp_path)
    suspects.open()
    for _ in suspects.parted(arrivals(b"a")):
        suspects.release()
        break
    after = Suspects(tmp_path)
    after.open()
    assert after.deaths == {}


@pytest.mark.parametrize("content", ["", "{", "[1]", "\x00\xff"])
def test_a_torn_file_of_suspects_is_an_empty_one(tmp_path: Path, content: str) -> None:
    (tmp_path / "suspects.json").write_text(content, "latin-1")
    suspects = Suspects(tmp_path)
    suspects.open()
    assert suspects.deaths == {}


def test_what_is_condemned_is_quarantined_unread_and_told(tmp_path: Path) -> None:
    """[H10] [H14]"""
    speaker = Speaker(HOME)
    speaker.batch(1)
    rig = IntakeRig(tmp_path, speaker)
    condemned = Arrival(HOME.topic("entry"), speaker.message(1), 1, 1, 1)
    receipt = rig.receipt(speaker, rig.intake.settle([condemned], 1, condemned=True))
    assert [reason for _, reason in receipt.unproven] == ["poison"]
    assert rig.quarantine() == ["poison"] and rig.rows() == []
