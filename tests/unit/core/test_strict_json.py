"""One reading for every reader. [W-JSON] [W-UNKNOWN]"""

import json
from time import process_time
from timeit import repeat
from typing import Any

import pytest
from pydantic import TypeAdapter

from larder_core.refusal import Refused
from larder_core.sizes import MAX_INT
from larder_core.strict_json import One, Wire, read_json, write_json

ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)


class Versioned(Wire):
    kind: One
    name: str


VERSIONED = TypeAdapter(Versioned)


def refusal(text: bytes, shape: TypeAdapter[Any] = ANYTHING) -> str:
    with pytest.raises(Refused) as caught:
        read_json(shape, text)
    assert len(caught.value.refusal.detail) <= 200
    return caught.value.refusal.reason


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1" * 400 + ".5", "1.5e400"])
@pytest.mark.parametrize("place", ["%s", "[%s]", '{"a":{"b":[1,%s]}}'])
def test_numbers_that_are_none_are_refused(number: str, place: str) -> None:
    assert refusal((place % number).encode()) == "non-finite"


@pytest.mark.parametrize(
    "number", [str(MAX_INT + 1), str(-MAX_INT - 1), "9" * 17, "-" + "9" * 17, "9" * 4000, "9" * 5000]
)
@pytest.mark.parametrize("place", ["%s", '{"a":[{"b":%s}]}'])
def test_integers_that_not_every_reader_holds_are_refused(number: str, place: str) -> None:
    assert refusal((place % number).encode()) == "bad-content"


@pytest.mark.parametrize("number", [MAX_INT, -MAX_INT, 10**15, -(10**15), 0])
def test_the_widest_integers_are_read(number: int) -> None:
    assert read_json(ANYTHING, b"[%d]" % number) == [number]


def test_digits_inside_a_string_are_no_number() -> None:
    assert read_json(ANYTHING, b'["%s",1]' % (b"9" * 40)) == ["9" * 40, 1]


@pytest.mark.parametrize("depth", [0, 1, 2, 20])
@pytest.mark.parametrize(
    "repeated", ['{"a":1,"a":1}', '{"a":1,"b":2,"\\u0061":3}', '{"":1,"":2}', '{"a":"b",":x":1,":x":2}']
)
def test_a_repeated_key_is_refused_at_any_depth(depth: int, repeated: str) -> None:
    text = '{"k":[' * depth + repeated + "]}" * depth
    assert refusal(text.encode()) == "duplicate-key"


def test_a_repeated_key_among_thousands_is_found_in_linear_time() -> None:
    """Searched pair by pair, one line of the largest size held the hub up for half a second."""
    keys = ",".join(f'"{n}":1' for n in range(6000))
    sound, repeated = f"{{{keys}}}".encode(), f'{{{keys},"x":1,"x":1}}'.encode()
    assert refusal(repeated) == "duplicate-key"
    reading, refusing = (
        min(repeat(work, number=1, repeat=3, timer=process_time))
        for work in (lambda: read_json(ANYTHING, sound), lambda: refusal(repeated))
    )
    assert refusing < 20 * reading


def test_the_same_key_in_two_objects_is_no_repetition() -> None:
    assert read_json(ANYTHING, b'[{"a":{"a":1}},{"a":2}]') == [{"a": {"a": 1}}, {"a": 2}]


def test_64_levels_are_read() -> None:
    assert read_json(ANYTHING, b"[" * 64 + b"]" * 64) == json.loads("[" * 64 + "]" * 64)


@pytest.mark.parametrize("levels", [300, 900, 5000])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}"), (b'[{"a":', b"}]")])
def test_what_is_nested_too_deep_is_refused(levels: int, opening: bytes, closing: bytes) -> None:
    assert refusal(opening * levels + b"1" + closing * levels) == "bad-json"
    assert refusal(opening * levels) == "bad-json"


@pytest.mark.parametrize(
    "half", ["\\ud800", "\\udbff", "\\udc00", "\\udfff", "\\ud800x", "\\ud800\\ud800", "\\ude00\\ud83d"]
)
@pytest.mark.parametrize("place", ['"%s"', '{"%s":1}', '[{"a":["x%sy"]}]'])
def test_half_a_character_is_refused(half: str, place: str) -> None:
    assert refusal((place % half).encode()) == "bad-json"


def test_a_whole_pair_is_one_character() -> None:
    assert read_json(ANYTHING, b'"\\ud83e\\uddca"') == "\U0001f9ca"


@pytest.mark.parametrize(
    "text",
    [b"\xef\xbb\xbf{}", b"\x00", b"{}\x00", b'"a\x00b"', b'"a\tb"', b"", b" ", b"{}{}", b"{},", b"'a'", b"{a:1}", b"[1,]", b"01",
     b"+1", b".5", b"1.", b"0x1", b"- 1", b"--1", b"True", b"nul", b"undefined", b'"\\x41"', b'"\\u12"', b"\x0b1", b"\xc2\xa01",
     b"[1 2]", b"// no\r1"],
)  # fmt: skip
def test_what_is_not_json_is_refused(text: bytes) -> None:
    assert refusal(text) == "bad-json"


@pytest.mark.parametrize("text", [b"\n{}", b"{}\n", b'{"a":\n1}', b"[1,\r\n2]"])
def test_a_line_feed_inside_a_line_is_refused(text: bytes) -> None:
    assert json.loads(text) is not None
    assert refusal(text) == "bad-json"


def test_nul_as_an_escape_is_a_character() -> None:
    assert read_json(ANYTHING, b'"a\\u0000b"') == "a\x00b"


@pytest.mark.parametrize(
    "raw", [b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe5\x86", b"\x80", b"\xf0\x9f\xa7"]
)
def test_what_is_not_utf8_is_refused(raw: bytes) -> None:
    assert refusal(b'"' + raw + b'"') == "not-utf8"


def test_a_text_cut_at_any_byte_is_refused() -> None:
    text = '{"a":[1,-2.5e-3,null,true,"冰箱 \\u51b0 \\"x\\" 🧊"],"b":{"c":{},"d":[]}}'.encode()
    assert read_json(ANYTHING, text) == json.loads(text)
    assert {refusal(text[:end]) for end in range(len(text))} == {"bad-json", "not-utf8"}


@pytest.mark.parametrize("one", ["true", "1.0", "1e0", '"1"', "0", "2", "-1", "null", "[1]"])
def test_only_the_integer_is_one(one: str) -> None:
    assert read_json(VERSIONED, b'{"kind":1,"name":"x"}').kind == 1
    assert refusal(b'{"kind":%s,"name":"x"}' % one.encode(), VERSIONED) == "bad-content"


def test_unknown_fields_are_left_out() -> None:
    read = read_json(VERSIONED, b'{"kind":1,"later":{"name":[1.5]},"name":"x"}')
    assert read.model_dump() == {"kind": 1, "name": "x"}


def test_a_refusal_names_the_field() -> None:
    with pytest.raises(Refused, match="name: Input should be a valid string"):
        read_json(VERSIONED, b'{"kind":1,"name":5}')


def test_what_is_written_is_ascii_without_spaces() -> None:
    assert write_json({"b": [1, None, True], "a": "冰"}) == b'{"b":[1,null,true],"a":"\\u51b0"}'


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_numbers_that_are_none_are_not_written(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json({"a": number})
