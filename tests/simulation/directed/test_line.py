"""A healthy card and a hub: what is sent, when, and what releases it. [A4] [A5] [H9]"""

from pathlib import Path

from larder_core.signing import PublicKey
from larder_core.statement import read_status
from tests.simulation.directed.bench import HOME, Bench


def test_a_calm_day(tmp_path: Path) -> None:
    """[A6] [W-ANNOUNCE] All arrives, what is safe is deleted, and the card answers for no more than it has."""
    bench = Bench(tmp_path)
    bench.card.seal(5)
    bench.settle(bench.card)
    assert bench.counted() == dict.fromkeys(range(1, 6), 1)
    assert len(bench.card.outbox.held) == 0
    ((_, payload),) = bench.card.status()
    status = read_status(payload, PublicKey(bench.key.public), HOME.device)
    assert (status.first, status.n) == (6, 5)
    account = bench.account(bench.card.outbox.stream)
    assert (account.stored, account.awaited, account.unexplained, account.unproven) == (5, 0, 0, 0)


def test_a_fresh_entry_overtakes_a_backlog(tmp_path: Path) -> None:
    """[A4] A hundred entries wait; the reading of this minute is at the hub in the next exchange."""
    bench = Bench(tmp_path)
    bench.card.seal(100)
    bench.exchange(bench.card)
    bench.card.seal(1)
    bench.exchange(bench.card)
    assert bench.counted()[101] == 1
    assert sum(bench.counted().values()) < 20
    bench.settle(bench.card)
    assert bench.counted() == dict.fromkeys(range(1, 102), 1)


def test_the_backlog_shrinks_while_more_is_sealed_than_sent(tmp_path: Path) -> None:
    """[A4] The other half of the credit belongs to the oldest."""
    bench = Bench(tmp_path)
    bench.credit(4)
    bench.card.seal(20)
    for _ in range(12):
        bench.card.seal(24)  # an exchange has three chances to send 4
        bench.exchange(bench.card)
    assert bench.account(bench.card.outbox.stream).upto >= 20


def test_a_hub_that_was_full_opens_again(tmp_path: Path) -> None:
    """[A4] [H9] Credit 0 stops every entry; the answered heartbeat is what says that it rose."""
    bench = Bench(tmp_path)
    bench.credit(0)
    bench.card.seal(5)
    for _ in range(3):
        bench.exchange(bench.card)
    assert len(bench.counted()) <= 1, "one entry before the first receipt, none after it"
    bench.credit(8)
    bench.settle(bench.card)
    assert bench.counted() == dict.fromkeys(range(1, 6), 1)


def test_what_only_the_broker_took_is_kept(tmp_path: Path) -> None:
    """[A5] The broker acknowledges every packet and then forgets them all."""
    bench = Bench(tmp_path)
    bench.card.seal(5)
    for _ in range(3):
        assert bench.card.talk()
    assert list(bench.card.outbox.held) == [1, 2, 3, 4, 5]
    bench.settle(bench.card)
    assert bench.counted() == dict.fromkeys(range(1, 6), 1)
