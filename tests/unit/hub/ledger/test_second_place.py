"""A hub that ended between the commit of its ledger and that of its registry. [R1]

Found by the crash states (tests/crash_states): the group came again, changed nothing as a duplicate, and its receipt left although
the registry had never heard of the claim.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from larder_core.names import Address
from tests.support.hubs import IntakeRig
from tests.support.speaker import Speaker

HOME = Address("632224", "site-1", "box-1")


@pytest.fixture
def speaker() -> Speaker:
    one = Speaker(HOME)
    one.batch(40, 41)
    one.batch(42)
    return one


@pytest.fixture
def rig(tmp_path: Path, speaker: Speaker) -> IntakeRig:
    return IntakeRig(tmp_path, speaker)


def torn_apart(rig: IntakeRig, commits: Callable[[], object]) -> None:
    """What `commits` does reaches the ledger, and not the registry."""
    rig.ledger.close()
    before = rig.registry.read_bytes()
    rig.restart()
    commits()
    rig.ledger.close()
    rig.registry.write_bytes(before)
    rig.restart()


def test_a_claim_of_the_ledger_alone_is_in_the_registry_before_the_receipt(rig: IntakeRig, speaker: Speaker) -> None:
    """[R1]"""
    torn_apart(rig, lambda: rig.entry(speaker, speaker.message(1, 2)))
    rig.entry(speaker, speaker.message(1, 2))
    assert [(one.n, one.hash) for one in rig.ledger.registry.claims()] == [(2, speaker.hash(2))]


def test_a_freeze_of_the_ledger_alone_outlives_the_ledger(rig: IntakeRig, speaker: Speaker) -> None:
    """[R1]"""
    copy = Speaker(HOME)
    copy.batch(7)
    rig.entry(speaker, speaker.message(1))
    torn_apart(rig, lambda: rig.status(copy, copy.status()))
    rig.ledger.close()
    rig.file.unlink()
    rig.restart()
    assert rig.status(speaker, speaker.status()).frozen


def test_a_stream_of_the_ledger_alone_is_known_to_the_registry(rig: IntakeRig, speaker: Speaker) -> None:
    """[R1] Also where the whole registry had to be begun anew: its disk was lost, the ledger's was not."""
    rig.entry(speaker, speaker.message(1))
    rig.ledger.close()
    shutil.rmtree(rig.registry.parent)
    rig.restart()
    assert [note.stream for note in rig.ledger.registry.streams()] == [speaker.stream]
    assert [one.n for one in rig.ledger.registry.claims()] == [1]
