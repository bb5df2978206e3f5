"""HTTP/1.1 requests and answers as bytes, as far as cameras need them (RFC 9112). No I/O; everything that is read is bounded.

`http.client` of the standard library would do, and costs a small device 7.6 MB for the mail parser beneath it.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from larder_agent.drivers.camera.line import BadAnswer

LONGEST_HEAD = 32 * 1024
MOST_INTERIM = 8
"""Answers of 1xx before the real one; every one is asked for by nobody here."""
LONGEST_BODY = 8 * 1024 * 1024
"""Bytes; a snapshot of 8 megapixels has about three million."""

STATUS_LINE = re.compile(r"HTTP/1\.[01] ([1-5][0-9]{2})(?: .*)?")
MAGIC = b"HTTP/1."
BOUNDARY = re.compile(r'boundary="?([!-~]{1,70}?)"?(?:;|$)', re.IGNORECASE)
CHUNK = re.compile(rb"([0-9a-fA-F]{1,7})[ \t]*(?:;[^\r\n]*)?")

Headers = Sequence[tuple[str, str]]


class Answer(NamedTuple):
    status: int
    headers: tuple[tuple[str, str], ...]
    """Names in lower case."""
    body: bytes

    def values(self, name: str) -> list[str]:
        return [value for known, value in self.headers if known == name]


def write_request(method: str, authority: str, target: str, headers: Headers = (), body: bytes = b"") -> bytes:
    """`headers` come from checked settings and checked answers: none holds a line break."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {authority}", "User-Agent: larder", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def read_answer(octets: bytes, ended: bool) -> Answer | None:
    """The answer that `octets` hold, None while there is more to come; `ended`: the camera has closed the connection. Of a stream of
    pictures (multipart) the body is the first of them. Raises BadAnswer."""
    rest = octets
    for _ in range(MOST_INTERIM + 1):
        if rest[: len(MAGIC)] != MAGIC[: len(rest)]:
            raise BadAnswer("does not begin as an HTTP answer")
        head, end, rest = rest.partition(b"\r\n\r\n")
        if len(head) > LONGEST_HEAD or (ended and not end):
            raise BadAnswer("a head without an end")
        if not end:
            return None
        status, headers = _read_head(head)
        if status >= 200:
            break
    else:
        raise BadAnswer("interim answers without end")
    answer = Answer(status, headers, b"")
    body = _body(answer, rest, ended)
    if body is None and (ended or len(rest) > LONGEST_BODY):
        raise BadAnswer("a body that does not end as it was announced, or is longer than any picture")
    return None if body is None else answer._replace(body=body)


def _body(answer: Answer, octets: bytes, ended: bool) -> bytes | None:
    plain: bytes | None
    if "chunked" in ",".join(answer.values("transfer-encoding")).lower():
        plain, whole = _unchunked(octets)
    elif answer.status in (204, 304):
        plain, whole = b"", True
    else:
        length = length_in(answer.headers)
        plain, whole = octets[:length], (ended if length is None else len(octets) >= length)
    kind = ",".join(answer.values("content-type"))
    if answer.status == 200 and kind.lower().startswith("multipart/"):
        return _first_part(plain, kind)
    return plain if whole else None


def _unchunked(octets: bytes) -> tuple[bytes, bool]:
    """What came so far, and whether it is all."""
    parts: list[bytes] = []
    while True:
        line, end, rest = octets.partition(b"\r\n")
        if not end:
            if len(line) > 100:
                raise BadAnswer("a chunk without a length")
            return b"".join(parts), False
        match = CHUNK.fullmatch(line)
        if match is None:
            raise BadAnswer("a chunk whose length is no number")
        size = int(match[1], 16)
        if size == 0:
            return b"".join(parts), True
        parts.append(rest[:size])
        if len(rest) < size + 2:
            return b"".join(parts), False
        octets = rest[size + 2 :]


def _first_part(octets: bytes, kind: str) -> bytes | None:
    """RFC 2046, 5.1; cameras write the boundary with and without its two dashes."""
    named = BOUNDARY.search(kind)
    if named is None:
        raise BadAnswer("a stream of pictures without a boundary")
    boundary = b"--" + named[1].encode().removeprefix(b"--")
    _, begun, rest = octets.partition(boundary)
    head, end, body = rest.partition(b"\r\n\r\n")
    if not begun or not end:
        return None
    length = length_in(header_lines(head.decode("latin-1").strip("\r\n").split("\r\n")))
    if length is not None:
        return body[:length] if len(body) >= length else None
    picture, ended, _ = body.partition(b"\r\n" + boundary)
    return picture if ended else None


def _read_head(head: bytes) -> tuple[int, tuple[tuple[str, str], ...]]:
    first, *rest = head.decode("latin-1").split("\r\n")
    match = STATUS_LINE.fullmatch(first)
    if match is None:
        raise BadAnswer("no status line")
    return int(match[1]), header_lines(rest)


def header_lines(lines: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Names in lower case. Raises BadAnswer."""
    headers = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or "\n" in line or "\r" in line or "\0" in line:
            raise BadAnswer("a header line without a colon, or with a stray line break")
        headers.append((name.strip().lower(), value.strip()))
    return tuple(headers)


def length_in(headers: Headers) -> int | None:
    """The Content-Length, None without one. Raises BadAnswer."""
    lengths = {value for name, value in headers if name == "content-length"}
    if not lengths:
        return None
    text = lengths.pop()
    if lengths or not re.fullmatch(r"[0-9]{1,8}", text):
        raise BadAnswer("a content length that is no number, or two of them")
    return int(text)
