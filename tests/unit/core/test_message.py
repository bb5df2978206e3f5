"""Lines and the trailer that proves each of them alone. [W-MESSAGE] [W-PROVEN] [W-REASONS]"""

from itertools import permutations

import pytest

from larder_core.content import Event
from larder_core.digest import GENESIS, line_hash
from larder_core.entry import write_entry
from larder_core.message import Message, read_message, write_message
from larder_core.refusal import Refused
from larder_core.signing import Key, PublicKey, sign_line, verify_line
from larder_core.strict_json import write_json

KEY = Key(b"k" * 32)
PUBLIC = PublicKey(KEY.public)
STREAM = "0123456789abcdef" * 2


def event(n: int, device: str = "box") -> Event:
    return Event(
        kind="event", device=device, boot="0badcafe", at=n, up=n, clock=("unset", None), total=0, event="boot", detail={"n": n}
    )  # fmt: skip


def chain(count: int, first: int = 1, before: str = GENESIS) -> list[bytes]:
    lines: list[bytes] = []
    for n in range(first, first + count):
        lines.append(write_entry(STREAM, n, line_hash(lines[-1]) if lines else before, event(n)))
    return lines


def read(payload: bytes) -> Message:
    return read_message(payload, PUBLIC, "box")


def refusal(payload: bytes) -> str:
    with pytest.raises(Refused) as caught:
        read(payload)
    return caught.value.refusal.reason


@pytest.mark.parametrize(("first", "before"), [(1, GENESIS), (2, line_hash(b"x")), (2**53 - 4, line_hash(b"y"))])
def test_each_line_has_its_number_its_link_and_its_content(first: int, before: str) -> None:
    lines = chain(3, first, before)
    message = read(write_message(STREAM, first, before, lines, KEY))
    assert (message.stream, message.fallen) == (STREAM, ())
    assert [line.raw for line in message.lines] == lines
    assert [line.n for line in message.lines] == [first, first + 1, first + 2]
    assert [line.prev for line in message.lines] == [before, *map(line_hash, lines[:2])]
    assert [line.hash for line in message.lines] == list(map(line_hash, lines))
    assert [line.content for line in message.lines] == [event(first + k) for k in range(3)]


def test_the_trailer_is_kept_as_it_was_signed() -> None:
    message = read(write_message(STREAM, 1, GENESIS, chain(2), KEY))
    verify_line(message.trailer, PUBLIC)
    assert b"\n" not in message.trailer


@pytest.mark.parametrize("at", range(3))
def test_a_changed_line_falls_alone_and_the_next_keeps_its_link(at: int) -> None:
    lines = chain(3)
    payload = write_message(STREAM, 1, GENESIS, lines, KEY).replace(lines[at], lines[at].replace(b'"boot"', b'"root"'))
    message = read(payload)
    whole = read(write_message(STREAM, 1, GENESIS, lines, KEY))
    assert message.lines == tuple(line for line in whole.lines if line.n != at + 1)
    assert [refused.reason for _, refused in message.fallen] == ["hash-mismatch"]


@pytest.mark.parametrize("order", [order for order in permutations(range(3)) if order != (0, 1, 2)])
def test_lines_out_of_order_fall(order: tuple[int, ...]) -> None:
    lines = chain(3)
    trailer = write_message(STREAM, 1, GENESIS, lines, KEY).split(b"\n")[-1]
    message = read(b"\n".join([*(lines[at] for at in order), trailer]))
    assert [line.n for line in message.lines] == [at + 1 for at in range(3) if order[at] == at]
    assert len(message.fallen) == 3 - len(message.lines)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_a_trailer_proves_no_other_number_of_lines(count: int) -> None:
    trailer = write_message(STREAM, 1, GENESIS, chain(3), KEY).split(b"\n")[-1]
    assert refusal(b"\n".join([*chain(count), trailer])) == "bad-trailer"


def test_number_and_link_come_from_the_trailer_also_where_the_line_is_refused() -> None:
    lines = [b"not an entry", b"", b"\xff", write_entry(STREAM, 13, line_hash(b"\xff"), event(13, "another"))]
    message = read(write_message(STREAM, 10, line_hash(b"x"), lines, KEY))
    assert [line.n for line in message.lines] == [10, 11, 12, 13]
    assert [line.prev for line in message.lines] == [line_hash(b"x"), *map(line_hash, lines[:3])]
    assert [line.refusal and line.refusal.reason for line in message.lines] == ["bad-header"] * 3 + ["wrong-device"]
    assert {line.content for line in message.lines} == {None}


@pytest.mark.parametrize(
    "line",
    [write_entry(STREAM, 2, GENESIS, event(1)), write_entry(STREAM, 1, line_hash(b"x"), event(1)),
     write_entry(STREAM[::-1], 1, GENESIS, event(1))],
    ids=["number", "link", "stream"],
)  # fmt: skip
def test_a_header_that_contradicts_the_trailer_is_refused(line: bytes) -> None:
    (told,) = read(write_message(STREAM, 1, GENESIS, [line], KEY)).lines
    assert told.refusal is not None
    assert told.refusal.reason == "header-mismatch"
    assert (told.n, told.prev, told.content) == (1, GENESIS, None)


def signed(text: str) -> bytes:
    return b"line\n" + sign_line(text.encode(), KEY)


FIELDS = {"stream": STREAM, "first": 1, "before": GENESIS, "hashes": [line_hash(b"line")]}
REST = write_json(FIELDS).decode()[1:]


def test_the_trailer_that_the_next_test_changes_is_good() -> None:
    assert read(signed('{"trailer":1,' + REST)).lines[0].hash == line_hash(b"line")


@pytest.mark.parametrize(
    "opening",
    ['{"trailer": 1,', '{"trailer":1 ,', '{"trailer":\t1,', '{"trailer":2,', '{"trailer":10,', '{"trailer":1.0,', '{"trailer":true,',
     '{"trailer":"1",', '{"trailer":1,"trailer":1,'],
)  # fmt: skip
def test_a_trailer_begins_to_the_byte_with_its_kind_and_version(opening: str) -> None:
    """[W-SIGN]"""
    assert refusal(signed(opening + REST)) == "bad-trailer"


@pytest.mark.parametrize("opening", [' {"trailer":1,', '{ "trailer":1,', '{"birth":1,', '{"birth":1,"trailer":1,', "{"])
def test_another_kind_is_no_trailer(opening: str) -> None:
    """[W-SIGN]"""
    assert refusal(signed(opening + REST)) == "no-trailer"


@pytest.mark.parametrize(
    ("payload", "reason"),
    [(b"", "empty"), (sign_line(write_json({"trailer": 1} | FIELDS), KEY), "empty"), (b"line", "no-trailer"), (b"\n", "no-trailer"),
     (write_message(STREAM, 1, GENESIS, [b"line"], KEY) + b"\n", "no-trailer"),
     (write_message(STREAM, 1, GENESIS, [b"line"], Key(b"s" * 32)), "bad-signature")],
)  # fmt: skip
def test_a_payload_that_proves_nothing(payload: bytes, reason: str) -> None:
    assert refusal(payload) == reason
