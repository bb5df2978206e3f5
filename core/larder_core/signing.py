"""Ed25519 signatures over one line of JSON. PROTOCOL.md [W-SIGN].

A signed line ends in `,"sig":"<86 characters>"}`; what is signed is every byte before that ending. The first key of the
line names what it is (`trailer`, `birth`, `status`, `receipt`), so that a signature of one kind never passes for another.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Protocol

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from larder_core.refusal import Refused

_OPENING = b',"sig":"'
_TAIL = len(_OPENING) + 86 + 2


def to_text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_text(text: str) -> bytes:
    """Bytes of base64url without padding. Raises ValueError if it is not exactly that."""
    raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if to_text(raw) != text:
        raise ValueError("not canonical base64url without padding")
    return raw


class Signer(Protocol):
    def __call__(self, message: bytes) -> bytes:
        """The 64-byte signature of `message`."""


class Key:
    """A device's or hub's private key, made from its 32-byte seed."""

    def __init__(self, seed: bytes) -> None:
        self._key = SigningKey(seed)
        self.public = to_text(bytes(self._key.verify_key))

    def __call__(self, message: bytes) -> bytes:
        return self._key.sign(message).signature


class PublicKey:
    """A public key in its text form: 43 characters of base64url. Raises ValueError if it is not one."""

    def __init__(self, text: str) -> None:
        raw = from_text(text)
        if len(raw) != 32:
            raise ValueError(f"a public key has 32 bytes, this one {len(raw)}")
        self.text = text
        self._key = VerifyKey(raw)

    def verifies(self, message: bytes, signature: bytes) -> bool:
        try:
            self._key.verify(message, signature)
        except (BadSignatureError, ValueError):
            return False
        return True


def sign_line(unsigned: bytes, signer: Signer) -> bytes:
    """`unsigned` is a JSON object's bytes; the result is the same object with `sig` as its last field."""
    signed = unsigned[:-1]
    return signed + _OPENING + to_text(signer(signed)).encode() + b'"}'


def verify_line(line: bytes, key: PublicKey) -> None:
    """Raises Refused("bad-signature") unless `line` ends in a signature by `key` over all that stands before it."""
    signed, tail = line[:-_TAIL], line[-_TAIL:]
    if not (signed and tail.startswith(_OPENING) and tail.endswith(b'"}')):
        raise Refused("bad-signature", "the line does not end in a signature")
    try:
        signature = from_text(tail[len(_OPENING) : -2].decode("ascii"))
    except ValueError as error:
        raise Refused("bad-signature", "the signature is not base64url") from error
    if not key.verifies(signed, signature):
        raise Refused("bad-signature", "the signature does not fit the key registered for this device")
