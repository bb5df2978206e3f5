"""The bounded hand-over from the network thread to the ingest thread. When full, the network thread waits: TCP passes that on."""

from collections import deque
from threading import Condition
from typing import NamedTuple


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


class Mailbox:
    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._waiting: deque[Arrival] = deque()
        self._bytes = 0
        self._closed = False
        self._changed = Condition()

    @property
    def bytes(self) -> int:
        return self._bytes

    def put(self, arrival: Arrival) -> None:
        """Waits while the mailbox is full. After `close` what comes is left to the broker, unacknowledged."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._bytes < self._max_bytes)
            if not self._closed:
                self._waiting.append(arrival)
                self._bytes += arrival.weight
                self._changed.notify_all()

    def take(self, most: int, timeout_s: float) -> list[Arrival]:
        """Everything that waits, at most `most`; empty after `timeout_s` without an arrival, or when closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._waiting, timeout_s)
            group = [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]
            self._bytes -= sum(arrival.weight for arrival in group)
            self._changed.notify_all()
            return group

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
