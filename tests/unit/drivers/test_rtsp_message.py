"""RTSP bytes, whole, in pieces, and wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larder_agent.drivers.rtsp_camera.message import LONGEST, Answer, BadAnswer, read_answer, write_request

DESCRIBED = b"RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: 5\r\n\r\nm=vid"


def test_a_request_is_what_rfc_2326_prints() -> None:
    assert write_request("DESCRIBE", "rtsp://10.0.0.9:554/1", 2, (("Accept", "application/sdp"),)) == (
        b"DESCRIBE rtsp://10.0.0.9:554/1 RTSP/1.0\r\nCSeq: 2\r\nUser-Agent: larder\r\nAccept: application/sdp\r\n\r\n"
    )


@pytest.mark.parametrize(
    "octets, answer, used",
    [
        (DESCRIBED, Answer(200, (("cseq", "2"), ("content-length", "5")), b"m=vid"), len(DESCRIBED)),
        (DESCRIBED + b"RTSP", Answer(200, (("cseq", "2"), ("content-length", "5")), b"m=vid"), len(DESCRIBED)),
        (b"RTSP/1.0 401 \r\n\r\n", Answer(401, (), b""), 17),
        (b"RTSP/1.1 200\r\nA:b:c\r\n\r\n", Answer(200, (("a", "b:c"),), b""), 23),
    ],
)
def test_an_answer_is_read_whole(octets: bytes, answer: Answer, used: int) -> None:
    assert read_answer(octets) == (answer, used)


def test_every_beginning_of_an_answer_is_a_reason_to_wait() -> None:
    for length in range(len(DESCRIBED)):
        assert read_answer(DESCRIBED[:length]) is None


@pytest.mark.parametrize(
    "octets",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x00",
        b"RTSP/2.0 200 OK\r\n\r\n",
        b"RTSP/1.0 2000 OK\r\n\r\n",
        b"RTSP/1.0 abc\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nno colon\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nA: b\nC: d\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: 9999999\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: 70000\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"RTSP/1.0 200 OK\r\nA: " + b"a" * LONGEST,
    ],
)
def test_what_is_not_an_answer_is_refused(octets: bytes) -> None:
    with pytest.raises(BadAnswer):
        read_answer(octets)


@given(st.one_of(st.binary(max_size=200), st.builds(lambda tail: b"RTSP/1.0 " + tail, st.binary(max_size=200))))
def test_any_bytes_are_an_answer_or_a_wait_or_a_refusal(octets: bytes) -> None:
    try:
        found = read_answer(octets)
    except BadAnswer:
        return
    assert found is None or 0 < found[1] <= len(octets)
