"""What the hub answers for: account, safe, commit, registry, each rule removed. PROTOCOL.md [H7] to [H10], [R1] to [R3]."""

from collections.abc import Callable
from contextlib import contextmanager, suppress
from typing import Any
from unittest.mock import patch

import larder_hub.ingest.receipts
import larder_hub.ledger.store
from larder_core.refusal import Refused
from larder_hub.ingest.intake import Intake
from larder_hub.ingest.loop import IngestLoop
from larder_hub.ledger import account
from larder_hub.ledger.chain import Chain, Link
from larder_hub.ledger.registry import Reach, Registry
from larder_hub.ledger.schema import LedgerFailed
from larder_hub.ledger.store import Ledger
from tests.mutants.ledger_rules import said_without
from tests.mutants.mutant import Mutant, Wrap, answers, changed, during, given, nothing

CUSTODY = "unit/hub/ledger/test_custody.py"
CLAIMS = "unit/hub/ledger/test_claims.py"
COMMIT = "unit/hub/ledger/test_commit.py"
RESTORE = "unit/hub/backups/test_restore.py"
CARD = "simulation/directed/test_cards.py"
AGAIN = "simulation/directed/test_restores.py"

DRILL = f"{RESTORE}::test_restored_from_an_older_day_the_agents_refill"

store, receipts = larder_hub.ledger.store, larder_hub.ingest.receipts
Run = Callable[..., Any]


# ------------------------------------------------------------------ claims, account


def newest_claim(original: Run) -> Run:
    def claim(self: Chain, first: int, place: Link) -> None:
        original(self, first, place)
        if place in self.claims:
            self.claims[place] = first

    return claim


def first_taken_back(original: Run) -> Run:
    def announcement(self: Any, device: str, statement: Any, body: bytes) -> None:
        original(self, device, statement, body)
        stream = self._streams[statement.stream]
        stream.chain.first = statement.first
        self._run("UPDATE stream SET first=? WHERE id=?", statement.first, stream.id)

    return announcement


def forget_by_number(original: Run) -> Run:
    def forget(self: Chain, safe: int) -> None:
        original(self, safe)
        for link in [link for link in self.claims if link.n <= min(safe, self.upto)]:
            del self.claims[link]

    return forget


def forget_the_widest(original: Run) -> Run:
    def forget(self: Chain, safe: int) -> None:
        before = dict(self.claims)
        original(self, safe)
        self.claims.update({link: before[link] for link in self.claims})

    return forget


def heard_once(original: Run) -> Run:
    def speaking(self: Any, device: str, name: str, **named: Any) -> Any:
        known = self._streams.get(name)
        before = known.heard if known else 0
        stream = original(self, device, name, **named)
        if before:
            stream.heard = before
            self._run("UPDATE stream SET heard=? WHERE id=?", before, stream.id)
        return stream

    return speaking


# ------------------------------------------------------------------ safe, commit, registry


def reaches(pick: Callable[[list[Any]], list[Any]]) -> Wrap:
    return lambda original: lambda chain, reach: original(chain, pick(list(reach)))


def not_beyond(original: Run) -> Run:
    return lambda chain, reach: original(chain, [one for one in reach if one.upto <= chain.upto])


def by_number(original: Run) -> Run:
    return lambda chain, reach: original(
        chain, [one._replace(hash=chain.passed(one.upto) or one.hash) for one in reach]
    )


def complete_ones(original: Run) -> Run:
    def load(self: Any) -> None:
        original(self)
        self._points = int(self._db.execute("SELECT count(*) FROM restore_point WHERE complete").get)
        self._reach = {}
        whole = "SELECT stream, upto, hash FROM reach WHERE point IN (SELECT id FROM restore_point WHERE complete)"
        for stream, upto, digest in self._db.execute(whole):
            self._reach.setdefault(stream, []).append(Reach(upto, digest))

    return load


def those_that_heard(original: Run) -> Run:
    return lambda self, stream: [one for one in original(self, stream) if one.upto]


def failed_commit_is_none(original: Run) -> Run:
    @contextmanager
    def group(self: Any, now_ms: int) -> Any:
        with suppress(LedgerFailed), original(self, now_ms) as outcome:
            yield outcome

    return group


def acknowledged_first(original: Run) -> Run:
    def settle(self: Any, part: Any) -> None:
        self._link.acknowledge(part.arrivals)
        original(self, part)

    return settle


def not_synced(original: Run) -> Run:
    def opened(file: Any) -> Any:
        connection = original(file)
        connection.execute("PRAGMA synchronous=OFF")
        return connection

    return opened


def only_for_entries(original: Run) -> Run:
    def owed(self: Any, register: Any, outcome: Any, *rest: Any) -> Any:
        return original(self, register, outcome, *rest) if outcome.entries else []

    return owed


def nothing_unproven(original: Run) -> Run:
    return lambda self, register, outcome, unproven, now_ms: original(self, register, outcome, {}, now_ms)


def stops_at_a_stranger(original: Run) -> Run:
    def take(self: Any, register: Any, arrival: Any, outcome: Any, unproven: Any, **named: Any) -> None:
        known = len(outcome.refused)
        original(self, register, arrival, outcome, unproven, **named)
        if len(outcome.refused) > known:
            raise Refused("bad-signature", "the mutant stops here")

    return take


def one_group_late(original: Run) -> Run:
    """The registry is written at the next group: after the receipts of this one have left."""

    def note(self: Any) -> None:
        late = getattr(self, "_late", None)
        if late:
            self.registry.note(*late)
        with patch.object(self.registry, "note", lambda *words: setattr(self, "_late", words)):
            original(self)

    return note


MUTANTS = {
    "no_announcement": Mutant(
        "H7", "announcements are not kept", Ledger, "_claim", nothing, [f"{CUSTODY}::test_a_heartbeat_alone_is_answered"]),
    "announcement_without_hash": Mutant(
        "H7", "of an announcement the number is kept and its hash forgotten", Chain, "said_of", said_without("claims"),
        [f"{CUSTODY}::test_an_announcement_and_a_body_that_disagree_are_a_fork"]),
    "announcement_not_compared": Mutant(
        "H7", "an announcement is not compared with what is held", Ledger, "_claim", during(Ledger, "_compare", nothing),
        [f"{CUSTODY}::test_an_announcement_and_a_body_that_disagree_are_a_fork"]),
    "unconfirmed_highest_only": Mutant(
        "H7", "a receipt repeats only the highest announcement", Chain, "unconfirmed", changed(lambda found: found[-1:]),
        [f"{CUSTODY}::test_an_older_heartbeat_is_no_fork",
         f"{CARD}::test_a_rolled_back_card_that_outgrew_its_announcement"]),
    "unconfirmed_not_told": Mutant(
        "H7", "a receipt repeats no announcement", Chain, "unconfirmed", answers([]),
        [f"{CUSTODY}::test_a_heartbeat_alone_is_answered"]),
    "first_taken_back": Mutant(
        "H7", "a late heartbeat takes back what its holder no longer answers for", Ledger, "announcement", first_taken_back,
        [f"{CLAIMS}::test_a_late_heartbeat_answers_for_nothing_again"]),
    "ended_streams_awaited": Mutant(
        "H7", "what an ended stream still owes is shown as awaited", account, "_account", given(ended=False),
        [f"{CUSTODY}::test_an_ended_stream_is_still_accepted_and_then_explains_itself"]),
    "unproven_not_listed": Mutant(
        "H7", "announced numbers that hashes do not reach are not listed", account, "_unproven", answers([]),
        [f"{CLAIMS}::test_the_widest_of_two_claims_stays"]),
    "repeated_losses_added": Mutant(
        "H7", "a loss that repeats another is counted beside it", account, "outermost", lambda original: list,
        [f"{CUSTODY}::test_a_repeated_loss_is_counted_once"]),
    "stored_counts_as_lost_too": Mutant(
        "H7", "readings that came late are still declared lost", account, "_readings_between", answers(0),
        [f"{CUSTODY}::test_what_is_held_is_stored_whatever_a_loss_says_even_late"]),
    "current_by_first_hearing": Mutant(
        "H7", "a device's current stream is the one heard of last, not heard last", Ledger, "_speaking", heard_once,
        [f"{CLAIMS}::test_the_current_stream_is_the_one_that_spoke_last"]),
    "safe_without_backups": Mutant(
        "H8", "safe is upto, whatever backups hold", receipts, "safe_of", reaches(lambda found: []),
        [f"{RESTORE}::test_safe_stays_where_the_restore_point_stands", f"{AGAIN}::test_what_was_deleted_is_in_every_backup"]),
    "safe_newest_backup": Mutant(
        "H8", "safe is what the newest backup holds", receipts, "safe_of", reaches(lambda found: found[-1:]),
        [f"{RESTORE}::test_safe_is_the_lower_of_two_restore_points_and_rises_when_one_is_forgotten"]),
    "safe_oldest_only": Mutant(
        "H8", "safe is what the oldest backup holds", receipts, "safe_of", reaches(lambda found: found[:1]),
        [f"{RESTORE}::test_the_newest_restore_point_may_hold_the_least"]),
    "safe_beyond_the_ledger": Mutant(
        "H8", "a restore point that reaches further than the ledger is passed over", receipts, "safe_of", not_beyond,
        [f"{RESTORE}::test_a_restore_point_ahead_of_the_ledger_keeps_everything"]),
    "safe_by_number": Mutant(
        "H8", "the number that a restore point reached counts, not its hash", receipts, "safe_of", by_number,
        [f"{RESTORE}::test_a_restore_point_of_another_branch_keeps_everything"]),
    "safe_over_point_being_taken": Mutant(
        "H8", "a restore point counts only when it is complete", Registry, "_load_reaches", complete_ones,
        [f"{RESTORE}::test_a_point_being_taken_counts_from_its_first_moment"]),
    "safe_over_point_that_never_heard": Mutant(
        "H8", "a restore point that never heard of a stream holds nothing back", Registry, "reaches", those_that_heard,
        [f"{RESTORE}::test_a_point_that_never_heard_of_a_stream_keeps_all_of_it"]),
    "receipt_before_commit": Mutant(
        "H9", "receipts leave although the commit failed", Ledger, "group", failed_commit_is_none,
        [f"{COMMIT}::test_a_commit_that_fails_answers_nothing"]),
    "puback_before_commit": Mutant(
        "H9", "the broker may forget what is not committed yet", IngestLoop, "_settle", acknowledged_first,
        [f"{COMMIT}::test_a_commit_that_fails_acknowledges_nothing"]),
    "ledger_not_synced": Mutant(
        "H9", "a commit is called done before the disk has it", store, "open_ledger", not_synced,
        [f"{COMMIT}::test_every_commit_waits_for_the_disk"]),
    "receipt_only_on_entries": Mutant(
        "H9", "birth and status are not answered", Intake, "_receipts", only_for_entries,
        [f"{CUSTODY}::test_a_heartbeat_alone_is_answered"]),
    "unproven_not_kept": Mutant(
        "H10", "a payload that proves nothing is not kept", Ledger, "unproven", answers("A" * 43),
        [f"{CUSTODY}::test_what_proves_nothing_is_kept_by_its_hash_and_answered"]),
    "unproven_not_told": Mutant(
        "H10", "nobody is told that a payload proved nothing", Intake, "_receipts", nothing_unproven,
        [f"{CUSTODY}::test_what_proves_nothing_is_kept_by_its_hash_and_answered"]),
    "a_stranger_stops_the_hub": Mutant(
        "H10", "what cannot be believed ends the group", Intake, "_take", stops_at_a_stranger,
        [f"{CUSTODY}::test_what_proves_nothing_is_kept_by_its_hash_and_answered"]),
    "registry_lost_at_restore": Mutant(
        "R1", "a restored ledger does not ask the registry", Ledger, "_remember", nothing, [DRILL]),
    "registry_not_written": Mutant("R1", "the registry is not written", Ledger, "_note", nothing, [DRILL]),
    "registry_after_the_receipt": Mutant(
        "R1", "the registry is written after the receipt", Ledger, "_note", one_group_late,
        [f"{CLAIMS}::test_the_registry_knows_before_any_receipt_leaves"]),
    "freeze_not_in_registry": Mutant(
        "R1", "a freeze stands in the ledger alone", Ledger, "_noted", changed(lambda note: note._replace(frozen=False)),
        [f"{RESTORE}::test_a_freeze_survives_that_no_announcement_shows"]),
    "claims_narrowed": Mutant(
        "R2", "a later claim of the same place forgets how far back the first reached", Chain, "claim", newest_claim,
        [f"{CLAIMS}::test_the_widest_of_two_claims_stays"]),
    "widest_claim_forgotten": Mutant(
        "R2", "of claims on one branch the highest does not take over how far back the others reached", Chain, "forget_claims",
        forget_the_widest, [f"{CLAIMS}::test_the_highest_claim_of_a_branch_says_what_the_others_said"]),
    "claims_forgotten_by_number": Mutant(
        "R2", "a claim goes when safe has passed its number, whatever the hash", Chain, "forget_claims", forget_by_number,
        [f"{CLAIMS}::test_a_claim_of_another_branch_outlives_safe"]),
    "claims_dropped_when_stored": Mutant(
        "R2", "a claim goes when upto, not safe, has passed it", store, "safe_of",
        lambda original: lambda chain, reach: Link(chain.upto, chain.upto_hash),
        [f"{AGAIN}::test_a_stored_branch_that_vanishes_in_a_restore_is_still_missed"]),
    "generation_not_raised": Mutant(
        "R3", "a restored hub speaks as if it were the one before", Registry, "raise_generation",
        lambda original: lambda self: self.generation(), [DRILL]),
}  # fmt: skip
