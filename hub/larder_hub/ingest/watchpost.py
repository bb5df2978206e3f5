"""Keeps the fence of this hub: says that it is there, hears who else is, and stops the hub or raises its generation.

PROTOCOL.md [H13].
"""

import logging
import secrets
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Protocol

from pydantic import TypeAdapter

from larder_core.content import Count, Millis
from larder_core.digest import line_hash
from larder_core.names import Address, StreamId
from larder_core.refusal import Refused
from larder_core.signed import read_signed
from larder_core.signing import PublicKey, Signer, sign_line
from larder_core.strict_json import One, Wire, write_json
from larder_hub import fence as fencing
from larder_hub.failures import StandDown
from larder_hub.fence import Beacon, Fence, Verdict
from larder_hub.metrics import Metrics

log = logging.getLogger("larder.hub.fence")

NOWHERE = "000000"


def beacon_address(key: str) -> Address:
    """Where hubs with this public key announce themselves: no county has the code 000000, no site of a register is `hub` there."""
    return Address(NOWHERE, "hub", _name(key))


def _name(key: str) -> str:
    return "".join(letter for letter in line_hash(key.encode()).lower() if letter.isalnum())[:32]


class Speaker(Protocol):
    """What the watchpost needs of the broker connection."""

    def session(self) -> int | None: ...

    def retain(self, topic: str, payload: bytes) -> None: ...


class Watchpost:
    """The network thread calls `hear`; everything else is the ingest thread's. `raise_generation` writes the registry."""

    def __init__(self, signer: Signer, public: str, generation: int, raise_generation: Callable[[], int], link: Speaker,
                 metrics: Metrics, now_ms: Callable[[], int], clock: Callable[[], float] = monotonic) -> None:  # fmt: skip
        self._signer, self._public, self._link, self._metrics = signer, PublicKey(public), link, metrics
        self._raise, self._now_ms, self._clock = raise_generation, now_ms, clock
        self._address = beacon_address(public)
        self.topic = self._address.topic("receipt")
        self._fence = Fence(Beacon(secrets.token_hex(16), generation, now_ms(), 0))
        self._session: int | None = None
        self._heard: deque[tuple[bytes, bool]] = deque(maxlen=64)
        self._settled: set[str] = set()

    def hear(self, payload: bytes, *, retained: bool) -> None:
        self._heard.append((payload, not retained))

    def alone(self) -> bool:
        return self._fence.alone(self._clock())

    def turn(self) -> None:
        """What is due. Raises StandDown where another hub with this key is to stay, LedgerFailed."""
        now = self._clock()
        if (session := self._link.session()) != self._session:
            self._session = session
            self._fence = (
                fencing.on_disconnected(self._fence) if session is None else fencing.on_connected(self._fence, now)
            )
        self._say(now)
        while self._heard:
            payload, live = self._heard.popleft()
            if (beacon := self._read(payload)) is not None:
                self._fence, verdict = fencing.on_beacon(self._fence, beacon, live=live, now=now)
                self._obey(verdict, beacon)
        self._say(now)

    def _say(self, now: float) -> None:
        """Before anything is heard: the other must know that we were there, and that agents may have heard us."""
        self._fence, due = fencing.to_say(self._fence, now)
        if due is not None:
            self._link.retain(self.topic, self._written(due))

    def _obey(self, verdict: Verdict, beacon: Beacon) -> None:
        if verdict is Verdict.YIELD:
            self._metrics.rivals.labels("yield").inc()
            raise StandDown(
                f"another hub with this key is live on the broker (generation {beacon.generation}, started {beacon.started_ms}; "
                f"ours {self._fence.own.generation}, {self._fence.own.started_ms}): this one stops. Leave one copy of the data "
                "directory; to move the hub, stop the old one and use `larder hub restore`, which raises the generation"
            )
        if verdict is Verdict.STAY and beacon.instance not in self._settled:
            self._settled.add(beacon.instance)
            self._metrics.rivals.labels("stay").inc()
            generation = self._raise()
            self._fence = fencing.risen(self._fence, generation)
            log.critical("another hub with this key was live on the broker (started %s, generation %s): it should stop. Our "
                         "generation is now %s, so that agents send again what they gave it (find that machine, take the copy away)",
                         beacon.started_ms, beacon.generation, generation)  # fmt: skip

    def _written(self, beacon: Beacon) -> bytes:
        return sign_line(write_json({"beacon": 1, **beacon._asdict()}), self._signer)

    def _read(self, payload: bytes) -> Beacon | None:
        try:
            said = read_signed(_SAID, b'{"beacon":1,', payload, self._public)
        except Refused as error:
            self._metrics.refused.labels(error.refusal.reason).inc()
            return None
        return Beacon(said.instance, said.generation, said.started_ms, said.number)


class _Said(Wire):
    beacon: One
    instance: StreamId
    generation: Count
    started_ms: Millis
    number: Count


_SAID = TypeAdapter(_Said)
