"""The MQTT source over a real Mosquitto, with Mosquitto's own client as the device; and its pure parts with any input."""

import json
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larder_agent.drivers.mqtt_source import open_driver
from larder_agent.drivers.mqtt_source.driver import MqttSource
from larder_agent.drivers.mqtt_source.payload import at, celsius, number_of, parsed, time_of
from larder_agent.drivers.mqtt_source.profiles import load_profile, shipped_names
from larder_agent.drivers.mqtt_source.watch import Message, State, after, sample
from larder_agent.drivers.port import Sample, SettingsError
from larder_agent.drivers.secret_files import FileSecrets
from larder_cli.child import kill_child, start_child
from tests.support.brokers import MosquittoBroker, find_mosquitto, free_port
from tests.support.waiting import wait_for

PASSWORD = "canary-91c2"
TOPIC = "zigbee2mqtt/fridge"


class Mosquitto:
    """Debian's, with a user and, if asked for, TLS by the certificates that the deployment makes."""

    def __init__(self, folder: Path, tls: bool) -> None:
        self.folder, self.port, self.tls = folder, free_port(), tls
        self.ca_file = folder / "etc" / "ca.crt"
        lines = [
            f"listener {self.port} 127.0.0.1",
            "allow_anonymous false",
            f"password_file {folder / 'passwords'}",
            "user root",
        ]
        if tls:
            MosquittoBroker(folder, self.port, ()).setup()
            etc = folder / "etc"
            lines += [f"cafile {etc / 'ca.crt'}", f"certfile {etc / 'server.crt'}", f"keyfile {etc / 'server.key'}"]
        (folder / "passwords").touch(0o600)
        subprocess.run(["mosquitto_passwd", "-b", folder / "passwords", "reader", PASSWORD], check=True)
        (folder / "broker.conf").write_text("\n".join(lines) + "\n")
        self.start()

    def start(self) -> None:
        binary = find_mosquitto()
        assert binary, "mosquitto is not installed: scripts/system-packages.sh"
        self._child = start_child([binary, "-c", self.folder / "broker.conf"], log=self.folder / "log")
        wait_for(lambda: self.publish("warm/up", "x"), "mosquitto takes a message")

    def kill(self) -> None:
        kill_child(self._child)

    def publish(self, topic: str, payload: str, *words: str) -> bool:
        secure = ["--cafile", str(self.ca_file)] if self.tls else []
        who = ["-h", "127.0.0.1", "-p", str(self.port), "-u", "reader", "-P", PASSWORD, *secure]
        return (
            subprocess.run(["mosquitto_pub", *who, "-t", topic, "-m", payload, *words], capture_output=True).returncode
            == 0
        )


@pytest.fixture(params=[False, True], ids=["plain", "tls"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Mosquitto]:
    one = Mosquitto(tmp_path, request.param)
    try:
        yield one
    finally:
        one.kill()


def opened(broker: Mosquitto, password: str = PASSWORD, **more: Any) -> MqttSource:
    (broker.folder / "secret").write_text(password)
    settings = {
        "host": "127.0.0.1",
        "port": broker.port,
        "username": "reader",
        "password_file": "secret",
        "timeout_s": 5,
        "point": [{"id": "t", "profile": "zigbee2mqtt", "name": "fridge"}],
        **({"tls": True, "ca_file": str(broker.ca_file)} if broker.tls else {}),
        **more,
    }
    return open_driver(settings, FileSecrets(settings, broker.folder))


def becomes(source: MqttSource, expected: Sample) -> None:
    wait_for(lambda: source.read() == [expected], f"{expected}, not {source.read()}")


@pytest.mark.process
class TestMosquitto:
    def test_a_device_is_heard_and_its_broker_dies_and_comes_back(self, broker: Mosquitto) -> None:
        assert broker.publish(TOPIC, '{"temperature":3.1}', "-r")
        source = opened(broker)
        try:
            becomes(source, Sample("t", None, "retained"))
            assert broker.publish(TOPIC, '{"temperature":4.25,"linkquality":97}', "-r")
            becomes(source, Sample("t", 425))
            broker.kill()
            becomes(source, Sample("t", None, "no-broker"))
            broker.start()
            becomes(source, Sample("t", 425))
            assert broker.publish(TOPIC, '{"temperature":4.5}')
            becomes(source, Sample("t", 450))
            assert broker.publish("zigbee2mqtt/fridge/availability", '{"state":"offline"}', "-r")
            becomes(source, Sample("t", None, "offline"))
        finally:
            source.close()

    def test_a_wrong_password_is_said_and_stands_nowhere(self, broker: Mosquitto) -> None:
        source = opened(broker, "canary-wrong")
        try:
            becomes(source, Sample("t", None, "broker-refused"))
            assert "canary-wrong" not in repr(vars(source)) + repr(vars(source._subscription))
        finally:
            source.close()

    def test_the_first_reading_waits_for_what_is_there(self, broker: Mosquitto) -> None:
        stamped = '{"temperature":4.25,"last_seen":%d}'
        now_ms = int(subprocess.run(["date", "+%s%3N"], capture_output=True, text=True, check=True).stdout)
        assert broker.publish(TOPIC, stamped % now_ms, "-r")
        source = opened(broker)
        try:
            assert source.read() == [Sample("t", 425)]
        finally:
            source.close()


def test_a_certificate_that_is_not_there_yet_ends_no_thread(tmp_path: Path) -> None:
    """The connection is tried again, as with a broker that is away."""
    point = {"id": "t", "profile": "zigbee2mqtt", "name": "fridge"}
    settings = {"tls": True, "ca_file": str(tmp_path / "ca.crt"), "timeout_s": 0.3, "point": [point]}
    source = open_driver(settings, FileSecrets(settings, tmp_path))
    assert source.read() == [Sample("t", None, "no-broker")]
    assert [thread.name for thread in threading.enumerate()].count("mqtt-source") == 1
    source.close()


def test_every_profile_is_whole_and_names_its_source() -> None:
    assert set(shipped_names()) == {"esphome", "shelly-gen1", "shelly-gen2", "tasmota", "theengs", "zigbee2mqtt"}
    for name in shipped_names():
        profile = load_profile(name)
        assert "temperature" in profile.quantities
        for quantity in profile.quantities.values():
            assert len(quantity.topics) == (2 if quantity.notified else 1)
        folder = Path(open_driver.__code__.co_filename).parent
        assert (folder / "profiles" / f"{name}.toml").read_text().startswith("# https://")


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"profile": "sonoff"}, "point[1].profile"),
        ({"what": "smell"}, "point[1].what"),
        ({"name": "fridge/#"}, "point[1].name"),
        ({"name": "+/x"}, "point[1].name"),
        ({"profile": "esphome"}, "point[1].sensor"),
        ({"stale_after_s": 0}, "point[1].stale_after_s"),
        ({"id": "a" * 30, "age": True}, "point[1].id"),
        ({"colour": 1}, "point[1].colour"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_key(change: dict[str, Any], key: str) -> None:
    settings = {"point": [{"id": "t", "profile": "zigbee2mqtt", "name": "fridge", **change}]}
    with pytest.raises(SettingsError) as caught:
        open_driver(settings, FileSecrets(settings, Path("/")))
    assert caught.value.key == key


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-11-24T12:00:00Z", 1795521600.0),
        ("2026-11-24T20:00:00+08:00", 1795521600.0),
        (1795521600, 1795521600.0),
        (1795521600000, 1795521600.0),
        (1795521600.5, 1795521600.5),
        ("2026-11-24T12:00:00", None),
        ("yesterday", None),
        (True, None),
        (None, None),
        (-1, None),
        (1e300, None),
        ({}, None),
    ],
)
def test_only_a_time_with_a_zone_is_a_time(value: object, expected: float | None) -> None:
    assert time_of(value) == expected


def test_fahrenheit() -> None:
    assert [round(celsius(number, "F"), 2) for number in (32, 212, -40)] == [0, 100, -40]
    assert celsius(12.5, "C") == celsius(12.5, None) == 12.5


KEYS = st.sampled_from(["temperature", "last_seen", "state", "a"])
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
PAYLOADS = st.binary(max_size=60) | JSONS.map(lambda content: json.dumps(content).encode())
TOPICS = st.sampled_from([TOPIC, f"{TOPIC}/availability", "zigbee2mqtt/bridge/state", "else"])


@given(
    st.lists(st.tuples(TOPICS, PAYLOADS, st.booleans(), st.floats(0, 5000), st.none() | st.floats(0, 2e9)), max_size=8)
)
def test_whatever_is_published_the_answer_is_a_sample(
    heard: list[tuple[str, bytes, bool, float, float | None]],
) -> None:
    settings = {"point": [{"id": "t", "profile": "zigbee2mqtt", "name": "fridge"}]}
    (point,) = open_driver(settings, FileSecrets(settings, Path("/")))._watched
    state, now = State(), 0.0
    for topic, payload, retained, wait, wall in heard:
        now += wait
        state = after(state, Message(topic, payload, retained, now, wall), (point,))
        said = sample(state, point, now, True)
        assert said.value is not None or said.quality
        assert said.value is None or abs(said.value) < 2**53
    assert sample(state, point, now + 4001, True).value is None, "nothing is believed for ever"
    assert sample(state, point, now, False) == Sample("t", None, "no-broker")


@given(PAYLOADS)
def test_any_payload_is_read_or_refused(payload: bytes) -> None:
    try:
        content = parsed(payload)
    except ValueError:
        return
    there, value = at(content, "a.temperature")
    said = number_of(value)
    assert there or value is None
    assert (said.number is None) == bool(said.reason)
