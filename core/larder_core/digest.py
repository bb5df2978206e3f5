"""SHA-256 as it is written on the wire: base64url without padding, 43 characters. PROTOCOL.md [W-HASH]."""

from base64 import urlsafe_b64encode
from hashlib import sha256

GENESIS = "A" * 43
"""The hash before the first entry of a stream: 32 zero bytes."""


def line_hash(line: bytes) -> str:
    """The hash of an entry line: of its bytes exactly as sent, without the line feed that separates lines."""
    return urlsafe_b64encode(sha256(line).digest())[:43].decode()
