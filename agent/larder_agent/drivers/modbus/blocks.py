"""Which registers are read together: fewer requests, because a gateway at 9600 baud takes some 30 ms for each."""

from collections.abc import Sequence
from typing import NamedTuple

from larder_agent.drivers.modbus.register import RegisterPoint

MOST = 125  # registers in one answer: Modbus Application Protocol V1.1b3, 6.3


class Block(NamedTuple):
    """One request: `length` registers from `start`, and the points (by their place in the settings) that stand in them."""

    unit_id: int
    kind: str
    start: int
    length: int
    places: tuple[int, ...]


def blocks(points: Sequence[RegisterPoint]) -> tuple[Block, ...]:
    """Points of one unit and kind whose registers touch are one block. A gap is never read over: many transmitters
    refuse a request that includes a register they do not have."""
    ordered = sorted(
        range(len(points)), key=lambda place: (points[place].unit_id, points[place].kind, points[place].register)
    )
    found: list[Block] = []
    for place in ordered:
        single = alone(points, place)
        joined = _joined(found[-1], single) if found else None
        if joined:
            found[-1] = joined
        else:
            found.append(single)
    return tuple(found)


def alone(points: Sequence[RegisterPoint], place: int) -> Block:
    """The block of one point only."""
    point = points[place]
    return Block(point.unit_id, point.kind, point.register, point.words, (place,))


def _joined(before: Block, after: Block) -> Block | None:
    end = max(before.start + before.length, after.start + after.length)
    if before[:2] != after[:2] or after.start > before.start + before.length or end - before.start > MOST:
        return None
    return before._replace(length=end - before.start, places=before.places + after.places)
