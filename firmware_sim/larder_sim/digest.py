"""The server's half of digest authentication for one camera: RFC 2617 and RFC 7616. Pure: time and nonces come in."""

import hashlib
import hmac
import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

NONCE_LIFE_S = 300.0
_MOST_NONCES = 64
_PARAMETER = re.compile(r'\s*([A-Za-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))\s*(?:,|$)')


@dataclass(frozen=True, slots=True)
class Scheme:
    """What a challenge names: the hash, and whether the client must count its requests (qop=auth)."""

    algorithm: str
    hash: str
    qop: bool


SCHEMES: Mapping[str, Scheme | None] = MappingProxyType(
    {
        "none": None,
        "md5": Scheme("MD5", "md5", qop=False),  # what most kitchen cameras send: RFC 2069's form
        "md5-qop": Scheme("MD5", "md5", qop=True),  # RFC 2617
        "sha-256": Scheme("SHA-256", "sha256", qop=True),  # RFC 7616
    }
)


def parse_digest(header: str) -> dict[str, str] | None:
    """The parameters of an `Authorization: Digest ...` value with lower-case names; None when it is anything else."""
    kind, _, rest = header.strip().partition(" ")
    if kind.lower() != "digest":
        return None
    parameters: dict[str, str] = {}
    position = 0
    while position < len(rest):
        match = _PARAMETER.match(rest, position)
        if match is None or match[1].lower() in parameters:
            return None
        parameters[match[1].lower()] = match[3] if match[2] is None else re.sub(r"\\(.)", r"\1", match[2])
        position = match.end()
    return parameters


class DigestGate:
    """Lets requests through that prove the password; remembers the nonces it gave out (at most 64, 300 s each)."""

    def __init__(self, scheme: Scheme, realm: str, user: str, password: str) -> None:
        self._scheme = scheme
        self._realm = realm
        self._user = user
        self._secret = self._hash(f"{user}:{realm}:{password}")
        self._nonces: OrderedDict[str, tuple[float, int]] = OrderedDict()  # nonce -> given at, last count seen

    def challenge(self, nonce: str, now: float, stale: bool = False) -> str:
        """The `WWW-Authenticate` value that gives out `nonce`, which must be fresh and unguessable."""
        self._nonces[nonce] = (now, 0)
        while len(self._nonces) > _MOST_NONCES:
            self._nonces.popitem(last=False)
        parts = [f'realm="{self._realm}"', f'nonce="{nonce}"']
        parts += ['qop="auth"', f"algorithm={self._scheme.algorithm}"] if self._scheme.qop else []
        return "Digest " + ", ".join([*parts, f'stale="{str(stale).upper()}"'])

    def check(self, method: str, uri: str, header: str | None, now: float) -> str:
        """ "" when the request may pass, "stale" when only its nonce is old, otherwise "refused"."""
        given = parse_digest(header) if header is not None else None
        if given is None or given.get("username") != self._user or given.get("realm") != self._realm:
            return "refused"
        if given.get("uri") != uri or given.get("algorithm", "MD5").upper() != self._scheme.algorithm:
            return "refused"
        expected = self._response(method, given)
        if expected is None or not hmac.compare_digest(given.get("response", "").encode(), expected.encode()):
            return "refused"
        return self._spend(given, now)

    def _response(self, method: str, given: Mapping[str, str]) -> str | None:
        """RFC 2617 section 3.2.2.1; None when the client left out what the challenge asked for."""
        request = self._hash(f"{method}:{given['uri']}")
        nonce = given.get("nonce", "")
        if not self._scheme.qop:
            return self._hash(f"{self._secret}:{nonce}:{request}")
        if given.get("qop") != "auth" or not given.get("cnonce") or not given.get("nc"):
            return None
        return self._hash(f"{self._secret}:{nonce}:{given['nc']}:{given['cnonce']}:auth:{request}")

    def _spend(self, given: Mapping[str, str], now: float) -> str:
        """Age of the nonce and, with qop, the count that must rise: a recorded request cannot be played again."""
        at, seen = self._nonces.get(given["nonce"], (float("-inf"), 0))
        if now - at > NONCE_LIFE_S:
            return "stale"
        if self._scheme.qop:
            count = int(given["nc"], 16) if re.fullmatch(r"[0-9a-fA-F]{8}", given["nc"]) else 0
            if count <= seen:
                return "stale"
            self._nonces[given["nonce"]] = (at, count)
        return ""

    def _hash(self, text: str) -> str:
        return hashlib.new(self._scheme.hash, text.encode(), usedforsecurity=False).hexdigest()
