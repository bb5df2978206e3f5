"""The header's form is fixed to the byte, in every version. [W-HEADER] [W-ENTRY]"""

import pytest

from larder_core.digest import GENESIS, line_hash
from larder_core.entry import read_entry
from larder_core.header import Header, read_header, write_header
from larder_core.refusal import Refused
from larder_core.sizes import MAX_ENTRY, MAX_INT

STREAM = "0123456789abcdef" * 2
HEAD = f'{{"v":1,"stream":"{STREAM}","n":7,"prev":"{GENESIS}","content":'.encode()


def test_header_and_content_are_read_apart() -> None:
    assert read_header(HEAD + b"\xff not JSON}") == (Header(1, STREAM, 7, GENESIS), b"\xff not JSON")


@pytest.mark.parametrize("v", [0, 1, 2, 99999])
@pytest.mark.parametrize("n", [1, 9, 10, MAX_INT])
@pytest.mark.parametrize("prev", [GENESIS, line_hash(b"x")])
def test_what_is_written_is_read(v: int, n: int, prev: str) -> None:
    header = Header(v, STREAM, n, prev)
    assert read_header(write_header(header) + b"{}}") == (header, b"{}")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'{"v"', b' {"v"'), (b'"v":1', b'"v" :1'), (b'"v":1', b'"v": 1'), (b",", b", "), (b'"content":', b'"content" :'),
        (b'"v":1', b'"v":01'), (b'"v":1', b'"v":100000'), (b'"v":1', b'"v":-1'), (b'"v":1', b'"v":1.0'), (b'"v":1', b'"v":"1"'),
        (b'"n":7', b'"n":07'), (b'"n":7', b'"n":0'), (b'"n":7', b'"n":-7'), (b'"n":7', b'"n":7e0'), (b'"n":7', b'"n":'),
        (b'"n":7', b'"n":%d' % (MAX_INT + 1)), (b'"n":7', b'"n":9999999999999999'), (b'"n":7', b'"n":10000000000000000'),
        (b'"n":7', '"n":７'.encode()),
        (b"abcdef", b"ABCDEF"), (b"abcdef", b"abcdeg"), (b"abcdef", b"abcde"), (b"abcdef", b"abcdeff"),
        (b"AAAA", b"AAA"), (b"AAAA", b"AAAAA"), (b"AAAA", b"AA+A"), (b"AAAA", b"AA=A"), (b'A",', b'B",'),
        (b'"v":1,"stream"', b'"stream":"","v":1,"stream"'), (b'"n":7,', b""), (b'"prev"', b'"Prev"'), (b'"v"', b"'v'"),
        (b'{"v"', b'\xef\xbb\xbf{"v"'),
    ],
)  # fmt: skip
def test_any_other_form_is_no_header(old: bytes, new: bytes) -> None:
    line = (HEAD + b"{}}").replace(old, new)
    assert line != HEAD + b"{}}"
    assert read_header(HEAD + b"{}}") is not None
    assert read_header(line) is None
    with pytest.raises(Refused, match="bad-header"):
        read_entry(line)


@pytest.mark.parametrize("end", [b"{}", b"{}]", b"{}} ", b"{}}\n", b"{}}\x00", b""])
def test_a_line_ends_in_a_brace(end: bytes) -> None:
    line = HEAD + end
    assert read_header(line) is None or line.endswith(b"}")
    with pytest.raises(Refused, match=r"bad-header|bad-json"):
        read_entry(line)


def test_another_version_is_refused_before_its_content_is_read() -> None:
    line = HEAD.replace(b'"v":1', b'"v":2') + b"\xff}"
    with pytest.raises(Refused, match="unknown-version: version 2"):
        read_entry(line)


@pytest.mark.parametrize("place", [(STREAM[::-1], 7, GENESIS), (STREAM, 8, GENESIS), (STREAM, 7, line_hash(b"x"))])
def test_a_header_for_another_place_is_refused(place: tuple[str, int, str]) -> None:
    with pytest.raises(Refused, match="header-mismatch"):
        read_entry(HEAD + b"{}}", place=place)
    with pytest.raises(Refused, match="bad-content"):
        read_entry(HEAD + b"{}}", place=(STREAM, 7, GENESIS))


def test_size_is_judged_first() -> None:
    with pytest.raises(Refused, match="entry-too-large: 65537 bytes, at most 65536"):
        read_entry(b"x" * (MAX_ENTRY + 1))
    with pytest.raises(Refused, match="bad-header"):
        read_entry(b"x" * MAX_ENTRY)
