"""What a device can make the hub store is bounded, and nothing that is evidence falls out of the bounds."""

from pathlib import Path

import pytest

from larder_core.names import Address
from larder_hub.ledger import streams
from larder_hub.ledger.chain import GIVEN_UP, MAX_CLAIMS, Link
from larder_hub.ledger.quarantine import DAY_MS, HASHED_A_DAY, WHOLE_A_DAY, Kept, kept_of
from larder_hub.ledger.schema import LedgerFailed
from tests.support.hubs import IntakeRig
from tests.support.speaker import Speaker

HOME = Address("632224", "minzhong", "minzhong-box")
TOPIC = HOME.topic("entry")


@pytest.fixture
def speaker() -> Speaker:
    return Speaker(HOME)


@pytest.fixture
def rig(tmp_path: Path, speaker: Speaker) -> IntakeRig:
    return IntakeRig(tmp_path, speaker)


def kept(rig: IntakeRig) -> list[int]:
    """How many bytes are kept of each row of the quarantine, in order."""
    rows = rig.ledger._db.execute("SELECT length(raw) FROM quarantine ORDER BY id").fetchall()
    return [size for (size,) in rows]


def rubbish(rig: IntakeRig, count: int, begin: int = 0) -> None:
    rig.settle(*((TOPIC, b"rubbish %d" % n) for n in range(begin, begin + count)))


# ---------------------------------------------------------------- quarantine


def test_the_first_are_kept_whole_then_hashes_then_a_count(rig: IntakeRig) -> None:
    """[H12]"""
    rubbish(rig, WHOLE_A_DAY + 5)
    assert [size > 0 for size in kept(rig)] == [True] * WHOLE_A_DAY + [False] * 5
    rig.restart()
    rubbish(rig, HASHED_A_DAY, begin=2000)
    assert len(kept(rig)) == WHOLE_A_DAY + HASHED_A_DAY, "a restart begins no new allowance"
    assert rig.ledger._db.execute("SELECT payloads, ever FROM unproven").fetchall() == [(1105, 1105)]
    rig.now_ms += DAY_MS
    rubbish(rig, 1, begin=9000)
    assert kept(rig)[-1] > 0 and len(kept(rig)) == WHOLE_A_DAY + HASHED_A_DAY + 1
    rig.now_ms -= 3 * DAY_MS
    rubbish(rig, WHOLE_A_DAY + 1, begin=9001)
    assert kept(rig)[-1] == 0, "a clock that goes back begins none either"


@pytest.mark.parametrize(("before", "how"), [(0, Kept.WHOLE), (99, Kept.WHOLE), (100, Kept.HASH), (1099, Kept.HASH),
                                             (1100, Kept.COUNT), (10**9, Kept.COUNT)])  # fmt: skip
def test_the_edges_of_the_allowance(before: int, how: Kept) -> None:
    """[H12]"""
    assert kept_of(before) is how


def test_strangers_share_one_allowance_and_leave_the_devices_theirs(rig: IntakeRig) -> None:
    """[H12]: names cost a stranger nothing."""
    rig.settle(*((f"larder/v1/632224/x/stranger-{n}/entry", b"x%d" % n) for n in range(WHOLE_A_DAY + 3)))
    assert kept(rig)[-1] == 0
    rubbish(rig, 1)
    assert kept(rig)[-1] > 0


def test_a_proven_line_keeps_its_bytes_beyond_any_allowance(rig: IntakeRig, speaker: Speaker) -> None:
    """[H2] [H12]"""
    rubbish(rig, WHOLE_A_DAY + HASHED_A_DAY + 1)
    line = speaker.batch(1).replace(b'"kind":"batch"', b'"kind":"story"', 1)
    speaker.lines[-1] = line
    assert rig.entry(speaker, speaker.message(1)).upto == 1
    assert kept(rig)[-1] == len(line)


# ---------------------------------------------------------------- claims


def claims(rig: IntakeRig, speaker: Speaker) -> dict[Link, int]:
    stream = rig.ledger.stream(speaker.stream)
    assert stream is not None
    return stream.chain.claims


def announce(rig: IntakeRig, speaker: Speaker, numbers: range, first: int = 1) -> None:
    for n in numbers:
        rig.status(speaker, speaker.status(first=first, n=n))


def test_claims_are_bounded_and_what_is_given_up_is_unproven_once_the_stream_ends(
    rig: IntakeRig, speaker: Speaker
) -> None:
    """[R4]"""
    for n in range(1, 201):
        speaker.batch(n)
    rig.entry(speaker, speaker.message(1, 4))
    announce(rig, speaker, range(6, 201), first=5)
    found = claims(rig, speaker)
    assert len(found) == MAX_CLAIMS
    by_number = sorted(link.n for link in found if link.hash)
    assert by_number[:8] == [6, 7, 8, 9, 10, 11, 12, 13] and by_number[-1] == 200
    assert found[Link(145, GIVEN_UP)] == 5
    assert len(list(rig.ledger.registry.claims())) == MAX_CLAIMS
    rig.restart()
    assert claims(rig, speaker) == found, "also after a restart, from both files"
    later = Speaker(HOME, stream="f" * 32)
    later.batch(1)
    for n in range(5, 201):
        rig.entry(speaker, speaker.message(n))
    rig.entry(later, later.message(1))
    account = rig.account(speaker.stream)
    assert (account.ended, account.unexplained, account.unproven) == (True, 0, 141)
    assert account.ranges_unproven == ((5, 145),), "what was announced and given up: nobody can say that this is it"


def test_the_receipt_names_no_claim_without_a_hash(rig: IntakeRig, speaker: Speaker) -> None:
    """[R4] [W-RECEIPT]"""
    for n in range(1, 101):
        speaker.batch(n)
    announce(rig, speaker, range(2, 101))
    receipt = rig.status(speaker, speaker.status())
    assert len(receipt.announced) == MAX_CLAIMS - 1 and all(digest for _, digest in receipt.announced)


def test_a_long_backlog_costs_no_claims_where_bodies_link_them(rig: IntakeRig, speaker: Speaker) -> None:
    """[R2] [R4]: the newest go first, so upto stands still for hours; every message and every heartbeat is a claim."""
    for n in range(1, 301):
        speaker.batch(n)
    for n in range(101, 301):
        rig.entry(speaker, speaker.message(n))
        rig.status(speaker, speaker.status(n=n))
    assert claims(rig, speaker) == {Link(300, speaker.hash(300)): 1}


def test_a_claim_joins_the_higher_one_when_the_hole_between_them_closes(rig: IntakeRig, speaker: Speaker) -> None:
    """[R4]"""
    for n in range(1, 21):
        speaker.batch(n)
    rig.entry(speaker, speaker.message(10, 12))
    rig.entry(speaker, speaker.message(14, 16))
    rig.entry(speaker, speaker.message(18, 20))
    assert sorted(link.n for link in claims(rig, speaker)) == [12, 16, 20]
    rig.entry(speaker, speaker.message(13))
    rig.status(speaker, speaker.status(n=20))
    assert sorted(link.n for link in claims(rig, speaker)) == [16, 20]
    rig.entry(speaker, speaker.message(17))
    rig.status(speaker, speaker.status(first=5, n=20))
    assert claims(rig, speaker) == {Link(20, speaker.hash(20)): 1}


def test_a_claim_of_another_branch_does_not_join(rig: IntakeRig, speaker: Speaker) -> None:
    """[H4] [R4]: a rolled-back card announced 12; what comes is linked past it, and the fork is seen."""
    for n in range(1, 15):
        speaker.batch(n)
    other = Speaker(HOME, lines=speaker.lines[:10])
    other.batch(77)
    other.batch(78)
    rig.status(other, other.status(n=12))
    rig.entry(speaker, speaker.message(13, 14))
    assert rig.account().frozen


# ---------------------------------------------------------------- streams


def test_a_device_has_a_bounded_number_of_streams(
    rig: IntakeRig, speaker: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[R5]: its device keeps what it holds, is told, and the streams that there are go on."""
    speaker.batch(1)
    rig.entry(speaker, speaker.message(1))
    for n in range(1, streams.MAX_STREAMS):
        fresh = Speaker(HOME, stream=f"{n:032x}")
        rig.status(fresh, fresh.status())
    over = Speaker(HOME, stream="f" * 32)
    over.batch(1)
    receipt = rig.entry(over, over.message(1))
    assert receipt.stream != over.stream and [reason for _, reason in receipt.unproven] == ["too-many-streams"]
    assert rig.quarantine() == ["too-many-streams"]
    speaker.batch(2)
    assert rig.entry(speaker, speaker.message(2)).upto == 2
    rig.restart()
    assert len(list(rig.ledger.registry.streams())) == streams.MAX_STREAMS


# ---------------------------------------------------------------- a damaged file


@pytest.mark.parametrize("where", ["a page", "a byte of an entry", "the header"])
def test_a_damaged_ledger_is_not_gone_on_with(rig: IntakeRig, speaker: Speaker, where: str) -> None:
    for n in range(1, 60):
        speaker.batch(*range(n, n + 20))
        rig.entry(speaker, speaker.message(n))
    rig.ledger.close()
    content = bytearray(rig.file.read_bytes())
    if where == "a page":
        content[5 * 4096 : 6 * 4096] = b"\xff" * 4096
    elif where == "the header":
        content[:16] = b"not a database.."
    else:
        at = content.index(speaker.lines[30]) + 200
        content[at] ^= 1
    rig.file.write_bytes(content)
    with pytest.raises(LedgerFailed, match="larder hub restore --point N"):
        rig.restart()
