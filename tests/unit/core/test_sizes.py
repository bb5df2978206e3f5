"""Every bound: exactly at it is taken, one over is refused; and PROTOCOL.md gives the same figures. [W-SIZE]"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import larder_core
from larder_core import sizes
from larder_core.content import CONTENT
from larder_core.digest import GENESIS
from larder_core.entry import read_entry
from larder_core.header import Header, write_header
from larder_core.message import read_message, write_message
from larder_core.receipt import read_receipt
from larder_core.refusal import Refused
from larder_core.signing import Key, PublicKey, sign_line
from larder_core.statement import read_birth, read_status
from larder_core.strict_json import read_json, write_json

KEY = Key(b"k" * 32)
PUBLIC = PublicKey(KEY.public)
STREAM = "0123456789abcdef" * 2
HEAD = write_header(Header(1, STREAM, 1, GENESIS))
MOMENT = {"device": "box", "boot": "0badcafe", "at": 0, "up": 0, "clock": ["unset", None]}
SPOKEN = MOMENT | {"total": 0}
ANNOUNCED = MOMENT | {"stream": STREAM, "first": 1, "n": 0, "hash": GENESIS}
COVER = {"stream": STREAM, "first": 1, "last": 1, "end": GENESIS, "count": 0, "reason": "r", "points": []}
Build = Callable[[int], object]


def columns(count: int, readings: int) -> dict[str, object]:
    cols = [[f"p{k}", "V", 0, 0, [0] * readings] for k in range(count)]
    return SPOKEN | {"kind": "batch", "times": [[0] * readings], "cols": cols}


def loss(**changes: object) -> dict[str, object]:
    return SPOKEN | {"kind": "loss", "covers": [COVER | changes]}


def event(**detail: object) -> dict[str, object]:
    return SPOKEN | {"kind": "event", "event": "e", "detail": detail}


CONTENTS: list[tuple[str, int, Build]] = [
    ("columns", sizes.MAX_COLUMNS, lambda k: columns(k, 1)),
    ("readings of one point", sizes.MAX_READINGS, lambda k: columns(1, k)),
    ("time columns", sizes.MAX_COLUMNS, lambda k: columns(1, 1) | {"times": [[0]] * k}),
    ("ranges", sizes.MAX_COVERS, lambda k: SPOKEN | {"kind": "loss", "covers": [COVER] * k}),
    ("figures", sizes.MAX_COLUMNS, lambda k: loss(points=[["p", "V", 0, 0, 0, None, None, None]] * k)),
    ("adopted", sizes.MAX_ADOPTED, lambda k: SPOKEN | {"kind": "adoption", "adopted": ["x"] * k}),
    ("details", 32, lambda k: event(**{f"k{n}": n for n in range(k)})),
    ("a detail", sizes.MAX_INT, lambda k: event(a=k)),
    ("a detail below", sizes.MAX_INT, lambda k: event(a=-k)),
    ("wall clock", sizes.MAX_INT, lambda k: event() | {"at": k}),
    ("uptime", sizes.MAX_INT, lambda k: event() | {"up": k}),
    ("total", sizes.MAX_INT, lambda k: event() | {"total": k}),
    ("clock error", sizes.MAX_INT, lambda k: event() | {"clock": ["synced", k]}),
    ("last number lost", sizes.MAX_INT, lambda k: loss(last=k)),
    ("count lost", sizes.MAX_INT, lambda k: loss(count=k)),
    ("a sum", sizes.MAX_INT, lambda k: loss(points=[["p", "V", 0, 1, 1, -1, 1, -k]])),
    ("scale", 9, lambda k: columns(1, 1) | {"cols": [["p", "V", k, 0, [0]]]}),
    ("scale below", 9, lambda k: columns(1, 1) | {"cols": [["p", "V", -k, 0, [0]]]}),
    ("a value", sizes.MAX_INT, lambda k: columns(1, 1) | {"cols": [["p", "V", 0, 0, [k]]]}),
    ("a value by its sum", 1, lambda k: columns(1, 2) | {"cols": [["p", "V", 0, 0, [sizes.MAX_INT - 1, k]]]}),
    ("a value after a null", 1, lambda k: columns(1, 3)
     | {"cols": [["p", "V", 0, 0, [1 - sizes.MAX_INT, None, -k]]], "flaws": {"p": [[1, "crc"]]}}),
    ("an instant by its sum", 1, lambda k: columns(1, 2) | {"times": [[1 - sizes.MAX_INT, k]]}),
    ("an instant in 1970", 1_000, lambda k: columns(1, 1) | {"at": 1_000, "times": [[k]]}),
    ("the least of a loss", 7, lambda k: loss(points=[["p", "V", 0, 1, 1, k, 7, 7]])),
    ("position of a flaw", 2, lambda k: columns(1, 3) | {"flaws": {"p0": [[k, "crc"]]}}),
    ("device name", 32, lambda k: event() | {"device": "d" * k}),
]  # fmt: skip


@pytest.mark.parametrize(("bound", "build"), [one[1:] for one in CONTENTS], ids=[one[0] for one in CONTENTS])
def test_content_at_its_bound(bound: int, build: Build) -> None:
    read_json(CONTENT, write_json(build(bound)))
    with pytest.raises(Refused, match="bad-content"):
        read_json(CONTENT, write_json(build(bound + 1)))


@pytest.mark.parametrize("count", [2, 3, 50])
def test_readings_are_counted_over_all_columns(count: int) -> None:
    each = sizes.MAX_READINGS // count
    read_json(CONTENT, write_json(columns(count, each)))
    with pytest.raises(Refused, match="more than 5000"):
        read_json(CONTENT, write_json(columns(count, each + 1)))


def padded(fields: dict[str, object], size: int) -> bytes:
    """`fields` as JSON of `size` bytes, by a field that nobody knows."""
    return write_json(fields | {"pad": "x" * (size - len(write_json(fields | {"pad": ""})))})


@pytest.mark.parametrize(
    ("fields", "bound"), [(columns(1, 1), sizes.MAX_BATCH), (event(), sizes.MAX_ENTRY), (loss(), sizes.MAX_ENTRY)]
)
def test_an_entry_at_its_bound(fields: dict[str, object], bound: int) -> None:
    room = bound - len(HEAD) - 1
    assert read_entry(HEAD + padded(fields, room) + b"}")[0].n == 1
    with pytest.raises(Refused, match=f"entry-too-large: .*{bound + 1} bytes, at most {bound}"):
        read_entry(HEAD + padded(fields, room + 1) + b"}")


def test_a_message_at_its_bounds() -> None:
    def message(count: int, size: int = 0) -> bytes:
        lines = [b"x"] * count
        first = write_message(STREAM, 1, GENESIS, lines, KEY)
        lines[0] += b"x" * max(0, size - len(first))
        return write_message(STREAM, 1, GENESIS, lines, KEY)

    assert len(read_message(message(sizes.MAX_LINES), PUBLIC, "box").lines) == sizes.MAX_LINES
    with pytest.raises(Refused, match="too-many-lines"):
        read_message(message(sizes.MAX_LINES + 1), PUBLIC, "box")
    assert read_message(message(2, sizes.MAX_MESSAGE), PUBLIC, "box").lines
    with pytest.raises(Refused, match="too-large: 131073 bytes, at most 131072"):
        read_message(message(2, sizes.MAX_MESSAGE + 1), PUBLIC, "box")


def test_the_numbers_of_a_message_end_at_the_bound() -> None:
    first = sizes.MAX_INT - 1
    assert (
        read_message(write_message(STREAM, first, GENESIS, [b"x"] * 2, KEY), PUBLIC, "box").lines[-1].n == sizes.MAX_INT
    )
    with pytest.raises(Refused, match="bad-trailer"):
        read_message(write_message(STREAM, first, GENESIS, [b"x"] * 3, KEY), PUBLIC, "box")


BIRTH = {"birth": 1} | ANNOUNCED | {"agent": "1", "drivers": {}, "config": 0, "points": []}
STATUS = {"status": 1} | ANNOUNCED | {
    "online": True, "backlog": {"entries": 0, "readings": 0, "oldest_at": None}, "disk": {"used": 0, "bound": 0, "free": 0},
    "produced": 0,
}  # fmt: skip
RECEIPT: dict[str, object] = {
    "receipt": 1, "device": "box", "stream": STREAM, "generation": 1, "upto": 0, "upto_hash": GENESIS, "have": [], "refused": [],
    "safe": 0, "safe_hash": GENESIS, "announced": [], "frozen": False, "credit": 0, "hub_time": 0, "unproven": [],
}  # fmt: skip
READERS: dict[str, Callable[[bytes], Any]] = {
    "birth": lambda raw: read_birth(raw, PUBLIC, "box"),
    "status": lambda raw: read_status(raw, PUBLIC, "box"),
    "receipt": lambda raw: read_receipt(raw, PUBLIC, "box"),
}
STATEMENTS: list[tuple[str, int, Build]] = [
    ("points", sizes.MAX_COLUMNS, lambda k: BIRTH | {"points": [["p", "V", 0, 1]] * k}),
    ("drivers", 64, lambda k: BIRTH | {"drivers": {f"d{n}": "1" for n in range(k)}}),
    ("agent version", 64, lambda k: BIRTH | {"agent": "1" * k}),
    ("driver version", 64, lambda k: BIRTH | {"drivers": {"d": "1" * k}}),
    ("period", 604_800_000, lambda k: BIRTH | {"points": [["p", "V", 0, k]]}),
    ("first", 1, lambda k: BIRTH | {"first": k}),
    ("produced", sizes.MAX_INT, lambda k: STATUS | {"produced": k}),
    ("waiting since", sizes.MAX_INT, lambda k: STATUS | {"backlog": {"entries": 1, "readings": 1, "oldest_at": k}}),
    ("credit", 10_000, lambda k: RECEIPT | {"credit": k}),
    ("have", sizes.MAX_RANGES, lambda k: RECEIPT | {"have": [[1, 1]] * k}),
    ("refused", sizes.MAX_RANGES, lambda k: RECEIPT | {"refused": [[1, "r"]] * k}),
    ("announced", sizes.MAX_RANGES, lambda k: RECEIPT | {"announced": [[1, GENESIS]] * k}),
    ("unproven", sizes.MAX_RANGES, lambda k: RECEIPT | {"unproven": [[GENESIS, "r"]] * k}),
    ("unproven reason", 32, lambda k: RECEIPT | {"unproven": [[GENESIS, "r" * k]]}),
    ("upto", sizes.MAX_INT, lambda k: RECEIPT | {"upto": k}),
    ("generation", sizes.MAX_INT, lambda k: RECEIPT | {"generation": k}),
]


@pytest.mark.parametrize(("bound", "build"), [one[1:] for one in STATEMENTS], ids=[one[0] for one in STATEMENTS])
def test_a_statement_or_receipt_at_its_bound(bound: int, build: Build) -> None:
    text = write_json(build(bound))
    read = READERS[next(iter(json.loads(text)))]
    read(sign_line(text, KEY))
    with pytest.raises(Refused, match="bad-statement"):
        read(sign_line(write_json(build(bound + 1)), KEY))


@pytest.mark.parametrize("fields", [BIRTH, STATUS, RECEIPT], ids=["birth", "status", "receipt"])
def test_the_size_of_a_statement_or_receipt(fields: dict[str, object]) -> None:
    read = READERS[next(iter(fields))]
    room = sizes.MAX_STATEMENT - len(sign_line(b"}", KEY)) + 1
    read(sign_line(padded(fields, room), KEY))
    with pytest.raises(Refused, match="too-large: 16385 bytes, at most 16384"):
        read(sign_line(padded(fields, room + 1), KEY))


def test_the_protocol_gives_the_same_figures() -> None:
    page = (Path(larder_core.__file__).parent / "PROTOCOL.md").read_text("utf-8")
    said = page.split("**[W-SIZE]** ")[1].split("\n\n")[0].replace("\n  ", " ")
    for figure in (
        f"payload {sizes.MAX_MESSAGE:,} bytes", f"{sizes.MAX_LINES} lines", f"entry line {sizes.MAX_ENTRY:,} bytes",
        f"of a batch {sizes.MAX_BATCH:,}", f"receipt {sizes.MAX_STATEMENT:,}", f"{sizes.MAX_COLUMNS} columns",
        f"{sizes.MAX_READINGS:,} readings", f"{sizes.MAX_COVERS} ranges", f"{sizes.MAX_ADOPTED} bodies",
        f"{sizes.MAX_RANGES} items in each list of a receipt", "±(2^53 − 1)",
    ):  # fmt: skip
        assert figure in said
    assert sizes.MAX_INT == 2**53 - 1
