"""The hub's signed answer. [W-RECEIPT] [W-SIGN] [W-REASONS]"""

from typing import Any

import pytest

from larder_core.digest import GENESIS, line_hash
from larder_core.receipt import Receipt, read_receipt, write_receipt
from larder_core.refusal import REASONS, Refused
from larder_core.signing import Key, PublicKey, sign_line
from larder_core.strict_json import write_json

HUB = Key(b"h" * 32)
PUBLIC = PublicKey(HUB.public)
HASH = line_hash(b"x")
FULL: dict[str, Any] = {
    "receipt": 1, "device": "box", "stream": "0123456789abcdef" * 2, "generation": 2, "upto": 7, "upto_hash": HASH,
    "have": [[9, 9], [11, 20]], "refused": [[5, "bad-json"]], "safe": 4, "safe_hash": HASH, "announced": [[20, HASH], [0, GENESIS]],
    "frozen": False, "credit": 8, "hub_time": 1_700_000_000_000, "unproven": [[HASH, "bad-signature"]], "again": [[1, 3], [9, 9]],
}  # fmt: skip
LISTS: dict[str, Any] = {"have": [], "refused": [], "announced": [], "unproven": [], "again": []}


def read(fields: dict[str, Any], key: Key = HUB) -> Receipt:
    return read_receipt(sign_line(write_json(fields), key), PUBLIC, "box")


def refusal(fields: dict[str, Any], key: Key = HUB) -> str:
    with pytest.raises(Refused) as caught:
        read(fields, key)
    return caught.value.refusal.reason


@pytest.mark.parametrize("fields", [FULL, FULL | LISTS], ids=["full", "empty"])
def test_what_is_written_is_read(fields: dict[str, Any]) -> None:
    receipt = read(fields)
    raw = write_receipt(receipt, HUB)
    assert raw.startswith(b'{"receipt":1,"device":"box",')
    assert read_receipt(raw, PUBLIC, "box") == receipt
    assert receipt.model_dump(mode="json") == fields


@pytest.mark.parametrize("missing", [name for name in FULL if name not in ("receipt", "again")])
def test_no_field_may_be_missing(missing: str) -> None:
    assert refusal({name: value for name, value in FULL.items() if name != missing}) == "bad-statement"


@pytest.mark.parametrize(
    "changes",
    [{"have": [[9, 8]]}, {"again": [[9, 8]]}, {"again": None}, {"again": [[0, 1]]},
     {"generation": -1}, {"generation": 1.0}, {"upto": -1}, {"upto": True}, {"upto_hash": None}, {"upto_hash": HASH + "="},
     {"have": [[0, 1]]}, {"have": [[1]]}, {"have": [[1, 2, 3]]}, {"have": [1, 2]}, {"have": None}, {"refused": [[0, "r"]]},
     {"refused": [[1, "R"]]}, {"refused": [[1]]}, {"safe": -1}, {"safe": "4"}, {"safe_hash": ""}, {"announced": [[-1, HASH]]},
     {"announced": [[1, "x"]]}, {"frozen": 0}, {"frozen": None}, {"frozen": "false"}, {"credit": -1}, {"credit": None},
     {"hub_time": -1}, {"safe": 8}, {"unproven": [["x", "r"]]}, {"unproven": [[HASH]]}, {"stream": ""}, {"device": ""}],
    ids=str,
)  # fmt: skip
def test_a_receipt_that_cannot_be(changes: dict[str, Any]) -> None:
    assert refusal(FULL | changes) == "bad-statement"


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_every_reason_word_can_be_told(reason: str) -> None:
    receipt = read(FULL | {"refused": [[1, reason]], "unproven": [[HASH, reason]]})
    assert receipt.refused == [(1, reason)]
    assert receipt.unproven == [(HASH, reason)]


def test_a_hub_that_knows_nothing_of_again_asks_for_nothing() -> None:
    assert read({name: value for name, value in FULL.items() if name != "again"}).again == []


def test_a_later_hub_may_say_more() -> None:
    """[W-UNKNOWN]"""
    assert read(FULL | {"later": {"field": [1.5, None]}}) == read(FULL)


def test_only_the_hub_s_word_for_this_device_counts() -> None:
    assert refusal(FULL, Key(b"s" * 32)) == "bad-signature"
    assert refusal(FULL | {"device": "box-2"}) == "wrong-device"


@pytest.mark.parametrize("opening", ["birth", "status", "trailer"])
def test_the_hub_signs_nothing_else_that_passes_for_a_receipt(opening: str) -> None:
    assert refusal({opening: 1} | FULL) == "bad-statement"


@pytest.mark.parametrize("version", [0, 2, 10, True, 1.0, "1", None])
def test_another_version_is_refused(version: object) -> None:
    """[W-UNKNOWN]"""
    assert refusal(FULL | {"receipt": version}) == "bad-statement"
