"""An MQTT client for tests: paho, MQTT 3.1.1, with blocking calls that have deadlines. It never reconnects by itself."""

import queue
import socket
import threading
from contextlib import suppress
from typing import Any, NamedTuple, Self, cast

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from tests.support.brokers import Broker

DEADLINE_S = 15.0


class Received(NamedTuple):
    """A message as it arrived."""

    topic: str
    payload: bytes
    qos: int
    retain: bool


class MqttClient:
    """A connection of one user, for use with ``with``."""

    def __init__(
        self,
        broker: Broker,
        user: str,
        *,
        password: str | None = None,
        client_id: str | None = None,
        clean: bool = True,
        will: tuple[str, bytes] | None = None,
    ) -> None:
        self.user = user
        self.inbox: queue.Queue[Received] = queue.Queue()
        self.session_present = False
        self.gone = threading.Event()
        self._answers: queue.Queue[Any] = queue.Queue()
        self._broker = broker
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id or user,
            clean_session=clean,
            protocol=paho.MQTTv311,
            reconnect_on_failure=False,
        )
        client.username_pw_set(user, broker.password(user) if password is None else password)
        if broker.ca_file is not None:
            client.tls_set(str(broker.ca_file))
        if will is not None:
            client.will_set(will[0], will[1], qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_disconnect = self._on_disconnect
        self._client = client

    # paho's thread: only enqueue, never raise.

    def _on_connect(
        self, client: paho.Client, userdata: Any, flags: paho.ConnectFlags, reason: ReasonCode, props: Properties | None
    ) -> None:
        self._answers.put((str(reason), flags.session_present))

    def _on_subscribe(
        self, client: paho.Client, userdata: Any, mid: int, reasons: list[ReasonCode], props: Properties | None
    ) -> None:
        self._answers.put([not reason.is_failure for reason in reasons])

    def _on_message(self, client: paho.Client, userdata: Any, message: paho.MQTTMessage) -> None:
        self.inbox.put(Received(message.topic, bytes(message.payload), message.qos, message.retain))

    def _on_disconnect(
        self, client: paho.Client, userdata: Any, flags: Any, reason: ReasonCode, props: Properties | None
    ) -> None:
        self.gone.set()

    def connect(self) -> str:
        """Connect; the CONNACK's reason in paho's words (``Success``, ``Not authorized``)."""
        self._client.connect(self._broker.host, self._broker.port, keepalive=30)
        self._client.loop_start()
        reason, self.session_present = self._answers.get(timeout=DEADLINE_S)
        return str(reason)

    def __enter__(self) -> Self:
        reason = self.connect()
        assert reason == "Success", f"{self.user}: {reason}"
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Send DISCONNECT and end the network thread."""
        self._client.disconnect()
        self._client.loop_stop()

    def drop(self) -> None:
        """Cut the connection without a DISCONNECT, as a power cut does, so that the broker sends the will."""
        stream = self._client.socket()
        assert stream is not None, f"{self.user} is not connected"
        with suppress(OSError):
            cast(socket.socket, stream).shutdown(socket.SHUT_RDWR)

    def subscribe(self, topic_filter: str, qos: int = 1) -> bool:
        """Whether the SUBACK granted it."""
        self._client.subscribe(topic_filter, qos)
        granted: list[bool] = self._answers.get(timeout=DEADLINE_S)
        return all(granted)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish with QoS 1 and wait for the PUBACK."""
        info = self._client.publish(topic, payload, qos=1, retain=retain)
        info.wait_for_publish(DEADLINE_S)
        assert info.is_published(), f"{self.user}: no PUBACK for {topic}"

    def send(self, topic: str, payload: bytes) -> None:
        """Publish with QoS 1 and wait for nothing."""
        self._client.publish(topic, payload, qos=1)

    def flood(self, topic: str, payload: bytes) -> None:
        """Publish with QoS 0, which no acknowledgement slows down."""
        self._client.publish(topic, payload, qos=0)

    def next(self, deadline_s: float = DEADLINE_S) -> Received:
        """The next message; AssertionError when none comes in time."""
        try:
            return self.inbox.get(timeout=deadline_s)
        except queue.Empty:
            raise AssertionError(f"{self.user}: no message within {deadline_s:g} s") from None

    def until(self, payload: bytes) -> list[Received]:
        """All messages up to and including the one with this payload."""
        seen = [self.next()]
        while seen[-1].payload != payload:
            seen.append(self.next())
        return seen
