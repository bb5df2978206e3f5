"""What the hub takes while its disk is filling. [H11]"""

from pathlib import Path

import pytest

from larder_core.names import Address
from larder_hub.ingest.intake import Intake
from larder_hub.metrics import Metrics
from larder_hub.room import MIB, DiskWatch, Room, room_of
from tests.support.hubs import HUB_KEY, IntakeRig
from tests.support.speaker import Speaker

HOME = Address("632224", "minzhong", "minzhong-box")


@pytest.mark.parametrize(
    ("free", "room"),
    [(100 * MIB, Room.AMPLE), (100 * MIB - 1, Room.LOW), (50 * MIB, Room.LOW), (50 * MIB - 1, Room.OUT), (0, Room.OUT)],
)
def test_the_reserve_has_two_halves(free: int, room: Room) -> None:
    assert room_of(free, 100 * MIB) is room


def test_no_reserve_is_always_ample() -> None:
    assert room_of(0, 0) is Room.AMPLE


def test_the_fuller_of_the_disks_counts_and_a_change_is_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    metrics = Metrics()
    watch = DiskWatch((tmp_path, Path("/proc")), 1, metrics, every_s=0)
    assert [watch.look(), watch.look()] == [Room.OUT, Room.OUT], "/proc has no room at all"
    assert metrics.registry.get_sample_value("larder_disk_free_bytes") == 0
    assert len(caplog.records) == 1 and "ingest.reserve_mb" in caplog.text


def test_low_gives_no_credit_out_takes_no_entry_and_both_answer(tmp_path: Path) -> None:
    speaker = Speaker(HOME)
    for n in range(1, 4):
        speaker.batch(n)
    rig = IntakeRig(tmp_path, speaker)
    room = Room.LOW
    rig.intake = Intake(rig.ledger, lambda: rig.directory, HUB_KEY, credit=8, room=lambda: room)
    receipt = rig.entry(speaker, speaker.message(1))
    assert (receipt.upto, receipt.credit) == (1, 0), "what was on its way is taken"
    room = Room.OUT
    settled = rig.settle((HOME.topic("entry"), speaker.message(2)), (HOME.topic("entry"), b"rubbish"))
    assert (settled.receipts, settled.outcome.untaken, rig.quarantine()) == ([], 2, [])
    receipt = rig.status(speaker, speaker.status())
    assert (receipt.upto, receipt.credit, receipt.announced) == (1, 0, [(3, speaker.hash(3))])
    room = Room.AMPLE
    receipt = rig.entry(speaker, speaker.message(2, 3))
    assert (receipt.upto, receipt.credit) == (3, 8)


def test_a_hub_that_is_not_known_to_be_alone_lets_nobody_delete(tmp_path: Path) -> None:
    """[H13]"""
    speaker = Speaker(HOME)
    speaker.batch(1)
    rig = IntakeRig(tmp_path, speaker)
    alone = False
    rig.intake = Intake(rig.ledger, lambda: rig.directory, HUB_KEY, credit=8, alone=lambda: alone)
    receipt = rig.entry(speaker, speaker.message(1))
    assert (receipt.upto, receipt.safe, receipt.safe_hash) == (1, 0, "A" * 43)
    alone = True
    assert rig.status(speaker, speaker.status()).safe == 1
