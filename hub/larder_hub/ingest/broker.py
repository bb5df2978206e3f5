"""The hub's connection to the broker: paho, MQTT 3.1.1, persistent session, PUBACK only when told so.

A callback only enqueues and never raises. paho's loop runs in a thread of ours: in paho's own an error would end it silently, and the
hub would be deaf while it still called itself connected.
3.1.1 is what every broker speaks, and with manual acknowledgement it costs paho a third less than MQTT 5 (measured before the design).
"""

import logging
import ssl
import sys
from collections.abc import Callable, Sequence
from threading import Event, Lock
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from larder_core.names import UP, subscription
from larder_hub.config import BrokerConfig
from larder_hub.ingest.mailbox import Arrival, Mailbox
from larder_hub.metrics import Metrics

log = logging.getLogger("larder.hub.broker")


def _nobody(payload: bytes, *, retained: bool) -> None:
    """Where nothing but the devices is listened to."""


class BrokerLink:
    """`run` connects and keeps connecting until `stop`; arrivals go into the mailbox; one thread may acknowledge and publish."""

    def __init__(self, config: BrokerConfig, password: str | None, mailbox: Mailbox, metrics: Metrics) -> None:
        self._config, self._mailbox, self._metrics = config, mailbox, metrics
        self._session = 0
        self._beside, self._heard = "", _nobody
        self._lock = Lock()
        self.connected = Event()
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id=config.client_id, clean_session=False,
                             protocol=paho.MQTTv311, manual_ack=True)  # fmt: skip
        client.username_pw_set(config.username, password)
        if config.ca_file is not None:
            client.tls_set(ca_certs=str(config.ca_file), tls_version=ssl.PROTOCOL_TLS_CLIENT)
        client.reconnect_delay_set(min_delay=1, max_delay=30)
        client.on_connect, client.on_disconnect = self._on_connect, self._on_disconnect
        client.on_connect_fail, client.on_subscribe = self._on_connect_fail, self._on_subscribe
        client.on_message = self._on_message
        # Without this paho writes to the socket from whichever thread publishes, between the bytes of its own loop.
        client.on_socket_register_write = self._on_wish_to_write
        self._client = client

    def listen(self, topic: str, heard: Callable[..., None]) -> None:
        """Before `run`: what comes on this one topic goes to `heard(payload, retained=...)` and not into the mailbox."""
        self._beside, self._heard = topic, heard

    def session(self) -> int | None:
        """The number of the connection that stands, None while there is none."""
        return self._session if self.connected.is_set() else None

    def run(self, _stop: Event) -> None:
        """Until `stop()` is called. Raises what paho does not foresee, such as a packet that is none."""
        # paho pings after one keepalive without a byte from the broker and gives up after the second: so 1.5 of what was asked for.
        keepalive_s = self._config.keepalive_s * 3 // 4
        self._client.connect_async(self._config.host, self._config.port, keepalive=keepalive_s)
        self._client.loop_forever(retry_first_connection=True)

    def stop(self) -> None:
        self._client.disconnect()

    def acknowledge(self, arrivals: Sequence[Arrival]) -> None:
        """PUBACK what was committed. Message ids belong to a connection: of an earlier one nothing is acknowledged, the broker
        sends it again and the ledger knows it."""
        with self._lock:
            for arrival in arrivals:
                if arrival.qos and arrival.session == self._session:
                    self._client.ack(arrival.mid, arrival.qos)

    def publish(self, topic: str, payload: bytes) -> None:
        """At most once: a receipt is cumulative, and the next birth or heartbeat asks for another."""
        sent = self._client.publish(topic, payload, qos=0)
        if sent.rc == MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._metrics.receipts.inc()
        else:
            self._metrics.receipts_failed.inc()

    def retain(self, topic: str, payload: bytes) -> None:
        """The last word on a topic, for whoever comes later; lost with a connection, said again by its owner."""
        self._client.publish(topic, payload, qos=0, retain=True)

    def send(self, topic: str, payload: bytes) -> None:
        """To a device that may be away for a moment: the broker keeps it for its session."""
        self._client.publish(topic, payload, qos=1)

    def _on_connect(self, client: paho.Client, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            log.error("broker refused the hub: %s (user %s at %s:%s; check its password file and the broker's users)",
                      reason, self._config.username, self._config.host, self._config.port)  # fmt: skip
            self._metrics.disconnects.labels(_word(reason)).inc()
            return
        with self._lock:
            self._session += 1
        self._metrics.reconnects.inc()
        counties = self._config.counties or ("+",)
        beside = [(self._beside, 0)] if self._beside else []
        client.subscribe(beside + [(subscription(channel, county), 1) for channel in UP for county in counties])
        self.connected.set()
        self._metrics.connected.set(1)
        log.info("connected to broker %s:%s", self._config.host, self._config.port)

    def _on_disconnect(self, _client: paho.Client, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        was_connected = self.connected.is_set()
        self.connected.clear()
        self._metrics.connected.set(0)
        if was_connected:  # else it was counted when it was refused
            self._metrics.disconnects.labels(_word(reason)).inc()
        with self._lock:
            self._session += 1
        log.warning("broker connection ended: %s (trying again)", reason)

    def _on_wish_to_write(self, _client: Any, _userdata: Any, _socket: Any) -> None:
        """The loop is woken by paho itself."""

    def _on_connect_fail(self, _client: paho.Client, _userdata: Any) -> None:
        """Called inside paho's handler of the exception, which alone says why."""
        error = sys.exc_info()[1]
        self._metrics.disconnects.labels(type(error).__name__.lower()).inc()
        log.error("no connection to broker %s:%s: %s (trying again; check its address, its certificate and ca_file)",
                  self._config.host, self._config.port, error)  # fmt: skip

    def _on_subscribe(self, _client: Any, _userdata: Any, _mid: int, reasons: Any, _properties: Any) -> None:
        for reason in reasons:
            if reason.is_failure:
                self._metrics.unsubscribed.inc()
                log.error("the broker refused a subscription of the hub: %s (check its access list for user %s)",
                          reason, self._config.username)  # fmt: skip

    def _on_message(self, client: paho.Client, _userdata: Any, message: paho.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = "(not UTF-8)"
        if topic == self._beside:
            self._heard(bytes(message.payload), retained=message.retain)
            return
        if not self._mailbox.put(Arrival(topic, bytes(message.payload), message.mid, message.qos, self._session)):
            self._metrics.flooded.inc()
            if message.qos:
                client.ack(message.mid, message.qos)


def _word(reason: object) -> str:
    return str(reason).lower().replace(" ", "-")
