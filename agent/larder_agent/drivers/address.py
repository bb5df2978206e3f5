"""Names to addresses, and TCP connections, both in bounded time."""

import socket
import threading
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

HOST = r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}|[0-9a-fA-F]{0,4}:[0-9a-fA-F]{0,4}:[0-9a-fA-F:.]{0,35}"
HOST_HINT = "an IP address or a host name alone: no scheme, no user, no port, no path"

Clock = Callable[[], float]
"""Seconds that never run backwards."""


class Address(NamedTuple):
    family: socket.AddressFamily
    ip: str
    connect_to: Any
    """What `socket.connect` takes; its shape depends on the family."""


class Unresolved(OSError):
    """A name for which there is no address, or none in time."""


class NameLookup:
    """The addresses of one host. The system's resolver has no timeout of its own, so a name is looked up in a thread;
    at most one such thread is ever under way."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._search: _Search | None = None

    def addresses(self, timeout_s: float) -> tuple[Address, ...]:
        """At least one address, as the system orders them. Raises Unresolved. Not kept: names may move."""
        literal = _resolve(self._host, self._port, socket.AI_NUMERICHOST)
        if literal:
            return literal
        search = self._search
        if search is None:
            search = self._search = _Search(self._host, self._port)
            search.start()
        search.join(max(0.0, timeout_s))
        if search.is_alive():
            raise Unresolved(f"no answer for the name {self._host} in {timeout_s:.1f} s")
        self._search = None
        if not search.found:
            raise Unresolved(f"no address for the name {self._host}")
        return search.found


class _Search(threading.Thread):
    def __init__(self, host: str, port: int) -> None:
        super().__init__(name=f"lookup {host}", daemon=True)
        self._query = host, port
        self.found: tuple[Address, ...] = ()

    def run(self) -> None:
        self.found = _resolve(*self._query, flags=0)


def _resolve(host: str, port: int, flags: int) -> tuple[Address, ...]:
    """Empty when there is none: a name that does not resolve is an everyday fault of a site's network."""
    try:
        rows = socket.getaddrinfo(host.encode() if host.isascii() else host, port, type=socket.SOCK_STREAM, flags=flags)
    except (OSError, UnicodeError):
        return ()
    return tuple(Address(family, str(where[0]), where) for family, _, _, _, where in rows)


def connect(addresses: Sequence[Address], deadline: float, clock: Clock) -> socket.socket:
    """A TCP connection to the first address that takes one; each gets an equal share of the time that is left.

    Raises OSError: TimeoutError past the deadline, else what the last address answered.
    """
    failure: OSError = TimeoutError("no time left to connect")
    for place, address in enumerate(addresses):
        share = (deadline - clock()) / (len(addresses) - place)
        if share <= 0:
            break
        connection = socket.socket(address.family, socket.SOCK_STREAM)
        try:
            connection.settimeout(share)
            connection.connect(address.connect_to)
        except OSError as error:
            connection.close()
            failure = error
        else:
            return connection
    raise failure
