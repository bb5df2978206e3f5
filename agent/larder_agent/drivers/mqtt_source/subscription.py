"""The connection to the broker: paho, in a thread of our own, which connects again and again until it is told to stop.

Callbacks only enqueue. The queue is bounded: when nobody reads for long, the oldest messages go, and newer ones say more.
"""

import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from larder_agent.drivers.mqtt_source.watch import Message

MOST_WAITING = 4096
LOOP_S = 0.5
PAUSES_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


class Endpoint(NamedTuple):
    """`tls` gives None for a connection in the clear. `secret` is asked for the password, so that no repr shows it."""

    host: str
    port: int
    client_id: str
    username: str
    secret: Callable[[], str | None]
    tls: Callable[[], ssl.SSLContext | None]
    timeout_s: float


class Subscription:
    """`start`, then `take` what came; `connected` says whether the broker has our subscription."""

    def __init__(self, endpoint: Endpoint, topics: Sequence[str], wall: Callable[[], float | None]) -> None:
        self._endpoint, self._topics, self._wall = endpoint, tuple(topics), wall
        self._waiting: deque[Message] = deque(maxlen=MOST_WAITING)
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.connected = False
        self.refused = False
        """The broker knows us and will not have us, or not let us read."""

    def start(self) -> None:
        """Once; again after a `stop`, or when the thread has ended by itself."""
        if self._thread is not None and self._thread.is_alive():
            return
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name="mqtt-source", daemon=True)
        self._thread.start()

    def take(self) -> list[Message]:
        with self._changed:
            found = list(self._waiting)
            self._waiting.clear()
        return found

    def wait(self, timeout_s: float) -> None:
        """Until something came or changed, or the time is over."""
        with self._changed:
            if not self._waiting:
                self._changed.wait(timeout_s)

    def stop(self) -> None:
        """Ends the connection; waits no longer than the connection's own timeout."""
        self._stop.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(self._endpoint.timeout_s + 2 * LOOP_S)
        self.connected = False

    # ---------------------------------------------------------------- the thread

    def _run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            failures = 0 if self._serve() else failures + 1
            self._tell(refused=self.refused)  # until somebody lets us in, or nobody is there
            self._stop.wait(PAUSES_S[min(failures, len(PAUSES_S) - 1)])

    def _serve(self) -> bool:
        """One connection from beginning to end; whether it ever held."""
        held = False
        try:
            client = self._client()
            client.connect(self._endpoint.host, self._endpoint.port, keepalive=30)
            while client.loop(LOOP_S) == MQTTErrorCode.MQTT_ERR_SUCCESS and not self._stop.is_set():
                held = held or self.connected
            client.disconnect()
            client.loop(0.1)
        except (OSError, ValueError):
            self.refused = False
            return held  # the next reading says so, and the next attempt may go better
        return held

    def _client(self) -> paho.Client:
        at = self._endpoint
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=at.client_id,
            clean_session=True,
            protocol=MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
        )
        client.connect_timeout = at.timeout_s
        if at.username:
            client.username_pw_set(at.username, at.secret())
        tls = at.tls()
        if tls is not None:
            client.tls_set_context(tls)
        client.on_connect, client.on_subscribe, client.on_message = (
            self._on_connect,
            self._on_subscribe,
            self._on_message,
        )
        return client

    def _on_connect(self, client: paho.Client, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._tell(refused=True)
        else:
            client.subscribe([(topic, 1) for topic in self._topics])

    def _on_subscribe(self, _client: Any, _userdata: Any, _mid: int, reasons: Any, _properties: Any) -> None:
        refused = any(reason.is_failure for reason in reasons)
        self._tell(connected=not refused, refused=refused)

    def _on_message(self, _client: Any, _userdata: Any, message: paho.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            return
        heard = Message(topic, bytes(message.payload), bool(message.retain), time.monotonic(), self._wall())
        with self._changed:
            self._waiting.append(heard)
            self._changed.notify_all()

    def _tell(self, connected: bool = False, refused: bool = False) -> None:
        with self._changed:
            self.connected, self.refused = connected, refused
            self._changed.notify_all()
