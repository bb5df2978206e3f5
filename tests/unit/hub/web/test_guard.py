"""Who may ask, how much they may send, and what a browser may do with the answer."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from larder_hub.web.app import build_web
from larder_hub.web.guard import MAX_BODY, SECURITY_HEADERS
from tests.support.web_client import Caller
from tests.support.web_world import World

ACK = "/api/v1/alarms/4017aa00bb11cc22/ack"
JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 200), ("GET", "/api/v1/now", 200), ("GET", "/nowhere", 404), ("DELETE", "/", 405), ("GET", "/style.css", 200),
     ("GET", "/api/v1/alarms?limit=x", 422)],
)  # fmt: skip
def test_every_answer_carries_the_security_headers(ask: Caller, method: str, path: str, status: int) -> None:
    answer = ask(method, path)
    assert answer.status_code == status
    for name, value in SECURITY_HEADERS.items():
        assert answer.headers[name] == value
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy


def test_another_host_name_is_refused(world: World) -> None:
    app = build_web(world.services())
    for base in ("http://127.0.0.1:8080", "http://localhost", "http://[::1]:8080"):
        assert Caller(app, base).get("/api/v1/health").status_code == 200
    for base in ("http://evil.example", "http://127.0.0.1.evil.example"):
        answer = Caller(app, base).get("/api/v1/health")
        assert (answer.status_code, "frame-ancestors" in answer.headers["content-security-policy"]) == (400, True)
        assert set(answer.json()) == {"error", "hint"} and "web.allowed_hosts" in answer.json()["hint"]


@pytest.mark.parametrize(
    "host", ["", "127.0.0.1:x", "127.0.0.1:", "127.0.0.1@evil.example", "127.0.0.1/", "[::1", "127.0.0.1, x"]
)
def test_a_host_that_is_none_is_refused(ask: Caller, host: str) -> None:
    assert ask.get("/api/v1/health", headers={"host": host}).status_code == 400


def test_a_pattern_allows_the_names_below_it_alone(world: World) -> None:
    app = build_web(replace(world.services(), allowed_hosts=("*.Example.com",)))
    for base, status in [
        ("a.example.com", 200),
        ("A.B.EXAMPLE.com:80", 200),
        ("example.com", 400),
        ("evilexample.com", 400),
    ]:
        assert Caller(app, f"http://{base}").get("/api/v1/health").status_code == status, base


def test_nobody_is_invited_from_another_origin(ask: Caller) -> None:
    asked = {"origin": "http://evil.example", "access-control-request-method": "POST"}
    answers = [ask("OPTIONS", ACK, headers=asked), ask.get("/api/v1/now", headers=asked)]
    assert not [name for answer in answers for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "text/json"]
)
def test_what_a_form_of_another_site_could_send_is_refused(ask: Caller, world: World, kind: str) -> None:
    answer = ask("POST", ACK, content=b'{"actor":"li"}', headers={"content-type": kind})
    assert answer.status_code in (415, 422)
    assert set(answer.json()) == {"error", "hint"}
    assert world.book.alarms[0].handling == "unacked"


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=utf-8"])
def test_json_is_taken(ask: Caller, kind: str) -> None:
    assert ask("POST", ACK, content=b'{"actor":"li"}', headers={"content-type": kind}).status_code == 200


@pytest.mark.parametrize(
    "shown",
    [None, "Bearer wrong", "Bearer", "Basic c2VjcmV0", "secret", "Bearer secre", "Bearer secret2", "Bearer \xff"],
)
def test_without_the_token_nothing_is_written(world: World, shown: str | None) -> None:
    ask = Caller(build_web(world.services(operator_token="secret")))
    headers = JSON if shown is None else JSON | {"authorization": shown.encode("latin-1").decode("latin-1")}
    answer = ask(
        "POST",
        ACK,
        content=b'{"actor":"li"}',
        headers={name: value.encode("latin-1") for name, value in headers.items()},
    )
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert world.book.alarms[0].handling == "unacked"
    assert "secret" not in answer.text


@pytest.mark.parametrize("token", ["secret", "密钥"])
def test_with_the_token_it_is_written_and_reading_needs_none(world: World, token: str) -> None:
    ask = Caller(build_web(world.services(operator_token=token)))
    assert ask.get("/api/v1/now").status_code == 200
    headers = {"content-type": b"application/json", "authorization": f"bearer  {token}".encode()}
    assert ask("POST", ACK, content=b'{"actor":"li"}', headers=headers).status_code == 200


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'{"actor":""}', b'{"actor":"  "}', b'{"actor":1}', b'{"actor":"li","role":"admin"}', b'{"actor":NaN}',
     b'{"actor":"\\ud800"}', b"\xff\xfe", b'{"actor":"' + b"a" * 65 + b'"}', b'{"note":"x"}', b"[" * 5_000,
     b'{"actor":' + b"9" * 5_000 + b"}"],
)  # fmt: skip
def test_a_body_that_is_no_acknowledgement_is_refused(ask: Caller, world: World, body: bytes) -> None:
    answer = ask("POST", ACK, content=body, headers=JSON)
    assert answer.status_code in (400, 422), answer.text
    assert set(answer.json()) == {"error", "hint"}
    assert world.book.alarms[0].handling == "unacked"


async def pieces(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"x" * 1024


def test_a_body_is_bounded_announced_or_not(ask: Caller) -> None:
    for content in (b"x" * (MAX_BODY + 1), pieces(MAX_BODY // 1024 + 1)):
        answer = ask("POST", ACK, content=content, headers=JSON)
        assert (answer.status_code, answer.json()["hint"]) == (413, "send at most 64 KiB")
    at_the_limit = json.dumps({"actor": "li", "note": ""}).encode().ljust(MAX_BODY)
    assert ask("POST", ACK, content=at_the_limit, headers=JSON).status_code == 200


@pytest.mark.parametrize("length", ["x", "-1", "1_0", "９", "9" * 400])
def test_an_absurd_length_is_refused(ask: Caller, length: str) -> None:
    answer = ask("POST", ACK, content=b"{}", headers={**JSON, "content-length": length.encode()})
    assert answer.status_code == 413
