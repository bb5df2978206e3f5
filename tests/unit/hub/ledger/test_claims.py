"""What was announced: kept, bounded, and in the registry before anybody hears of it. [H7] [R1] [R2]"""

from pathlib import Path

import pytest

from larder_core.names import Address
from larder_hub.ledger.chain import Chain, Link, Slot
from larder_hub.ledger.registry import Claim, Registry
from tests.support.hubs import IntakeRig
from tests.support.speaker import Speaker

HOME = Address("632224", "minzhong", "minzhong-box")


@pytest.fixture
def speaker() -> Speaker:
    one = Speaker(HOME)
    for value in range(6):
        one.batch(value)
    return one


@pytest.fixture
def rig(tmp_path: Path, speaker: Speaker) -> IntakeRig:
    return IntakeRig(tmp_path, speaker)


def in_registry(rig: IntakeRig) -> list[Claim]:
    """As another process reads it, at this moment."""
    registry = Registry(rig.registry)
    registry.open()
    try:
        return list(registry.claims())
    finally:
        registry.close()


def another_speaks(rig: IntakeRig) -> None:
    """The device has begun a new stream: what it owed of the old one will not come."""
    newer = Speaker(HOME, stream="b" * 32)
    rig.status(newer, newer.status())


def test_the_widest_of_two_claims_stays(rig: IntakeRig, speaker: Speaker) -> None:
    """[R2] The second says less of the same place, and takes nothing back of what the first had said."""
    rig.status(speaker, speaker.status(first=1))
    rig.status(speaker, speaker.status(first=4))
    another_speaks(rig)
    assert rig.account(speaker.stream).ranges_unproven == ((1, 6),)


def test_a_late_heartbeat_answers_for_nothing_again(rig: IntakeRig, speaker: Speaker) -> None:
    """[H7] The holder no longer has 1 to 3; that an older word arrives after it does not bring them back."""
    rig.status(speaker, speaker.status(first=4))
    rig.status(speaker, speaker.status(first=1, n=5))
    account = rig.account()
    assert (account.ranges_unexplained, account.ranges_awaited) == (((1, 3),), ((4, 6),))


def test_the_current_stream_is_the_one_that_spoke_last(rig: IntakeRig, speaker: Speaker) -> None:
    """[H7] [R1] Not the one that was met last: a card put back from an image speaks of a stream that is long known."""
    rig.status(speaker, speaker.status())
    another_speaks(rig)
    assert (rig.account(speaker.stream).ended, rig.account("b" * 32).ended) == (True, False)
    rig.status(speaker, speaker.status())
    assert (rig.account(speaker.stream).ended, rig.account("b" * 32).ended) == (False, True)
    rig.restart()
    assert not rig.account(speaker.stream).ended


def test_the_registry_knows_before_any_receipt_leaves(rig: IntakeRig, speaker: Speaker) -> None:
    """[R1] Ledger and hub may be gone the moment after it."""
    rig.status(speaker, speaker.status())
    assert in_registry(rig) == [Claim(speaker.stream, 6, speaker.hash(6), 1)]


def test_the_highest_claim_of_a_branch_says_what_the_others_said(speaker: Speaker) -> None:
    """[R2] It takes over how far back they reached."""
    slots = {n: Slot(speaker.hash(n), speaker.hash(n - 1)) for n in range(1, 7)}
    chain = Chain(slots.get, upto=6, upto_hash=speaker.hash(6))
    chain.claim(1, Link(4, speaker.hash(4)))
    chain.claim(3, Link(6, speaker.hash(6)))
    chain.forget_claims(safe=2)
    assert chain.claims == {Link(6, speaker.hash(6)): 1}


def test_a_claim_of_another_branch_outlives_safe(rig: IntakeRig, speaker: Speaker) -> None:
    """[R2] Its number is safe, its hash is not: nobody has ever seen the bodies behind it."""
    clone = Speaker(HOME, lines=speaker.lines[:2])
    clone.batch(99)
    rig.status(clone, clone.status())
    receipt = rig.entry(speaker, speaker.message(1, 6))
    assert (receipt.upto, receipt.safe, receipt.frozen) == (6, 6, True)
    assert receipt.announced == [(3, clone.hash(3))]
    rig.restart()
    assert rig.status(speaker, speaker.status()).announced == [(3, clone.hash(3))]
    assert rig.account().ranges_unproven == ((1, 3),)
