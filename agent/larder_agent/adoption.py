"""Bodies of an ended stream packed into entries of the new one. PROTOCOL.md [A8]. Pure."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from larder_core.sizes import MAX_ADOPTED, MAX_ENTRY

ROOM = MAX_ENTRY - 1024
"""Bytes of bodies in one adopting entry; the rest is for its header and what it says of its speaker."""

OVERHEAD = 512
"""Bytes of an adopting entry without its bodies, at most."""


class Body(NamedTuple):
    """A line of an ended stream on its way into the new one, and how many readings it counts."""

    text: str
    readings: int


def cost(body: str) -> int:
    """Bytes of a body as a JSON string: lines are ASCII, so only quotes and backslashes grow."""
    return len(body) + body.count('"') + body.count("\\") + 3


def pack(bodies: Iterable[Body]) -> Iterator[list[Body]]:
    """Bodies in order, by the adopting entry they fit into. Each must itself cost at most ROOM."""
    together: list[Body] = []
    size = 0
    for body in bodies:
        price = cost(body.text)
        if together and (size + price > ROOM or len(together) == MAX_ADOPTED):
            yield together
            together, size = [], 0
        together.append(body)
        size += price
    if together:
        yield together


def spilt(costs: list[int], bound: int) -> int:
    """How many of the oldest bodies must go so that the adopting entries of the rest stay under `bound` bytes.

    Two neighbouring packs hold more than ROOM or the first is full of bodies, which bounds how many packs there are.
    """
    total, gone = sum(costs), 0
    while gone < len(costs):
        left = len(costs) - gone
        packs = min(left, 2 * total // ROOM + left // MAX_ADOPTED + 1)
        if total + packs * OVERHEAD <= bound:
            break
        total -= costs[gone]
        gone += 1
    return gone
