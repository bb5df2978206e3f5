"""One connection to a camera: the address judged before it is connected to, one deadline over all, failures as reason words."""

import socket
from collections.abc import Mapping
from types import TracebackType

from larder_agent.drivers.address import Clock, NameLookup, Unresolved, connect
from larder_agent.drivers.camera.allow import Policy, permitted

WHOLE = 64 * 1024


class Blocked(OSError):
    """The name leads to an address that may not be asked."""


class BadAnswer(ValueError):
    """What came is not an answer in the camera's protocol."""


REASON_OF: Mapping[type[BaseException], str] = {
    Blocked: "blocked-address",
    Unresolved: "no-address",
    TimeoutError: "timeout",
    ConnectionRefusedError: "refused",
    ConnectionError: "reset",
    OSError: "unreachable",
    BadAnswer: "bad-answer",
}
"""The first class that fits gives the word; texts of exceptions are not passed on, for they may repeat what was asked."""

LINE_REASONS = tuple(REASON_OF.values())


def reason_of(error: OSError | BadAnswer) -> str:
    return next(word for kind, word in REASON_OF.items() if isinstance(error, kind))


class Line:
    """A connection whose every wait ends at `deadline`."""

    def __init__(self, connection: socket.socket, deadline: float, clock: Clock) -> None:
        self._connection, self._deadline, self._clock = connection, deadline, clock

    def send(self, octets: bytes) -> None:
        """Raises OSError, TimeoutError past the deadline."""
        self._connection.settimeout(self._left())
        self._connection.sendall(octets)

    def receive(self) -> bytes:
        """What came, empty at the end of the connection. Raises OSError, TimeoutError past the deadline."""
        self._connection.settimeout(self._left())
        return self._connection.recv(WHOLE)

    def _left(self) -> float:
        left = self._deadline - self._clock()
        if left <= 0:
            raise TimeoutError
        return left

    def __enter__(self) -> "Line":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()


def dial(lookup: NameLookup, policy: Policy, deadline: float, clock: Clock) -> Line:
    """The name is looked up once, all its addresses are judged, and what was judged is what is connected to: a name that changes
    between two look-ups gains nothing. Raises OSError."""
    addresses = lookup.addresses(deadline - clock())
    if not all(permitted(address.ip, policy.networks, policy.loopback) for address in addresses):
        raise Blocked
    return Line(connect(addresses, deadline, clock), deadline, clock)
