"""The wire under any input: what is written is read back, and whatever comes is read or refused, nothing else.

[W-JSON] [W-SIGN] [W-PROVEN]
"""

import json
from collections.abc import Callable
from math import isfinite
from typing import Any

from hypothesis import event, example, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from larder_core.columns import Series, write_columns
from larder_core.content import Batch, Content
from larder_core.digest import GENESIS, line_hash
from larder_core.entry import read_entry, write_entry
from larder_core.header import Header, read_header, write_header
from larder_core.message import read_message, write_message
from larder_core.receipt import Receipt, read_receipt, write_receipt
from larder_core.refusal import REASONS, Refused
from larder_core.signing import Key, PublicKey, sign_line
from larder_core.sizes import MAX_BATCH, MAX_INT
from larder_core.statement import Birth, Status, read_birth, read_status, write_statement
from larder_core.strict_json import read_json
from tests.property.wire_strategies import (
    BIRTHS,
    CONTENTS,
    DEVICE,
    EVENTS,
    HASHES,
    NUMBERS,
    RECEIPTS,
    STATUSES,
    STREAMS,
    all_series,
)

KEY = Key(b"k" * 32)
PUBLIC = PublicKey(KEY.public)
ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)

READERS: dict[str, Callable[[bytes], object]] = {
    "message": lambda raw: read_message(raw, PUBLIC, DEVICE),
    "birth": lambda raw: read_birth(raw, PUBLIC, DEVICE),
    "status": lambda raw: read_status(raw, PUBLIC, DEVICE),
    "receipt": lambda raw: read_receipt(raw, PUBLIC, DEVICE),
    "entry": read_entry,
    "header": read_header,
}


def read_or_refused(name: str, raw: bytes) -> None:
    """Any other exception than Refused fails the test that calls this."""
    try:
        READERS[name](raw)
    except Refused as refused:
        assert refused.refusal.reason in REASONS
        assert len(refused.refusal.detail) <= 200
        event(f"{name}: {refused.refusal.reason}")


def chained(contents: list[Content], first: int, before: str, stream: str) -> list[bytes]:
    lines: list[bytes] = []
    for n, content in enumerate(contents, first):
        lines.append(write_entry(stream, n, line_hash(lines[-1]) if lines else before, content))
    return lines


@given(all_series(), st.integers(0, 2**51))
def test_series_come_back(series: list[Series], at_ms: int) -> None:
    columns = write_columns(series, at_ms)
    batch = Batch(
        kind="batch", device=DEVICE, boot="00000000", at=at_ms, up=0, clock=("unset", None), total=0, times=columns.times,
        cols=columns.cols, flaws=columns.flaws,
    )  # fmt: skip
    _, content = read_entry(write_entry("0" * 32, 1, GENESIS, batch))
    assert isinstance(content, Batch)
    assert content.series() == tuple(series)
    assert content.readings == sum(len(one.readings) for one in series)


@given(STREAMS, NUMBERS, HASHES, CONTENTS)
def test_an_entry_comes_back(stream: str, n: int, prev: str, content: Content) -> None:
    line = write_entry(stream, n, prev, content)
    assert line.isascii()
    assert b"\n" not in line
    if len(line) <= MAX_BATCH:
        assert read_entry(line, device=DEVICE, place=(stream, n, prev)) == ((1, stream, n, prev), content)


@given(STREAMS, st.integers(1, MAX_INT - 9), HASHES, st.lists(CONTENTS, min_size=1, max_size=4))
def test_a_message_comes_back(stream: str, first: int, before: str, contents: list[Content]) -> None:
    lines = chained(contents, first, before, stream)
    message = read_message(write_message(stream, first, before, lines, KEY), PUBLIC, DEVICE)
    assert (message.stream, message.fallen) == (stream, ())
    assert [line.content for line in message.lines] == contents
    assert [line.raw for line in message.lines] == lines
    assert [line.n for line in message.lines] == list(range(first, first + len(lines)))
    assert [line.prev for line in message.lines] == [before, *map(line_hash, lines[:-1])]


@given(BIRTHS)
def test_a_birth_comes_back(birth: Birth) -> None:
    assert read_birth(write_statement(birth, KEY), PUBLIC, DEVICE) == birth


@given(STATUSES)
def test_a_status_comes_back(status: Status) -> None:
    assert read_status(write_statement(status, KEY), PUBLIC, DEVICE) == status


@given(RECEIPTS)
def test_a_receipt_comes_back(receipt: Receipt) -> None:
    assert read_receipt(write_receipt(receipt, KEY), PUBLIC, DEVICE) == receipt


@given(st.sampled_from(sorted(READERS)), st.binary(max_size=400))
@example("message", b"\n")
@example("entry", b"{}")
def test_any_bytes_are_read_or_refused(name: str, raw: bytes) -> None:
    read_or_refused(name, raw)


# Pieces of our own language, so that what is put together comes far before it is refused.
PIECES = st.sampled_from([piece.encode("utf-8", "surrogateescape") for piece in (
    '{"v":1,"stream":"', "0" * 32, '","n":', "1", ',"prev":"', GENESIS, '","content":', '{"kind":"batch"', "}", "\n", '{"trailer":1,',
    '"hashes":[', "]", "null", "NaN", "1e999", "-", "9" * 20, '"sig":"', "A" * 86, '"', ",", ":", "[", "{", "\\", "\\ud800", "\udcff",
    '"birth":1', '{"receipt":1,', '"device":"box"', '"times":[[0]]', '"cols":[["a","V",0,0,[1]]]',
)])  # fmt: skip


@given(st.sampled_from(sorted(READERS)), st.lists(PIECES, max_size=40).map(b"".join))
def test_pieces_of_the_language_are_read_or_refused(name: str, raw: bytes) -> None:
    read_or_refused(name, raw)


@given(st.sampled_from(["birth", "status", "receipt"]), st.lists(PIECES, max_size=20).map(b"".join))
def test_signed_pieces_are_read_or_refused(name: str, raw: bytes) -> None:
    read_or_refused(name, sign_line(b'{"%s":1,' % name.encode() + raw + b"}", KEY))


@given(STREAMS, st.lists(PIECES, max_size=20).map(b"".join))
def test_proven_pieces_are_read_or_refused(stream: str, raw: bytes) -> None:
    """A device's own key signs nonsense: each line keeps its number and link, and has a reason."""
    lines = raw.split(b"\n")
    message = read_message(write_message(stream, 1, GENESIS, lines, KEY), PUBLIC, DEVICE)
    assert [line.raw for line in message.lines] == lines
    assert all((line.content is None) == (line.refusal is not None) for line in message.lines)


@given(STREAMS, CONTENTS, st.lists(PIECES, min_size=1, max_size=3).map(b"".join), st.data())
def test_a_proven_line_with_nonsense_inside_is_read_or_refused(
    stream: str, content: Content, piece: bytes, data: st.DataObject
) -> None:
    line = write_entry(stream, 1, GENESIS, content)
    place = data.draw(st.integers(len(write_header(Header(1, stream, 1, GENESIS))), len(line)))
    until = data.draw(st.integers(place, min(len(line), place + 8)))
    changed = (line[:place] + piece + line[until:]).replace(b"\n", b" ")
    (told,) = read_message(write_message(stream, 1, GENESIS, [changed], KEY), PUBLIC, DEVICE).lines
    assert (told.n, told.prev, told.hash, told.raw) == (1, GENESIS, line_hash(changed), changed)
    event(f"line: {told.refusal.reason if told.refusal else 'read'}")


def _flip(raw: bytes, data: st.DataObject) -> bytes:
    place = data.draw(st.integers(0, len(raw) - 1))
    return raw[:place] + bytes([raw[place] ^ data.draw(st.integers(1, 255))]) + raw[place + 1 :]


def _cut(raw: bytes, data: st.DataObject) -> bytes:
    start = data.draw(st.integers(0, len(raw)))
    return raw[:start] + raw[data.draw(st.integers(start, len(raw))) :]


def _splice(raw: bytes, data: st.DataObject) -> bytes:
    place = data.draw(st.integers(0, len(raw)))
    return raw[:place] + data.draw(st.one_of(st.binary(max_size=8), PIECES)) + raw[place:]


def _swap(raw: bytes, data: st.DataObject) -> bytes:
    lines = raw.split(b"\n")
    return b"\n".join(data.draw(st.permutations(lines)))


def _repeat(raw: bytes, data: st.DataObject) -> bytes:
    lines = raw.split(b"\n")
    lines.insert(data.draw(st.integers(0, len(lines))), data.draw(st.sampled_from(lines)))
    return b"\n".join(lines)


def _two_trailers(raw: bytes, data: st.DataObject) -> bytes:
    return raw + b"\n" + raw.split(b"\n")[-1]


MUTATIONS = st.lists(st.sampled_from([_flip, _cut, _splice, _swap, _repeat, _two_trailers]), min_size=1, max_size=3)


@given(STREAMS, st.lists(EVENTS, min_size=1, max_size=3), MUTATIONS, st.data())
@settings(max_examples=300)
def test_a_changed_message_never_says_what_was_not_signed(
    stream: str, contents: list[Content], mutations: list[Callable[[bytes, st.DataObject], bytes]], data: st.DataObject
) -> None:
    lines = chained(contents, 1, GENESIS, stream)
    changed = write_message(stream, 1, GENESIS, lines, KEY)
    for mutate in mutations:
        changed = mutate(changed, data) or b"\n"
    try:
        message = read_message(changed, PUBLIC, DEVICE)
    except Refused:
        return
    for line in message.lines:
        assert (line.raw, line.content, line.refusal) == (lines[line.n - 1], contents[line.n - 1], None)


@given(
    st.one_of(BIRTHS, STATUSES, RECEIPTS), st.sampled_from([_flip, _cut, _splice, _repeat, _two_trailers]), st.data()
)
def test_a_changed_statement_is_refused(
    said: Birth | Status | Receipt, mutate: Callable[[bytes, st.DataObject], bytes], data: st.DataObject
) -> None:
    raw = write_receipt(said, KEY) if isinstance(said, Receipt) else write_statement(said, KEY)
    changed = mutate(raw, data)
    try:
        READERS[type(said).__name__.lower()](changed)
    except Refused:
        assert changed != raw
    else:
        assert changed == raw


# Values of JSON with the odd ones more often, and texts that are nearly JSON.
JSON_TEXTS = st.one_of(
    st.tuples(
        st.recursive(
            st.one_of(
                st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5),
                st.sampled_from([MAX_INT, MAX_INT + 1, -MAX_INT, -MAX_INT - 1, 1e300]),
            ),
            lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
            max_leaves=12,
        ),
        st.booleans(),
    ).map(lambda how: json.dumps(how[0], ensure_ascii=how[1])),
    st.lists(st.sampled_from(
        ['{"a":', '{"b":', '"a"', "}", "[", "]", ",", ":", "1", "-0", "1.5", "1e5", "1e999", "NaN", "Infinity", '"\\ud83e', '\\uddca"',
         '"x', '"', "\\", " ", "\t", "\n", "\r", "true", "null", "9" * 16, '"a":1,', "\ufeff", "\x00", "\u2028", "\ud800"]
    ), max_size=12).map("".join),
)  # fmt: skip


class Pairs(list[tuple[str, object]]):
    """An object with all of its keys, also the repeated ones."""


def sound(value: object) -> bool:
    match value:
        case Pairs():
            return len({key for key, _ in value}) == len(value) and all(sound(part) for pair in value for part in pair)
        case list():
            return all(map(sound, value))
        case str():
            return not any("\ud800" <= character <= "\udfff" for character in value)
        case float():
            return isfinite(value)
        case int():
            return abs(value) <= MAX_INT
    return True


@given(JSON_TEXTS)
@settings(max_examples=500)
@example('{"a":"b",":x":1,":x":2}')
@example('{"a":1,"\\u0061":1}')
@example("[1,\n2]")
@example('"\\ud83e\\uddca"')
def test_accepted_is_exactly_what_python_reads_without_its_holes(text: str) -> None:
    """The oracle is the standard library's parser and a walk through what it made."""
    raw = text.encode("utf-8", "surrogatepass")
    try:
        value = read_json(ANYTHING, raw)
    except Refused as refused:
        event(refused.refusal.reason)
        accepted = False
    else:
        event("accepted")
        accepted = True
        assert repr(json.loads(text)) == repr(value)
    try:
        expected = "\n" not in text and sound(json.loads(raw.decode(), object_pairs_hook=Pairs))
    except ValueError:
        expected = False
    assert accepted == expected
