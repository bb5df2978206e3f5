"""The entry header: its form never changes with the version, and it is read before and apart from the content [W-HEADER]."""

import re
from typing import NamedTuple

from larder_core.sizes import MAX_INT

VERSION = 1

_HEADER = re.compile(
    rb'\{"v":(0|[1-9][0-9]{0,4}),"stream":"([0-9a-f]{32})","n":([1-9][0-9]{0,15}),'
    rb'"prev":"([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])","content":'
)


class Header(NamedTuple):
    """Protocol version, stream (32 hex digits), number from 1, hash of the entry before (43 characters)."""

    v: int
    stream: str
    n: int
    prev: str


def write_header(header: Header) -> bytes:
    text = f'{{"v":{header.v},"stream":"{header.stream}","n":{header.n},"prev":"{header.prev}","content":'
    return text.encode("ascii")


def read_header(line: bytes) -> tuple[Header, bytes] | None:
    """The header and the content's bytes, or None where the line has not the form of an entry of any version."""
    match = _HEADER.match(line)
    if match is None or not line.endswith(b"}"):
        return None
    v, stream, n, prev = match.groups()
    if int(n) > MAX_INT:
        return None
    return Header(int(v), stream.decode(), int(n), prev.decode()), line[match.end() : -1]
