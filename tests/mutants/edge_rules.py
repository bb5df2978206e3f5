"""Bounds, clocks, rival hubs, requests: each rule removed. PROTOCOL.md [A9] to [A11], [C1] to [C3], [H11] to [H16], [R4] to [R6]."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import larder_hub.backups.points
import larder_hub.ingest.intake
import larder_hub.ingest.suspects
import larder_hub.ledger.chain
import larder_hub.ledger.quarantine
from larder_agent import away, uplink
from larder_agent.outbox import Outbox
from larder_agent.record import Record
from larder_core import anchor
from larder_hub import fence, room
from larder_hub.alarms import timing, turn
from larder_hub.fence import Verdict
from larder_hub.ingest.intake import Intake
from larder_hub.ledger.chain import Chain
from larder_hub.ledger.quarantine import Kept, Quarantine
from larder_hub.ledger.store import Ledger
from larder_hub.ledger.streams import Streams
from larder_hub.requests.desk import RequestDesk
from larder_hub.room import Room
from tests.mutants.mutant import Mutant, answers, changed, nothing

UPLINK = "unit/agent/test_uplink.py"
AWAY = "unit/agent/test_away.py"
ANCHOR = "unit/core/test_anchor.py"
BOUNDS = "unit/hub/ledger/test_bounds.py"
RESTORE = "unit/hub/backups/test_restore.py"
ROOM = "unit/hub/runtime/test_room.py"
FENCE = "unit/hub/runtime/test_fence.py"
SUSPECTS = "unit/hub/runtime/test_suspects.py"
REQUESTS = "unit/hub/requests/test_requests.py"

Run = Callable[..., Any]


def forgets_what_is_owed(original: Run) -> Run:
    return lambda state, held, now: original(replace(state, owed=()), held, now)


def keeps_what_was_asked(original: Run) -> Run:
    return lambda state, now: replace(original(state, now), again=state.again, owed=state.owed)


def discards_in_silence(original: Run) -> Run:
    def discard(self: Any, upto: int, word: str, moment: Any) -> None:
        with patch.object(self, "_declare", lambda *told: None):
            original(self, upto, word, moment)

    return discard


def of_any_boot(original: Run) -> Run:
    return lambda told, anchors: original(told, [one._replace(boot=told.boot) for one in anchors])


def with_full_credit(original: Run) -> Run:
    return lambda ledger, stream, credit, *rest: original(ledger, stream, max(credit, 8), *rest)


def each_stranger_an_allowance(original: Run) -> Run:
    return lambda self, topic, device, sender, *rest: original(self, topic, device, device, *rest)


def believed_alone(original: Run) -> Run:
    def signed(self: Any, address: Any, receipt: Any) -> Any:
        with patch.object(self, "_alone", lambda: True):
            return original(self, address, receipt)

    return signed


MUTANTS = {
    "asked_for_and_not_sent": Mutant(
        "A9", "what a receipt asks for again is not sent", uplink, "to_send", forgets_what_is_owed,
        [f"{UPLINK}::test_what_is_asked_for_is_sent_once_more_inside_the_credit"]),
    "asked_for_once_for_ever": Mutant(
        "A9", "what was lost with a connection is not owed anew", uplink, "on_connected", keeps_what_was_asked,
        [f"{UPLINK}::test_a_new_connection_owes_what_is_still_asked_for"]),
    "discarded_in_silence": Mutant(
        "A10", "what an operator discards is not declared", Outbox, "discard", discards_in_silence,
        ["unit/agent/test_outbox.py::test_what_an_operator_discards_is_declared"]),
    "paused_in_silence": Mutant(
        "A11", "a pause is neither followed nor told", Record, "maintain", nothing,
        [f"{AWAY}::test_a_pause_is_told_as_it_begins_and_ends"]),
    "clock_set_in_silence": Mutant(
        "C1", "a clock that is set leaves no anchor", away, "clock_set", nothing, [f"{AWAY}::test_when_a_clock_was_set"]),
    "anchor_of_any_boot": Mutant(
        "C2", "readings are timed by the anchor of another boot", anchor, "derive", of_any_boot,
        [f"{ANCHOR}::test_which_anchor_counts"]),
    "any_clock_believed": Mutant(
        "C3", "limits are judged by a clock that was never set", timing, "doubted", answers(False),
        ["unit/hub/alarms/test_backlog.py::test_a_night_under_a_wrong_clock_is_judged_by_uptime"]),
    "credit_on_a_full_disk": Mutant(
        "H11", "a hub without room asks for more", larder_hub.ingest.intake, "receipt_for", with_full_credit,
        [f"{ROOM}::test_low_gives_no_credit_out_takes_no_entry_and_both_answer"]),
    "no_reserve": Mutant("H11", "a full disk is not noticed before it is full", room, "room_of", answers(Room.AMPLE),
                         [f"{ROOM}::test_the_reserve_has_two_halves"]),
    "quarantine_unbounded": Mutant(
        "H12", "rubbish is kept whole, however much", larder_hub.ledger.quarantine, "kept_of", answers(Kept.WHOLE),
        [f"{BOUNDS}::test_the_first_are_kept_whole_then_hashes_then_a_count"]),
    "each_stranger_an_allowance": Mutant(
        "H12", "each name that a stranger thinks of has an allowance of its own", Quarantine, "unproven", each_stranger_an_allowance,
        [f"{BOUNDS}::test_strangers_share_one_allowance_and_leave_the_devices_theirs"]),
    "rival_not_noticed": Mutant(
        "H13", "two hubs with one key go on beside each other", fence, "on_beacon", changed(lambda said: (said[0], Verdict.NOTHING)),
        [f"{FENCE}::test_of_two_that_are_connected_the_later_stops_and_the_other_begins_a_generation"]),
    "safe_beside_a_rival": Mutant(
        "H13", "a hub that may not be alone lets agents delete", Intake, "_signed", believed_alone,
        [f"{ROOM}::test_a_hub_that_is_not_known_to_be_alone_lets_nobody_delete"]),
    "poison_read_again": Mutant(
        "H14", "what killed the hub three times is read a fourth time", larder_hub.ingest.suspects, "Part",
        lambda original: lambda arrivals, condemned=False: original(arrivals),
        [f"{SUSPECTS}::test_the_poison_is_set_aside_at_the_fourth_start_and_nothing_else"]),
    "request_not_told": Mutant(
        "H15", "receipts do not carry what was asked for", RequestDesk, "settle", answers([]),
        [f"{REQUESTS}::test_a_request_stands_in_receipts_until_it_is_answered"]),
    "pause_is_silence": Mutant(
        "H16", "a device whose operator has paused it is reported as silent", turn, "pause", answers(None),
        ["unit/hub/alarms/test_incidents.py::test_a_device_in_maintenance_is_not_missed"]),
    "registry_not_reminded": Mutant(
        "R1", "what a dead hub committed and did not note stays unknown to the registry", Ledger, "_remind", nothing,
        ["unit/hub/ledger/test_second_place.py::test_a_claim_of_the_ledger_alone_is_in_the_registry_before_the_receipt"]),
    "half_a_restore_starts": Mutant(
        "R3", "a hub starts on half a restore", larder_hub.ledger.registry.Registry, "restoring", nothing,
        [f"{RESTORE}::test_no_hub_starts_on_half_a_restore"]),
    "claims_unbounded": Mutant(
        "R4", "announcements pile up", larder_hub.ledger.chain, "MAX_CLAIMS", lambda original: 10**9,
        [f"{BOUNDS}::test_claims_are_bounded_and_what_is_given_up_is_unproven_once_the_stream_ends"]),
    "given_up_in_silence": Mutant(
        "R4", "of an announcement that was given up not even the range is kept", Chain, "give_up", nothing,
        [f"{BOUNDS}::test_claims_are_bounded_and_what_is_given_up_is_unproven_once_the_stream_ends"]),
    "claims_not_gathered": Mutant(
        "R4", "a claim that bodies link to a higher one stays beside it", Chain, "_gather", nothing,
        [f"{BOUNDS}::test_a_long_backlog_costs_no_claims_where_bodies_link_them"]),
    "streams_unbounded": Mutant(
        "R5", "a device may begin any number of streams", Streams, "_count", answers(0),
        [f"{BOUNDS}::test_a_device_has_a_bounded_number_of_streams"]),
    "empty_ledger_in_silence": Mutant(
        "R6", "a hub begins an empty ledger in the place of one that was lost", larder_hub.backups.points, "refuse_unfinished",
        nothing, [f"{RESTORE}::test_no_hub_begins_an_empty_ledger_in_the_place_of_one_that_was_lost"]),
    "begun_anew_stands_still": Mutant(
        "R6", "upto of a ledger begun anew waits for numbers that are gone", Chain, "_begins_anew",
        lambda original: property(lambda self: False),
        [f"{RESTORE}::test_a_ledger_begun_anew_goes_on_over_a_loss_of_the_lowest_numbers"]),
    "any_ledger_begins_anew": Mutant(
        "R6", "upto of any ledger begins where its holder does", Chain, "_begins_anew",
        lambda original: property(lambda self: self.upto == 0 and self.first > 1),
        [f"{RESTORE}::test_an_ordinary_ledger_never_begins_above_the_first_number"]),
}  # fmt: skip
