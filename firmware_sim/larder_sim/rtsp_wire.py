"""RTSP/1.0 (RFC 2326) and HTTP/1.1 as a camera needs them: a request parsed from bytes, a response made into bytes. Pure, no I/O."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

MOST_HEAD_BYTES = 8192
MOST_BODY_BYTES = 4096
_REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    454: "Session Not Found",
    461: "Unsupported Transport",
    503: "Service Unavailable",
    505: "RTSP Version Not Supported",
}
_CONTROL = "".join(chr(n) for n in range(32))


class BadRequest(Exception):
    """The bytes are no RTSP request. The camera answers 400 and closes."""


@dataclass(frozen=True)
class Request:
    """A request's first line and headers; header names are in lower case."""

    method: str
    uri: str
    headers: Mapping[str, str]
    http: bool = False

    @property
    def path(self) -> str:
        """The path of the request's URL with its query, "/" at least."""
        parts = urlsplit(self.uri)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    @property
    def body_bytes(self) -> int:
        """How many bytes follow the head. Raises BadRequest when the header is no small whole number."""
        text = self.headers.get("content-length", "0")
        if not (text.isascii() and text.isdigit()) or int(text[:9]) > MOST_BODY_BYTES:
            raise BadRequest(f"Content-Length {text!r}")
        return int(text)


def parse_request(head: bytes) -> Request:
    """A request from its head: everything up to and including the empty line. Raises BadRequest and nothing else."""
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequest("not UTF-8") from error
    first, *lines = text.removesuffix("\r\n\r\n").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not all(words) or words[2] not in ("RTSP/1.0", "HTTP/1.1"):
        raise BadRequest(f"request line {first[:80]!r}")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name.strip() or any(c in line for c in _CONTROL if c != "\t"):
            raise BadRequest(f"header {line[:80]!r}")
        headers[name.strip().lower()] = value.strip()
    http = words[2] == "HTTP/1.1"
    cseq = headers.get("cseq", "0" if http else "")
    if not (cseq.isascii() and cseq.isdigit() and len(cseq) <= 9):
        raise BadRequest(f"CSeq {cseq[:20]!r}")
    request = Request(words[0], words[1], headers, http)
    try:
        urlsplit(request.uri)
    except ValueError as error:
        raise BadRequest(f"URL {request.uri[:80]!r}") from error
    return request


def response(status: int, cseq: str | None, headers: Mapping[str, str] | None = None, body: bytes = b"") -> bytes:
    """The bytes of a response. `cseq` None leaves the header out (a request whose CSeq could not be read)."""
    lines = [f"RTSP/1.0 {status} {_REASONS[status]}"]
    if cseq is not None:
        lines.append(f"CSeq: {cseq}")
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def http_response(status: int, headers: Mapping[str, str] | None = None, body: bytes = b"") -> bytes:
    """The bytes of an HTTP response; the connection stays open."""
    lines = [f"HTTP/1.1 {status} {_REASONS[status]}", *(f"{name}: {value}" for name, value in (headers or {}).items())]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def describe_h264(address: str, name: str) -> bytes:
    """An SDP (RFC 4566) for one H.264 track (RFC 6184): baseline profile, level 3.1, 1280 x 720."""
    lines = [
        "v=0",
        f"o=- 1 1 IN IP4 {address}",
        f"s={name}",
        f"c=IN IP4 {address}",
        "t=0 0",
        "a=control:*",
        "m=video 0 RTP/AVP 96",
        "b=AS:2048",
        "a=rtpmap:96 H264/90000",
        "a=fmtp:96 packetization-mode=1;profile-level-id=42001F;sprop-parameter-sets=Z0IAH5WoFAFuQA==,aM48gA==",
        "a=control:trackID=1",
    ]
    return ("\r\n".join(lines) + "\r\n").encode()
