"""What the hub keeps, what it answers, and what its account says. PROTOCOL.md section 8, one rule after the other."""

from pathlib import Path

import apsw
import pytest

from larder_core.digest import GENESIS, line_hash
from larder_core.names import Address
from larder_hub.ledger.reading import SqliteLedgerReader
from larder_hub.ledger.schema import APPEND_ONLY, open_ledger
from larder_hub.register.directory import Directory
from tests.support.hubs import IntakeRig
from tests.support.speaker import Speaker

HOME = Address("632224", "minzhong", "minzhong-box")
OTHER = Address("632224", "shaliuhe", "shaliuhe-box")


@pytest.fixture
def speaker() -> Speaker:
    one = Speaker(HOME)
    for n in range(1, 7):
        one.batch(*range(40, 40 + n))
    return one


@pytest.fixture
def rig(tmp_path: Path, speaker: Speaker) -> IntakeRig:
    return IntakeRig(tmp_path, speaker, Speaker(OTHER, seed=2, stream="f" * 32))


def test_a_message_is_kept_as_signed_and_its_receipt_covers_it(rig: IntakeRig, speaker: Speaker) -> None:
    """[H1] [H9] [W-RECEIPT]"""
    receipt = rig.entry(speaker, speaker.message(1, 3))
    assert (receipt.upto, receipt.upto_hash) == (3, speaker.hash(3))
    assert (receipt.safe, receipt.safe_hash, receipt.generation, receipt.credit) == (3, speaker.hash(3), 1, 8)
    assert [row.line for row in rig.rows()] == speaker.lines[:3]
    assert [row.position for row in rig.rows()] == [1, 2, 3]


def test_the_same_again_is_a_duplicate_also_after_a_restart(rig: IntakeRig, speaker: Speaker) -> None:
    """[H3]"""
    rig.entry(speaker, speaker.message(1, 3))
    rig.restart()
    settled = rig.settle((HOME.topic("entry"), speaker.message(2, 4)))
    assert settled.outcome.entries == {"duplicate": 2, "stored": 1}
    assert len(rig.rows()) == 4
    assert rig.account().readings_stored == 1 + 2 + 3 + 4


def test_upto_waits_for_the_missing_and_names_what_it_has(rig: IntakeRig, speaker: Speaker) -> None:
    """[H5]"""
    rig.entry(speaker, speaker.message(1))
    receipt = rig.entry(speaker, speaker.message(3, 4))
    assert (receipt.upto, receipt.have) == (1, [(3, 4)])
    rig.restart()
    receipt = rig.entry(speaker, speaker.message(6))
    assert (receipt.upto, receipt.have) == (1, [(3, 4), (6, 6)])
    assert rig.account().awaited == 2
    receipt = rig.entry(speaker, speaker.message(2))
    assert (receipt.upto, receipt.have) == (4, [(6, 6)])


def test_a_heartbeat_alone_is_answered(rig: IntakeRig, speaker: Speaker) -> None:
    """[H9]: else an agent without credit would wait for ever. [W-ANNOUNCE] [W-STATUS]"""
    receipt = rig.status(speaker, speaker.status())
    assert (receipt.upto, receipt.upto_hash, receipt.announced) == (0, GENESIS, [(6, speaker.hash(6))])
    account = rig.account()
    assert (account.head, account.awaited, account.stored, account.unexplained) == (6, 6, 0, 0)


def test_a_birth_before_the_first_entry_is_answered(rig: IntakeRig) -> None:
    """[W-BIRTH]"""
    fresh = Speaker(OTHER, seed=2, stream="f" * 32)
    receipt = rig.receipt(fresh, rig.settle((OTHER.topic("birth"), fresh.birth())))
    assert (receipt.stream, receipt.upto, receipt.frozen) == ("f" * 32, 0, False)


def test_an_older_heartbeat_is_no_fork(rig: IntakeRig, speaker: Speaker) -> None:
    rig.status(speaker, speaker.status())
    receipt = rig.status(speaker, speaker.status(n=4))
    assert not receipt.frozen
    assert receipt.announced == [(4, speaker.hash(4)), (6, speaker.hash(6))]


def test_two_bodies_for_one_number_freeze_the_stream_and_both_are_kept(rig: IntakeRig, speaker: Speaker) -> None:
    """[H4]"""
    clone = Speaker(HOME, lines=speaker.lines[:3])
    clone.batch(99)
    rig.entry(speaker, speaker.message(1, 4))
    settled = rig.settle((HOME.topic("entry"), clone.message(4)))
    assert rig.receipt(speaker, settled).frozen
    assert settled.outcome.forks == [("minzhong-box", speaker.stream, 4)]
    account = rig.account()
    assert (account.stored, account.evidence, account.frozen, account.ended) == (4, 1, True, True)
    assert [row.line for row in rig.rows()] == speaker.lines[:4], (
        "the other branch is evidence, its content does not count"
    )
    rig.restart()
    assert rig.status(speaker, speaker.status()).frozen, "a fork is never forgotten"


@pytest.mark.parametrize("order", ["claim first", "body first"])
def test_an_announcement_and_a_body_that_disagree_are_a_fork(rig: IntakeRig, speaker: Speaker, order: str) -> None:
    """[H4] [H7]: whichever comes first."""
    clone = Speaker(HOME, lines=speaker.lines[:3])
    clone.batch(99)
    steps = [lambda: rig.status(clone, clone.status()), lambda: rig.entry(speaker, speaker.message(1, 4))]
    if order == "body first":
        steps.reverse()
    assert not steps[0]().frozen
    assert steps[1]().frozen


def test_a_link_to_another_past_is_a_fork(rig: IntakeRig, speaker: Speaker) -> None:
    """[H4]: the previous hash of a body is a signed statement about the number before it."""
    clone = Speaker(HOME, lines=speaker.lines[:3])
    clone.batch(99)
    clone.batch(98)
    rig.entry(speaker, speaker.message(1, 4))
    receipt = rig.entry(clone, clone.message(5))
    assert (receipt.frozen, receipt.upto) == (True, 4)


def test_upto_never_passes_an_unverified_link(rig: IntakeRig, speaker: Speaker) -> None:
    """[H5]"""
    clone = Speaker(HOME, lines=speaker.lines[:3])
    clone.batch(99)
    clone.batch(98)
    rig.entry(clone, clone.message(5))
    receipt = rig.entry(speaker, speaker.message(1, 4))
    assert (receipt.upto, receipt.frozen) == (4, True)


def test_a_declared_loss_carries_upto_across_the_missing(rig: IntakeRig, speaker: Speaker) -> None:
    """[H5] [W-LOSS]"""
    rig.entry(speaker, speaker.message(1))
    speaker.loss(2, 4, count=2 + 3 + 4)
    receipt = rig.entry(speaker, speaker.message(5, 7))
    assert (receipt.upto, receipt.upto_hash) == (7, speaker.hash(7))
    account = rig.account()
    assert (account.stored, account.declared_lost, account.unexplained, account.awaited) == (4, 3, 0, 0)
    assert (account.readings_stored, account.readings_declared_lost) == (1 + 5 + 6, 9)
    assert account.ranges_declared_lost == ((2, 4),)


def test_what_is_held_is_stored_whatever_a_loss_says_even_late(rig: IntakeRig, speaker: Speaker) -> None:
    """[H5] [H7]"""
    rig.entry(speaker, speaker.message(1))
    speaker.loss(2, 4, count=9)
    rig.entry(speaker, speaker.message(5, 7))
    rig.restart()
    receipt = rig.entry(speaker, speaker.message(3))
    assert receipt.upto == 7
    account = rig.account()
    assert (account.stored, account.declared_lost) == (5, 2)
    assert (account.readings_stored, account.readings_declared_lost) == (1 + 5 + 6 + 3, 6)


def test_a_loss_does_not_bridge_over_a_body_that_is_held(rig: IntakeRig, speaker: Speaker) -> None:
    """[H5]: the next number is held, on a branch that does not fit, so upto stops before it."""
    clone = Speaker(HOME)
    clone.batch(77)
    clone.batch(76)
    rig.entry(clone, clone.message(2))
    rig.entry(speaker, speaker.message(1))
    speaker.loss(2, 4, count=9)
    receipt = rig.entry(speaker, speaker.message(5, 7))
    assert (receipt.upto, receipt.frozen, receipt.have) == (1, True, [(2, 2), (5, 7)])


def test_a_repeated_loss_is_counted_once(rig: IntakeRig, speaker: Speaker) -> None:
    rig.entry(speaker, speaker.message(1))
    speaker.loss(2, 4, count=9)
    speaker.loss(2, 6, count=9 + 5 + 6)
    rig.entry(speaker, speaker.message(7, 8))
    account = rig.account()
    assert (account.declared_lost, account.readings_declared_lost, account.unexplained) == (5, 20, 0)


def test_a_loss_told_by_another_stream_explains_but_carries_nothing(rig: IntakeRig, speaker: Speaker) -> None:
    """[H5]: only a loss that the same stream declared moves upto."""
    rig.entry(speaker, speaker.message(1))
    later = Speaker(HOME, stream="b" * 32)
    later.loss(2, 4, count=9, stream=speaker.stream, end=speaker.hash(4))
    rig.entry(later, later.message(1))
    account = rig.account(speaker.stream)
    assert (account.upto, account.declared_lost, account.ended) == (1, 3, True)


def test_adopted_bodies_stand_in_their_own_stream_and_count_once(rig: IntakeRig, speaker: Speaker) -> None:
    """[H6] [W-ADOPTION]"""
    rig.entry(speaker, speaker.message(1, 2))
    heir = Speaker(HOME, stream="b" * 32)
    heir.adopt(*speaker.lines[1:6])
    settled = rig.settle((HOME.topic("entry"), heir.message(1)))
    assert settled.outcome.entries == {"stored": 5, "duplicate": 1}
    account = rig.account(speaker.stream)
    assert (account.stored, account.upto, account.readings_stored, account.ended) == (6, 6, 21, True)
    assert sorted(row.line for row in rig.rows()) == sorted([*speaker.lines, *heir.lines])


def test_evidence_counts_once_its_holder_adopts_it(rig: IntakeRig, speaker: Speaker) -> None:
    """[H6]: content counts by the hash of its body, also where another branch holds the number."""
    clone = Speaker(HOME, lines=speaker.lines[:3])
    clone.batch(99)
    rig.entry(speaker, speaker.message(1, 4))
    rig.entry(clone, clone.message(4))
    heir = Speaker(HOME, stream="c" * 32)
    heir.adopt(clone.lines[3])
    rig.entry(heir, heir.message(1))
    rig.entry(heir, heir.message(1))
    assert [row.line for row in rig.rows()].count(clone.lines[3]) == 1


def test_an_adoption_inside_an_adoption_is_refused(rig: IntakeRig, speaker: Speaker) -> None:
    """[W-ADOPTION]"""
    middle = Speaker(HOME, stream="b" * 32)
    inner = middle.adopt(speaker.lines[0])
    heir = Speaker(HOME, stream="c" * 32)
    heir.adopt(inner)
    rig.entry(heir, heir.message(1))
    assert rig.quarantine() == ["bad-content"]


def test_an_ended_stream_is_still_accepted_and_then_explains_itself(rig: IntakeRig, speaker: Speaker) -> None:
    """[H3] [H7]"""
    rig.status(speaker, speaker.status())
    newer = Speaker(HOME, stream="b" * 32)
    rig.status(newer, newer.status())
    assert (rig.account(speaker.stream).unexplained, rig.account(speaker.stream).ended) == (6, True)
    rig.entry(speaker, speaker.message(1, 6))
    assert rig.account(speaker.stream).unexplained == 0


def test_a_hub_killed_between_its_two_commits_notes_it_at_the_next_start(
    rig: IntakeRig, speaker: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[R1]: the same announcement again changes nothing in the ledger, and its receipt may not leave before the registry knows it."""

    class Killed(BaseException):
        pass

    def killed(*words: object) -> None:
        raise Killed

    monkeypatch.setattr(rig.ledger.registry, "note", killed)
    with pytest.raises(Killed):
        rig.status(speaker, speaker.status(first=2))
    assert not list(rig.ledger.registry.streams())
    rig.restart()
    rig.status(speaker, speaker.status(first=2))
    rig.file.unlink()
    rig.restart()
    (claim,) = rig.ledger.registry.claims()
    assert (claim.n, claim.hash, claim.first) == (6, speaker.hash(6), 2)
    assert rig.account().unexplained == 1


def test_what_the_holder_no_longer_answers_for_is_unexplained(rig: IntakeRig, speaker: Speaker) -> None:
    """[H7]: deleted without a receipt, which no healthy agent does, must show at once."""
    rig.entry(speaker, speaker.message(1))
    rig.status(speaker, speaker.status(first=4))
    account = rig.account()
    assert (account.unexplained, account.awaited, account.ranges_unexplained) == (2, 3, ((2, 3),))


def test_another_devices_stream_is_refused(rig: IntakeRig, speaker: Speaker) -> None:
    rig.entry(speaker, speaker.message(1))
    thief = Speaker(OTHER, seed=2, stream=speaker.stream)
    thief.batch(1)
    receipt = rig.entry(thief, thief.message(1))
    assert [reason for _, reason in receipt.unproven] == ["wrong-device"]
    assert not rig.account(speaker.stream).frozen


def test_a_refused_line_keeps_its_number_and_blocks_nothing(rig: IntakeRig, speaker: Speaker) -> None:
    """[H2]"""
    broken = speaker.lines[1].replace(b'"v":1,', b'"v":9,')
    speaker.lines[1] = broken
    third = Speaker(HOME, lines=speaker.lines[:2])
    third.batch(1, 2)
    receipt = rig.entry(third, third.message(1, 3))
    assert (receipt.upto, receipt.refused) == (3, [(2, "unknown-version")])
    assert rig.quarantine() == ["unknown-version"]
    assert [row.n for row in rig.rows()] == [1, 3]
    account = rig.account()
    assert (account.stored, account.refused, account.unexplained) == (3, 1, 0)


def test_quarantine_holds_the_bytes_as_they_came(rig: IntakeRig, speaker: Speaker) -> None:
    """[H2] [H10] A refused line and a payload that proves nothing: somebody may want to read them."""
    refused = speaker.lines[1] = speaker.lines[1].replace(b'"v":1,', b'"v":9,')
    rig.settle((HOME.topic("entry"), speaker.message(1, 2)), (HOME.topic("entry"), b"\xff\xfe"))
    reader = SqliteLedgerReader(rig.file)
    kept = reader.connection.execute("SELECT raw, digest FROM quarantine ORDER BY id").fetchall()
    reader.close()
    assert kept == [(refused, line_hash(refused)), (b"\xff\xfe", line_hash(b"\xff\xfe"))]


def test_a_line_that_falls_alone_is_kept_apart_and_the_others_stand(rig: IntakeRig, speaker: Speaker) -> None:
    """[W-PROVEN] [H10]"""
    payload = speaker.message(1, 3).replace(speaker.lines[1], speaker.lines[1].replace(b'"total":3', b'"total":4'))
    receipt = rig.entry(speaker, payload)
    assert (receipt.upto, receipt.have) == (1, [(3, 3)])
    assert rig.quarantine() == ["hash-mismatch"]


def test_what_proves_nothing_is_kept_by_its_hash_and_answered(rig: IntakeRig, speaker: Speaker) -> None:
    """[H10]"""
    rig.entry(speaker, speaker.message(1))
    settled = rig.settle(
        (HOME.topic("entry"), b"\xff\xfe"), (HOME.topic("entry"), b""), (HOME.topic("entry"), speaker.message(2))
    )
    receipt = rig.receipt(speaker, settled)
    assert receipt.unproven == [(line_hash(b"\xff\xfe"), "no-trailer"), (line_hash(b""), "empty")]
    assert receipt.upto == 2, "nothing is blocked"


def test_a_device_of_which_nothing_is_proven_is_answered_too(rig: IntakeRig) -> None:
    """[H10]"""
    stranger = Speaker(OTHER, seed=99, stream="f" * 32)
    stranger.batch(1)
    receipt = rig.entry(stranger, stranger.message(1))
    assert (receipt.stream, receipt.upto, [why for _, why in receipt.unproven]) == ("0" * 32, 0, ["bad-signature"])


def test_a_device_at_the_wrong_place_or_unknown_is_refused(rig: IntakeRig, speaker: Speaker) -> None:
    rig.settle((Address("632221", "minzhong", "minzhong-box").topic("entry"), speaker.message(1)),
               (Address("632224", "minzhong", "nobody").topic("entry"), speaker.message(1)),
               ("larder/v1/632224/minzhong/minzhong-box/entry/x", speaker.message(1)))  # fmt: skip
    assert rig.quarantine() == ["wrong-topic"], "one payload, kept once"
    assert rig.rows() == []


def test_a_new_key_in_the_register_ends_the_old_one(rig: IntakeRig, speaker: Speaker) -> None:
    """[H1] [W-SIGN] From the next group on, without a restart."""
    rig.entry(speaker, speaker.message(1))
    renewed = Speaker(HOME, seed=3, lines=speaker.lines)
    known = rig.directory.devices[HOME.device]
    rig.directory = Directory(devices={HOME.device: known._replace(public_key=renewed.key.public)})
    receipt = rig.entry(speaker, speaker.message(2))
    assert ([why for _, why in receipt.unproven], receipt.upto) == (["bad-signature"], 1)
    assert rig.entry(renewed, renewed.message(2)).upto == 2


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_the_ledger_refuses_to_be_rewritten(rig: IntakeRig, speaker: Speaker, table: str) -> None:
    clone = Speaker(HOME, lines=speaker.lines[:3])
    clone.batch(99)
    speaker.loss(1, 2, count=3)
    rig.settle(
        (HOME.topic("entry"), speaker.message(4, 7)),
        (HOME.topic("entry"), clone.message(4)),
        (HOME.topic("entry"), b"x"),
    )
    connection = open_ledger(rig.file)
    column = {"bridge": "last"}.get(table, "rowid")
    for act in (f"UPDATE {table} SET {column}={column}", f"DELETE FROM {table}"):  # noqa: S608
        with pytest.raises(apsw.ConstraintError, match="append-only"):
            connection.execute(act)
