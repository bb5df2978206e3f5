"""The rules of the wire, each removed where one function holds it. PROTOCOL.md [W-TOPIC] to [W-RECEIPT]."""

import json
from base64 import b64encode
from collections.abc import Callable
from itertools import accumulate
from typing import Any

import larder_core.columns
import larder_core.content
import larder_core.digest
import larder_core.entry
import larder_core.message
import larder_core.signed
import larder_core.strict_json
from larder_core import absence, names
from larder_core.columns import Columns
from larder_core.refusal import Refused
from tests.mutants.mutant import Mutant, answers, nothing

MESSAGE = "unit/core/test_message.py"
VECTORS = "unit/core/test_vectors.py"
CUSTODY = "unit/hub/ledger/test_custody.py"
STATEMENT = "unit/core/test_statement.py"

message = larder_core.message
Run = Callable[..., Any]


class Agreeing(str):
    """A hash that agrees with every other."""

    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False


def header_not_compared(original: Run) -> Run:
    return lambda line, *, device=None, place=None: original(line, device=device)


def any_version(original: Run) -> Run:
    def read_header(line: bytes) -> Any:
        parts = original(line)
        return (parts[0]._replace(v=1), parts[1]) if parts else None

    return read_header


def any_device(original: Run) -> Run:
    return lambda line, *, device=None, place=None: original(line, place=place)


def times_as_they_come(original: Run) -> Run:
    return lambda coded, at_ms: tuple(accumulate(accumulate(coded[1:]), initial=at_ms - coded[0]))


def reasons_made_up(original: Run) -> Run:
    def check(columns: Columns, at_ms: int) -> None:
        flaws = dict(columns.flaws)
        for point, *_, values in columns.cols:
            told = dict(flaws.get(point, []))
            missing = [(place, "none") for place, value in enumerate(values) if value is None and place not in told]
            if missing:
                flaws[point] = [*flaws.get(point, []), *missing]
        original(columns._replace(flaws=flaws), at_ms)

    return check


def one_bad_line_fails_all(original: Run) -> Run:
    def read_message(payload: bytes, key: Any, device: str) -> Any:
        found = original(payload, key, device)
        if found.fallen:
            raise Refused(found.fallen[0][1].reason, "the mutant refuses the whole")
        return found

    return read_message


MUTANTS = {
    "topic_of_any_form": Mutant(
        "W-TOPIC", "a county may have any letters", names, "COUNTY", lambda original: names.IDENTIFIER,
        ["unit/core/test_names.py::test_a_county_is_six_digits"]),
    "payload_of_any_size": Mutant(
        "W-SIZE", "a payload may have any size", message, "MAX_MESSAGE", lambda original: original * 1000,
        ["unit/core/test_sizes.py::test_a_message_at_its_bounds"]),
    "repeated_keys_read": Mutant(
        "W-JSON", "of a repeated key the last counts", larder_core.strict_json, "_DECODER",
        lambda original: json.JSONDecoder(), ["unit/core/test_strict_json.py::test_a_repeated_key_is_refused_at_any_depth"]),
    "unknown_version_read": Mutant(
        "W-UNKNOWN", "an entry of another version is read as one of ours", larder_core.entry, "read_header", any_version,
        ["unit/core/test_header.py::test_another_version_is_refused_before_its_content_is_read"]),
    "hash_of_another_encoding": Mutant(
        "W-HASH", "a hash is written with another alphabet", larder_core.digest, "urlsafe_b64encode",
        lambda original: b64encode, [VECTORS]),
    "message_signature_not_checked": Mutant(
        "W-SIGN", "a message that nobody signed proves its lines", message, "verify_line", nothing,
        [f"{CUSTODY}::test_a_device_of_which_nothing_is_proven_is_answered_too"]),
    "statement_signature_not_checked": Mutant(
        "W-SIGN", "a birth or status that nobody signed is believed", larder_core.signed, "verify_line", nothing,
        [f"{STATEMENT}::test_another_key_and_another_device"]),
    "line_unproven": Mutant(
        "W-PROVEN", "a line counts although its hash is not the signed one", message, "line_hash",
        lambda original: lambda line: Agreeing(original(line)),
        [f"{MESSAGE}::test_a_changed_line_falls_alone_and_the_next_keeps_its_link",
         f"{CUSTODY}::test_a_line_that_falls_alone_is_kept_apart_and_the_others_stand"]),
    "bad_line_fails_message": Mutant(
        "W-PROVEN", "one line that falls takes the others with it", message, "read_message", one_bad_line_fails_all,
        [f"{MESSAGE}::test_a_changed_line_falls_alone_and_the_next_keeps_its_link"]),
    "header_not_compared": Mutant(
        "W-PROVEN", "a readable header may contradict the trailer", message, "read_entry", header_not_compared,
        [f"{MESSAGE}::test_a_header_that_contradicts_the_trailer_is_refused"]),
    "content_of_another_device": Mutant(
        "W-CONTENT", "an entry may speak for another device", message, "read_entry", any_device, [VECTORS, MESSAGE]),
    "time_runs_backwards": Mutant(
        "W-COLUMNS", "time may run backwards inside a column", larder_core.columns, "read_times", times_as_they_come, [VECTORS]),
    "missing_values_without_reason": Mutant(
        "W-QUALITY", "a missing value needs no reason", larder_core.content, "check_columns", reasons_made_up, [VECTORS]),
    "nulls_not_counted": Mutant(
        "W-COUNT", "a position without a value counts no reading", larder_core.content.Batch, "readings",
        lambda original: property(lambda self: sum(value is not None for col in self.cols for value in col[4])), [VECTORS]),
    "absence_of_any_reason": Mutant(
        "W-ABSENCE", "half an absence is read as a whole one", absence, "_whole", answers(0),
        ["unit/core/test_absence.py::test_nothing_may_be_missing"]),
}  # fmt: skip

HELD_BY_VECTORS = (
    "a form of bytes, held from both sides by the vectors (tests/vectors/), which a script derives from the page without our code; "
    "a mutant would change one constant of the reader and fail the vector of that constant"
)

WITHOUT = {
    "W-ID": HELD_BY_VECTORS,
    "W-QOS": "the transport's rule: QoS, retained status and will are seen by real brokers only (tests/acceptance/test_brokers.py); "
             "that a PUBACK releases nothing is the mutant puback_is_receipt",
    "W-ENTRY": HELD_BY_VECTORS + "; that numbers have no hole is A1's",
    "W-HEADER": HELD_BY_VECTORS,
    "W-ADOPTION": HELD_BY_VECTORS + "; that none lies inside another is adoption_nested, under A8",
    "W-EVENT": HELD_BY_VECTORS,
    "W-UNITS": HELD_BY_VECTORS,
    "W-COST": "a measure, not a decision: tests/unit/core/test_cost.py weighs entries",
    "W-MESSAGE": HELD_BY_VECTORS,
    "W-REASONS": "words: tests/unit/core/test_refusal.py compares the page with the code's type",
    "W-BIRTH": HELD_BY_VECTORS,
    "W-STATUS": HELD_BY_VECTORS,
    "D1": HELD_BY_VECTORS,
    "D2": HELD_BY_VECTORS + "; unknown fields are among them",
    "D12": HELD_BY_VECTORS,
}  # fmt: skip
"""Rules without a mutant of their own, and why."""
