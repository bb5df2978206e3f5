"""What every registered driver promises to the agent (larder_agent/drivers/port.py), with the device there and away."""

import builtins
import os
import re
import socket
import time
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from larder_agent.drivers.loading import drivers, open_driver
from larder_agent.drivers.port import Driver, SettingsError
from larder_agent.drivers.secret_files import FileSecrets
from larder_core.units import UNITS
from tests.unit.drivers.peers import TcpPeer, deaf_port, free_port, reset, wait_for_end

PROJECT = Path(__file__).parents[2] / "pyproject.toml"
DECLARED = sorted(tomllib.loads(PROJECT.read_text())["project"]["entry-points"]["larder.drivers"])
LONGEST_S = 5.0  # far above what these settings allow (0.3 s for each of two units), far below a hang

SETTINGS: dict[str, dict[str, Any]] = {
    "modbus-tcp": {
        "host": "127.0.0.1",
        "timeout_s": 0.3,
        "point": [
            {"id": "a", "unit": "Cel", "register": 7, "scale": -1},
            {"id": "b", "unit": "%RH", "register": 3, "scale": -1},
            {"id": "c", "unit": "Cel", "register": 0, "scale": -1, "unit_id": 2},
        ],
    },
    "gpio": {"chip": "/nowhere/gpiochip0", "point": [{"id": "b", "line": 3}, {"id": "a", "line": 1}]},
    "hwmon": {
        "point": [
            {"id": "b", "chip": "sht3x", "input": "temp1"},
            {"id": "a", "chip": "hdc2010", "input": "in_humidityrelative"},
        ]
    },
    "power": {
        "point": [
            {"id": "b", "supply": "BAT0", "what": "charge"},
            {"id": "a", "supply": "BAT0", "what": "fed"},
        ]
    },
    "pulse": {"id": "pulse"},
    "sht": {"device": "/nowhere/i2c-1", "sensor": [{"id": "b", "model": "sht3x"}]},
    "system": {
        "point": [
            {"id": "d", "what": "link", "interface": "eth0"},
            {"id": "c", "what": "cpu-temp"},
            {"id": "b", "what": "load"},
            {"id": "a", "what": "uptime"},
            {"id": "e", "what": "memory-free"},
        ]
    },
    "modbus-rtu": {
        "host": "127.0.0.1",
        "port": 1,
        "timeout_s": 0.3,
        "point": [
            {"id": "a", "unit": "Cel", "register": 7, "scale": -1},
            {"id": "b", "unit": "%RH", "register": 3, "scale": -1},
            {"id": "c", "unit": "Cel", "register": 0, "scale": -1, "unit_id": 2},
        ],
    },
    "mqtt-source": {
        "host": "127.0.0.1",
        "timeout_s": 0.3,
        "point": [
            {"id": "b", "profile": "zigbee2mqtt", "name": "fridge"},
            {"id": "a", "profile": "shelly-gen2", "name": "shelly", "sensor": "0", "what": "humidity", "age": True},
        ],
    },
    "onewire": {"point": [{"id": "b", "sensor": "28-000000000002"}, {"id": "a", "sensor": "28-000000000001"}]},
    "http-camera": {
        "id": "cam",
        "host": "127.0.0.1",
        "allow_loopback": True,
        "timeout_s": 0.3,
        "answer_time": True,
        "state": True,
        "picture": True,
    },
    "onvif-camera": {"id": "cam", "host": "127.0.0.1", "allow_loopback": True, "timeout_s": 0.3, "picture": True},
    "rtsp-camera": {"id": "cam", "host": "127.0.0.1", "allow_loopback": True, "timeout_s": 0.3, "answer_time": True},
}


def opened(name: str, folder: Path, **where: Any) -> Driver:
    settings = SETTINGS[name] | where
    return open_driver(name, settings, FileSecrets(settings, folder))


@contextmanager
def peer(talk: Any) -> Iterator[dict[str, Any]]:
    with TcpPeer(talk) as one:
        yield {"port": one.port}


@contextmanager
def deaf() -> Iterator[dict[str, Any]]:
    with deaf_port() as port:
        yield {"port": port}


@contextmanager
def nobody() -> Iterator[dict[str, Any]]:
    yield {"port": free_port()}


def garble(connection: socket.socket) -> None:
    connection.sendall(bytes(range(256)) * 4)
    wait_for_end(connection)


PEERS = {
    "silent": lambda: peer(wait_for_end),
    "reset": lambda: peer(reset),
    "garbage": lambda: peer(garble),
    "nobody": nobody,
    "deaf": deaf,
}
FILES = {"nothing": None, "empty": "", "garbage": "\x00\xff" * 999, "cut": "50 05 4b 46 7f ff"}


NAMED: dict[str, dict[str, str | None]] = {
    "gpio": {"gpiochip0": None},
    "sht": {"i2c-1": None},
    "hwmon": {
        "class/hwmon/hwmon0/name": "sht3x",
        "class/hwmon/hwmon0/temp1_input": None,
        "bus/iio/devices/iio:device0/name": "hdc2010",
        "bus/iio/devices/iio:device0/in_humidityrelative_raw": None,
    },
    "onewire": {f"28-00000000000{n}/w1_slave": None for n in (1, 2)},
    "power": {"class/power_supply/BAT0/capacity": None, "class/power_supply/BAT0/status": None},
    "system": {
        "sys/class/net/eth0/operstate": None,
        "sys/class/thermal/thermal_zone0/temp": None,
        "proc/loadavg": None,
        "proc/uptime": None,
        "proc/meminfo": None,
    },
}
"""Files below the driver's root; None where the fault stands."""

DEVICELESS = frozenset({"pulse"})
"""Drivers with no device that could fail."""

PLACE = {"gpio": ("chip", "gpiochip0"), "sht": ("device", "i2c-1")}
"""The setting that says where the device is, where that is not `root`."""


@contextmanager
def broken_devices(name: str, fault: str, root: Path) -> Iterator[dict[str, Any]]:
    if name in DEVICELESS:
        yield {}
        return
    if name not in NAMED:
        with PEERS[fault]() as where:
            yield where
        return
    for file, content in NAMED[name].items():
        said = FILES[fault] if content is None else content
        if said is not None:
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            (root / file).write_text(said)
    key, below = PLACE.get(name, ("root", ""))
    yield {key: str(root / below)}


FAULTS = [(name, fault) for name in SETTINGS if name not in DEVICELESS for fault in (FILES if name in NAMED else PEERS)]


def test_what_the_package_declares_is_installed_and_under_this_contract() -> None:
    assert sorted(SETTINGS) == DECLARED
    assert set(drivers()) >= set(DECLARED), "larder is not installed here, or stale: pip install -e '.[dev]'"


@pytest.mark.parametrize("name", DECLARED)
def test_opening_touches_nothing(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sockets and files that explode: a constructor that used one would be seen."""

    def explode(*_: object, **__: object) -> None:
        raise AssertionError("a driver did I/O before its first read")

    opener = drivers()[name]
    secrets = FileSecrets(SETTINGS[name], tmp_path)
    opener(SETTINGS[name], secrets)  # imports what it needs, before that is forbidden
    with monkeypatch.context() as forbidden:
        for owner, attribute in [
            (socket, "socket"),
            (socket, "create_connection"),
            (socket, "getaddrinfo"),
            (os, "open"),
            (builtins, "open"),
            (Path, "open"),
            (Path, "exists"),
            (Path, "iterdir"),
        ]:
            forbidden.setattr(owner, attribute, explode)
        driver = opener(SETTINGS[name], secrets)
    driver.close()


@pytest.mark.parametrize("name", DECLARED)
def test_points_are_what_the_wire_can_carry(name: str, tmp_path: Path) -> None:
    points = opened(name, tmp_path).points
    assert isinstance(points, tuple) and points
    assert len({point.id for point in points}) == len(points)
    for point in points:
        assert re.fullmatch("[a-z0-9-]{1,32}", point.id)
        assert point.unit in UNITS
        assert isinstance(point.scale, int)


@pytest.mark.parametrize("name", DECLARED)
def test_an_unknown_key_is_refused_by_name(name: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        opened(name, tmp_path, colour="red")
    assert caught.value.key == "colour"
    assert caught.value.hint


@pytest.mark.parametrize("name", DECLARED)
def test_no_settings_at_all_are_refused_by_the_first_key_that_is_missing(name: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is missing"):
        open_driver(name, {}, FileSecrets({}, tmp_path))


@pytest.mark.parametrize("name, fault", FAULTS)
def test_a_broken_device_is_one_sample_a_point_in_order_and_in_time(name: str, fault: str, tmp_path: Path) -> None:
    with broken_devices(name, fault, tmp_path) as where, closing(opened(name, tmp_path, **where)) as driver:
        for _ in range(2):
            started = time.monotonic()
            samples = driver.read()
            assert time.monotonic() - started < LONGEST_S
            assert [sample.point for sample in samples] == [point.id for point in driver.points]
            for sample in samples:
                assert re.fullmatch("[a-z0-9-]{0,32}", sample.quality)
                assert sample.value is not None or sample.quality, "no value and no reason"
                assert sample.value in (None, 0), "a broken device gave a value"


@pytest.mark.parametrize("name", DECLARED)
def test_closing_again_does_nothing(name: str, tmp_path: Path) -> None:
    fault = "nothing" if name in NAMED else "silent"
    with broken_devices(name, fault, tmp_path) as where:
        driver = opened(name, tmp_path, **where)
        driver.close()
        driver.read()
        driver.close()
        driver.close()
