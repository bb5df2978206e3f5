"""Restore points, `safe`, generations: a hub that lost its ledger gets everything again. PROTOCOL.md [H8] [R1] [R2] [R3]."""

import subprocess
import sys
from pathlib import Path

import pytest

import larder_hub.backups.points
from larder_core.digest import GENESIS
from larder_core.names import Address
from larder_hub.alarms.acts import ActFile
from larder_hub.backups.lock import HubLock
from larder_hub.backups.points import begin_anew, open_registry, refuse_unfinished, restore, take
from larder_hub.config import ConfigError, HubConfig, load_config
from larder_hub.key import create_key
from tests.support.hubs import IntakeRig
from tests.support.speaker import Speaker

HOME = Address("632224", "minzhong", "minzhong-box")


@pytest.fixture
def speaker() -> Speaker:
    one = Speaker(HOME)
    for n in range(1, 9):
        one.batch(*range(n))
    return one


@pytest.fixture
def config(tmp_path: Path) -> HubConfig:
    file = tmp_path / "hub.toml"
    file.write_text('data_dir = "hub"\nregistry_dir = "elsewhere"\n')
    config = load_config(file)
    create_key(config.data_dir)
    return config


@pytest.fixture
def rig(config: HubConfig, speaker: Speaker) -> IntakeRig:
    assert config.registry_dir is not None
    return IntakeRig(config.data_dir, speaker, registry=config.registry_dir / "registry.db")


def lose(rig: IntakeRig) -> None:
    """The hub ends; what it held in memory is gone."""
    rig.ledger.close()


def comes_back(rig: IntakeRig, config: HubConfig, point: int, at: int) -> None:
    """The hub is lost, and a restore point is put in its place."""
    lose(rig)
    restore(config, point, at)
    rig.restart()


def forget(config: HubConfig, point: int) -> None:
    registry = open_registry(config)
    registry.forget_point(point)
    registry.close()


def parted(speaker: Speaker, *readings: int) -> Speaker:
    """A copy of the card as it was after the third entry, which goes on by itself."""
    clone = Speaker(HOME, lines=speaker.lines[:3])
    clone.batch(*readings)
    return clone


def test_safe_stays_where_the_restore_point_stands(
    rig: IntakeRig, config: HubConfig, speaker: Speaker, tmp_path: Path
) -> None:
    rig.entry(speaker, speaker.message(1, 3))
    take(config, tmp_path / "b1", 1)
    receipt = rig.entry(speaker, speaker.message(4, 8))
    assert (receipt.upto, receipt.safe, receipt.safe_hash) == (8, 3, speaker.hash(3))


def test_safe_is_the_lower_of_two_restore_points_and_rises_when_one_is_forgotten(
    rig: IntakeRig, config: HubConfig, speaker: Speaker, tmp_path: Path
) -> None:
    rig.entry(speaker, speaker.message(1, 2))
    older = take(config, tmp_path / "b1", 1)
    rig.entry(speaker, speaker.message(3, 5))
    take(config, tmp_path / "b2", 2)
    assert rig.entry(speaker, speaker.message(6, 8)).safe == 2
    forget(config, older)
    assert rig.status(speaker, speaker.status()).safe == 5


def test_a_point_that_never_heard_of_a_stream_keeps_all_of_it(
    rig: IntakeRig, config: HubConfig, speaker: Speaker, tmp_path: Path
) -> None:
    take(config, tmp_path / "b1", 1)
    receipt = rig.entry(speaker, speaker.message(1, 8))
    assert (receipt.upto, receipt.safe, receipt.safe_hash) == (8, 0, GENESIS)


def test_a_point_being_taken_counts_from_its_first_moment(
    rig: IntakeRig, config: HubConfig, speaker: Speaker, tmp_path: Path
) -> None:
    """The copy is made after the registration: receipts between the two must already keep back."""
    rig.entry(speaker, speaker.message(1, 3))
    registry = open_registry(config)
    registry.begin_point(tmp_path / "b1", {}, 1)
    registry.close()
    assert rig.entry(speaker, speaker.message(4, 8)).safe == 0


def test_restored_from_an_older_day_the_agents_refill(
    rig: IntakeRig, config: HubConfig, speaker: Speaker, tmp_path: Path
) -> None:
    """The drill: upto goes back, the generation rises, the announcements are still known, and resending balances the account."""
    rig.entry(speaker, speaker.message(1, 3))
    point = take(config, tmp_path / "b1", 1)
    rig.entry(speaker, speaker.message(4, 8))
    rig.status(speaker, speaker.status())
    lose(rig)
    assert restore(config, point, 2) == 2
    rig.restart()
    account = rig.account()
    assert (account.head, account.stored, account.awaited) == (8, 3, 5), "the registry remembers what was announced"
    receipt = rig.status(speaker, speaker.status(first=4))
    assert (receipt.generation, receipt.upto, receipt.safe) == (2, 3, 3)
    assert receipt.announced == [(8, speaker.hash(8))]
    receipt = rig.entry(speaker, speaker.message(4, 8))
    assert (receipt.upto, rig.account().unexplained, rig.account().readings_stored) == (8, 0, 36)
    assert sorted(file.name for file in (config.data_dir / "before-restore-2").iterdir())[0] == "ledger.db"


def test_a_freeze_survives_the_loss_of_the_ledger(
    rig: IntakeRig, config: HubConfig, speaker: Speaker, tmp_path: Path
) -> None:
    rig.entry(speaker, speaker.message(1, 3))
    point = take(config, tmp_path / "b1", 1)
    clone = parted(speaker, 99)
    rig.entry(speaker, speaker.message(4))
    rig.entry(clone, clone.message(4))
    comes_back(rig, config, point, 2)
    assert rig.status(speaker, speaker.status()).frozen


def test_a_freeze_survives_that_no_announcement_shows(
    rig: IntakeRig, config: HubConfig, speaker: Speaker, tmp_path: Path
) -> None:
    """[R1] The branches disagreed in a link only, and the bodies that showed it are gone with the ledger."""
    rig.entry(speaker, speaker.message(1, 3))
    point = take(config, tmp_path / "b1", 1)
    clone = parted(speaker, 99)
    rig.entry(speaker, speaker.message(5))
    assert rig.entry(clone, clone.message(4)).frozen
    comes_back(rig, config, point, 2)
    assert rig.status(speaker, speaker.status()).frozen


def test_a_restore_point_ahead_of_the_ledger_keeps_everything(
    rig: IntakeRig, config: HubConfig, speaker: Speaker, tmp_path: Path
) -> None:
    """Restored from the older of two: the younger could still be restored, and what it says below its end is not known here."""
    rig.entry(speaker, speaker.message(1, 3))
    older = take(config, tmp_path / "b1", 1)
    rig.entry(speaker, speaker.message(4, 6))
    take(config, tmp_path / "b2", 2)
    comes_back(rig, config, older, 3)
    assert rig.status(speaker, speaker.status()).safe == 0
    assert rig.entry(speaker, speaker.message(4, 8)).safe == 3


def test_the_newest_restore_point_may_hold_the_least(
    rig: IntakeRig, config: HubConfig, speaker: Speaker, tmp_path: Path
) -> None:
    """[H8] Taken right after a restore it reaches less far than the one before it: safe is what both hold."""
    rig.entry(speaker, speaker.message(1, 3))
    oldest = take(config, tmp_path / "b1", 1)
    rig.entry(speaker, speaker.message(4, 5))
    take(config, tmp_path / "b2", 2)
    comes_back(rig, config, oldest, 3)
    take(config, tmp_path / "b3", 4)
    forget(config, oldest)
    receipt = rig.entry(speaker, speaker.message(4, 8))
    assert (receipt.upto, receipt.safe) == (8, 3)


def test_a_restore_point_of_another_branch_keeps_everything(
    rig: IntakeRig, config: HubConfig, speaker: Speaker, tmp_path: Path
) -> None:
    """[H8] It holds as many numbers, but not the same entries: what came after the parting is in no backup."""
    rig.entry(speaker, speaker.message(1, 3))
    older = take(config, tmp_path / "b1", 1)
    clone = parted(speaker, 99, 98)
    rig.entry(clone, clone.message(4))
    take(config, tmp_path / "b2", 2)
    comes_back(rig, config, older, 3)
    receipt = rig.entry(speaker, speaker.message(4, 8))
    assert (receipt.upto, receipt.safe, receipt.safe_hash) == (8, 0, GENESIS)


def test_a_damaged_restore_point_is_refused_and_the_hub_left_alone(
    rig: IntakeRig, config: HubConfig, speaker: Speaker, tmp_path: Path
) -> None:
    rig.entry(speaker, speaker.message(1, 8))
    point = take(config, tmp_path / "b1", 1)
    lose(rig)
    content = bytearray((tmp_path / "b1" / "ledger.db").read_bytes())
    content[4096:4196] = b"\xff" * 100
    (tmp_path / "b1" / "ledger.db").write_bytes(content)
    with pytest.raises(ConfigError, match="is damaged"):
        restore(config, point, 2)
    rig.restart()
    assert rig.account().stored == 8


def test_no_hub_starts_on_half_a_restore(
    rig: IntakeRig, config: HubConfig, speaker: Speaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[R3]: a restore is killed after the first database was put in place; done again it is whole."""
    rig.entry(speaker, speaker.message(1, 3))
    point = take(config, tmp_path / "b1", 1)
    lose(rig)
    refuse_unfinished(config)

    class Killed(BaseException):
        pass

    def killed(path: Path) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(larder_hub.backups.points, "_sync", killed)
        with pytest.raises(Killed):
            restore(config, point, 2)
    with pytest.raises(ConfigError, match=r"the restore of point 1 was interrupted.*restore --point"):
        refuse_unfinished(config)
    assert restore(config, point, 3) == 3
    refuse_unfinished(config)
    rig.restart()
    assert rig.account().stored == 3


def test_no_hub_begins_an_empty_ledger_in_the_place_of_one_that_was_lost(
    rig: IntakeRig, config: HubConfig, speaker: Speaker
) -> None:
    """[R6]: with no backup left it is begun anew by command; what agents deleted under safe is listed as unexplained, and `upto` and
    `safe` go on, so that agents need not hold the rest for ever."""
    rig.entry(speaker, speaker.message(1, 5))
    lose(rig)
    for file in config.data_dir.glob("ledger.db*"):
        file.unlink()
    with pytest.raises(ConfigError, match=r"the registry knows 1 streams.*--begin-anew"):
        refuse_unfinished(config)
    assert begin_anew(config, 2) == 2
    refuse_unfinished(config)
    rig.restart()
    receipt = rig.status(speaker, speaker.status(first=4))
    assert (receipt.generation, receipt.upto) == (2, 0)
    rig.entry(speaker, speaker.message(4, 8))
    account = rig.account()
    assert (account.stored, account.unexplained, account.awaited) == (5, 3, 0)
    receipt = rig.status(speaker, speaker.status(first=4))
    assert (receipt.upto, receipt.safe, receipt.safe_hash) == (8, 8, speaker.hash(8))
    take(config, config.data_dir.parent / "b1", 3)
    rig.restart()
    assert rig.status(speaker, speaker.status(first=4)).safe == 8


def test_a_ledger_begun_anew_goes_on_over_a_loss_of_the_lowest_numbers(
    rig: IntakeRig, config: HubConfig, speaker: Speaker
) -> None:
    """[R6] [H5]: the lowest numbers that the holder answers for are declared lost."""
    rig.entry(speaker, speaker.message(1, 3))
    lose(rig)
    begin_anew(config, 2)
    rig.restart()
    speaker.loss(4, 6, 15)
    rig.status(speaker, speaker.status(first=4))
    receipt = rig.entry(speaker, speaker.message(7, 9))
    assert (receipt.upto, receipt.safe) == (9, 9)
    account = rig.account()
    assert (account.stored, account.declared_lost, account.unexplained) == (3, 3, 3)


def test_an_ordinary_ledger_never_begins_above_the_first_number(rig: IntakeRig, speaker: Speaker) -> None:
    """[R6] [H5]"""
    rig.status(speaker, speaker.status(first=4))
    assert rig.entry(speaker, speaker.message(4, 8)).upto == 0


def test_one_hub_at_a_time(config: HubConfig) -> None:
    assert config.registry_dir is not None
    code = f"import pathlib, larder_hub.backups.lock as l; l.HubLock(pathlib.Path({str(config.registry_dir)!r})).__enter__()"
    with HubLock(config.registry_dir):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode and "another hub runs" in done.stderr
    with HubLock(config.registry_dir), pytest.raises(ConfigError):
        HubLock(config.registry_dir).__enter__()


def test_what_people_did_since_the_backup_stays(rig: IntakeRig, config: HubConfig, tmp_path: Path) -> None:
    acts = ActFile(config.data_dir)
    acts.append(1, "act", ["a", "ack", "zhang", 1, ""])
    point = take(config, tmp_path / "backup", 100)
    acts.append(2, "act", ["b", "ack", "li", 2, ""])
    comes_back(rig, config, point, 200)
    assert [line.told[0] for line in acts.lines()] == ["a", "b"]


def test_acts_that_do_not_go_on_from_the_backup_are_kept_beside_it(
    rig: IntakeRig, config: HubConfig, tmp_path: Path
) -> None:
    acts = ActFile(config.data_dir)
    acts.append(1, "act", ["a", "ack", "zhang", 1, ""])
    point = take(config, tmp_path / "backup", 100)
    acts.file.unlink()
    acts.append(1, "act", ["other", "ack", "zhang", 1, ""])
    comes_back(rig, config, point, 200)
    assert [line.told[0] for line in acts.lines()] == ["a"]
    assert acts.file.with_name("acts.jsonl.before-restore-200").exists()
