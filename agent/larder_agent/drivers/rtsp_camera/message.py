"""RTSP requests, answers and interleaved packets as bytes (RFC 2326). No I/O; everything that is read is bounded."""

import re
from typing import NamedTuple

from larder_agent.drivers.camera.http_message import Answer, Headers, header_lines, length_in
from larder_agent.drivers.camera.line import BadAnswer

LONGEST = 64 * 1024  # bytes of one answer, head and body; an SDP description has one or two thousand
STATUS_LINE = re.compile(r"RTSP/1\.[01] ([1-9][0-9]{2})(?: .*)?")
MAGIC = b"RTSP/1."


class Interleaved(NamedTuple):
    """A packet of the stream between the answers (RFC 2326, 10.12): $, channel, two bytes of length."""

    channel: int
    octets: bytes


def read_piece(octets: bytes) -> tuple[Answer | Interleaved, int] | None:
    """The answer or packet at the start of `octets` and its length, or None while there is more to come. Raises BadAnswer."""
    if octets[:1] != b"$":
        return read_answer(octets)
    if len(octets) < 4 or len(octets) < (whole := 4 + int.from_bytes(octets[2:4], "big")):
        return None
    return Interleaved(octets[1], bytes(octets[4:whole])), whole


def write_request(method: str, uri: str, cseq: int, headers: Headers = ()) -> bytes:
    """`headers` come from checked settings and checked answers: none holds a line break."""
    lines = [f"{method} {uri} RTSP/1.0", f"CSeq: {cseq}", "User-Agent: larder"]
    lines += [f"{name}: {value}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def read_answer(octets: bytes) -> tuple[Answer, int] | None:
    """The answer at the start of `octets` and its length, or None while there is more to come. Raises BadAnswer."""
    if octets[: len(MAGIC)] != MAGIC[: len(octets)]:
        raise BadAnswer("does not begin as an RTSP answer")
    head, end, _ = octets.partition(b"\r\n\r\n")
    if not end:
        if len(octets) >= LONGEST:
            raise BadAnswer("a head without an end")
        return None
    status, headers = _read_head(head)
    length = length_in(headers) or 0
    whole = len(head) + len(end) + length
    if whole > LONGEST:
        raise BadAnswer("longer than any description of a stream")
    if len(octets) < whole:
        return None
    return Answer(status, headers, octets[whole - length : whole]), whole


def _read_head(head: bytes) -> tuple[int, tuple[tuple[str, str], ...]]:
    first, *rest = head.decode("latin-1").split("\r\n")
    match = STATUS_LINE.fullmatch(first)
    if match is None:
        raise BadAnswer("no status line")
    return int(match[1]), header_lines(rest)
