"""What the device's thread waits for: groups of samples, and what the link has to tell."""

from queue import Empty, SimpleQueue

from larder_agent.away import Missed
from larder_agent.metrics import Metrics
from larder_agent.mqtt import LinkEvent, Received
from larder_agent.staging import Group
from larder_agent.still import Burst

MOST_RECEIVED = 256
"""Messages from the broker that may wait; a receipt is cumulative, so what is dropped comes again."""


class Silenced:
    """Somebody at the site has silenced its alarm."""


class Wake:
    """Look at the clock and at `stop`."""


DeviceEvent = Group | Missed | Burst | LinkEvent | Silenced | Wake


class Inbox:
    """Many threads put, one takes. Bounded where a stranger could fill it."""

    def __init__(self, metrics: Metrics) -> None:
        self._queue: SimpleQueue[DeviceEvent] = SimpleQueue()
        self._metrics = metrics

    def put(self, event: DeviceEvent) -> None:
        if isinstance(event, Received) and self._queue.qsize() >= MOST_RECEIVED:
            self._metrics.count("messages_dropped")
            return
        self._queue.put(event)

    def take(self, timeout_s: float) -> list[DeviceEvent]:
        """All that is there, waiting at most `timeout_s` for the first."""
        events: list[DeviceEvent] = []
        try:
            events.append(self._queue.get(timeout=max(0.0, timeout_s)))
            while len(events) < MOST_RECEIVED:
                events.append(self._queue.get_nowait())
        except Empty:
            pass
        return events
