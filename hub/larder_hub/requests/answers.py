"""What of a request is answered, gone, or still to come. Pure."""

from collections.abc import Container, Iterable
from typing import NamedTuple

MOST_NUMBERS = 10_000
"""Numbers of one request: a day of a device that seals every ten seconds."""


class Request(NamedTuple):
    """Numbers `first..last` of a stream that the device is to send again, why, and how far that is.

    `answered` numbers came after the request, `differing` of them with another hash than the ledger holds (a fork, [H4]); `gone` are
    those that the device no longer holds by its own signed word. `closed_ms`: nothing more is to come, or the request was withdrawn.
    """

    id: int
    device: str
    stream: str
    first: int
    last: int
    reason: str
    asked_ms: int
    closed_ms: int | None
    answered: int
    differing: int
    gone: int

    @property
    def size(self) -> int:
        return self.last - self.first + 1

    @property
    def left(self) -> int:
        return self.size - self.answered - self.gone


def gone(request: Request, answered: Container[int], first: int, lost: Iterable[tuple[int, int]]) -> int:
    """How many numbers will not come: below `first`, the lowest that the device answers for, or declared lost by it."""
    ranges = [(1, first - 1), *lost]
    return sum(
        1
        for n in range(request.first, request.last + 1)
        if n not in answered and any(low <= n <= high for low, high in ranges)
    )
