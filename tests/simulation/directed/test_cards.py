"""Cards that are wiped, put back from an image, or copied. [A1] [A7] [A8] [H4] [H7]"""

from pathlib import Path

from tests.simulation.directed.bench import Bench


def test_a_wiped_card_begins_a_new_stream(tmp_path: Path) -> None:
    """[A1] Nothing of the old one is accused, and nothing of it is awaited any more."""
    bench = Bench(tmp_path)
    bench.card.seal(3)
    bench.settle(bench.card)
    old = bench.card.outbox.stream
    bench.card.seal(2)
    bench.reach_hub(bench.card.status())
    bench.card.put_back(None)
    bench.card.seal(2)
    bench.settle(bench.card)
    assert bench.card.outbox.stream != old
    assert bench.counted() == dict.fromkeys([1, 2, 3, 6, 7], 1)
    account = bench.account(old)
    assert (account.frozen, account.ended, account.unexplained, account.awaited) == (False, True, 2, 0)


def test_a_late_receipt_reaches_the_other_branch(tmp_path: Path) -> None:
    """[A7] It was earned by the card that is gone; the one put back has grown past the same numbers."""
    bench = Bench(tmp_path)
    bench.card.seal(5)
    image = bench.card.image(tmp_path / "image")
    stream = bench.card.outbox.stream
    bench.card.seal(5)
    late = bench.reach_hub(bench.card.message(1, 10))
    bench.card.put_back(image)
    bench.card.seal(7)
    bench.card.hear(late)
    assert bench.card.outbox.stream != stream, "frozen by the first hash that is not its own"
    bench.settle(bench.card)
    assert bench.counted() == dict.fromkeys(range(1, 18), 1)


def test_a_rolled_back_card_learns_it_from_the_first_receipt(tmp_path: Path) -> None:
    """[A7] [H7] The hub has met the later head as an announcement only, never as entries."""
    bench = Bench(tmp_path)
    bench.card.seal(5)
    image = bench.card.image(tmp_path / "image")
    stream = bench.card.outbox.stream
    bench.card.seal(5)
    bench.reach_hub(bench.card.message(1, 5))
    bench.reach_hub(bench.card.status())
    bench.card.put_back(image)
    bench.exchange(bench.card)
    assert bench.card.outbox.stream != stream
    bench.settle(bench.card)
    account = bench.account(stream)
    assert (account.ended, account.ranges_unexplained) == (True, ((6, 10),)), "announced, and gone with the card"


def test_a_rolled_back_card_that_outgrew_its_announcement(tmp_path: Path) -> None:
    """[A3] [A7] [H7] The lost card had announced 3; the image grew offline until its own 3 was declared lost. The receipt must name
    the lower announcement too, and the card must still know the hash there."""
    bench = Bench(tmp_path, bound=4_000)
    image = bench.card.image(tmp_path / "image")
    stream = bench.card.outbox.stream
    bench.card.seal(3)
    bench.reach_hub(bench.card.status())
    bench.card.put_back(image)
    while bench.card.outbox.held.start <= 5:
        bench.card.seal(1)
    assert bench.card.outbox.stream == stream
    bench.exchange(bench.card)
    assert bench.card.outbox.stream != stream, "a declared loss hides no roll-back"
    bench.settle(bench.card)
    assert bench.account(stream).ranges_unproven, "the announced 1 to 3 are not the ones that were declared lost"


def test_a_fork_that_shows_only_in_a_link(tmp_path: Path) -> None:
    """[H4] No number arrives twice: the branches meet between 7 and 8, and the card is wiped before it can be asked."""
    bench = Bench(tmp_path)
    bench.card.seal(5)
    image = bench.card.image(tmp_path / "image")
    stream = bench.card.outbox.stream
    bench.card.seal(3)
    bench.reach_hub(bench.card.message(1, 5))
    bench.reach_hub(bench.card.message(8, 8))
    bench.card.put_back(image)
    bench.card.seal(2)
    bench.reach_hub(bench.card.message(6, 7))
    bench.card.put_back(None)
    bench.exchange(bench.card)
    account = bench.account(stream)
    assert (account.frozen, account.upto, account.stored) == (True, 7, 8)


def test_two_cards_of_one_device_part_and_lose_nothing(tmp_path: Path) -> None:
    """[A8] [H6] Both freeze, both go on in streams of their own, and each reading of either counts once."""
    bench = Bench(tmp_path)
    bench.card.seal(4)
    clone = bench.clone(bench.card)
    stream = bench.card.outbox.stream
    bench.card.seal(3)
    clone.seal(3)
    bench.settle(bench.card, clone)
    assert len({stream, bench.card.outbox.stream, clone.outbox.stream}) == 3
    assert bench.counted() == dict.fromkeys(range(1, 11), 1)
    assert bench.account(stream).frozen
