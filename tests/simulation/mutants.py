"""The protocol with one rule removed: the simulation must notice. `python -m tests.simulation.mutants --seeds 60`.

Each mutant patches one function of the real code. Rules that no history of this world can touch (a line that was not signed, an ACL, a
broker that cuts bytes) are held by unit tests; they are listed in docs/custody.md.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any, NamedTuple
from unittest.mock import patch

import larder_agent.device
import larder_agent.outbox
import larder_agent.record
import larder_agent.uplink
import larder_hub.ingest.intake
import larder_hub.ingest.receipts
import larder_hub.ledger.store
from larder_agent.chain import Link
from larder_core.digest import GENESIS
from larder_hub.ledger.chain import Chain
from larder_hub.ledger.chain import Link as Place
from larder_hub.ledger.registry import Registry
from larder_hub.ledger.store import Ledger
from tests.simulation.history import run

Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]


class Mutant(NamedTuple):
    """`target.name` is replaced by `wrap(original)`."""

    rule: str
    target: Any
    name: str
    wrap: Wrap


def receipt_with(**changes: Callable[[Any], Any]) -> Wrap:
    """A receipt as an agent would read it that does not know some of its fields."""

    def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
        def on_receipt(state: Any, receipt: Any, chain: Any, now: int) -> Any:
            return original(
                state, receipt.model_copy(update={key: change(receipt) for key, change in changes.items()}), chain, now
            )

        return on_receipt

    return wrap


def nothing(original: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *words, **named: None


def puback_is_receipt(original: Callable[..., Any]) -> Callable[..., Any]:
    def publish(self: Any, part: range) -> bool:
        sent: bool = original(self, part)
        if sent:
            last = part.stop - 1
            self._record.outbox.prune(Link(last, self._record.outbox.hash_at(last)), 0)
        return sent

    return publish


def drop_silently(original: Callable[..., Any]) -> Callable[..., Any]:
    def drop(self: Any, gone: Any, moment: Any) -> None:
        with patch.object(larder_agent.outbox.Outbox, "_declare", lambda *_: None):
            original(self, gone, moment)

    return drop


def drop_then(sql: str) -> Wrap:
    def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
        def drop(self: Any, gone: Any, moment: Any) -> None:
            original(self, gone, moment)
            self._db.execute(sql)

        return drop

    return wrap


def without_end(original: Callable[..., Any]) -> Callable[..., Any]:
    return lambda **fields: original(**fields | {"end": GENESIS})


def one_stream_for_ever(original: Callable[..., Any]) -> Callable[..., Any]:
    def init(self: Any, folder: Any, device: str, bound: int, keep_ms: int, new_id: Any) -> None:
        original(self, folder, device, bound, keep_ms, lambda: device.encode().hex().zfill(32))

    return init


def only_frozen_or_ahead(original: Callable[..., Any]) -> Callable[..., Any]:
    def disproved(receipt: Any, chain: Any) -> str | None:
        said = original(receipt, chain)
        return None if said == "other-hash" else said

    return disproved


def refused_lines(act: str) -> Wrap:
    def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
        def accept(self: Any, stream: Any, line: Any, *rest: Any, **named: Any) -> None:
            if line.refusal is None:
                original(self, stream, line, *rest, **named)

        def message(self: Any, device: str, message: Any) -> None:
            if all(line.refusal is None for line in message.lines):
                original(self, device, message)

        return accept if act == "block" else message

    return wrap


def by_highest(original: Callable[..., Any]) -> Callable[..., Any]:
    def accept(self: Any, stream: Any, line: Any, *rest: Any, **named: Any) -> None:
        if line.n > max([stream.chain.upto, *stream.chain.ahead]):
            original(self, stream, line, *rest, **named)

    return accept


def any_link(original: Callable[..., Any]) -> Callable[..., Any]:
    def following(self: Chain) -> Any:
        held = self.ahead.get(self.upto + 1)
        return (Place(self.upto + 1, held.hash), False) if held else original(self)

    return following


def bridge_over_held(original: Callable[..., Any]) -> Callable[..., Any]:
    def following(self: Chain) -> Any:
        held = self.ahead.pop(self.upto + 1, None)
        if held is None or held.prev == self.upto_hash:
            if held is not None:
                self.ahead[self.upto + 1] = held
            return original(self)
        found = original(self)
        self.ahead[self.upto + 1] = held
        return found

    return following


def without_links(original: Callable[..., Any]) -> Callable[..., Any]:
    def compare(self: Any, stream: Any, place: Place) -> None:
        slots = {place.n + 1: stream.chain.ahead.pop(place.n + 1)} if place.n + 1 in stream.chain.ahead else {}
        original(self, stream, place)
        stream.chain.ahead.update(slots)

    return compare


def newest_claim(original: Callable[..., Any]) -> Callable[..., Any]:
    def claim(self: Chain, first: int, place: Place) -> None:
        original(self, first, place)
        if place in self.claims:
            self.claims[place] = first

    return claim


def reaches(pick: Callable[[list[Any]], list[Any]]) -> Wrap:
    return lambda original: lambda chain, reach: original(chain, pick(list(reach)))


def only_for_entries(original: Callable[..., Any]) -> Callable[..., Any]:
    def receipts(self: Any, register: Any, outcome: Any, *rest: Any) -> Any:
        return original(self, register, outcome, *rest) if outcome.entries else []

    return receipts


def same_generation(original: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self: self.generation()


def never_next_epoch(original: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, builds, moment, next_epoch=False: original(self, builds, moment)


uplink, outbox, device = larder_agent.uplink, larder_agent.outbox.Outbox, larder_agent.device.Device
store, receipts_of, intake = larder_hub.ledger.store, larder_hub.ingest.receipts, larder_hub.ingest.intake.Intake

MUTANTS: dict[str, Mutant] = {
    "same_stream_after_wipe": Mutant("A1", outbox, "__init__", one_stream_for_ever),
    "staging_forgotten": Mutant("A1", larder_agent.record, "recover", nothing),
    "staging_sealed_again": Mutant("A1", outbox, "seal", never_next_epoch),
    "drop_oldest_silently": Mutant("A3", outbox, "_drop", drop_silently),
    "loss_without_end_hash": Mutant("A3", larder_agent.outbox, "Covers", without_end),
    "lost_hashes_forgotten": Mutant("A3", outbox, "_drop", drop_then("DELETE FROM dropped")),
    "puback_is_receipt": Mutant("A5", device, "_publish", puback_is_receipt),
    "generation_ignored": Mutant("A5", uplink, "on_receipt", receipt_with(generation=lambda receipt: 1)),
    "prune_on_upto": Mutant(
        "A6", uplink, "on_receipt", receipt_with(safe=lambda one: one.upto, safe_hash=lambda one: one.upto_hash)
    ),
    "receipt_without_hash": Mutant("A7", uplink, "disproved", only_frozen_or_ahead),
    "receipt_without_announced": Mutant("A7", uplink, "on_receipt", receipt_with(announced=lambda one: [])),
    "receipt_with_highest_only": Mutant(
        "A7", uplink, "on_receipt", receipt_with(announced=lambda one: one.announced[-1:])
    ),
    "receipt_without_frozen": Mutant("A7", uplink, "on_receipt", receipt_with(frozen=lambda one: False)),
    "no_adoption": Mutant("A8", outbox, "_adopt", nothing),
    "poison_fails_message": Mutant("H2", Ledger, "message", refused_lines("message")),
    "refused_blocks": Mutant("H2", Ledger, "_accept", refused_lines("block")),
    "dedupe_by_max_n": Mutant("H3", Ledger, "_accept", by_highest),
    "links_not_compared": Mutant("H4", Ledger, "_compare", without_links),
    "forks_not_noticed": Mutant("H4", Ledger, "_compare", nothing),
    "upto_over_unverified_links": Mutant("H5", Chain, "_next", any_link),
    "loss_bridges_held_bodies": Mutant("H5", Chain, "_next", bridge_over_held),
    "adopted_bodies_not_accepted": Mutant("H6", Ledger, "_adopt", nothing),
    "no_announcement": Mutant("H7", Ledger, "_claim", nothing),
    "claims_narrowed": Mutant("R2", Chain, "claim", newest_claim),
    "claims_dropped_when_stored": Mutant(
        "R2", store, "safe_of", lambda old: lambda chain, reach: Place(chain.upto, chain.upto_hash)
    ),
    "safe_without_backups": Mutant("H8", receipts_of, "safe_of", reaches(lambda found: [])),
    "safe_newest_backup": Mutant("H8", receipts_of, "safe_of", reaches(lambda found: sorted(found)[-1:])),
    "receipt_only_on_entries": Mutant("H9", intake, "_receipts", only_for_entries),
    "registry_not_taken_back": Mutant("R1", Ledger, "_remember", nothing),
    "generation_not_raised": Mutant("R3", Registry, "raise_generation", same_generation),
}


@contextmanager
def broken(name: str) -> Iterator[None]:
    mutant = MUTANTS[name]
    with patch.object(mutant.target, mutant.name, mutant.wrap(getattr(mutant.target, mutant.name))):
        yield


class Verdict(NamedTuple):
    """`seed` is the first that noticed, with what it said; None where none of them did."""

    name: str
    seed: int | None
    said: str
    tried: int


def judge(name: str, seeds: int) -> Verdict:
    with broken(name):
        for seed in range(seeds):
            try:
                found = run(seed).violations
            except Exception as error:  # noqa: BLE001  a mutant that makes the code fail loudly is noticed too
                found = (f"{type(error).__name__}: {error}",)
            if found:
                return Verdict(name, seed, found[0], seed + 1)
    return Verdict(name, None, "", seeds)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=300, help="at most so many for each mutant")
    parser.add_argument("names", nargs="*", default=list(MUTANTS))
    args = parser.parse_args()
    began, survivors = time.monotonic(), []
    with ProcessPoolExecutor() as pool:
        for verdict in pool.map(judge, args.names, [args.seeds] * len(args.names)):
            rule = MUTANTS[verdict.name].rule
            if verdict.seed is None:
                survivors.append(verdict.name)
                print(f"{rule:<3} {verdict.name:<28} SURVIVED {verdict.tried} seeds")
            else:
                print(f"{rule:<3} {verdict.name:<28} killed by seed {verdict.seed}: {verdict.said[:90]}")
    print(f"{len(args.names) - len(survivors)} of {len(args.names)} killed, {time.monotonic() - began:.0f} s")
    return len(survivors)


if __name__ == "__main__":
    sys.exit(main())
