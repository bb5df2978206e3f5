"""A message: consecutive entry lines of one stream and a signed trailer, so that one signature proves each line alone [W-MESSAGE]."""

from collections.abc import Sequence
from typing import Annotated, NamedTuple

from pydantic import Field, TypeAdapter

from larder_core.content import Content, Number
from larder_core.digest import line_hash
from larder_core.entry import read_entry
from larder_core.names import Hash, StreamId
from larder_core.refusal import Refusal, Refused
from larder_core.signing import PublicKey, Signer, sign_line, verify_line
from larder_core.sizes import MAX_INT, MAX_LINES, MAX_MESSAGE
from larder_core.strict_json import One, Wire, read_json, write_json


class Trailer(Wire):
    """What the device signs: these hashes stand at `first`, `first + 1`, ... of `stream`, and `before` at `first - 1`."""

    trailer: One
    stream: StreamId
    first: Number
    before: Hash
    hashes: Annotated[list[Hash], Field(min_length=1, max_length=MAX_LINES)]


_TRAILER = TypeAdapter(Trailer)
_KIND = b'{"trailer":'
_OPENING = b'{"trailer":1,'


class Line(NamedTuple):
    """A proven line. Number and prev come from the trailer; `content` is None where `refusal` says why."""

    n: int
    prev: str
    hash: str
    raw: bytes
    content: Content | None
    refusal: Refusal | None


class Message(NamedTuple):
    """`fallen` are lines whose bytes are not the ones signed for their place: they prove nothing and the others stand."""

    stream: str
    trailer: bytes
    lines: tuple[Line, ...]
    fallen: tuple[tuple[bytes, Refusal], ...]


def write_message(stream: str, first: int, before: str, lines: Sequence[bytes], signer: Signer) -> bytes:
    """The payload for consecutive `lines` of `stream`, the first of which has number `first` and follows hash `before`."""
    hashes = [line_hash(line) for line in lines]
    trailer = write_json({"trailer": 1, "stream": stream, "first": first, "before": before, "hashes": hashes})
    return b"\n".join([*lines, sign_line(trailer, signer)])


def read_message(payload: bytes, key: PublicKey, device: str) -> Message:
    """Every line of a payload with what it proves.

    Raises Refused where the payload as a whole proves nothing: empty, too-large, too-many-lines, no-trailer, bad-trailer,
    bad-signature. What is wrong with single lines is returned, not raised.
    """
    raw_lines, raw_trailer = _split(payload)
    verify_line(raw_trailer, key)
    if not raw_trailer.startswith(_OPENING):
        raise Refused("bad-trailer", f"it does not begin with {_OPENING.decode()}")
    try:
        trailer = read_json(_TRAILER, raw_trailer)
    except Refused as error:
        raise Refused("bad-trailer", str(error)) from error
    if len(trailer.hashes) != len(raw_lines):
        raise Refused("bad-trailer", f"{len(trailer.hashes)} hashes for {len(raw_lines)} lines")
    if trailer.first + len(raw_lines) - 1 > MAX_INT:
        raise Refused("bad-trailer", f"numbers beyond {MAX_INT}")
    lines: list[Line] = []
    fallen: list[tuple[bytes, Refusal]] = []
    prevs = [trailer.before, *trailer.hashes]
    for place, (raw, signed, prev) in enumerate(zip(raw_lines, trailer.hashes, prevs, strict=False)):
        if line_hash(raw) != signed:
            fallen.append((raw, Refusal("hash-mismatch", f"not the bytes signed for number {trailer.first + place}")))
        else:
            lines.append(_proven(raw, trailer.stream, trailer.first + place, prev, signed, device))
    return Message(trailer.stream, raw_trailer, tuple(lines), tuple(fallen))


def _split(payload: bytes) -> tuple[list[bytes], bytes]:
    if not payload:
        raise Refused("empty", "no bytes")
    if len(payload) > MAX_MESSAGE:
        raise Refused("too-large", f"{len(payload)} bytes, at most {MAX_MESSAGE}")
    *lines, trailer = payload.split(b"\n", MAX_LINES + 1)
    if len(lines) > MAX_LINES:
        raise Refused("too-many-lines", f"more than {MAX_LINES} lines")
    if not trailer.startswith(_KIND):
        raise Refused("no-trailer", "the last line is not a trailer: the message was cut short or is not one of ours")
    if not lines:
        raise Refused("empty", "a trailer and no line")
    return lines, trailer


def _proven(raw: bytes, stream: str, n: int, prev: str, digest: str, device: str) -> Line:
    content: Content | None = None
    refusal: Refusal | None = None
    try:
        _, content = read_entry(raw, device=device, place=(stream, n, prev))
    except Refused as error:
        refusal = error.refusal
    return Line(n, prev, digest, raw, content, refusal)
