"""Proving a password without sending it: the digest of RFC 7616, and of RFC 2617 and 2069 for older cameras. Pure.

Basic gives the password to whoever listens on the site's network: it is spoken only where the settings ask for it, and only to a
camera that knows nothing better.
"""

import base64
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


class Proof:
    """Answers the challenges of one camera over one connection; it remembers the last one, and how often it was answered."""

    def __init__(self, credentials: Credentials | None, cnonce: Callable[[], str], basic: bool = False) -> None:
        self._credentials, self._cnonce, self._basic = credentials, cnonce, basic
        self._challenge: Challenge | None = None
        self._times = 0
        self._plain = False

    def challenged(self, offers: Sequence[str]) -> bool:
        """Whether there is something to answer: credentials, and an offer that may be taken."""
        self._challenge, self._times = choose(offers), 0
        self._plain = self._challenge is None and self._basic and any(_scheme(offer) == "basic" for offer in offers)
        return self._credentials is not None and (self._challenge is not None or self._plain)

    def headers(self, method: str, uri: str) -> tuple[tuple[str, str], ...]:
        """The `Authorization` for the next request; nothing before a challenge."""
        if self._credentials is None:
            return ()
        if self._plain:
            return (("Authorization", basic_authorization(self._credentials)),)
        if self._challenge is None:
            return ()
        self._times += 1
        value = authorization(self._challenge, self._credentials, method, uri, self._cnonce(), self._times)
        return (("Authorization", value),)


def basic_authorization(credentials: Credentials) -> str:
    return "Basic " + base64.b64encode(f"{credentials.username}:{credentials.password}".encode()).decode()


def authorization(
    challenge: Challenge, credentials: Credentials, method: str, uri: str, cnonce: str, times: int = 1
) -> str:
    """The value of an `Authorization` header. `cnonce`: random, new each time, of characters that need no quoting;
    `times`: how often this nonce is used now, the first being 1."""
    count = f"{times:08x}"
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
    if _scheme(offer) != "digest":
        return None
    rest = offer.partition(" ")[2]
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


def _scheme(offer: str) -> str:
    return offer.strip().partition(" ")[0].lower()


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
