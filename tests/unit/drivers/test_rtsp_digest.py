"""The digest against the worked examples that the standards print."""

import pytest

from larder_agent.drivers.camera.digest import Challenge, Credentials, authorization, choose, response

RFC2617 = (
    'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", '
    'opaque="5ccc069c403ebaf9f0171e9517f40e41"'
)
RFC7616 = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={}, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)
RFC7616_CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


def proof(offer: str, credentials: Credentials, cnonce: str) -> str:
    challenge = choose([offer])
    assert challenge is not None
    return response(challenge, credentials, "GET", "/dir/index.html", cnonce, "00000001")


def test_the_example_of_rfc_2617() -> None:
    """Section 3.5."""
    assert proof(RFC2617, Credentials("Mufasa", "Circle Of Life"), "0a4f113b") == "6629fae49393a05397450978507c4ef1"


@pytest.mark.parametrize(
    "algorithm, published",
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_rfc_7616(algorithm: str, published: str) -> None:
    """Section 3.9.1."""
    assert proof(RFC7616.format(algorithm), Credentials("Mufasa", "Circle of Life"), RFC7616_CNONCE) == published


def test_the_example_of_rfc_2069_which_has_no_qop() -> None:
    """Section 2.4, with the response as corrected by erratum 749."""
    offer = 'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'
    assert proof(offer, Credentials("Mufasa", "CircleOfLife"), "unused") == "1949323746fe6a43ef61f9606e7febea"


def test_the_header_of_rfc_2617() -> None:
    challenge = choose([RFC2617])
    assert challenge is not None
    assert authorization(challenge, Credentials("Mufasa", "Circle Of Life"), "GET", "/dir/index.html", "0a4f113b") == (
        'Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", '
        'uri="/dir/index.html", response="6629fae49393a05397450978507c4ef1", qop=auth, nc=00000001, cnonce="0a4f113b", '
        'opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )


def test_the_algorithm_is_named_when_the_camera_named_it_and_qop_left_out_when_it_did() -> None:
    challenge = choose(['Digest realm="cam", nonce="n", algorithm=SHA-256'])
    assert challenge is not None
    header = authorization(challenge, Credentials("u", "p"), "DESCRIBE", "rtsp://h:554/", "c")
    assert "algorithm=SHA-256" in header
    assert "qop" not in header and "cnonce" not in header and "opaque" not in header


@pytest.mark.parametrize(
    "offers, expected",
    [
        (['Digest realm="a", nonce="1", algorithm=MD5', 'Digest realm="b", nonce="2", algorithm=SHA-256'], "b"),
        (['Basic realm="plain"', 'digest realm="a",nonce="1"'], "a"),
        (['Digest realm="a", nonce="1", algorithm=md5'], "a"),
        (["Digest realm=bare, nonce=1"], "bare"),
        (['Digest realm="say \\"hi\\", now", nonce="1"'], 'say "hi", now'),
        (['Digest realm="", nonce="1"'], ""),
        (['Basic realm="plain"'], None),
        (['Digest realm="a", nonce="1", algorithm=MD5-sess'], None),
        (['Digest realm="a", nonce="1", qop="auth-int"'], None),
        (['Digest realm="a"'], None),
        (["Digest"], None),
        ([""], None),
        ([], None),
    ],
)
def test_the_strongest_offer_that_we_can_answer_is_taken(offers: list[str], expected: str | None) -> None:
    chosen = choose(offers)
    assert (chosen and chosen.realm) == expected


def test_quotes_in_what_is_repeated_are_escaped() -> None:
    challenge = Challenge('say "hi"', "n", "MD5", False, "", None)
    header = authorization(challenge, Credentials('o"brien', "p"), "DESCRIBE", "/", "c")
    assert header.startswith('Digest username="o\\"brien", realm="say \\"hi\\""')


def test_credentials_do_not_show_their_password() -> None:
    assert "Circle" not in repr(Credentials("Mufasa", "Circle Of Life"))
