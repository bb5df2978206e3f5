"""What the hub takes into its ledger, each rule removed. PROTOCOL.md [H1] to [H6]."""

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import larder_hub.ingest.receipts
import larder_hub.ledger.schema
import larder_hub.ledger.store
import larder_hub.series.sqlite
from larder_hub.ingest.intake import Intake
from larder_hub.ledger.chain import Chain, Link, Slot
from larder_hub.ledger.quarantine import Quarantine
from larder_hub.ledger.schema import APPEND_ONLY
from larder_hub.ledger.store import Ledger
from larder_hub.ledger.streams import ForeignStream, Streams
from tests.mutants.mutant import Mutant, Wrap, answers, nothing

CUSTODY = "unit/hub/ledger/test_custody.py"
BRANCHES = "unit/hub/ledger/test_branches.py"
SERIES = "contract/test_series.py"
CARD = "simulation/directed/test_cards.py"

REFUSED_LINE = f"{CUSTODY}::test_a_refused_line_keeps_its_number_and_blocks_nothing"
TWO_BODIES = f"{CUSTODY}::test_two_bodies_for_one_number_freeze_the_stream_and_both_are_kept"
ADOPTED = f"{CUSTODY}::test_adopted_bodies_stand_in_their_own_stream_and_count_once"

store, receipts = larder_hub.ledger.store, larder_hub.ingest.receipts
Run = Callable[..., Any]


# ------------------------------------------------------------------ what is taken


def key_of_the_first_message(original: Run) -> Run:
    def key(self: Any, register: Any, address: Any) -> Any:
        return self._keys.get(address.device) or original(self, register, address)

    return key


def key_wherever_it_stands(original: Run) -> Run:
    def key(self: Any, register: Any, address: Any) -> Any:
        known = register.devices.get(address.device)
        return original(self, register, address._replace(county=known.county, site=known.site) if known else address)

    return key


def refused_lines(act: str) -> Wrap:
    def wrap(original: Run) -> Run:
        def accept(self: Any, stream: Any, line: Any, *rest: Any, **named: Any) -> None:
            if line.refusal is None:
                original(self, stream, line, *rest, **named)

        def message(self: Any, device: str, message: Any) -> None:
            if all(line.refusal is None for line in message.lines):
                original(self, device, message)

        return accept if act == "block" else message

    return wrap


def without_raw(original: Run) -> Run:
    return lambda self, *words: original(self, *words[:-2], b"", words[-1])


def guessed_link(original: Run) -> Run:
    """A line whose header nobody can read is said to follow whatever the hub holds before it."""

    def accept(self: Any, stream: Any, line: Any, *rest: Any, **named: Any) -> None:
        before = stream.chain.slot(line.n - 1)
        if line.refusal is not None and line.refusal.reason == "bad-header" and before is not None:
            line = line._replace(prev=before.hash)
        original(self, stream, line, *rest, **named)

    return accept


def by_highest(original: Run) -> Run:
    def accept(self: Any, stream: Any, line: Any, *rest: Any, **named: Any) -> None:
        if line.n > max([stream.chain.upto, *stream.chain.ahead]):
            original(self, stream, line, *rest, **named)

    return accept


def of_any_device(original: Run) -> Run:
    def known(self: Any, device: str, name: str, now_ms: int) -> Any:
        try:
            return original(self, device, name, now_ms)
        except ForeignStream:
            return self.get(name)

    return known


def without_triggers(original: Run) -> Run:
    def create(connection: Any) -> None:
        original(connection)
        for table in APPEND_ONLY:
            connection.execute(f"DROP TRIGGER {table}_no_update; DROP TRIGGER {table}_no_delete")

    return create


# ------------------------------------------------------------------ forks and links


def last_one_holds(original: Run) -> Run:
    def accept(self: Any, stream: Any, line: Any, *rest: Any, **named: Any) -> None:
        original(self, stream, line, *rest, **named)
        if line.n in stream.chain.ahead:
            stream.chain.ahead[line.n] = Slot(line.hash, line.prev)

    return accept


def first_one_only(original: Run) -> Run:
    def accept(self: Any, stream: Any, line: Any, *rest: Any, **named: Any) -> None:
        held = stream.chain.slot(line.n)
        if held is None or held.hash == line.hash:
            original(self, stream, line, *rest, **named)
        else:
            self._compare(stream, Link(line.n, line.hash))

    return accept


def own_link_not_compared(original: Run) -> Run:
    def accept(self: Any, stream: Any, line: Any, *rest: Any, **named: Any) -> None:
        compare = self._compare

        def others(target: Any, place: Link) -> None:
            if place != Link(line.n - 1, line.prev):
                compare(target, place)

        with patch.object(self, "_compare", others):
            original(self, stream, line, *rest, **named)

    return accept


def said_without(*kinds: str) -> Wrap:
    """A chain that forgets, for comparing, what following bodies, claims or losses say."""

    def wrap(original: Run) -> Run:
        def said_of(self: Chain, n: int) -> Any:
            if "bodies" not in kinds and (slot := self.slot(n)):
                yield slot.hash
            if "links" not in kinds and (following := self.slot(n + 1)):
                yield following.prev
            if "claims" not in kinds:
                yield from (link.hash for link in self.claims if link.n == n and link.hash)
            if "losses" not in kinds:
                yield from (loss.end for loss in self.losses if loss.last == n)

        return said_of

    return wrap


def any_link(original: Run) -> Run:
    def following(self: Chain) -> Any:
        held = self.ahead.get(self.upto + 1)
        return (Link(self.upto + 1, held.hash), False) if held else original(self)

    return following


def bridge_over_held(original: Run) -> Run:
    def following(self: Chain) -> Any:
        held = self.ahead.get(self.upto + 1)
        if held is None or held.prev == self.upto_hash:
            return original(self)
        with patch.dict(self.ahead):
            del self.ahead[self.upto + 1]
            return original(self)

    return following


def loss_from_anywhere(original: Run) -> Run:
    def following(self: Chain) -> Any:
        found = original(self)
        if found is None and self.upto + 1 not in self.ahead:
            further = [loss for loss in self.losses if loss.own and loss.last > self.upto]
            found = (Link(further[0].last, further[0].end), True) if further else None
        return found

    return following


def adopted_like_others(original: Run) -> Run:
    return lambda self, stream, line, trailer, adopted: original(self, stream, line, trailer, adopted=False)


def counted_again(original: Run) -> Run:
    def accept(self: Any, stream: Any, line: Any, *rest: Any, **named: Any) -> None:
        before = self.outcome.entries.get("duplicate", 0)
        original(self, stream, line, *rest, **named)
        if self.outcome.entries.get("duplicate", 0) > before and line.content is not None:
            stream.tally.readings += line.content.readings
            self._changed.add(stream.stream)

    return accept


MUTANTS = {
    "old_key_believed": Mutant(
        "H1", "a key that the register no longer has still signs", Intake, "_key", key_of_the_first_message,
        [f"{CUSTODY}::test_a_new_key_in_the_register_ends_the_old_one"]),
    "device_at_any_place": Mutant(
        "H1", "a device may speak for another place than its own", Intake, "_key", key_wherever_it_stands,
        [f"{CUSTODY}::test_a_device_at_the_wrong_place_or_unknown_is_refused"]),
    "ledger_can_be_rewritten": Mutant(
        "H1", "the ledger takes updates and deletions", larder_hub.ledger.schema, "_create", without_triggers,
        [f"{CUSTODY}::test_the_ledger_refuses_to_be_rewritten"]),
    "position_unsigned": Mutant(
        "H1", "the trailer does not say what a line with an unreadable header follows", Ledger, "_accept", guessed_link,
        [f"{BRANCHES}::test_an_unreadable_header_does_not_join_two_branches"]),
    "poison_fails_message": Mutant(
        "H2", "one refused line refuses its message", Ledger, "message", refused_lines("message"), [REFUSED_LINE]),
    "refused_blocks": Mutant(
        "H2", "a refused line does not count as received", Ledger, "_accept", refused_lines("block"), [REFUSED_LINE]),
    "refused_not_kept": Mutant("H2", "a refused line is not quarantined", Quarantine, "add", nothing, [REFUSED_LINE]),
    "raw_bytes_not_kept": Mutant(
        "H2", "quarantine holds the reason without the bytes", Quarantine, "add", without_raw,
        [f"{CUSTODY}::test_quarantine_holds_the_bytes_as_they_came"]),
    "refused_not_told": Mutant(
        "W-RECEIPT", "a receipt does not name what was refused", Ledger, "refused_numbers", answers([]), [REFUSED_LINE]),
    "have_not_told": Mutant(
        "W-RECEIPT", "a receipt does not name what is held above upto", receipts, "ranges", answers([]),
        [f"{CUSTODY}::test_upto_waits_for_the_missing_and_names_what_it_has"]),
    "dedupe_by_max_n": Mutant(
        "H3", "a number below the highest is taken for a duplicate", Ledger, "_accept", by_highest,
        [f"{CUSTODY}::test_upto_waits_for_the_missing_and_names_what_it_has"]),
    "duplicates_counted": Mutant(
        "H3", "readings of an entry that comes again are added to the account", Ledger, "_accept", counted_again,
        [f"{CUSTODY}::test_the_same_again_is_a_duplicate_also_after_a_restart"]),
    "stream_of_any_device": Mutant(
        "H3", "a device may speak in another's stream", Streams, "known", of_any_device,
        [f"{CUSTODY}::test_another_devices_stream_is_refused"]),
    "fork_overwrites": Mutant(
        "H4", "of two bodies for one number the last one holds it", Ledger, "_accept", last_one_holds,
        [f"{BRANCHES}::test_the_body_that_came_first_keeps_its_number"]),
    "fork_evidence_dropped": Mutant(
        "H4", "of two bodies for one number the second is not kept", Ledger, "_accept", first_one_only, [TWO_BODIES]),
    "forks_not_noticed": Mutant("H4", "nothing is compared", Ledger, "_compare", nothing, [TWO_BODIES]),
    "links_not_compared": Mutant(
        "H4", "what a body says of the number before it is not compared", Ledger, "_accept", own_link_not_compared,
        [f"{CUSTODY}::test_a_link_to_another_past_is_a_fork"]),
    "following_links_not_compared": Mutant(
        "H4", "what a held body says of the number before it is forgotten", Chain, "said_of", said_without("links"),
        [f"{CUSTODY}::test_upto_never_passes_an_unverified_link", f"{CARD}::test_a_fork_that_shows_only_in_a_link"]),
    "ends_of_losses_not_compared": Mutant(
        "H4", "what a loss says of the hash at its end is forgotten", Chain, "said_of", said_without("losses"),
        [f"{BRANCHES}::test_a_body_after_the_end_of_a_loss_that_disagrees_is_a_fork"]),
    "upto_over_unverified_links": Mutant(
        "H5", "upto moves over numbers", Chain, "_next", any_link, [f"{CUSTODY}::test_upto_never_passes_an_unverified_link"]),
    "loss_bridges_held_bodies": Mutant(
        "H5", "a loss carries upto over a held body that does not link", Chain, "_next", bridge_over_held,
        [f"{CUSTODY}::test_a_loss_does_not_bridge_over_a_body_that_is_held",
         f"{BRANCHES}::test_a_loss_does_not_jump_over_the_other_branch_s_body"]),
    "loss_from_anywhere": Mutant(
        "H5", "a loss carries upto although it begins beyond it", Chain, "_next", loss_from_anywhere,
        [f"{BRANCHES}::test_a_loss_that_begins_beyond_upto_carries_nothing"]),
    "loss_of_another_stream_carries": Mutant(
        "H5", "a loss that another stream told carries upto", store, "DeclaredLoss",
        lambda original: lambda *words: original(*words[:-1], True),
        [f"{CUSTODY}::test_a_loss_told_by_another_stream_explains_but_carries_nothing"]),
    "adoption_without_hash_dedupe": Mutant(
        "H6", "an adopted body is counted although it was", Ledger, "_count",
        lambda original: lambda self, stream, entry, line: (
            setattr(stream.tally, "readings", stream.tally.readings + line.content.readings), original(self, stream, entry, line)
        )[1] if self._db.execute("SELECT 1 FROM counted WHERE entry=?", (entry,)).fetchone() else original(self, stream, entry, line),
        [ADOPTED]),
    "adopted_bodies_not_accepted": Mutant("H6", "adopted bodies are not read", Ledger, "_adopt", nothing, [ADOPTED]),
    "adopted_evidence_not_counted": Mutant(
        "H6", "an adopted body counts only where it holds its number", Ledger, "_accept", adopted_like_others,
        [f"{CUSTODY}::test_evidence_counts_once_its_holder_adopts_it"]),
    "series_counts_bodies_twice": Mutant(
        "H6", "a row that comes again is written again", larder_hub.series.sqlite, "fresh",
        lambda original: lambda rows, position: [row._replace(hash=f"{row.hash}{row.position}") for row in original(rows, position)],
        [f"{SERIES}::test_a_body_that_comes_again_is_stored_once"]),
}  # fmt: skip
