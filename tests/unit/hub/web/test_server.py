"""The server: a socket bound before it serves, a clean stop, and no open door."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import httpx
import pytest

from larder_hub.config import ConfigError
from larder_hub.web.app import build_web
from larder_hub.web.server import WebServer, is_loopback
from tests.support.web_world import World


def server(world: World, host: str = "127.0.0.1", port: int = 0, *, has_token: bool = False) -> WebServer:
    return WebServer(build_web(world.services()), host, port, has_token=has_token, config_file=Path("hub.toml"))


@contextmanager
def serving(one: WebServer) -> Iterator[int]:
    port, stop = one.bind(), Event()
    thread = Thread(target=one.run, args=(stop,))
    thread.start()
    try:
        yield port
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


def test_it_serves_on_the_port_it_reports_and_stops_clean(world: World) -> None:
    with serving(server(world)) as port, httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        assert client.get("/api/v1/health").json()["healthy"] is True
        answer = client.get("/")
        assert "刚察民中食堂" in answer.text and "server" not in answer.headers
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))


def test_a_stop_does_not_wait_for_an_idle_connection(world: World) -> None:
    with serving(server(world)) as port, socket.create_connection(("127.0.0.1", port)) as idle:
        idle.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        assert httpx.get(f"http://127.0.0.1:{port}/api/v1/health", trust_env=False).status_code == 200


@pytest.mark.parametrize(
    "raw",
    [
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /\xff HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
    ],
)
def test_bytes_that_are_no_request_leave_it_serving(world: World, raw: bytes) -> None:
    with serving(server(world)) as port:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as stranger:
            stranger.sendall(raw)
            stranger.shutdown(socket.SHUT_WR)
            answer = stranger.recv(65_536)
        assert not answer.startswith((b"HTTP/1.1 5", b"HTTP/1.0 5"))
        assert httpx.get(f"http://127.0.0.1:{port}/api/v1/health", trust_env=False).status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "hub.example", ""])
def test_beyond_loopback_it_needs_a_token(world: World, host: str) -> None:
    with pytest.raises(ConfigError, match=r"hub\.toml: web\.host: .*operator_token_file"):
        server(world, host).bind()


def test_with_a_token_it_may_listen_everywhere(world: World) -> None:
    one = server(world, "0.0.0.0", has_token=True)
    assert one.bind() > 0
    one.close()


def test_a_port_taken_is_an_error_that_says_what_to_do(world: World) -> None:
    first = server(world)
    port = first.bind()
    with pytest.raises(ConfigError, match=rf"web\.port: cannot listen on 127\.0\.0\.1:{port}.*another hub"):
        server(world, port=port).bind()
    first.close()


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("[::1]", True), ("localhost", True), ("0.0.0.0", False), ("::", False),
     ("localhost.example", False), ("127.0.0.1.example", False), ("", False)],
)  # fmt: skip
def test_what_counts_as_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
