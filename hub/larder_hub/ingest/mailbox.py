"""The bounded hand-over from the network thread to the ingest thread, with a lane for each device.

Lanes take turns, so that a device that floods the hub delays itself. What a lane cannot hold is put down: the sender still has it,
and no receipt says otherwise. When the whole mailbox is full, the network thread waits: TCP passes that on.
"""

from collections import deque
from threading import Condition
from typing import NamedTuple

MOST_BYTES = 512 << 10
"""Of one group. A group is one commit: sites that return with days of entries would make it last for seconds, and what another site
says now would wait for that."""


class Arrival(NamedTuple):
    """A payload as the broker gave it. `mid` and `session` say what to acknowledge, and on which connection."""

    topic: str
    payload: bytes
    mid: int
    qos: int
    session: int

    @property
    def weight(self) -> int:
        return len(self.payload) + 256

    @property
    def lane(self) -> str:
        """The topic without its channel: the broker lets a device write under its own name alone."""
        return self.topic.rpartition("/")[0]


class Lane(deque[Arrival]):
    """Of one device, with the bytes that wait in it."""

    weight = 0


class Mailbox:
    """`lane_bytes` bounds what waits of one device, `max_bytes` what waits at all. A lane gives at most `each` to a group."""

    def __init__(self, max_bytes: int, lane_bytes: int | None = None, each: int = 64) -> None:
        self._max_bytes, self._lane_bytes, self._each = max_bytes, lane_bytes or max_bytes, each
        self._lanes: dict[str, Lane] = {}
        self._bytes = 0
        self._closed = False
        self._changed = Condition()

    @property
    def bytes(self) -> int:
        return self._bytes

    def put(self, arrival: Arrival) -> bool:
        """False where the device's lane is full: it is not taken, and may be acknowledged, which proves nothing. Waits while the whole
        mailbox is full. After `close` what comes is left to the broker, unacknowledged."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._bytes < self._max_bytes)
            if self._closed:
                return True
            lane = self._lanes.setdefault(arrival.lane, Lane())
            if lane.weight >= self._lane_bytes:
                return False
            lane.append(arrival)
            lane.weight += arrival.weight
            self._bytes += arrival.weight
            self._changed.notify_all()
            return True

    def take(self, most: int, timeout_s: float, most_bytes: int = MOST_BYTES) -> list[Arrival]:
        """What waits, at most `most` and about `most_bytes`: one of each lane in turn, each lane's in order; empty after `timeout_s`
        or when closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._lanes, timeout_s)
            group: list[Arrival] = []
            least = self._bytes - most_bytes
            for _ in range(self._each):
                for name in list(self._lanes)[: most - len(group)]:
                    if not group or self._bytes > least:
                        group.append(self._taken(name))
            self._changed.notify_all()
            return group

    def _taken(self, name: str) -> Arrival:
        """The lane goes behind the others: where there are more lanes than a group has room, the next group begins with the rest."""
        lane = self._lanes.pop(name)
        arrival = lane.popleft()
        lane.weight -= arrival.weight
        self._bytes -= arrival.weight
        if lane:
            self._lanes[name] = lane
        return arrival

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
