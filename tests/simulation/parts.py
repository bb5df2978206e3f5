"""What the simulation replaces: time, the waiting of a thread, and the broker. All else is the real code."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

from larder_agent.inbox import DeviceEvent
from larder_core.content import Clock as ClockState
from larder_core.names import Address, Channel
from tests.simulation.sites import Sites


@dataclass
class Time:
    """Virtual milliseconds, the same for everybody; each boot of an agent has its own id and begins its own uptime."""

    now_ms: int = 1_790_000_000_000


class Skewed(Protocol):
    """By how much a device's wall clock is wrong; None: it was never set and counts from 1970."""

    skew_ms: int | None


class AgentClock:
    """The wall clock of one boot; the time since boot never jumps."""

    def __init__(self, time: Time, boot_id: str, device: Skewed) -> None:
        self._time, self._began, self._device, self.boot_id = time, time.now_ms, device, boot_id

    def wall_ms(self) -> int:
        skew = self._device.skew_ms
        return self.up_ms() if skew is None else self._time.now_ms + skew

    def up_ms(self) -> int:
        return self._time.now_ms - self._began

    def state(self) -> ClockState:
        return ("unset", None) if self._device.skew_ms is None else ("synced", 5)


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
    """The device's link: what it publishes goes to the network, if there is a connection. A kill strikes before or after."""

    def __init__(self, address: Address, send: Callable[[str, bytes], None], sites: Sites) -> None:
        self._address, self._send, self._sites = address, send, sites
        self.connected = False
        self.wants_reconnect = False
        self.will = b""

    def publish(self, channel: Channel, payload: bytes, *, retain: bool = False) -> bool:
        if self.connected:
            self._sites.kill("agent.kill-before-publish")
            self._send(self._address.topic(channel), payload)
            self._sites.kill("agent.kill-after-publish")
        return self.connected

    def reconnect(self) -> None:
        self.wants_reconnect = True


Packet = tuple[str, bytes]


@dataclass
class Network:
    """Packets under way, in both directions. It loses, doubles, reorders and delays as the seed says, until it is healed."""

    random: Random
    loss: float
    doubling: float
    disorder: float
    up: list[Packet] = field(default_factory=list)
    down: list[Packet] = field(default_factory=list)
    late: list[tuple[int, list[Packet], Packet]] = field(default_factory=list)
    """When they arrive, on which way, and what."""

    def heal(self) -> None:
        self.loss = self.doubling = self.disorder = 0.0

    def put(self, way: list[Packet], packet: Packet) -> None:
        if self.random.random() < self.loss:
            return
        way.append(packet)
        if self.random.random() < self.doubling:
            way.append(packet)

    def delay(self, way: list[Packet], packet: Packet, until_ms: int) -> None:
        self.late.append((until_ms, way, packet))

    def arrive(self, now_ms: int) -> None:
        """What was late comes."""
        for until, way, packet in self.late:
            if until <= now_ms:
                way.append(packet)
        self.late = [one for one in self.late if one[0] > now_ms]

    def take(self, way: list[Packet], most: int) -> list[Packet]:
        if self.random.random() < self.disorder:
            self.random.shuffle(way)
        taken = way[:most]
        del way[:most]
        return taken
