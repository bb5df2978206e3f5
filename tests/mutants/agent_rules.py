"""The rules of the agent, each removed. PROTOCOL.md [A1] to [A8]."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from typing import Any
from unittest.mock import patch

import larder_agent.device
import larder_agent.outbox
import larder_agent.record
import larder_agent.uplink
import larder_core.signed
from larder_agent import losses, schema, uplink
from larder_agent.adoption import Body
from larder_agent.chain import Link
from larder_agent.device import Device
from larder_agent.failures import DiskFailed
from larder_agent.outbox import Outbox
from larder_agent.record import Record
from larder_agent.salvage import Salvage
from larder_agent.staging import Staging
from larder_core.content import Batch
from larder_core.digest import GENESIS
from tests.mutants.mutant import Mutant, Wrap, answers, changed, during, nothing

OUTBOX = "unit/agent/test_outbox.py"
UPLINK = "unit/agent/test_uplink.py"
STAGING = "unit/agent/test_staging.py"
LOSSES = "unit/agent/test_losses.py"
CARD = "simulation/directed/test_cards.py"
LINE = "simulation/directed/test_line.py"

FULL = f"{OUTBOX}::test_a_full_outbox_declares_what_it_drops"
FROZEN = f"{OUTBOX}::test_a_frozen_stream_ends_and_the_new_one_carries_everything"
UNWRAPPED = f"{OUTBOX}::test_an_adoption_is_unwrapped_when_its_stream_ends_too"
FREEZES = f"{UPLINK}::test_what_freezes_a_stream"

SALVAGE = "unit/agent/test_salvage.py::test_one_damaged_line_is_declared_and_the_others_go_on"

Run = Callable[..., Any]


def one_stream_for_ever(original: Run) -> Run:
    def init(self: Any, folder: Any, device: str, bound: int, keep_ms: int, new_id: Any) -> None:
        original(self, folder, device, bound, keep_ms, lambda: device.encode().hex().zfill(32))

    return init


def from_memory(original: Run) -> Run:
    known: dict[int, Any] = {}

    def read_books(db: Any) -> Any:
        if id(db) not in known:
            known[id(db)] = original(db)
        return known[id(db)]

    return read_books


def goes_on(original: Run) -> Run:
    def seal(self: Any, *words: Any, **named: Any) -> None:
        with suppress(DiskFailed):
            original(self, *words, **named)

    return seal


def not_synced(original: Run) -> Run:
    def connect(path: Any) -> Any:
        db = original(path)
        db.execute("PRAGMA synchronous=OFF")
        return db

    return connect


def own_range(**changes: Callable[[Any], Any]) -> Wrap:
    """The own range of a loss says something else; a change is told what gives way."""

    def wrap(original: Run) -> Run:
        def drop(self: Any, gone: Any, moment: Any) -> None:
            covers = larder_agent.outbox.Covers

            def said(**fields: Any) -> Any:
                return covers(**fields | {key: change(gone) for key, change in changes.items()})

            with patch.object(larder_agent.outbox, "Covers", said):
                original(self, gone, moment)

        return drop

    return wrap


def drop_then(sql: str) -> Wrap:
    def wrap(original: Run) -> Run:
        def drop(self: Any, gone: Any, moment: Any) -> None:
            original(self, gone, moment)
            self._db.execute(sql)

        return drop

    return wrap


def receipt_with(**changes: Callable[[Any, Any, Any], Any]) -> Wrap:
    """A receipt as an agent reads it that does not know, or does not care about, some of its fields."""

    def wrap(original: Run) -> Run:
        def on_receipt(state: Any, receipt: Any, chain: Any, now: int) -> Any:
            fields = {key: change(receipt, state, chain) for key, change in changes.items()}
            return original(state, receipt.model_copy(update=fields), chain, now)

        return on_receipt

    return wrap


def upto_as_said(original: Run) -> Run:
    def on_receipt(state: Any, receipt: Any, chain: Any, now: int) -> Any:
        then, effects = original(state, receipt, chain, now)
        return (then if then is state else replace(then, upto=receipt.upto)), effects

    return on_receipt


def never_because(reason: str) -> Wrap:
    return changed(lambda said: None if said == reason else said)


def puback_is_receipt(original: Run) -> Run:
    def publish(self: Any, part: range) -> bool:
        sent: bool = original(self, part)
        if sent:
            last = part.stop - 1
            self._record.outbox.prune(Link(last, self._record.outbox.hash_at(last)), 0)
        return sent

    return publish


def oldest_only(original: Run) -> Run:
    def shares(state: Any, held: range) -> tuple[list[int], list[int]]:
        waiting = (n for first, last in uplink.pending(state, held) for n in range(first, last + 1))
        return [], list(islice(waiting, state.credit))

    return shares


def silent_without_credit(original: Run) -> Run:
    def announce(self: Any, **named: Any) -> None:
        if self._uplink.credit:
            original(self, **named)
        else:
            self._heartbeat_due = self._clock.up_ms() + self._pace.heartbeat_ms

    return announce


def one_further(original: Run) -> Run:
    return lambda self, limit: original(self, min(limit + 1, self._books.head_n))


def under_any_hash(original: Run) -> Run:
    return lambda self, safe, now_ms: original(self, Link(safe.n, self.hash_at(safe.n)), now_ms)


def only_above_upto(original: Run) -> Run:
    def freeze(self: Any, reason: str) -> None:
        outbox, upto = self._record.outbox, self._uplink.upto
        if outbox.floor.n < upto <= outbox.head.n:
            outbox.prune(Link(upto, outbox.hash_at(upto)), 0)
        original(self, reason)

    return freeze


def sealed_anew(original: Run) -> Run:
    def adopt(self: Any, moment: Any) -> None:
        for body in list(self._bodies()):
            content = losses.read_own(body.text.encode())
            if isinstance(content, Batch):
                self._append_built(
                    lambda total, own=content: own.model_copy(update={"total": total + own.readings}), moment
                )

    return adopt


def nested(original: Run) -> Run:
    def bodies(self: Any) -> Iterator[Body]:
        for line, readings in self._db.execute("SELECT line, readings FROM ended ORDER BY n"):
            yield Body(bytes(line).decode(), readings)

    return bodies


def without_adoptions(original: Run) -> Run:
    return lambda self, sql, *values: [] if "kind='adoption'" in sql else original(self, sql, *values)


def never_next_epoch(original: Run) -> Run:
    return lambda self, builds, moment, next_epoch=False: original(self, builds, moment)


MUTANTS = {
    "same_stream_after_wipe": Mutant(
        "A1", "a new disk goes on in the old stream", Outbox, "__init__", one_stream_for_ever,
        [f"{CARD}::test_a_wiped_card_begins_a_new_stream", f"{OUTBOX}::test_a_flipped_bit_in_a_line_is_found_at_opening"]),
    "number_from_memory": Mutant(
        "A1", "the number comes from memory, not from the disk", schema, "read_books", from_memory,
        [f"{OUTBOX}::test_the_number_comes_from_the_disk"]),
    "staging_forgotten": Mutant(
        "A1", "what an ended process had taken is not sealed", larder_agent.record, "recover", nothing,
        [f"{STAGING}::test_what_was_staged_is_sealed_at_the_next_boot_with_its_own_time"]),
    "staging_sealed_again": Mutant(
        "A1", "the commit that seals does not spend the staging file", Outbox, "seal", never_next_epoch,
        [f"{STAGING}::test_a_process_killed_between_commit_and_deletion_seals_nothing_twice"]),
    "staging_not_written": Mutant(
        "A1", "readings wait for their seal in memory only", Staging, "add", nothing,
        [f"{STAGING}::test_what_was_staged_is_sealed_at_the_next_boot_with_its_own_time"]),
    "no_crash_stop": Mutant(
        "A2", "after an error of the disk the agent goes on", Outbox, "seal", goes_on,
        [f"{OUTBOX}::test_a_failing_disk_is_a_crash_stop"]),
    "outbox_usable_after_failure": Mutant(
        "A2", "after an error of the disk the same object still answers", Outbox, "_abandon", nothing,
        [f"{OUTBOX}::test_a_failing_disk_is_a_crash_stop"]),
    "commit_not_synced": Mutant(
        "A2", "a commit is called done before the disk has it", schema, "connect", not_synced,
        [f"{OUTBOX}::test_every_commit_waits_for_the_disk"]),
    "outbox_unbounded": Mutant("A3", "no bound", Outbox, "_make_room", nothing, [FULL]),
    "drop_oldest_silently": Mutant(
        "A3", "the oldest entries are deleted without a loss", Outbox, "_drop", during(Outbox, "_declare", nothing), [FULL]),
    "loss_without_end_hash": Mutant(
        "A3", "a loss does not say the hash at its end", Outbox, "_drop", own_range(end=lambda gone: GENESIS), [FULL]),
    "loss_begins_at_dropped": Mutant(
        "A3", "a loss does not repeat the losses before it that are not safe yet", Outbox, "_drop",
        own_range(first=lambda gone: gone[0].n), [FULL]),
    "loss_forgets_swallowed": Mutant(
        "A3", "a loss forgets what the swallowed ones and adoptions said of other streams", Outbox, "_drop",
        during(losses, "named_by", answers(())), [f"{OUTBOX}::test_a_swallowed_adoption_says_what_became_of_its_bodies"]),
    "lost_hashes_forgotten": Mutant(
        "A3", "of a dropped entry not even the hash is kept", Outbox, "_drop", drop_then("DELETE FROM dropped"),
        [f"{OUTBOX}::test_hashes_of_dropped_entries_stay_until_safe_has_passed"]),
    "loss_counts_dropped_only": Mutant(
        "W-LOSS", "the count of a loss leaves out the entries it repeats", Outbox, "_drop",
        own_range(count=lambda gone: sum(one.readings for one in gone)), [FULL]),
    "loss_figures_of_the_last": Mutant(
        "W-LOSS", "the figures of a loss are those of its last entries", losses, "add_figures",
        lambda original: lambda first, second: list(second) or list(first), [FULL]),
    "figures_of_others": Mutant(
        "A3", "safe takes the figures of entries above it with those below", Outbox, "_splits_nothing",
        lambda original: lambda self, limit: limit,
        [f"{OUTBOX}::test_the_figures_of_a_loss_are_those_of_exactly_what_it_counts[1]"]),
    "bad_values_in_figures": Mutant(
        "W-LOSS", "bad values count in the figures of a loss", losses, "figures_of",
        during(Batch, "series", changed(lambda found: [
            one._replace(readings=tuple(reading._replace(quality="") for reading in one.readings)) for one in found])),
        [f"{OUTBOX}::test_figures_leave_bad_values_out"]),
    "figures_beyond_the_wire": Mutant(
        "W-LOSS", "a sum that the wire cannot hold makes the loss unreadable", losses, "_fits", answers(True),
        [f"{LOSSES}::test_a_sum_that_the_wire_cannot_hold_is_left_out"]),
    "backlog_first": Mutant(
        "A4", "oldest first: what is current waits for the backlog", uplink, "_shares", oldest_only,
        [f"{UPLINK}::test_the_newest_half_goes_first", f"{LINE}::test_a_fresh_entry_overtakes_a_backlog"]),
    "live_starves_backlog": Mutant(
        "A4", "all credit goes to the newest", uplink, "live_credit", lambda original: lambda state: state.credit,
        [f"{UPLINK}::test_the_newest_half_goes_first", f"{LINE}::test_the_backlog_shrinks_while_more_is_sealed_than_sent"]),
    "full_credit_before_a_receipt": Mutant(
        "A4", "after a boot the agent sends without having been asked", uplink.Uplink, "__init__",
        lambda original: lambda self, *words, **named: original(self, *words, **{"credit": 8} | named),
        [f"{UPLINK}::test_before_the_first_receipt_one_entry_is_sent"]),
    "full_credit_after_reconnect": Mutant(
        "A4", "on a new connection everything is sent again before a receipt says what is missing", uplink, "on_connected",
        lambda original: lambda state, now: replace(original(state, now), credit=state.credit),
        [f"{UPLINK}::test_a_new_connection_asks_first_what_is_missing"]),
    "silent_at_credit_0": Mutant(
        "A4", "without credit nothing is announced, so nobody ever says that it rose", Device, "_announce", silent_without_credit,
        [f"{LINE}::test_a_hub_that_was_full_opens_again"]),
    "puback_is_receipt": Mutant(
        "A5", "the broker's PUBACK releases", Device, "_publish", puback_is_receipt,
        [f"{LINE}::test_what_only_the_broker_took_is_kept"]),
    "generation_ignored": Mutant(
        "A5", "upto never moves back", uplink, "on_receipt", receipt_with(generation=lambda receipt, state, chain: 1),
        [f"{UPLINK}::test_a_higher_generation_resets_what_was_received"]),
    "lower_generation_accepted": Mutant(
        "A5", "the receipt of a hub that was is believed", uplink, "on_receipt",
        receipt_with(generation=lambda receipt, state, chain: max(receipt.generation, state.generation)),
        [f"{UPLINK}::test_a_lower_generation_is_ignored_whole"]),
    "upto_falls": Mutant(
        "A5", "a receipt that was overtaken moves upto back", uplink, "on_receipt", upto_as_said,
        [f"{UPLINK}::test_within_a_generation_upto_never_falls"]),
    "other_streams_receipt": Mutant(
        "A5", "a receipt for another stream counts", uplink, "on_receipt",
        receipt_with(stream=lambda receipt, state, chain: chain.stream),
        [f"{UPLINK}::test_a_receipt_of_another_stream_changes_nothing"]),
    "refused_sent_again": Mutant(
        "A5", "a refused entry does not count as received", uplink, "on_receipt",
        receipt_with(refused=lambda receipt, state, chain: []), [f"{UPLINK}::test_a_receipt_moves_upto_and_have"]),
    "receipt_signature_not_checked": Mutant(
        "A5", "a receipt that the hub did not sign is believed", larder_core.signed, "verify_line", nothing,
        ["unit/core/test_receipt.py::test_only_the_hub_s_word_for_this_device_counts"]),
    "prune_on_upto": Mutant(
        "A6", "deleted is what upto has passed, not what is safe", uplink, "on_receipt",
        receipt_with(safe=lambda receipt, state, chain: receipt.upto, safe_hash=lambda receipt, state, chain: receipt.upto_hash),
        [f"{UPLINK}::test_safe_above_the_floor_is_pruned_with_the_hash_that_was_said",
         "simulation/directed/test_restores.py::test_what_was_deleted_is_in_every_backup"]),
    "prune_under_any_hash": Mutant(
        "A6", "deleted up to safe whatever the hash there", Outbox, "prune", under_any_hash,
        [f"{OUTBOX}::test_only_what_is_safe_under_our_own_hash_is_deleted"]),
    "prune_one_too_many": Mutant(
        "A6", "the floor lies one above safe", Outbox, "_delete_under_safe", one_further,
        [f"{OUTBOX}::test_only_what_is_safe_under_our_own_hash_is_deleted"]),
    "receipt_without_hash": Mutant(
        "A7", "hashes of a receipt are not compared", uplink, "disproved", never_because("other-hash"),
        [FREEZES, f"{CARD}::test_a_late_receipt_reaches_the_other_branch"]),
    "above_head_ignored": Mutant(
        "A7", "a number above the head freezes nothing", uplink, "disproved", never_because("above-head"),
        [FREEZES, f"{CARD}::test_a_rolled_back_card_learns_it_from_the_first_receipt"]),
    "receipt_without_announced": Mutant(
        "A7", "the unconfirmed announcements of a receipt are not read", uplink, "on_receipt",
        receipt_with(announced=lambda receipt, state, chain: []), [FREEZES]),
    "receipt_with_highest_only": Mutant(
        "A7", "of the unconfirmed announcements only the highest is read", uplink, "on_receipt",
        receipt_with(announced=lambda receipt, state, chain: receipt.announced[-1:]),
        [FREEZES, f"{CARD}::test_a_rolled_back_card_that_outgrew_its_announcement"]),
    "receipt_without_frozen": Mutant(
        "A7", "the hub's word that the stream is frozen is not read", uplink, "on_receipt",
        receipt_with(frozen=lambda receipt, state, chain: False), [FREEZES]),
    "no_adoption": Mutant("A8", "what a frozen stream held stays behind", Outbox, "_adopt", nothing, [FROZEN]),
    "adopt_only_unaccepted": Mutant(
        "A8", "only what lies above upto is adopted", Device, "_freeze", only_above_upto,
        ["simulation/directed/test_restores.py::test_what_the_hub_had_accepted_is_adopted_too"]),
    "adoption_reseals": Mutant("A8", "readings are sealed anew instead of carried verbatim", Outbox, "_adopt", sealed_anew, [FROZEN]),
    "adoption_nested": Mutant("A8", "an adoption is adopted as it is", Outbox, "_bodies", nested, [UNWRAPPED]),
    "adoptions_number_unexplained": Mutant(
        "A8", "the number of an unwrapped adoption is not declared", Outbox, "_rows", without_adoptions, [UNWRAPPED]),
    "spill_not_declared": Mutant(
        "A8", "what does not fit is gone without a word", Outbox, "_adopt", during(Outbox, "_declare", nothing),
        [f"{OUTBOX}::test_what_does_not_fit_when_adopted_is_declared_lost"]),
    "spill_forgets_swallowed": Mutant(
        "A8", "a loss that does not fit is not repeated", Outbox, "_adopt", during(losses, "named_by", answers(())),
        [f"{OUTBOX}::test_a_loss_that_does_not_fit_when_adopted_is_repeated"]),
    "went_back_unnoticed": Mutant(
        "A7", "an outbox older than the readings beside it goes on in its stream", larder_agent.record, "ahead", answers([]),
        [f"{STAGING}::test_an_outbox_that_went_back_ends_its_stream_before_it_gives_a_number_again"]),
    "damaged_left_behind": Mutant(
        "A8", "what is whole of a damaged outbox stays behind", Salvage, "rows", answers(()), [f"{SALVAGE}[7]"]),
    "damage_not_declared": Mutant(
        "A8", "the numbers that a damaged outbox has lost are not declared", Salvage, "_hole", nothing, [f"{SALVAGE}[7]"]),
    "claims_what_it_deleted": Mutant(
        "W-ANNOUNCE", "an announcement answers for numbers deleted under safe", Record, "standing",
        changed(lambda said: said._replace(first=1)), [f"{LINE}::test_a_calm_day"]),
}  # fmt: skip
