"""The link to the broker as the device sees it, in one thread of its own: connect, serve, connect again.

Each connection is a `Session`, whose library is imported in the link's thread: the first reading does not wait for it (a seventh of a
start). What no receipt covers is sent again by the uplink, not by the library.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from threading import Event, Lock
from typing import TYPE_CHECKING, NamedTuple

from larder_core.names import Address, Channel

if TYPE_CHECKING:
    from larder_agent.session import Session
    from larder_agent.trust import Trust

FIRST_PAUSE_S = 2.0
LONGEST_PAUSE_S = 60.0
HELD_S = 30.0
"""A connection that held for so long was a good one."""

SHORT_LIVED = 2
"""As so many failures counts a connection that was accepted and did not hold, however often: on a bad line the next one is due within
8 s, and two clients of one name push each other off no faster than that."""


class Connected(NamedTuple):
    """The session is there and what comes down is being subscribed."""

    version: str


class Disconnected(NamedTuple):
    """A connection ended, or could not be made: in words for the log, and as a word for the metric."""

    word: str
    detail: str


class Received(NamedTuple):
    topic: str
    payload: bytes
    retained: bool = False


class Refused(NamedTuple):
    """The broker will not take what was published or subscribed."""

    what: str
    reason: str


LinkEvent = Connected | Disconnected | Received | Refused


@dataclass(frozen=True)
class Endpoint:
    """Where the broker is and who we are to it. `trust` None: in the clear, without TLS."""

    host: str
    port: int
    keepalive_s: int
    username: str
    password: str | None
    trust: "Trust | None"


class BrokerLink:
    """`events` takes what happens, from the link's thread; `will` makes the signed status that the broker tells when we are gone."""

    def __init__(
        self,
        endpoint: Endpoint,
        address: Address,
        will: Callable[[], bytes],
        events: Callable[[LinkEvent], None],
        random: Random,
    ) -> None:
        self._endpoint, self._address, self._will, self._events, self._random = endpoint, address, will, events, random
        self._v5 = True
        self._lock = Lock()
        self._session: Session | None = None
        self._last: tuple[str, int] | None = None
        self._again = Event()
        self._known = False
        """Whether a connection with this version was ever accepted."""

    # ---------------------------------------------------------------- from the device's thread

    def publish(self, channel: Channel, payload: bytes, *, retain: bool = False) -> bool:
        """Hand over with QoS 1; False when there is no connection or too much is unacknowledged. True promises nothing."""
        with self._lock:
            return self._session is not None and self._session.publish(channel, payload, retain=retain)

    def ask_config(self) -> None:
        """Subscribe once more: the broker then tells again what is retained."""
        with self._lock:
            if self._session is not None:
                self._session.subscribe(["config"])

    def reconnect(self) -> None:
        """Connect anew: the will speaks of a stream that has ended."""
        self._again.set()

    # ---------------------------------------------------------------- the link's own thread

    def run(self, stop: Event) -> None:
        """Connect, serve, connect again, until `stop`; then say goodbye, so that the will is not told."""
        failures = 0
        while not stop.is_set():
            held_s = self._serve(stop)
            if held_s is not None:
                failures = 0 if held_s >= HELD_S else min(failures, SHORT_LIVED)
            if not self._again.is_set():
                stop.wait(pause_s(failures, self._random))
                failures += 1
            self._again.clear()

    def _serve(self, stop: Event) -> float | None:
        """One connection from beginning to end; for how many seconds after its acceptance it held, None if it never was accepted."""
        try:
            from larder_agent.session import Session
        except (
            OSError,
            ImportError,
        ) as error:  # too few file descriptors, a disk that does not answer: readings go on being taken
            self._events(
                Disconnected(type(error).__name__.lower(), f"the library of the link cannot be loaded: {error}")
            )
            return None
        session = Session(self._endpoint, self._address, self._events, self._accepted, v5=self._v5, last=self._last)
        try:
            session.serve(self._will(), lambda: stop.is_set() or self._again.is_set())
        finally:
            with self._lock:
                self._session = None
        self._learn(session)
        session.ended("closed", "the connection was closed")
        return time.monotonic() - session.since if session.accepted else None

    def _accepted(self, session: "Session") -> None:
        self._last = session.peer() or self._last
        with self._lock:
            self._session = session
        self._events(Connected("5" if self._v5 else "3.1.1"))

    def _learn(self, session: "Session") -> None:
        """A broker that speaks only 3.1.1 refuses our 5 or hangs up on it; the other version is then tried until one is accepted."""
        if session.accepted:
            self._known = True
        elif session.wrong_version or (session.silent and not self._known):
            self._v5 = not self._v5
            if session.wrong_version and not self._v5:
                self._again.set()


def pause_s(failures: int, random: Random) -> float:
    """Seconds before the next attempt after so many in vain: longer each time, and at a random moment of it, so that the devices of a
    county do not all come at once when the power or the broker is back."""
    return min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(failures, 10)) * random.uniform(0.1, 1)
