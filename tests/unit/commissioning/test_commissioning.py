"""`larder agent drivers`, `probe` and `scan`, against real peers."""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from larder_agent.commissioning.assignments import settings_of
from larder_agent.commissioning.local_scan import scan_machine
from larder_agent.commissioning.network_scan import hosts_of, scan_network
from larder_agent.commissioning.probing import shown
from larder_agent.commissioning.serial_scan import SerialScan, scan_line
from larder_agent.drivers.loading import SHIPPED, drivers
from larder_agent.drivers.modbus.failure import Failure
from larder_agent.drivers.port import PointSpec, Sample, SettingsError
from larder_agent.drivers.secret_files import FileSecrets
from larder_agent.drivers.words import MEANINGS, meaning
from larder_cli.main import main
from tests.unit.drivers.peers import RtuScript, TcpPeer, deaf_port, free_port, pymodbus_server, serial_port


def silently(_step: int, _of: int, _what: str) -> None: ...


def test_drivers_are_listed_with_the_way_to_their_readme(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["agent", "drivers"]) == 0
    said = capsys.readouterr().out
    for name in SHIPPED:
        assert name in said
    readmes = [line.strip() for line in said.splitlines() if line.strip().endswith("README.md")]
    assert len(readmes) == len(SHIPPED)
    assert all(Path(readme).is_file() for readme in readmes)
    (relayed,) = [line for line in said.splitlines() if "relayed" in line]
    assert relayed.startswith("mqtt-source")
    assert "xy-md02" in said and "未对照实物" in said


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_every_quality_word_has_a_sentence(name: str) -> None:
    module = import_module(SHIPPED[name].partition(":")[0] + ".driver")
    words = module.QUALITIES if hasattr(module, "QUALITIES") else module.REASONS
    assert [word for word in words if word not in MEANINGS] == []


def test_words_of_others_are_said_too() -> None:
    assert "2" in meaning("exception-2").en
    assert "README" in meaning("whatever").en


@pytest.mark.parametrize(
    "words, settings",
    [
        (["host=192.168.1.21", "port=502"], {"host": "192.168.1.21", "port": 502}),
        (["a=true", "b=[1, 2]", "c=0x10", 'd="7"'], {"a": True, "b": [1, 2], "c": 16, "d": "7"}),
        (["device=/dev/ttyUSB0", "path=/a=b"], {"device": "/dev/ttyUSB0", "path": "/a=b"}),
        (["point.id=a", "point.unit=Cel", "point.id=b"], {"point": [{"id": "a", "unit": "Cel"}, {"id": "b"}]}),
        (["unit.id=a", "point.id=b"], {"unit": [{"id": "a"}], "point": [{"id": "b"}]}),
    ],
)
def test_assignments_are_a_settings_table(words: list[str], settings: dict[str, Any]) -> None:
    assert settings_of(words) == settings


@pytest.mark.parametrize("words", [["host"], ["=1"], ["a=1", "a=2"]])
def test_a_word_that_is_no_assignment_is_refused(words: list[str]) -> None:
    with pytest.raises(SettingsError):
        settings_of(words)


@pytest.mark.parametrize(
    "scale, value, text",
    [(-1, 41, "4.1 Cel"), (-1, -5, "-0.5 Cel"), (-2, 5, "0.05 Cel"), (0, 7, "7 Cel"), (1, 7, "70 Cel")],
)
def test_a_number_is_shown_with_its_places(scale: int, value: int, text: str) -> None:
    assert shown(PointSpec("a", "Cel", scale), Sample("a", value)) == text


def test_a_probe_prints_each_point_with_its_quality(capsys: pytest.CaptureFixture[str]) -> None:
    with pymodbus_server({1: [41, 0x8000]}) as port:
        words = ["agent", "probe", "modbus-tcp", "host=127.0.0.1", f"port={port}", "timeout_s=5"]
        words += ["point.id=a", "point.unit=Cel", "point.register=0", "point.scale=-1"]
        assert main(words) == 0
        assert "4.1 Cel" in capsys.readouterr().out
        words += ["point.id=b", "point.unit=Cel", "point.register=1", "point.scale=-1"]
        assert main(words) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[1].split()[:3] == ["a", "4.1", "Cel"] and "正常 / good" in said[1]
    assert said[2].split()[:3] == ["b", "—", "no-sensor:"] and "broken" in said[2]


def test_a_probe_takes_a_settings_file_and_words_override_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.toml").write_text('host = "10.0.0.1"\n[[unit]]\nid = "store"\nmap = "xy-md02"\n')
    words = ["agent", "probe", "--settings", str(tmp_path / "mine.toml"), "modbus-tcp", "timeout_s=0.3"]
    assert main([*words, "host=127.0.0.1", f"port={free_port()}"]) == 1
    assert "store-temp" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words, said",
    [
        (["modbus-tcp", "host=127.0.0.1"], "point: is missing"),
        (["modbus"], "there is no driver modbus (did you mean modbus-"),
        ([], "DRIVER: is missing"),
    ],
)
def test_wrong_settings_are_exit_code_78_with_the_key(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["agent", "probe", *words]) == 78
    assert said in capsys.readouterr().err


def test_a_line_is_scanned_and_the_units_on_it_are_found() -> None:
    """Unit 1 has a register of each kind, unit 2 is not there, unit 3 refuses, which says that it is there."""
    script = RtuScript()
    script.answers = {f"{unit:02x} {kind:02x} 0000 0001": "silent" for unit in (1, 2, 3) for kind in (3, 4)}
    script.answers |= {"01 03 0000 0001": "03 02 00 29", "01 04 0000 0001": "04 02 00 2A"}
    script.answers |= {"03 03 0000 0001": "83 02", "03 04 0000 0001": "84 01"}
    steps: list[tuple[int, int]] = []
    with TcpPeer(script.talk) as peer, serial_port(peer.port) as path:
        scan = SerialScan(path, range(1, 4), (9600,), timeout_s=0.5)
        found = list(scan_line(scan, lambda step, of, what: steps.append((step, of))))
    assert [one.seen.partition("地址 ")[2] for one in found] == [
        "unit 1: holding 0 = 41, input 0 = 42",
        "unit 3: holding 0: exception-2, input 0: exception-1",
    ]
    assert steps == [(1, 3), (2, 3), (3, 3)]
    assert f"device={path} baud=9600" in found[0].probe and "unit.unit_id=3" in found[1].probe
    assert "02 04 0000 0001" not in script.asked, "a silent unit is asked once"


def test_a_port_that_is_not_there_ends_the_scan_with_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Failure, match="no-port"):
        list(scan_line(SerialScan("/nowhere/tty", range(1, 3)), silently))
    assert main(["agent", "scan", "--serial", "/nowhere/tty"]) == 0
    assert "/nowhere/tty: no-port" in capsys.readouterr().err


def tells_the_time(connection: Any) -> None:
    request = connection.recv(4096)
    assert request.startswith(b"POST /onvif/device_service HTTP/1.1\r\n") and b"GetSystemDateAndTime" in request
    time = "<Time><Hour>4</Hour><Minute>5</Minute><Second>6</Second></Time>"
    date = "<Date><Year>2026</Year><Month>2</Month><Day>3</Day></Date>"
    body = f"<Envelope><Body><A><UTCDateTime>{time}{date}</UTCDateTime></A></Body></Envelope>"
    connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())


def test_a_network_is_scanned_for_modbus_and_cameras() -> None:
    def camera(connection: Any) -> None:
        assert connection.recv(4096).startswith(b"OPTIONS * RTSP/1.0\r\n")
        connection.sendall(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n")

    with pymodbus_server({1: [41]}) as modbus, TcpPeer(camera) as rtsp, TcpPeer(tells_the_time) as onvif:
        found = list(scan_network(["127.0.0.1"], silently, 5, modbus, rtsp.port, onvif.port))
    assert [(one.driver, one.seen) for one in found] == [
        ("modbus-tcp", f"127.0.0.1:{modbus} unit 1 holding 0 = 41"),
        ("rtsp-camera", f"127.0.0.1:{rtsp.port} RTSP/1.0 200 OK"),
        ("onvif-camera", f"127.0.0.1:{onvif.port} ONVIF 2026-02-03 04:05:06 UTC"),
    ]


def test_what_answers_nothing_is_not_found() -> None:
    with deaf_port() as deaf:
        assert list(scan_network(["127.0.0.1"], silently, 0.2, deaf, free_port(), free_port())) == []


def test_what_takes_a_connection_and_says_something_else_is_told_as_it_is() -> None:
    def web(connection: Any) -> None:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with TcpPeer(web) as peer:
        found = list(scan_network(["127.0.0.1"], silently, 0.5, free_port(), peer.port, peer.port))
    assert found == []


@pytest.mark.parametrize("network", ["8.8.8.0/24", "169.254.169.254/32", "10.0.0.0/16", "home", "0.0.0.0/0", "::/0"])
def test_only_a_small_network_of_ones_own_is_scanned(network: str) -> None:
    with pytest.raises(SettingsError):
        hosts_of(network)


def test_a_home_network_is_its_hosts() -> None:
    assert hosts_of("192.168.1.0/30") == ["192.168.1.1", "192.168.1.2"]


def test_what_stands_on_the_machine_is_found(tmp_path: Path) -> None:
    files = {
        "sys/bus/w1/devices/28-00000a1b2c3d/name": "28-00000a1b2c3d",
        "sys/class/hwmon/hwmon3/name": "sht3x",
        "sys/class/hwmon/hwmon3/temp1_input": "1000",
        "sys/class/hwmon/hwmon3/humidity1_input": "1000",
        "sys/bus/iio/devices/iio:device0/name": "hdc2010",
        "sys/bus/iio/devices/iio:device0/in_temp_raw": "1",
        "sys/class/power_supply/BAT0/type": "Battery",
        "dev/i2c-1": "",
        "dev/gpiochip0": "",
        "dev/serial/by-id/usb-x": "",
        "dev/ttyUSB0": "",
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    found = list(scan_machine(tmp_path / "sys", tmp_path / "dev"))
    dev = tmp_path / "dev"
    assert [(one.driver, one.seen.partition("（")[0]) for one in found] == [
        ("onewire", "DS18B20 28-00000a1b2c3d"),
        ("hwmon", "sht3x humidity1"),
        ("hwmon", "sht3x temp1"),
        ("hwmon", "hdc2010 in_temp"),
        ("power", "BAT0 Battery"),
        ("sht", f"{dev}/i2c-1"),
        ("gpio", f"{dev}/gpiochip0"),
        ("modbus-rtu", f"{dev}/serial/by-id/usb-x"),
        ("modbus-rtu", f"{dev}/ttyUSB0"),
    ]
    for one in found:
        opener = drivers()[one.driver]
        settings = settings_of(one.probe.partition(" #")[0].split())
        assert opener(settings, FileSecrets(settings, tmp_path)).points, "the words to probe with are no settings"


@pytest.mark.parametrize("units", ["0-3", "3-1", "1-248", "x"])
def test_addresses_that_cannot_be_are_refused(units: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["agent", "scan", "--serial", "/nowhere/tty", "--units", units])
    assert code == 78
    assert "--units" in capsys.readouterr().err


def test_a_speed_that_no_port_knows_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["agent", "scan", "--serial", "/nowhere/tty", "--baud", "12345"]) == 78
    assert "--baud: 12345" in capsys.readouterr().err


def test_a_probe_reads_at_least_once(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["agent", "probe", "system", "point.id=a", "point.what=load", "--times", "0"])
    assert "0 is not at least 1" in capsys.readouterr().err
