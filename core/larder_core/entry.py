"""An entry: one line of JSON, number n of its stream, that holds the hash of the line before it. PROTOCOL.md [W-ENTRY]."""

from larder_core.content import CONTENT, Batch, Content
from larder_core.header import VERSION, Header, read_header, write_header
from larder_core.refusal import Refused
from larder_core.sizes import MAX_BATCH, MAX_ENTRY
from larder_core.strict_json import read_json, write_json


def write_entry(stream: str, n: int, prev: str, content: Content) -> bytes:
    """The line of entry `n`. It is written once; from then on its bytes are what is kept, sent and hashed."""
    fields = {"kind": content.kind} | content.model_dump(mode="json", exclude_defaults=True)
    return write_header(Header(VERSION, stream, n, prev)) + write_json(fields) + b"}"


def read_entry(
    line: bytes, *, device: str | None = None, place: tuple[str, int, str] | None = None
) -> tuple[Header, Content]:
    """Header and content of a line.

    Raises Refused with entry-too-large, bad-header, unknown-version, not-utf8, bad-json, non-finite, duplicate-key, bad-content, with
    header-mismatch where `place` (stream, n, prev) is given and the header names another one, or with wrong-device where
    `device` is given and the content speaks for another one.
    """
    if len(line) > MAX_ENTRY:
        raise Refused("entry-too-large", f"{len(line)} bytes, at most {MAX_ENTRY}")
    parts = read_header(line)
    if parts is None:
        raise Refused("bad-header", "the line does not begin like an entry or does not end like one")
    header, text = parts
    if place is not None and header[1:] != place:
        raise Refused("header-mismatch", f"the trailer says number {place[1]}, the header {header.n}")
    if header.v != VERSION:
        raise Refused("unknown-version", f"version {header.v}; this hub knows {VERSION}")
    content = read_json(CONTENT, text)
    if isinstance(content, Batch) and len(line) > MAX_BATCH:
        raise Refused("entry-too-large", f"a batch of {len(line)} bytes, at most {MAX_BATCH}")
    if device is not None and content.device != device:
        raise Refused("wrong-device", f"the content speaks for {content.device}")
    return header, content
