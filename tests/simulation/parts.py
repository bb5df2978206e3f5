"""What the simulation replaces: time, the waiting of a thread, the broker, and a disk's bad moments. All else is the real code."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from larder_agent.inbox import DeviceEvent
from larder_core.content import Clock as ClockState
from larder_core.names import Address, Channel


@dataclass
class Time:
    """Virtual milliseconds, the same for everybody; each boot of an agent has its own id and begins its own uptime."""

    now_ms: int = 1_790_000_000_000


class AgentClock:
    def __init__(self, time: Time, boot_id: str) -> None:
        self._time, self._began, self.boot_id = time, time.now_ms, boot_id

    def wall_ms(self) -> int:
        return self._time.now_ms

    def up_ms(self) -> int:
        return self._time.now_ms - self._began

    def state(self) -> ClockState:
        return ("synced", 5)


class ScheduledInbox:
    """The device's inbox without its waiting: the scheduler decides when a turn happens."""

    def __init__(self) -> None:
        self._events: list[DeviceEvent] = []

    def put(self, event: DeviceEvent) -> None:
        self._events.append(event)

    def take(self, timeout_s: float) -> list[DeviceEvent]:
        events, self._events = self._events, []
        return events


class ScheduledLink:
    """The device's link: what it publishes goes to the network, if there is a connection."""

    def __init__(self, address: Address, send: Callable[[str, bytes], None]) -> None:
        self._address, self._send = address, send
        self.connected = False
        self.wants_reconnect = False

    def publish(self, channel: Channel, payload: bytes, *, retain: bool = False) -> bool:
        if self.connected:
            self._send(self._address.topic(channel), payload)
        return self.connected

    def reconnect(self) -> None:
        self.wants_reconnect = True


@dataclass
class Network:
    """Packets under way, in both directions. It loses, doubles and reorders as the seed says, until it is healed."""

    random: Random
    loss: float
    doubling: float
    disorder: float
    up: list[tuple[str, bytes]] = field(default_factory=list)
    down: list[tuple[str, bytes]] = field(default_factory=list)

    def heal(self) -> None:
        self.loss = self.doubling = self.disorder = 0.0

    def put(self, way: list[tuple[str, bytes]], packet: tuple[str, bytes]) -> None:
        if self.random.random() < self.loss:
            return
        way.append(packet)
        if self.random.random() < self.doubling:
            way.append(packet)

    def take(self, way: list[tuple[str, bytes]], most: int) -> list[tuple[str, bytes]]:
        if self.random.random() < self.disorder:
            self.random.shuffle(way)
        taken = way[:most]
        del way[:most]
        return taken


class BadDisk:
    """A connection whose next COMMIT fails: `lost`, nothing of it is there; `ghost`, it is there although it failed."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.fault = ""

    def execute(self, sql: str, *values: Any) -> Any:
        if sql == "COMMIT" and self.fault:
            fault, self.fault = self.fault, ""
            if fault == "ghost":
                self._db.execute(sql)
            raise sqlite3.OperationalError("disk I/O error")
        return self._db.execute(sql, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)
