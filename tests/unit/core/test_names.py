"""Identifiers and topics. [W-TOPIC] [W-ID] [W-HASH] [W-UNITS]"""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from larder_core.content import Unit
from larder_core.digest import GENESIS, line_hash
from larder_core.names import (
    DOWN,
    UP,
    Address,
    BootId,
    Channel,
    Hash,
    Identifier,
    Reason,
    StreamId,
    parse_topic,
    subscription,
)
from larder_core.refusal import REASONS
from larder_core.units import UNITS

HERE = Address("632224", "minzhong", "box-1")


@pytest.mark.parametrize("channel", [*UP, *DOWN])
def test_topic_and_address_are_two_forms_of_one(channel: Channel) -> None:
    assert HERE.topic(channel) == f"larder/v1/632224/minzhong/box-1/{channel}"
    assert parse_topic(HERE.topic(channel)) == (HERE, channel)


@pytest.mark.parametrize("place", range(6))
@pytest.mark.parametrize(
    "level",
    [
        "",
        "+",
        "#",
        "X",
        "a b",
        "a\x00",
        "a\n",
        "a/b",
        "x" * 33,
        "１２３４５６",
        "民中",
        "\u2215",
        "larder/v1",
    ],
)
def test_a_topic_with_one_wrong_level_is_not_ours(place: int, level: str) -> None:
    levels = HERE.topic("entry").split("/")
    levels[place] = level
    assert parse_topic("/".join(levels)) is None


@pytest.mark.parametrize("county", ["12345", "1234567", "63222x", "-63222"])
def test_a_county_is_six_digits(county: str) -> None:
    assert parse_topic(HERE._replace(county=county).topic("entry")) is None


def test_subscriptions_cut_along_counties() -> None:
    assert subscription("entry", "632224") == "larder/v1/632224/+/+/entry"
    assert subscription("birth") == "larder/v1/+/+/+/birth"


GOOD: list[tuple[Any, list[str]]] = [
    (Identifier, ["a", "-", "0", "a-z-0-9", "x" * 32]),
    (Reason, [*sorted(REASONS), "no-answer"]),
    (StreamId, ["0" * 32, "0123456789abcdef" * 2]),
    (BootId, ["00000000", "0badcafe"]),
    (Hash, [GENESIS, line_hash(b""), "-" * 42 + "8", "_" * 42 + "w"]),
    (Unit, sorted(UNITS)),
]
BAD: list[tuple[Any, list[str]]] = [
    (Identifier, ["", "A", "a_b", "a.b", "a/b", "a b", "x" * 33, "冰", "a\n", "\na", "a\x00", "é", "１"]),
    (Reason, ["", "No", "x" * 33, "a\n"]),
    (StreamId, ["", "0" * 31, "0" * 33, "A" * 32, "g" * 32, "0" * 32 + "\n", "０" * 32]),
    (BootId, ["", "0" * 7, "0" * 9, "0BADCAFE", "0" * 8 + "\n"]),
    (Hash, ["", "A" * 42, "A" * 44, "A" * 42 + "B", "A" * 42 + "=", "+" + "A" * 42, GENESIS + "\n"]),
    (Unit, ["", "C", "degC", "cel", "Cel ", "Cel\n", "°C", "%rh", "m.s", "Celx", "V|A"]),
]


@pytest.mark.parametrize(("shape", "text"), [(shape, text) for shape, texts in GOOD for text in texts])
def test_names_that_are_taken(shape: Any, text: str) -> None:
    assert TypeAdapter(shape).validate_python(text) == text


@pytest.mark.parametrize(("shape", "text"), [(shape, text) for shape, texts in BAD for text in texts])
def test_names_that_are_refused(shape: Any, text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(shape).validate_python(text)


@pytest.mark.parametrize("shape", [shape for shape, _ in GOOD])
@pytest.mark.parametrize("value", [1, None, b"a", True])
def test_a_name_is_a_string(shape: Any, value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(shape).validate_python(value)


def test_a_hash_is_sha256_in_base64url() -> None:
    # the well-known SHA-256 of nothing, e3b0c44298fc1c14...
    assert line_hash(b"") == "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
