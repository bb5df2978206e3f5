"""How requests to the two clouds are signed. Pure: the moment and the nonce are arguments.

`acs3`: Alibaba Cloud's V3 request signature, ACS3-HMAC-SHA256 (its document "V3 request syntax and signature mechanism").
`tc3`: Tencent Cloud's signature method v3, TC3-HMAC-SHA256 (its document "API authentication, signature v3").
Both documents print a worked example with its result; the tests hold these two.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _hmac(key: bytes, content: str) -> bytes:
    return hmac.new(key, content.encode(), hashlib.sha256).digest()


def canonical_query(query: Mapping[str, str]) -> str:
    """Sorted and percent-encoded as RFC 3986 has it: a space is %20, only `-_.~` and letters and digits stand as they are."""
    return "&".join(f"{quote(key, safe='~')}={quote(value, safe='~')}" for key, value in sorted(query.items()))


def _canonical_request(query: str, headers: Mapping[str, str], body_hash: str) -> tuple[str, str]:
    """The canonical request of a POST to `/`, and its list of signed headers."""
    lower = {name.lower(): value.strip() for name, value in headers.items()}
    names = sorted(lower)
    signed = ";".join(names)
    lines = "".join(f"{name}:{lower[name]}\n" for name in names)
    return "\n".join(["POST", "/", query, lines, signed, body_hash]), signed


def acs3(host: str, action: str, version: str, query: Mapping[str, str], key_id: str, secret: str, at_ms: int,
         nonce: str) -> dict[str, str]:  # fmt: skip
    """The headers of a signed POST without a body, its parameters in the query."""
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": _sha256(b""),
        "x-acs-date": datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
    }
    request, signed = _canonical_request(canonical_query(query), headers, _sha256(b""))
    signature = _hmac(secret.encode(), f"ACS3-HMAC-SHA256\n{_sha256(request.encode())}").hex()
    headers["Authorization"] = f"ACS3-HMAC-SHA256 Credential={key_id},SignedHeaders={signed},Signature={signature}"
    return headers


def tc3(service: str, headers: Mapping[str, str], body: bytes, key_id: str, secret: str, at_ms: int) -> str:
    """The Authorization of a POST that carries `headers`, all of which are signed, and `body`."""
    at_s = at_ms // 1000
    day = datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%d")
    scope = f"{day}/{service}/tc3_request"
    request, signed = _canonical_request("", headers, _sha256(body))
    text = f"TC3-HMAC-SHA256\n{at_s}\n{scope}\n{_sha256(request.encode())}"
    key = _hmac(_hmac(_hmac(f"TC3{secret}".encode(), day), service), "tc3_request")
    return f"TC3-HMAC-SHA256 Credential={key_id}/{scope}, SignedHeaders={signed}, Signature={_hmac(key, text).hex()}"
