"""A hub that comes back from a backup. [A6] [A8] [H8] [R1] [R2] [R3]"""

from pathlib import Path

from tests.simulation.directed.bench import Bench


def test_what_was_deleted_is_in_every_backup(tmp_path: Path) -> None:
    """[A6] [H8] Whatever the card has deleted, the oldest backup has; the rest it sends again."""
    bench = Bench(tmp_path)
    bench.card.seal(3)
    bench.settle(bench.card)
    point = bench.backup()
    bench.card.seal(5)
    bench.settle(bench.card)
    assert bench.card.outbox.held == range(4, 9)
    bench.restore(point)
    assert bench.counted() == dict.fromkeys(range(1, 4), 1)
    bench.settle(bench.card)
    assert bench.counted() == dict.fromkeys(range(1, 9), 1)


def test_what_the_hub_had_accepted_is_adopted_too(tmp_path: Path) -> None:
    """[A8] A restored hub forgets what it accepted: the frozen card carries on all that is not safe."""
    bench = Bench(tmp_path)
    bench.card.seal(3)
    bench.settle(bench.card)
    point = bench.backup()
    bench.card.seal(5)
    bench.settle(bench.card)
    stream, clone = bench.card.outbox.stream, bench.clone(bench.card)
    bench.card.seal(1)
    clone.seal(1)
    bench.settle(bench.card, clone)
    assert stream not in (bench.card.outbox.stream, clone.outbox.stream)
    bench.restore(point)
    bench.settle(bench.card, clone)
    assert bench.counted() == dict.fromkeys(range(1, 11), 1)


def test_a_wiped_card_is_missed_after_a_restore(tmp_path: Path) -> None:
    """[R1] Stored after the backup, then the card was wiped, then the ledger lost: gone, and the account says so."""
    bench = Bench(tmp_path)
    bench.card.seal(3)
    bench.settle(bench.card)
    point, stream = bench.backup(), bench.card.outbox.stream
    bench.card.seal(5)
    bench.settle(bench.card)
    bench.card.put_back(None)
    bench.restore(point)
    bench.card.seal(1)
    bench.settle(bench.card)
    account = bench.account(stream)
    assert (account.stored, account.ranges_unexplained) == (3, ((4, 8),))


def test_a_stored_branch_that_vanishes_in_a_restore_is_still_missed(tmp_path: Path) -> None:
    """[R2] The copy's branch was stored and its card wiped; the hub comes back from before it, and the original fills the numbers.
    Only the claim that the registry kept says that another 4 to 6 had been announced."""
    bench = Bench(tmp_path)
    bench.card.seal(3)
    bench.reach_hub(bench.card.message(1, 3))
    point, stream = bench.backup(), bench.card.outbox.stream
    clone = bench.clone(bench.card)
    clone.seal(3)
    bench.card.seal(5)
    bench.reach_hub(clone.message(4, 6))
    bench.reach_hub(bench.card.status())
    clone.put_back(None)
    bench.restore(point)
    bench.settle(bench.card)
    account = bench.account(stream)
    assert account.ended
    assert (account.stored, account.ranges_unproven) == (8, ((4, 6),))
