"""Every folder below tests/cases/drivers/<driver>/ is a test: settings.toml, input, expected.json. A bug becomes a folder.

`input` is one or more sections, each begun by a line `read`, for one read() each:

* modbus-tcp: lines `<unit> <function> <start> <count> = <answer>`, as `ModbusScript` reads them;
* modbus-rtu: the same, as `RtuScript` reads them;
* onewire: a line `== <sensor>` and then the text of its file; a sensor that is not named is not there;
* hwmon, power, system: a line `== <path>` below the root and then the text of that file, for each file that is there;
* pulse: nothing, once for each read;
* sht: a line `== <address>` and then the bytes that the sensor answers, or the name of an error of the bus, as `EREMOTEIO`;
* gpio: the levels of the lines in the order of the points, as `1 0`, or the name of an error;
* mqtt-source: lines `@ <seconds>` (from then on; 0 is 2026-11-24T12:00:00Z), `<topic> = <payload>`, `kept <topic> = ...` for a
  message that the broker had kept, and `gone` when there is no broker;
* rtsp-camera: a line `== <method>` and then the answer to that request, as `RtspScript` reads it;
* http-camera, onvif-camera: a line `== <a part of the request>` and then the answer to it, as `HttpScript` reads it; a body `@file` is
  that file of the folder, hexadecimal.

`expected.json` is a list of reads, each a list of [point, value, quality]; for a camera also its reason, as a text.
The place of the peer (host and port, or root) is filled in here.
"""

import errno
import json
import shutil
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from larder_agent.drivers import modbus_rtu, modbus_tcp, onewire, rtsp_camera
from larder_agent.drivers.gpio import driver as gpio
from larder_agent.drivers.loading import SHIPPED, open_driver
from larder_agent.drivers.mqtt_source.driver import MqttSource
from larder_agent.drivers.mqtt_source.watch import Message
from larder_agent.drivers.secret_files import FileSecrets
from larder_agent.drivers.sht import driver as sht
from larder_agent.drivers.sht.measurement import MODELS
from tests.unit.drivers.peers import HttpScript, ModbusScript, RtspScript, RtuScript, TcpPeer, http_bytes

CASES = Path(__file__).parents[2] / "cases" / "drivers"
FOLDERS = sorted(path.parent for path in CASES.glob("*/*/settings.toml"))


def sections(text: str) -> list[str]:
    lines = [line for line in text.splitlines(keepends=True) if not line.startswith("#")]
    return "".join(lines).removeprefix("read\n").split("\nread\n")


def parts(section: str) -> list[tuple[str, str]]:
    """[(name, text)] of the lines `== name` and what follows each."""
    named = [part.partition("\n") for part in ("\n" + section).split("\n== ")[1:]]
    return [(name, text) for name, _, text in named]


@contextmanager
def modbus_reads(settings: dict[str, Any], folder: Path, texts: list[str]) -> Iterator[list[Any]]:
    serial = folder.parent.name == "modbus-rtu"
    script = RtuScript() if serial else ModbusScript()
    opener: Any = modbus_rtu.open_driver if serial else modbus_tcp.open_driver
    with TcpPeer(script.talk) as peer:
        settings |= {"host": "127.0.0.1", "port": peer.port}
        with closing(opener(settings, FileSecrets(settings, folder))) as driver:
            found = []
            for text in texts:
                script.answers = dict(line.split(" = ") for line in text.strip().splitlines())
                found.append([list(sample) for sample in driver.read()])
            yield found


@contextmanager
def onewire_reads(settings: dict[str, Any], folder: Path, texts: list[str], root: Path) -> Iterator[list[Any]]:
    settings |= {"root": str(root)}
    driver = onewire.open_driver(settings, FileSecrets(settings, folder))
    found = []
    for text in texts:
        shutil.rmtree(root, ignore_errors=True)
        for sensor, content in parts(text):
            (root / sensor).mkdir(parents=True)
            (root / sensor / "w1_slave").write_text(content.rstrip("\n") + "\n" if content else "")
        found.append([list(sample) for sample in driver.read()])
    yield found


@contextmanager
def file_reads(settings: dict[str, Any], folder: Path, texts: list[str], root: Path) -> Iterator[list[Any]]:
    settings |= {"root": str(root)}
    driver = open_driver(folder.parent.name, settings, FileSecrets(settings, folder))
    found = []
    for text in texts:
        shutil.rmtree(root, ignore_errors=True)
        for name, content in parts(text):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(content.rstrip("\n") + "\n")
        found.append([list(sample) for sample in driver.read()])
    yield found


class RecordedBus:
    """An I2C bus that answers what was recorded; it insists on the command of the data sheet first."""

    COMMANDS = (bytes.fromhex("2400"), bytes.fromhex("fd"))

    def __init__(self) -> None:
        self.answers: dict[int, str] = {}

    def write(self, address: int, octets: bytes) -> None:
        assert octets in self.COMMANDS
        said = self.answers.get(address, "ENXIO")
        if said.startswith("E"):
            raise OSError(getattr(errno, said), said)

    def read(self, address: int, length: int) -> bytes:
        assert length == 6
        return bytes.fromhex(self.answers[address])

    def close(self) -> None: ...


@contextmanager
def sht_reads(settings: dict[str, Any], folder: Path, texts: list[str]) -> Iterator[list[Any]]:
    bus, waited = RecordedBus(), list[float]()
    sensors = tuple(sht.Sensor(one["id"], one["address"], MODELS[one["model"]]) for one in settings["sensor"])
    driver = sht.Sht(sensors, bus, waited.append)
    found = []
    for text in texts:
        bus.answers = {int(address, 16): content.strip() for address, content in parts(text)}
        found.append([list(sample) for sample in driver.read()])
    assert all(one >= 0.0083 for one in waited), "read before the sensor has measured"
    yield found


class RecordedLines:
    def __init__(self) -> None:
        self.said = ""

    def levels(self) -> list[bool]:
        if self.said.startswith("E"):
            raise OSError(getattr(errno, self.said), self.said)
        return [level == "1" for level in self.said.split()]

    def close(self) -> None: ...


@contextmanager
def gpio_reads(settings: dict[str, Any], folder: Path, texts: list[str]) -> Iterator[list[Any]]:
    lines = RecordedLines()
    driver = gpio.Gpio(tuple(one["id"] for one in settings["point"]), lines)
    found = []
    for text in texts:
        lines.said = text.strip()
        found.append([list(sample) for sample in driver.read()])
    yield found


@contextmanager
def camera_reads(settings: dict[str, Any], folder: Path, texts: list[str]) -> Iterator[list[Any]]:
    script = RtspScript([])
    with TcpPeer(script.talk) as peer:
        settings |= {"host": "127.0.0.1", "port": peer.port, "allow_loopback": True}
        driver = rtsp_camera.open_driver(settings, FileSecrets(settings, folder))
        found = []
        for text in texts:
            script.answers = [
                (method, answer if "\n\n" in answer else answer.strip()) for method, answer in parts(text)
            ]
            found.append([*(list(sample) for sample in driver.read()), driver.last_reasons[settings["id"]]])
        yield found


class RecordedMessages:
    """A source that gives what was recorded."""

    def __init__(self) -> None:
        self.connected, self.refused = True, False
        self.messages: list[Message] = []
        self.now = 0.0

    def record(self, text: str) -> None:
        self.connected = True
        for line in text.strip().splitlines():
            if line.startswith("@ "):
                self.now = float(line[2:])
            elif line == "gone":
                self.connected = False
            else:
                topic, _, payload = line.partition(" = ")
                retained = topic.startswith("kept ")
                wall_s = NOON.timestamp() + self.now
                self.messages.append(Message(topic.removeprefix("kept "), payload.encode(), retained, self.now, wall_s))

    def start(self) -> None: ...

    def take(self) -> list[Message]:
        found, self.messages = self.messages, []
        return found

    def wait(self, timeout_s: float) -> None: ...

    def stop(self) -> None: ...


NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@contextmanager
def mqtt_reads(settings: dict[str, Any], folder: Path, texts: list[str]) -> Iterator[list[Any]]:
    source = RecordedMessages()
    driver: Any = open_driver("mqtt-source", settings, FileSecrets(settings, folder))
    driver = MqttSource(driver._points, source, 0.0, lambda: source.now)
    found = []
    for text in texts:
        source.record(text)
        found.append([list(sample) for sample in driver.read()])
    yield found


@contextmanager
def http_reads(settings: dict[str, Any], folder: Path, texts: list[str]) -> Iterator[list[Any]]:
    script = HttpScript([])
    with TcpPeer(script.talk) as peer:
        settings |= {"host": "127.0.0.1", "port": peer.port, "allow_loopback": True}
        driver: Any = open_driver(folder.parent.name, settings, FileSecrets(settings, folder))
        driver._clock = driver._fetcher._clock = lambda: 1000.0  # the age of a picture is in seconds of this clock
        found = []
        for text in texts:
            script.answers = [(wanted, http_answer(answer, folder, peer.port)) for wanted, answer in parts(text)]
            found.append([*(list(sample) for sample in driver.read()), driver.last_reasons[settings["id"]]])
            assert not script.answers, "not all was asked for"
        yield found


def http_answer(text: str, folder: Path, port: int) -> bytes:
    head, _, body = text.replace("{port}", str(port)).partition("\n\n")
    if not head.startswith("HTTP/"):
        return text.strip().encode()
    if body.startswith("@"):
        return http_bytes(head, bytes.fromhex((folder / body.strip()[1:]).read_text()))
    return http_bytes(head, body.strip().encode())


@contextmanager
def pulse_reads(settings: dict[str, Any], folder: Path, texts: list[str]) -> Iterator[list[Any]]:
    with closing(open_driver("pulse", settings, FileSecrets(settings, folder))) as driver:
        yield [[list(sample) for sample in driver.read()] for _ in texts]


FILE_READS = {"onewire": onewire_reads, "hwmon": file_reads, "power": file_reads, "system": file_reads}
PEER_READS = {
    "modbus-tcp": modbus_reads,
    "modbus-rtu": modbus_reads,
    "rtsp-camera": camera_reads,
    "http-camera": http_reads,
    "mqtt-source": mqtt_reads,
    "onvif-camera": http_reads,
    "pulse": pulse_reads,
    "sht": sht_reads,
    "gpio": gpio_reads,
}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: "/".join(folder.parts[-2:]))
def test_a_case_reads_as_expected(folder: Path, tmp_path: Path) -> None:
    settings = tomllib.loads((folder / "settings.toml").read_text())
    texts = sections((folder / "input").read_text())
    expected = json.loads((folder / "expected.json").read_text())
    kind = folder.parent.name
    case = (
        FILE_READS[kind](settings, folder, texts, tmp_path / "root")
        if kind in FILE_READS
        else PEER_READS[kind](settings, folder, texts)
    )
    with case as found:
        assert found == expected


def test_every_driver_has_cases_and_no_folder_is_half_a_case() -> None:
    assert {folder.parent.name for folder in FOLDERS} == set(SHIPPED)
    assert sorted(path for path in CASES.glob("*/*") if path.is_dir()) == FOLDERS
    for folder in FOLDERS:
        assert {"settings.toml", "input", "expected.json"} <= {path.name for path in folder.iterdir()}, folder
