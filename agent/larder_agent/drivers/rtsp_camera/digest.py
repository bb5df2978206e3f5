"""Proving a password without sending it: the digest of RFC 7616, and of RFC 2617 and 2069 for older cameras. Pure.

Basic is not spoken: it would give the password to whoever listens on the site's network.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

PARAMETER = re.compile(r'([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))')

ALGORITHMS: dict[str, Callable[[bytes], "hashlib._Hash"]] = {
    "SHA-256": hashlib.sha256,  # the first that a camera offers is taken, in this order
    "MD5": lambda octets: hashlib.md5(octets, usedforsecurity=False),
}


@dataclass(frozen=True)
class Credentials:
    username: str
    password: str = field(repr=False)


class Challenge(NamedTuple):
    """What the camera wants proof for. `qop` is "auth", or "" for the form of RFC 2069; `opaque` None if not given."""

    realm: str
    nonce: str
    algorithm: str
    named: bool
    qop: str
    opaque: str | None


def choose(offers: Sequence[str]) -> Challenge | None:
    """The strongest of the `WWW-Authenticate` headers that we can answer, or None."""
    found = [challenge for offer in offers if (challenge := _read(offer))]
    ranks = list(ALGORITHMS)
    return min(found, key=lambda challenge: ranks.index(challenge.algorithm), default=None)


def authorization(challenge: Challenge, credentials: Credentials, method: str, uri: str, cnonce: str) -> str:
    """The value of an `Authorization` header. `cnonce`: random, new each time, of characters that need no quoting."""
    count = "00000001"  # every nonce is used once
    proof = response(challenge, credentials, method, uri, cnonce, count)
    fields = [
        ("username", credentials.username),
        ("realm", challenge.realm),
        ("nonce", challenge.nonce),
        ("uri", uri),
        ("response", proof),
    ]
    parts = [f"{name}={_quoted(value)}" for name, value in fields]
    if challenge.named:
        parts.append(f"algorithm={challenge.algorithm}")
    if challenge.qop:
        parts += [f"qop={challenge.qop}", f"nc={count}", f"cnonce={_quoted(cnonce)}"]
    if challenge.opaque is not None:
        parts.append(f"opaque={_quoted(challenge.opaque)}")
    return "Digest " + ", ".join(parts)


def response(challenge: Challenge, credentials: Credentials, method: str, uri: str, cnonce: str, count: str) -> str:
    """RFC 7616, 3.4.1: H(H(user:realm:password) : nonce [: nc : cnonce : qop] : H(method:uri))."""

    def hashed(*parts: str) -> str:
        return ALGORITHMS[challenge.algorithm](":".join(parts).encode()).hexdigest()

    secret = hashed(credentials.username, challenge.realm, credentials.password)
    middle = (count, cnonce, challenge.qop) if challenge.qop else ()
    return hashed(secret, challenge.nonce, *middle, hashed(method, uri))


def _read(offer: str) -> Challenge | None:
    scheme, _, rest = offer.partition(" ")
    if scheme.lower() != "digest":
        return None
    given = {
        match[1].lower(): re.sub(r"\\(.)", r"\1", match[2]) if match[2] is not None else match[3]
        for match in PARAMETER.finditer(rest)
    }
    algorithm = given.get("algorithm", "MD5").upper()
    qops = [one.strip().lower() for one in given.get("qop", "").split(",") if one.strip()]
    if algorithm not in ALGORITHMS or not {"realm", "nonce"} <= given.keys() or (qops and "auth" not in qops):
        return None
    return Challenge(
        realm=given["realm"],
        nonce=given["nonce"],
        algorithm=algorithm,
        named="algorithm" in given,
        qop="auth" if qops else "",
        opaque=given.get("opaque"),
    )


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
