"""The connection to the broker: paho, one client object a connection, in one thread of our own.

Each connection has a will signed for it, and starts with nothing left over of the one before: what no receipt covers is sent again by
the uplink, not by paho. Running paho's loop in our thread lets an error in it end the task aloud; in paho's own thread it would die
silently while `is_connected()` still said True. Callbacks only enqueue and never raise.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from threading import Event, Lock
from typing import Any, NamedTuple

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from larder_agent.dialing import Client, peer_of
from larder_agent.trust import Trust
from larder_core.names import DOWN, Address, Channel

SESSION_EXPIRY_S = 86_400
"""MQTT 5: how long the broker keeps a session. Receipts are cumulative, so a lost session costs nothing but one heartbeat."""

IN_FLIGHT = 16
"""Publishes without PUBACK at once; Mosquitto takes 20 by default."""

QUEUED = 64
"""Publishes handed to paho and not acknowledged, all in all. At most 64 times 128 KiB of memory."""

CONNECT_TIMEOUT_S = 10.0
FIRST_PAUSE_S = 2.0
LONGEST_PAUSE_S = 60.0
HELD_S = 30.0
"""A connection that held for so long was a good one."""

SHORT_LIVED = 2
"""As so many failures counts a connection that was accepted and did not hold, however often: on a bad line the next one is due within
8 s, and two clients of one name push each other off no faster than that."""

LOOP_S = 1.0


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
    trust: Trust | None


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
        self._version = MQTTProtocolVersion.MQTTv5
        self._lock = Lock()
        self._client: paho.Client | None = None
        self._last: tuple[str, int] | None = None
        self._again = Event()
        self._known = False
        """Whether a connection with `_version` was ever accepted."""

    # ---------------------------------------------------------------- from the device's thread

    def publish(self, channel: Channel, payload: bytes, *, retain: bool = False) -> bool:
        """Hand over with QoS 1; False when there is no connection or too much is unacknowledged. True promises nothing."""
        with self._lock:
            if self._client is None:
                return False
            sent = self._client.publish(self._address.topic(channel), payload, qos=1, retain=retain)
        return sent.rc == MQTTErrorCode.MQTT_ERR_SUCCESS

    def ask_config(self) -> None:
        """Subscribe once more: the broker then tells again what is retained."""
        with self._lock:
            if self._client is not None:
                self._client.subscribe(self._address.topic("config"), qos=1)

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
        told = _Told(self)
        client = self._make(told)
        try:
            self._connect(client)
            while client.loop(LOOP_S) == MQTTErrorCode.MQTT_ERR_SUCCESS and not (stop.is_set() or self._again.is_set()):
                pass
            if told.accepted:
                self._goodbye(client)
        except (OSError, ValueError) as error:
            told.ended(type(error).__name__.lower(), f"{self._endpoint.host}:{self._endpoint.port}: {error}")
        finally:
            with self._lock:
                self._client = None
        self._learn(told)
        told.ended("closed", "the connection was closed")
        return time.monotonic() - told.since if told.accepted else None

    def _make(self, told: "_Told") -> Client:
        v5 = self._version == MQTTProtocolVersion.MQTTv5
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._address.device,
            clean_session=None if v5 else False,
            protocol=self._version,
            reconnect_on_failure=False,
        )
        client.last = self._last
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.max_inflight_messages_set(IN_FLIGHT)
        client.max_queued_messages_set(QUEUED)
        client.username_pw_set(self._endpoint.username, self._endpoint.password)
        if self._endpoint.trust is not None:
            client.tls_set_context(self._endpoint.trust.context())
        client.will_set(self._address.topic("status"), self._will(), qos=1, retain=True)
        client.on_connect, client.on_disconnect, client.on_message = (
            told.on_connect,
            told.on_disconnect,
            told.on_message,
        )
        client.on_publish, client.on_subscribe = told.on_publish, told.on_subscribe
        # Without this paho writes to the socket from whichever thread publishes, between the bytes of our own.
        client.on_socket_register_write = told.on_wish_to_write
        return client

    def _connect(self, client: paho.Client) -> None:
        at = self._endpoint
        # paho pings after one keepalive without a byte from the broker and gives up after the second: so 1.5 of what was asked for.
        keepalive_s = at.keepalive_s * 3 // 4
        if self._version != MQTTProtocolVersion.MQTTv5:
            client.connect(at.host, at.port, keepalive=keepalive_s)
            return
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = SESSION_EXPIRY_S
        client.connect(at.host, at.port, keepalive=keepalive_s, clean_start=False, properties=properties)

    def _goodbye(self, client: paho.Client) -> None:
        """Let what was handed over leave, then DISCONNECT."""
        client.disconnect()
        for _ in range(5):
            if client.loop(0.2) != MQTTErrorCode.MQTT_ERR_SUCCESS:
                return

    def _learn(self, told: "_Told") -> None:
        """A broker that speaks only 3.1.1 refuses our 5 or hangs up on it; the other version is then tried until one is accepted."""
        if told.accepted:
            self._known = True
        elif told.wrong_version or (told.silent and not self._known):
            v5 = self._version == MQTTProtocolVersion.MQTTv5
            self._version = MQTTProtocolVersion.MQTTv311 if v5 else MQTTProtocolVersion.MQTTv5
            if told.wrong_version and v5:
                self._again.set()

    def accepted(self, client: paho.Client) -> None:
        """Called from the CONNACK: subscribe before anybody publishes, so that the receipt for a birth is not missed."""
        client.subscribe([(self._address.topic(channel), 1) for channel in DOWN])
        if self._endpoint.trust is not None:
            self._last = peer_of(client)
        with self._lock:
            self._client = client
        self._events(Connected("5" if self._version == MQTTProtocolVersion.MQTTv5 else "3.1.1"))

    def tell(self, event: LinkEvent) -> None:
        self._events(event)


class _Told:
    """What paho calls back during one connection."""

    def __init__(self, link: BrokerLink) -> None:
        self._link = link
        self._over = False
        self.accepted = self.wrong_version = False
        self.since = 0.0
        self.silent = False
        """The peer took the connection and ended it without a CONNACK."""

    def ended(self, word: str, detail: str) -> None:
        """Tell it once."""
        if not self._over:
            self._over = True
            self._link.tell(Disconnected(word, detail))

    def on_connect(self, client: paho.Client, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self.wrong_version = str(reason) == "Unsupported protocol version"
            self.ended(_word(str(reason)), f"the broker refused the connection: {reason}")
        else:
            self.accepted, self.since = True, time.monotonic()
            self._link.accepted(client)

    def on_disconnect(self, _client: Any, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self.silent = not self.accepted and not self._over
        self.ended(_word(str(reason)), f"the connection ended: {reason}")

    def on_message(self, _client: Any, _userdata: Any, message: paho.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = "(not UTF-8)"
        self._link.tell(Received(topic, bytes(message.payload), message.retain))

    def on_publish(self, _client: Any, _userdata: Any, _mid: int, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._link.tell(Refused("publish", _word(str(reason))))

    def on_subscribe(self, _client: Any, _userdata: Any, _mid: int, reasons: Any, _properties: Any) -> None:
        for reason in reasons:
            if reason.is_failure:
                self._link.tell(Refused("subscribe", _word(str(reason))))

    def on_wish_to_write(self, _client: Any, _userdata: Any, _socket: Any) -> None:
        """The loop is woken by paho itself."""


def pause_s(failures: int, random: Random) -> float:
    """Seconds before the next attempt after so many in vain: longer each time, and at a random moment of it, so that the devices of a
    county do not all come at once when the power or the broker is back."""
    return min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(failures, 10)) * random.uniform(0.1, 1)


def _word(reason: str) -> str:
    return reason.lower().replace(" ", "-")
