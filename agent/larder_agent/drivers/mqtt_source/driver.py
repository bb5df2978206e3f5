"""Settings of the MQTT source, and its samples."""

import os
import ssl
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple, Protocol

from larder_agent.drivers.address import HOST, HOST_HINT
from larder_agent.drivers.mqtt_source import watch
from larder_agent.drivers.mqtt_source.profiles import (
    Availability,
    Profile,
    filled,
    load_profile,
    needs_sensor,
    shipped_names,
)
from larder_agent.drivers.mqtt_source.subscription import Endpoint, Subscription
from larder_agent.drivers.mqtt_source.watch import Message, State, Watched
from larder_agent.drivers.port import PointSpec, Sample, SecretReader
from larder_agent.drivers.quality import bounds
from larder_agent.drivers.settings import SettingsReader, refuse_twins

QUALITIES = (
    "no-broker",
    "broker-refused",
    "no-message",
    "retained",
    "stale",
    "offline",
    "no-value",
    "no-sensor",
    "disconnected",
    "bad-payload",
    "out-of-range",
)

NAME = r"[^\x00-\x1f\x7f+#{}]{1,120}"
CLIENT_ID = r"[A-Za-z0-9_-]{1,64}"
CLOCK_SET_S = 1_700_000_000
"""A wall clock that is earlier (November 2023) was never set."""


class Point(NamedTuple):
    spec: PointSpec
    watched: Watched
    age: PointSpec | None


class Source(Protocol):
    """Where messages come from; `subscription.Subscription` over a broker."""

    connected: bool
    refused: bool

    def start(self) -> None: ...
    def take(self) -> list[Message]: ...
    def wait(self, timeout_s: float) -> None: ...
    def stop(self) -> None: ...


class MqttSource:
    """A Driver. The connection is made at the first `read`, which waits up to `timeout_s` for it and for the first messages."""

    def __init__(
        self,
        points: tuple[Point, ...],
        subscription: Source,
        timeout_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.points = tuple(spec for point in points for spec in (point.spec, point.age) if spec is not None)
        self._points, self._subscription, self._timeout_s, self._clock = points, subscription, timeout_s, clock
        self._watched = tuple(point.watched for point in points)
        self._state = State()
        self._begun = False

    def read(self) -> list[Sample]:
        self._subscription.start()
        if not self._begun:
            self._begun = True
            self._await_the_first()
        self._take()
        return [sample for point in self._points for sample in self._said(point)]

    def close(self) -> None:
        self._subscription.stop()
        self._begun = False

    def _await_the_first(self) -> None:
        """So that one reading, as of `larder agent probe`, has something to say."""
        deadline = self._clock() + self._timeout_s
        while not self._all_heard() and (left := deadline - self._clock()) > 0:
            if self._subscription.refused:
                return
            self._subscription.wait(left)

    def _all_heard(self) -> bool:
        self._take()
        known = self._state.heard.keys() | self._state.undated
        return self._subscription.connected and all(point.id in known for point in self._watched)

    def _take(self) -> None:
        for message in self._subscription.take():
            self._state = watch.after(self._state, message, self._watched)

    def _said(self, point: Point) -> list[Sample]:
        now = self._clock()
        sample = watch.sample(self._state, point.watched, now, self._subscription.connected)
        if sample.quality == "no-broker" and self._subscription.refused:
            sample = sample._replace(quality="broker-refused")
        if point.age is None:
            return [sample]
        age_s = watch.age_s(self._state, point.watched, now)
        return [sample, Sample(point.age.id, age_s, "" if age_s is not None else sample.quality)]


def _wall() -> float | None:
    now = time.time()
    return now if now > CLOCK_SET_S else None


def _topics(points: tuple[Watched, ...]) -> list[str]:
    return sorted({topic for point in points for topic in (*point.paths, *(one.topic for one in point.present))})


def open_driver(settings: Mapping[str, object], secrets: SecretReader) -> MqttSource:
    """Raises SettingsError. Connects to nothing; the password is read now, through `secrets`."""
    reader = SettingsReader(settings)
    endpoint = _endpoint(reader, secrets)
    points = tuple(map(_point, reader.tables("point")))
    reader.finish()
    ids = [spec.id for point in points for spec in (point.spec, point.age) if spec is not None]
    refuse_twins(ids, [f"point {one}" for one in ids])
    topics = _topics(tuple(point.watched for point in points))
    return MqttSource(points, Subscription(endpoint, topics, _wall), endpoint.timeout_s)


def _endpoint(reader: SettingsReader, secrets: SecretReader) -> Endpoint:
    host = reader.text("host", "127.0.0.1", pattern=HOST, hint=HOST_HINT, echo=False)
    tls = reader.flag("tls", False)
    ca_file = reader.text("ca_file", "", hint="the path of a file of certificates")
    username = reader.text("username", "", hint="1 to 64 characters", pattern=r"[^\x00-\x1f\x7f]{1,64}", echo=False)
    password_file = reader.text("password_file", "", hint="the path of a file that holds the password")
    if bool(username) != bool(password_file):
        missing = "password_file" if username else "username"
        reader.refuse(missing, "is missing", "username and password_file go together")
    if ca_file and not tls:
        reader.refuse("ca_file", "is there without tls", "write tls = true")
    password = secrets.read("password") if username else None
    return Endpoint(
        host,
        reader.integer("port", 1, 65535, 8883 if tls else 1883),
        reader.text(
            "client_id",
            f"larder-source-{os.urandom(4).hex()}",
            pattern=CLIENT_ID,
            hint="1 to 64 of A-Z, a-z, 0-9, _ and -",
        ),
        username,
        lambda: password,
        lambda: ssl.create_default_context(cafile=ca_file or None) if tls else None,
        reader.number("timeout_s", 0.1, 30, 3.0),
    )


def _point(reader: SettingsReader) -> Point:
    profile = load_profile(reader.choice("profile", shipped_names()))
    what = reader.choice("what", tuple(profile.quantities), "temperature")
    quantity = profile.quantities[what]
    name = reader.text("name", pattern=NAME, hint="the device's name as its topic has it, without + and #")
    base = reader.text("base", profile.base, pattern=NAME, hint="the first part of the topics")
    sensor = reader.text("sensor", "" if not needs_sensor(quantity) else None, pattern=NAME, hint="see the README")
    unit, scale = quantity.unit, reader.integer("scale", -9, 9, quantity.scale)
    aged = reader.flag("age", False)
    point = reader.text(
        "id", pattern=rf"[a-z0-9-]{{1,{28 if aged else 32}}}", hint="1 to 32 (28 with age) of a-z, 0-9 and -"
    )

    def fill(text: str) -> str:
        return filled(text, base, name, sensor)

    paths = {
        fill(topic): fill(path)
        for topic, path in zip(quantity.topics, (quantity.path, quantity.notified), strict=False)
    }
    watched = Watched(
        point,
        scale,
        bounds(unit, scale),
        MappingProxyType(paths),
        quantity.unit_path,
        quantity.sentinels,
        profile.time,
        _present(profile, quantity.online, fill),
        reader.number("stale_after_s", 1, 90_000, profile.stale_after_s),
    )
    return Point(PointSpec(point, unit, scale), watched, PointSpec(f"{point}-age", "s", 0) if aged else None)


def _present(profile: Profile, online: tuple[str, ...], fill: Callable[[str], str]) -> tuple[Availability, ...]:
    usual = [one._replace(topic=fill(one.topic)) for one in profile.availability]
    plain = [Availability(fill(topic), "", frozenset({"true"}), frozenset({"false"})) for topic in online]
    return (*usual, *plain)
