"""Digest authentication against the examples that RFC 2617 and RFC 7616 print."""

import hashlib

import pytest

from larder_sim.digest import NONCE_LIFE_S, SCHEMES, DigestGate, Scheme, parse_digest


def _scheme(name: str) -> Scheme:
    scheme = SCHEMES[name]
    assert scheme is not None
    return scheme


# RFC 2617 section 3.5; RFC 7616 section 3.9.1. The passwords differ in one capital.
RFC_2617 = (
    "md5-qop",
    "testrealm@host.com",
    "Circle Of Life",
    "dcd98b7102dd2f0e8b11d0f600bfb0c093",
    "0a4f113b",
    "6629fae49393a05397450978507c4ef1",
)
RFC_7616_MD5 = (
    "md5-qop",
    "http-auth@example.org",
    "Circle of Life",
    "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
    "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    "8ca523f5e9506fed4657c9700eebdbec",
)
RFC_7616_SHA = ("sha-256", *RFC_7616_MD5[1:5], "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1")


def _header(realm: str, nonce: str, cnonce: str, response: str, algorithm: str, nc: str = "00000001") -> str:
    return (
        f'Digest username="Mufasa", realm="{realm}", nonce="{nonce}", uri="/dir/index.html", qop=auth, nc={nc}, '
        f'cnonce="{cnonce}", response="{response}", algorithm={algorithm}, opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )


@pytest.mark.parametrize(
    ("name", "realm", "password", "nonce", "cnonce", "response"),
    [RFC_2617, RFC_7616_MD5, RFC_7616_SHA],
    ids=["2617", "7616-md5", "7616-sha-256"],
)
def test_the_standards_own_examples_pass_once(
    name: str, realm: str, password: str, nonce: str, cnonce: str, response: str
) -> None:
    gate = DigestGate(_scheme(name), realm, "Mufasa", password)
    gate.challenge(nonce, now=0.0)
    header = _header(realm, nonce, cnonce, response, _scheme(name).algorithm)
    assert gate.check("GET", "/dir/index.html", header.replace(response[:4], "0000"), 1.0) == "refused"
    assert gate.check("PUT", "/dir/index.html", header, 1.0) == "refused"
    assert gate.check("GET", "/dir/other.html", header, 1.0) == "refused"
    assert gate.check("GET", "/dir/index.html", header, 1.0) == ""
    assert gate.check("GET", "/dir/index.html", header, 2.0) == "stale", "the same count again is a replay"


def _old_form(gate_nonce: str) -> str:
    """RFC 2069: MD5(HA1:nonce:HA2), written out."""
    ha1 = hashlib.md5(b"larder:cam:secret").hexdigest()
    ha2 = hashlib.md5(b"DESCRIBE:rtsp://h/s").hexdigest()
    response = hashlib.md5(f"{ha1}:{gate_nonce}:{ha2}".encode()).hexdigest()
    return f'Digest username="larder", realm="cam", nonce="{gate_nonce}", uri="rtsp://h/s", response="{response}"'


def test_a_nonce_lives_300_seconds_and_must_be_ours() -> None:
    gate = DigestGate(_scheme("md5"), "cam", "larder", "secret")
    gate.challenge("n1", now=100.0)
    assert gate.check("DESCRIBE", "rtsp://h/s", _old_form("n1"), 100.0 + NONCE_LIFE_S) == ""
    assert gate.check("DESCRIBE", "rtsp://h/s", _old_form("n1"), 100.1 + NONCE_LIFE_S) == "stale"
    assert gate.check("DESCRIBE", "rtsp://h/s", _old_form("never-given"), 100.0) == "stale"


def test_only_the_newest_64_nonces_are_kept() -> None:
    gate = DigestGate(_scheme("md5"), "cam", "larder", "secret")
    for n in range(65):
        gate.challenge(f"n{n}", now=0.0)
    assert gate.check("DESCRIBE", "rtsp://h/s", _old_form("n0"), 1.0) == "stale"
    assert gate.check("DESCRIBE", "rtsp://h/s", _old_form("n1"), 1.0) == ""


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic bGFyZGVyOnNlY3JldA==",
        "Digest",
        "Digest nonsense",
        'Digest username="a", username="b"',
        'Digest username="larder',
    ],
)
def test_what_is_no_digest_is_refused(header: str | None) -> None:
    gate = DigestGate(_scheme("md5"), "cam", "larder", "secret")
    assert gate.check("DESCRIBE", "rtsp://h/s", header, 0.0) == "refused"


def test_quoted_commas_and_escapes_are_read() -> None:
    assert parse_digest(r'Digest realm="a, \"b\"", nc=00000001 , qop = auth') == {
        "realm": 'a, "b"',
        "nc": "00000001",
        "qop": "auth",
    }
