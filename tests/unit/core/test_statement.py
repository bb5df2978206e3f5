"""Birth and status: the device's signed word on itself. [W-ANNOUNCE] [W-BIRTH] [W-STATUS] [W-SIGN] [W-REASONS]"""

from typing import Any

import pytest

from larder_core.digest import GENESIS, line_hash
from larder_core.refusal import Refused
from larder_core.signing import Key, PublicKey, sign_line
from larder_core.statement import Birth, Status, read_birth, read_status, write_statement
from larder_core.strict_json import write_json

KEY = Key(b"k" * 32)
PUBLIC = PublicKey(KEY.public)
SPOKEN: dict[str, Any] = {
    "device": "box", "stream": "0123456789abcdef" * 2, "first": 3, "n": 7, "hash": line_hash(b"x"), "boot": "0badcafe",
    "at": 1_700_000_000_000, "up": 5, "clock": ["synced", 20],
}  # fmt: skip
BIRTH = {"birth": 1} | SPOKEN | {
    "agent": "0.1.0", "drivers": {"modbus": "0.1.0"}, "config": 0, "points": [["fridge-1", "Cel", -1, 5000]]
}  # fmt: skip
STATUS = {"status": 1} | SPOKEN | {
    "online": True, "backlog": {"entries": 1, "readings": 60, "oldest_at": None}, "disk": {"used": 1, "bound": 2, "free": 3},
    "produced": 60, "config": 3,
}  # fmt: skip


def read(fields: dict[str, Any], key: Key = KEY) -> Birth | Status:
    reader = read_birth if "birth" in fields else read_status
    return reader(sign_line(write_json(fields), key), PUBLIC, "box")


def refusal(fields: dict[str, Any], key: Key = KEY) -> str:
    with pytest.raises(Refused) as caught:
        read(fields, key)
    return caught.value.refusal.reason


@pytest.mark.parametrize("fields", [BIRTH, STATUS], ids=["birth", "status"])
def test_what_is_written_is_read_and_begins_with_its_kind(fields: dict[str, Any]) -> None:
    said = read(fields)
    raw = write_statement(said, KEY)
    kind = next(iter(fields))
    assert raw.startswith(b'{"%s":1,"' % kind.encode())
    assert (read_birth if kind == "birth" else read_status)(raw, PUBLIC, "box") == said
    assert said.model_dump(mode="json") == fields


FIELDS = [(fields, name) for fields in (BIRTH, STATUS) for name in fields
          if name not in ("birth", "status") and (name != "config" or "birth" in fields)]  # fmt: skip


@pytest.mark.parametrize(("fields", "missing"), FIELDS, ids=[name for _, name in FIELDS])
def test_no_field_may_be_missing(fields: dict[str, Any], missing: str) -> None:
    assert refusal({name: value for name, value in fields.items() if name != missing}) == "bad-statement"


@pytest.mark.parametrize("part", ["entries", "readings", "oldest_at"])
def test_no_part_of_the_backlog_may_be_missing(part: str) -> None:
    backlog = {name: value for name, value in STATUS["backlog"].items() if name != part}
    assert refusal(STATUS | {"backlog": backlog}) == "bad-statement"


@pytest.mark.parametrize("fields", [BIRTH, STATUS], ids=["birth", "status"])
@pytest.mark.parametrize(
    "changes",
    [{"first": 0}, {"first": -1}, {"first": 9}, {"first": True}, {"n": 2.0}, {"n": -1}, {"n": "7"}, {"hash": "A" * 42}, {"hash": None},
     {"n": 0, "first": 1}, {"n": 1, "first": 3}, {"n": 0, "first": 2, "hash": GENESIS}, {"boot": "0BADCAFE"}, {"at": -1}, {"up": -1},
     {"clock": ["synced"]}, {"clock": ["synced", 1, 1]}, {"clock": ["sure", 1]}, {"clock": ["synced", -1]}, {"clock": None},
     {"stream": "0" * 31}],
    ids=str,
)  # fmt: skip
def test_an_announcement_that_cannot_be(fields: dict[str, Any], changes: dict[str, Any]) -> None:
    assert refusal(fields | changes) == "bad-statement"


@pytest.mark.parametrize(
    "changes",
    [{"n": 0, "first": 1, "hash": GENESIS}, {"n": 7, "first": 8}, {"n": 7, "first": 7}, {"n": 1, "first": 1, "hash": GENESIS},
     {"clock": ["unset", None]}, {"clock": ["holdover", 0]}, {"later": {"field": 1}}],
    ids=str,
)  # fmt: skip
def test_an_announcement_at_the_edge(changes: dict[str, Any]) -> None:
    """Nothing sealed yet; all deleted under safe; one left; a hash of zeros, improbable but no contradiction; an unknown field."""
    assert read(STATUS | changes).n == changes.get("n", 7)


@pytest.mark.parametrize(
    "changes",
    [{"points": [["p", "Cel", 0, 0]]}, {"points": [["p", "Cel", 0]]}, {"points": [["p", "degC", 0, 1]]},
     {"points": [["P", "Cel", 0, 1]]}, {"points": [["p", "Cel", 10, 1]]}, {"points": None}, {"drivers": {"Modbus": "1"}},
     {"drivers": {"modbus": 1}}, {"drivers": []}, {"config": -1}, {"config": "1"}, {"agent": 1}],
    ids=str,
)  # fmt: skip
def test_a_birth_that_cannot_be(changes: dict[str, Any]) -> None:
    assert refusal(BIRTH | changes) == "bad-statement"


@pytest.mark.parametrize(
    "changes",
    [{"online": 1}, {"online": "true"}, {"online": None}, {"produced": -1}, {"produced": 1.0}, {"disk": {"used": 1, "bound": 2}},
     {"disk": {"used": 1, "bound": 2, "free": -3}}, {"backlog": None}],
    ids=str,
)  # fmt: skip
def test_a_status_that_cannot_be(changes: dict[str, Any]) -> None:
    assert refusal(STATUS | changes) == "bad-statement"


def test_the_last_will_is_a_status() -> None:
    will = read(STATUS | {"online": False})
    assert isinstance(will, Status)
    assert not will.online


def test_a_status_is_no_birth_and_a_birth_no_status() -> None:
    birth, status = (sign_line(write_json(fields), KEY) for fields in (BIRTH, STATUS))
    with pytest.raises(Refused, match="bad-statement"):
        read_birth(status, PUBLIC, "box")
    with pytest.raises(Refused, match="bad-statement"):
        read_status(birth, PUBLIC, "box")


def test_one_line_cannot_be_both() -> None:
    """A signature over both shapes at once is good only for the kind that stands first."""
    both = sign_line(write_json(BIRTH | STATUS), KEY)
    assert read_birth(both, PUBLIC, "box").birth == 1
    with pytest.raises(Refused, match="bad-statement"):
        read_status(both, PUBLIC, "box")


@pytest.mark.parametrize("fields", [BIRTH, STATUS], ids=["birth", "status"])
def test_another_key_and_another_device(fields: dict[str, Any]) -> None:
    assert refusal(fields, Key(b"s" * 32)) == "bad-signature"
    assert refusal(fields | {"device": "box-2"}) == "wrong-device"
