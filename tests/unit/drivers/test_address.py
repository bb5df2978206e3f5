"""Names and connections cost no more time than they are given."""

import socket
import threading
import time
from typing import Any

import pytest

from larder_agent.drivers.address import Address, NameLookup, Unresolved, connect
from tests.unit.drivers.peers import TcpPeer, deaf_port, free_port, wait_for_end


def at(port: int) -> Address:
    return Address(socket.AF_INET, "127.0.0.1", ("127.0.0.1", port))


def test_an_address_needs_no_lookup_and_a_local_name_is_found() -> None:
    assert NameLookup("127.0.0.1", 502).addresses(0.0) == (at(502),)
    assert at(502) in NameLookup("localhost", 502).addresses(5.0)
    (six,) = NameLookup("::1", 502).addresses(0.0)
    assert (six.family, six.ip) == (socket.AF_INET6, "::1")


def test_a_name_without_an_address_is_an_error_not_a_wait() -> None:
    """A label of 64 letters is refused before anything is sent (RFC 1035, 2.3.4: at most 63)."""
    with pytest.raises(Unresolved, match="no address"):
        NameLookup("a" * 64, 502).addresses(5.0)


def test_a_resolver_that_hangs_costs_its_share_and_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = threading.Event()
    asked = []

    def hang(host: bytes, port: int, *, type: int, flags: int) -> list[Any]:
        if flags == socket.AI_NUMERICHOST:
            raise socket.gaierror
        asked.append(host)
        assert answer.wait(10)
        return [(socket.AF_INET, type, 6, "", ("10.0.0.9", port))]

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    lookup = NameLookup("gateway", 502)
    for _ in range(3):
        with pytest.raises(Unresolved, match="no answer"):
            lookup.addresses(0.02)
    assert asked == [b"gateway"]
    answer.set()
    assert lookup.addresses(10) == (Address(socket.AF_INET, "10.0.0.9", ("10.0.0.9", 502)),)


def test_the_next_address_is_tried_when_one_refuses() -> None:
    with TcpPeer(wait_for_end) as peer:
        connect([at(free_port()), at(peer.port)], time.monotonic() + 5, time.monotonic).close()


def test_a_refusal_is_told_from_a_host_that_says_nothing() -> None:
    with pytest.raises(ConnectionRefusedError):
        connect([at(free_port())], time.monotonic() + 5, time.monotonic)
    with deaf_port() as port:
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            connect([at(port), at(port)], started + 0.3, time.monotonic)
        assert time.monotonic() - started < 2


def test_no_time_is_no_connection() -> None:
    with TcpPeer(wait_for_end) as peer, pytest.raises(TimeoutError):
        connect([at(peer.port)], time.monotonic() - 1, time.monotonic)
