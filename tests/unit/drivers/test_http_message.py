"""HTTP answers as bytes: whole, in parts, broken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larder_agent.drivers.camera.http_message import Answer, read_answer, write_request
from larder_agent.drivers.camera.line import BadAnswer

PICTURE = b"\xff\xd8\xff\xe0picture\r\n\r\n--x\xff\xd9"
PARTS = (
    b"\r\n--myboundary\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(PICTURE)
    + PICTURE
    + b"\r\n--myboundary"
)
UNTOLD = b"--myboundary\r\nContent-Type: image/jpeg\r\n\r\nabc\r\n--myboundary\r\n"
STREAM = b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=%s\r\n\r\n"
CHUNKS = b"4;a=b\r\n\xff\xd8\xff\xe0\r\n2\r\nab\r\n0\r\n\r\n"

WHOLE = [
    (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcd", (200, b"abc")),
    (b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", (200, b"")),
    (b"HTTP/1.1 204 No Content\r\n\r\n", (204, b"")),
    (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 401 No\r\nContent-Length: 1\r\n\r\nx", (401, b"x")),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS, (200, b"\xff\xd8\xff\xe0ab")),
    (STREAM % b"myboundary" + PARTS, (200, PICTURE)),
    (STREAM % b"--myboundary" + PARTS, (200, PICTURE)),
    (STREAM % b'"myboundary"' + UNTOLD, (200, b"abc")),
]


@pytest.mark.parametrize(("octets", "expected"), WHOLE)
def test_an_answer_is_read_as_soon_as_it_is_whole_and_not_before(octets: bytes, expected: tuple[int, bytes]) -> None:
    found = [read_answer(octets[:n], ended=False) for n in range(len(octets) + 1)]
    first = next(at for at, one in enumerate(found) if one is not None)
    assert all(one is not None and (one.status, one.body) == expected for one in found[first:])
    assert first > octets.index(b"\r\n\r\n")


def test_without_a_length_the_end_of_the_connection_is_the_end() -> None:
    octets = b"HTTP/1.0 200 OK\r\nServer: x\r\n\r\nabc"
    assert read_answer(octets, ended=False) is None
    assert read_answer(octets, ended=True) == Answer(200, (("server", "x"),), b"abc")


@pytest.mark.parametrize(
    "octets",
    [
        b"RTSP/1.0 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace\r\n\r\nabc",
        STREAM % b"myboundary" + b"no boundary here",
        b"",
    ],
)
def test_what_ends_too_early_or_is_no_answer(octets: bytes) -> None:
    with pytest.raises(BadAnswer):
        read_answer(octets, ended=True)


def test_nothing_is_read_without_end() -> None:
    with pytest.raises(BadAnswer):
        read_answer(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 10_000, ended=False)
    with pytest.raises(BadAnswer):
        read_answer(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(9_000_000), ended=False)
    with pytest.raises(BadAnswer):
        read_answer(b"HTTP/1.1 100 Continue\r\n\r\n" * 3_000, ended=False)


@given(st.binary(max_size=120), st.booleans())
def test_any_bytes_are_an_answer_or_a_bad_one(tail: bytes, ended: bool) -> None:
    for start in (b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", STREAM % b"b"):
        try:
            answer = read_answer(start + tail, ended)
        except BadAnswer:
            continue
        assert answer is not None or not ended


def test_a_request_as_it_goes_out() -> None:
    assert write_request("POST", "cam:80", "/a?b", (("X", "y"),), b"body") == (
        b"POST /a?b HTTP/1.1\r\nHost: cam:80\r\nUser-Agent: larder\r\nConnection: close\r\nX: y\r\nContent-Length: 4\r\n\r\nbody"
    )
