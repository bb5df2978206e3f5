"""One connection to the broker: paho, one client object, run by the link's thread.

It has a will signed for it, and starts with nothing left over of the one before. Running paho's loop in our thread lets an error in it
end the task aloud; in paho's own thread it would die silently while `is_connected()` still said True. Callbacks only enqueue and never
raise.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from larder_agent.dialing import Client, peer_of
from larder_agent.mqtt import Disconnected, Endpoint, LinkEvent, Received, Refused
from larder_core.names import DOWN, Address, Channel

SESSION_EXPIRY_S = 86_400
"""MQTT 5: how long the broker keeps a session. Receipts are cumulative, so a lost session costs nothing but one heartbeat."""

IN_FLIGHT = 16
"""Publishes without PUBACK at once; Mosquitto takes 20 by default."""

QUEUED = 64
"""Publishes handed to paho and not acknowledged, all in all. At most 64 times 128 KiB of memory."""

CONNECT_TIMEOUT_S = 10.0
LOOP_S = 1.0


class Session:
    """`tell` takes what happens; `on_accepted` is called when what comes down is being subscribed. `last`: where it was last."""

    def __init__(
        self,
        endpoint: Endpoint,
        address: Address,
        tell: Callable[[LinkEvent], None],
        on_accepted: Callable[["Session"], None],
        *,
        v5: bool,
        last: tuple[str, int] | None,
    ) -> None:
        self._endpoint, self._address, self._tell, self._on_accepted = endpoint, address, tell, on_accepted
        self._v5, self._over = v5, False
        self.accepted = self.wrong_version = False
        self.since = 0.0
        self.silent = False
        """The peer took the connection and ended it without a CONNACK."""
        self._client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=address.device,
            clean_session=None if v5 else False,
            protocol=MQTTProtocolVersion.MQTTv5 if v5 else MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
        )
        self._client.last = last

    # ---------------------------------------------------------------- any thread, once it was accepted

    def publish(self, channel: Channel, payload: bytes, *, retain: bool) -> bool:
        sent = self._client.publish(self._address.topic(channel), payload, qos=1, retain=retain)
        return sent.rc == MQTTErrorCode.MQTT_ERR_SUCCESS

    def subscribe(self, channels: Iterable[Channel]) -> None:
        self._client.subscribe([(self._address.topic(channel), 1) for channel in channels])

    # ---------------------------------------------------------------- the link's thread

    def serve(self, will: bytes, over: Callable[[], bool]) -> None:
        """From the first packet until the connection ends or is `over`."""
        self._prepare(will)
        try:
            self._connect()
            while self._client.loop(LOOP_S) == MQTTErrorCode.MQTT_ERR_SUCCESS and not over():
                pass
            if self.accepted:
                self._goodbye()
        except (OSError, ValueError) as error:
            self.ended(type(error).__name__.lower(), f"{self._endpoint.host}:{self._endpoint.port}: {error}")

    def peer(self) -> tuple[str, int] | None:
        """Where the broker has shown its certificate; None in the clear."""
        return None if self._endpoint.trust is None else peer_of(self._client)

    def ended(self, word: str, detail: str) -> None:
        """Tell it once."""
        if not self._over:
            self._over = True
            self._tell(Disconnected(word, detail))

    def _prepare(self, will: bytes) -> None:
        client = self._client
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.max_inflight_messages_set(IN_FLIGHT)
        client.max_queued_messages_set(QUEUED)
        client.username_pw_set(self._endpoint.username, self._endpoint.password)
        if self._endpoint.trust is not None:
            client.tls_set_context(self._endpoint.trust.context())
        client.will_set(self._address.topic("status"), will, qos=1, retain=True)
        client.on_connect, client.on_disconnect, client.on_message = (
            self._connected,
            self._disconnected,
            self._received,
        )
        client.on_publish, client.on_subscribe = self._published, self._subscribed
        # Without this paho writes to the socket from whichever thread publishes, between the bytes of our own.
        client.on_socket_register_write = self._wishes_to_write

    def _connect(self) -> None:
        at = self._endpoint
        # paho pings after one keepalive without a byte from the broker and gives up after the second: so 1.5 of what was asked for.
        keepalive_s = at.keepalive_s * 3 // 4
        if not self._v5:
            self._client.connect(at.host, at.port, keepalive=keepalive_s)
            return
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = SESSION_EXPIRY_S
        self._client.connect(at.host, at.port, keepalive=keepalive_s, clean_start=False, properties=properties)

    def _goodbye(self) -> None:
        """Let what was handed over leave, then DISCONNECT."""
        self._client.disconnect()
        for _ in range(5):
            if self._client.loop(0.2) != MQTTErrorCode.MQTT_ERR_SUCCESS:
                return

    # ---------------------------------------------------------------- what paho calls back

    def _connected(self, _client: Any, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        """Subscribe before anybody publishes, so that the receipt for a birth is not missed."""
        if reason.is_failure:
            self.wrong_version = str(reason) == "Unsupported protocol version"
            self.ended(_word(str(reason)), f"the broker refused the connection: {reason}")
        else:
            self.accepted, self.since = True, time.monotonic()
            self.subscribe(DOWN)
            self._on_accepted(self)

    def _disconnected(self, _client: Any, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self.silent = not self.accepted and not self._over
        self.ended(_word(str(reason)), f"the connection ended: {reason}")

    def _received(self, _client: Any, _userdata: Any, message: paho.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = "(not UTF-8)"
        self._tell(Received(topic, bytes(message.payload), message.retain))

    def _published(self, _client: Any, _userdata: Any, _mid: int, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._tell(Refused("publish", _word(str(reason))))

    def _subscribed(self, _client: Any, _userdata: Any, _mid: int, reasons: Any, _properties: Any) -> None:
        for reason in reasons:
            if reason.is_failure:
                self._tell(Refused("subscribe", _word(str(reason))))

    def _wishes_to_write(self, _client: Any, _userdata: Any, _socket: Any) -> None:
        """The loop is woken by paho itself."""


def _word(reason: str) -> str:
    return reason.lower().replace(" ", "-")
