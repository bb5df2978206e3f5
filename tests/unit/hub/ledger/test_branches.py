"""Branches of one stream that meet in the ledger: which of them holds a number, and where upto stops. [H4] [H5]"""

from pathlib import Path

import pytest

from larder_core.digest import line_hash
from larder_core.message import write_message
from larder_core.names import Address
from tests.support.hubs import IntakeRig
from tests.support.speaker import Speaker

HOME = Address("632224", "minzhong", "minzhong-box")


def branch(*values: int, of: Speaker | None = None, upto: int = 0) -> Speaker:
    """A copy of `of` after entry `upto`, with entries of its own, one value each."""
    one = Speaker(HOME, lines=of.lines[:upto] if of else [])
    for value in values:
        one.batch(value)
    return one


@pytest.fixture
def rig(tmp_path: Path) -> IntakeRig:
    return IntakeRig(tmp_path, Speaker(HOME))


def test_the_body_that_came_first_keeps_its_number(rig: IntakeRig) -> None:
    """[H4] Also before upto has reached it."""
    first = branch(1, 2, 3)
    second = branch(9, of=first, upto=2)
    rig.entry(first, first.message(1))
    rig.entry(first, first.message(3))
    assert rig.entry(second, second.message(3)).frozen
    receipt = rig.entry(first, first.message(2))
    assert (receipt.upto, receipt.upto_hash) == (3, first.hash(3))


def test_an_unreadable_header_does_not_join_two_branches(rig: IntakeRig) -> None:
    """[H1] [H4] [W-PROVEN] What the line follows is signed in the trailer; else the hub would put it behind a body of another
    branch, and the other branch's agent would be told to delete an entry that nobody has."""
    first, second = branch(1), branch(9)
    rig.entry(first, first.message(1))
    unreadable = branch(8, of=second, upto=1).lines[1].replace(b'{"v":1', b'{"w":1')
    message = write_message(second.stream, 2, second.hash(1), [unreadable], second.key)
    receipt = rig.entry(second, message)
    assert (receipt.frozen, receipt.upto, receipt.upto_hash) == (True, 1, first.hash(1))
    assert (receipt.have, receipt.refused) == ([(2, 2)], [(2, "bad-header")])
    assert rig.account().evidence == 0, "it holds number 2: nothing else was ever signed for it"
    assert line_hash(unreadable) != first.hash(1)


def test_a_loss_does_not_jump_over_the_other_branch_s_body(rig: IntakeRig) -> None:
    """[H5] The copy declares 1 to 5 lost; the hub holds 1 to 4 of the original and the copy's own 5."""
    original = branch(1, 2, 3, 4)
    copy = branch(8, 9, of=original, upto=3)
    rig.entry(original, original.message(1, 4))
    rig.entry(copy, copy.message(5))
    copy.loss(1, 5, count=5)
    receipt = rig.entry(copy, copy.message(6))
    assert (receipt.upto, receipt.upto_hash, receipt.have) == (4, original.hash(4), [(5, 6)])


def test_a_body_that_is_not_the_end_of_a_loss_is_a_fork(rig: IntakeRig) -> None:
    """[H4] The hash at the end of a loss is a signed statement about that number, though no body ever came for it."""
    original = branch(1, 2, 3, 4)
    other = branch(9, of=original, upto=3)
    rig.entry(original, original.message(1))
    rig.entry(other, other.message(4))
    heir = Speaker(HOME, stream="b" * 32)
    heir.loss(2, 3, count=2, stream=original.stream, end=branch(7, 7, of=original, upto=1).hash(3))
    rig.entry(heir, heir.message(1))
    assert rig.account(original.stream).frozen


def test_a_body_after_the_end_of_a_loss_that_disagrees_is_a_fork(rig: IntakeRig) -> None:
    """[H4] The other way round: the loss was told before the body came."""
    original = branch(1, 2, 3)
    heir = Speaker(HOME, stream="b" * 32)
    heir.loss(2, 3, count=2, stream=original.stream, end=branch(7, 7, of=original, upto=1).hash(3))
    rig.entry(heir, heir.message(1))
    assert not rig.account(original.stream).frozen
    rig.settle((HOME.topic("entry"), original.message(3)))
    assert rig.account(original.stream).frozen


def test_a_loss_that_begins_beyond_upto_carries_nothing(rig: IntakeRig) -> None:
    """[H5] Number 2 is neither held nor declared: upto stays before it, whatever is said of 3 and 4."""
    speaker = branch(1, 2, 3, 4)
    rig.entry(speaker, speaker.message(1))
    speaker.loss(3, 4, count=2)
    receipt = rig.entry(speaker, speaker.message(5))
    assert (receipt.upto, receipt.have) == (1, [(5, 5)])
    assert rig.account().awaited == 1
    assert rig.entry(speaker, speaker.message(2)).upto == 5
