"""Modbus RTU: bytes by hand, a real server behind a tty, and lines on which everything is wrong."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from pymodbus.framer import FramerType

from larder_agent.drivers.modbus.blocks import Block
from larder_agent.drivers.modbus.failure import Failure, Reach
from larder_agent.drivers.modbus_rtu.driver import ModbusRtu, open_driver
from larder_agent.drivers.modbus_rtu.frames import Answer, crc16, find_answer, request, without_echo
from larder_agent.drivers.modbus_rtu.line import RtuLine
from larder_agent.drivers.port import Sample, SettingsError
from larder_agent.drivers.secret_files import FileSecrets
from tests.unit.drivers.peers import TcpPeer, pymodbus_server, serial_port

STORE = Block(1, "holding", 0, 10, ())


def driver(*points: dict[str, Any], **where: Any) -> ModbusRtu:
    tables = [{"id": f"p{place}", "unit": "Cel", "scale": -1, **point} for place, point in enumerate(points)]
    settings = {"timeout_s": 0.3, "point": tables} | where
    return open_driver(settings, FileSecrets(settings, Path("/")))


def test_a_request_is_the_bytes_that_every_manual_shows() -> None:
    """01 03 00 00 00 0A C5 CD: ten holding registers of unit 1."""
    assert request(STORE) == bytes.fromhex("01030000000ac5cd")


def test_the_crc_is_the_published_check_value() -> None:
    """0x4B37 over "123456789": the catalogue's check of CRC-16/MODBUS."""
    assert crc16(b"123456789") == 0x4B37


def test_every_single_flipped_bit_of_an_answer_is_noticed() -> None:
    block = Block(1, "holding", 0, 1, ())
    answer = bytes.fromhex("0103020029799a")
    assert find_answer(answer, block) == Answer((41,))
    for bit in range(8 * len(answer)):
        flipped = bytearray(answer)
        flipped[bit // 8] ^= 1 << bit % 8
        assert find_answer(bytes(flipped), block) is None, bit


def test_an_answer_that_is_not_whole_yet_is_none() -> None:
    answer = bytes.fromhex("0103020029799a")
    for length in range(len(answer)):
        assert find_answer(answer[:length], Block(1, "holding", 0, 1, ())) is None


def test_an_echo_is_taken_away_also_while_it_comes() -> None:
    sent = request(STORE)
    assert [without_echo(sent[:length], sent) for length in (1, 7, 8)] == [b""] * 3
    assert without_echo(sent + b"\x01", sent) == b"\x01"
    assert without_echo(b"\x02\x03", sent) == b"\x02\x03"


@contextmanager
def real_line(units: dict[int, list[int]]) -> Iterator[str]:
    with pymodbus_server(units, FramerType.RTU) as port, serial_port(port) as path:
        yield path


def test_a_real_server_behind_a_serial_port_is_read() -> None:
    with (
        real_line({1: [41, 500, 0x8000], 2: [0x4081, 0x999A]}) as path,
        closing(
            driver(
                {"register": 0, "kind": "input"},
                {"register": 1, "unit": "%RH", "type": "uint16", "kind": "input"},
                {"register": 2},
                {"register": 0, "unit_id": 2, "type": "float32"},
                device=path,
                timeout_s=5,
            )
        ) as one,
    ):
        expected = [Sample("p0", 41), Sample("p1", 500), Sample("p2", None, "no-sensor"), Sample("p3", 41)]
        assert one.read() == expected
        assert one.read() == expected


def test_a_real_server_that_lacks_one_register_still_gives_the_others() -> None:
    with (
        real_line({1: [41, 42]}) as path,
        closing(driver({"register": 0}, {"register": 1}, {"register": 2}, device=path, timeout_s=5)) as one,
    ):
        assert one.read() == [Sample("p0", 41), Sample("p1", 42), Sample("p2", None, "exception-2")]


def test_a_converter_in_transparent_mode_is_read() -> None:
    with (
        pymodbus_server({1: [41]}, FramerType.RTU) as port,
        closing(driver({"register": 0}, host="127.0.0.1", port=port, timeout_s=5)) as one,
    ):
        assert one.read() == [Sample("p0", 41)]


def test_a_converter_that_closes_when_idle_costs_no_reading() -> None:
    answered = bytes.fromhex("0103020029799a")

    def once(connection: Any) -> None:
        connection.recv(8)
        connection.sendall(answered)

    with TcpPeer(once) as peer, closing(driver({"register": 0}, host="127.0.0.1", port=peer.port, timeout_s=2)) as one:
        assert [one.read() for _ in range(3)] == [[Sample("p0", 41)]] * 3
        assert peer.connections == 3


def test_a_port_that_is_not_there_is_one_verdict_at_once(tmp_path: Path) -> None:
    points = [{"register": 0, "unit_id": unit} for unit in range(1, 51)]
    with closing(driver(*points, device=str(tmp_path / "ttyUSB0"))) as one:
        started = time.monotonic()
        assert {sample.quality for sample in one.read()} == {"no-port"}
        assert time.monotonic() - started < 1


def test_a_file_that_is_no_port_is_no_port(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with closing(driver({"register": 0}, device=str(tmp_path / "file"))) as one:
        assert one.read() == [Sample("p0", None, "no-port")]


def test_a_port_that_another_program_holds_is_busy_and_free_afterwards() -> None:
    with real_line({1: [41]}) as path, closing(driver({"register": 0}, device=path, timeout_s=5)) as one:
        other = os.open(path, os.O_RDWR | os.O_NOCTTY)
        fcntl.flock(other, fcntl.LOCK_EX)
        assert one.read() == [Sample("p0", None, "port-busy")]
        os.close(other)
        assert one.read() == [Sample("p0", 41)]


def test_an_adapter_that_is_pulled_and_put_back_is_read_again(tmp_path: Path) -> None:
    """The name stays, as below /dev/serial/by-id; what stands behind it goes and comes."""
    name = tmp_path / "usb-adapter"
    with (
        pymodbus_server({1: [41]}, FramerType.RTU) as port,
        closing(driver({"register": 0}, device=str(name), timeout_s=1)) as one,
    ):
        with serial_port(port) as path:
            name.symlink_to(path)
            assert one.read() == [Sample("p0", 41)]
            name.unlink()
        assert one.read()[0].quality in ("no-port", "no-answer")
        with serial_port(port) as path:
            name.symlink_to(path)
            assert one.read() == [Sample("p0", 41)]


class Chatter:
    """A wire on which somebody talks without end; each read takes 10 ms."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sent = b""

    def open(self, deadline: float) -> None: ...

    def close(self) -> None: ...

    def write(self, octets: bytes, deadline: float) -> None:
        self.sent += octets

    def read(self, wait_s: float) -> bytes:
        self.now += 0.01
        return b"\x55"


def test_nothing_is_said_into_the_talk_of_another_and_the_whole_line_is_busy() -> None:
    wire = Chatter()
    with pytest.raises(Failure) as caught:
        RtuLine(wire, 0.3, 0.004, lambda: wire.now).ask(STORE)
    assert (caught.value.quality, caught.value.reach) == ("line-busy", Reach.GATEWAY)
    assert wire.sent == b""
    assert wire.now < 0.35


@pytest.mark.parametrize(
    "settings, key",
    [
        ({"device": "ttyUSB0"}, "device"),
        ({"device": "/dev/ttyUSB0", "host": "10.0.0.1"}, "host"),
        ({"host": "10.0.0.1"}, "port"),
        ({"device": "/dev/ttyUSB0", "baud": 9601}, "baud"),
        ({"device": "/dev/ttyUSB0", "parity": "mark"}, "parity"),
        ({"device": "/dev/ttyUSB0", "stop_bits": 3}, "stop_bits"),
        ({"device": "/dev/ttyUSB0", "points": []}, "points"),
    ],
)
def test_wrong_settings_are_refused_by_their_key(settings: dict[str, Any], key: str) -> None:
    with pytest.raises(SettingsError) as caught:
        driver({"register": 0}, **settings)
    assert caught.value.key == key


@pytest.mark.parametrize("unit", [0, 248])
def test_an_address_that_nobody_on_a_line_can_have_is_refused(unit: int) -> None:
    with pytest.raises(SettingsError, match="unit_id"):
        driver({"register": 0, "unit_id": unit}, device="/dev/ttyUSB0")
