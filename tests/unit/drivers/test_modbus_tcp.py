"""The Modbus driver against a real server, and against peers that break every promise."""

import socket
import struct
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from larder_agent.drivers.modbus_tcp.driver import ModbusTcp
from larder_agent.drivers.modbus_tcp.gateway import read_settings
from larder_agent.drivers.port import Sample
from tests.unit.drivers.peers import ModbusScript, TcpPeer, deaf_port, free_port, pymodbus_server, wait_for_end


@contextmanager
def driver(port: int, *points: dict[str, Any], timeout_s: float = 0.3) -> Iterator[ModbusTcp]:
    tables = [{"id": f"p{place}", "unit": "Cel", "scale": -1, **point} for place, point in enumerate(points)]
    settings = {"host": "127.0.0.1", "port": port, "timeout_s": timeout_s, "point": tables}
    with closing(ModbusTcp(read_settings(settings))) as opened:
        yield opened


def qualities(one: ModbusTcp) -> list[str]:
    return [sample.quality for sample in one.read()]


@contextmanager
def scripted() -> Iterator[tuple[TcpPeer, ModbusScript]]:
    script = ModbusScript()
    with TcpPeer(script.talk) as peer:
        yield peer, script


@contextmanager
def within(seconds: float) -> Iterator[None]:
    started = time.monotonic()
    yield
    assert time.monotonic() - started < seconds


def test_a_real_server_is_read() -> None:
    with (
        pymodbus_server({1: [41, 500, 0x8000], 2: [0x4081, 0x999A]}) as port,
        driver(
            port,
            {"register": 0, "kind": "input"},
            {"register": 1, "unit": "%RH", "type": "uint16", "kind": "input"},
            {"register": 2},
            {"register": 0, "unit_id": 2, "type": "float32"},
            timeout_s=5,
        ) as one,
    ):
        expected = [Sample("p0", 41), Sample("p1", 500), Sample("p2", None, "no-sensor"), Sample("p3", 41)]
        assert one.read() == expected
        assert one.read() == expected


def test_a_real_server_that_lacks_one_register_still_gives_the_others() -> None:
    with (
        pymodbus_server({1: [41, 42]}) as port,
        driver(port, {"register": 0}, {"register": 1}, {"register": 2}, timeout_s=5) as one,
    ):
        expected = [Sample("p0", 41), Sample("p1", 42), Sample("p2", None, "exception-2")]
        assert one.read() == expected
        assert one.read() == expected


def test_after_a_refused_block_each_point_is_asked_alone_from_the_start() -> None:
    with scripted() as (peer, script), driver(peer.port, {"register": 0}, {"register": 1}) as one:
        script.answers = {"01 03 0000 0002": "83 02", "01 03 0000 0001": "03 02 00 29", "01 03 0001 0001": "83 02"}
        assert one.read() == [Sample("p0", 41), Sample("p1", None, "exception-2")]
        script.asked.clear()
        one.read()
        assert script.asked == ["01 03 0000 0001", "01 03 0001 0001"]


def test_a_device_failure_does_not_split_a_block() -> None:
    with scripted() as (peer, script), driver(peer.port, {"register": 0}, {"register": 1}) as one:
        script.answers = {"01 03 0000 0002": "83 04"}
        assert qualities(one) == ["exception-4", "exception-4"]
        script.answers = {"01 03 0000 0002": "03 04 00 29 00 2A"}
        assert one.read() == [Sample("p0", 41), Sample("p1", 42)]


def test_a_refused_connection_is_one_verdict_for_every_point() -> None:
    with driver(free_port(), *({"register": 0, "unit_id": unit} for unit in range(1, 51))) as one, within(2):
        assert qualities(one) == ["refused"] * 50


def test_a_dead_gateway_costs_one_timeout_however_many_points_hang_on_it() -> None:
    with (
        deaf_port() as port,
        driver(port, *({"register": 0, "unit_id": unit} for unit in range(1, 51))) as one,
        within(2),
    ):
        assert qualities(one) == ["no-answer"] * 50


def test_a_silent_unit_costs_one_timeout_and_the_others_answer() -> None:
    with (
        scripted() as (peer, script),
        driver(peer.port, {"register": 0}, {"register": 9}, {"register": 20}, {"register": 0, "unit_id": 2}) as one,
    ):
        script.answers = {"01 03 0000 0001": "silent", "02 03 0000 0001": "03 02 00 29"}
        with within(2):
            assert one.read() == [*(Sample(f"p{n}", None, "no-answer") for n in range(3)), Sample("p3", 41)]
        assert script.asked == ["01 03 0000 0001", "02 03 0000 0001"]
        assert peer.connections == 1


def test_a_late_answer_is_never_taken_for_the_next_one() -> None:
    """The answer to the first request comes when the second is asked; the next read begins on a fresh connection."""

    def talk(connection: socket.socket) -> None:
        first = connection.recv(12)
        second = connection.recv(12)
        late = first[:4] + bytes.fromhex("0005 01 03 02 03e7")
        connection.sendall(late + second[:4] + bytes.fromhex("0005 02 03 02 0029"))
        wait_for_end(connection)

    with TcpPeer(talk) as peer, driver(peer.port, {"register": 0}, {"register": 0, "unit_id": 2}) as one:
        assert one.read() == [Sample("p0", None, "no-answer"), Sample("p1", 41)]
        one.read()
        assert peer.connections == 2


def test_an_idle_connection_that_the_gateway_closed_costs_no_reading() -> None:
    with scripted() as (peer, script), driver(peer.port, {"register": 0}) as one:
        script.answers = {"01 03 0000 0001": "03 02 00 29"}
        assert one.read() == [Sample("p0", 41)]
        script.answers = {"01 03 0000 0001": "close"}
        assert qualities(one) == ["no-answer"]
        assert peer.connections == 2  # tried once more on a new connection, and no more than once
        script.answers = {"01 03 0000 0001": "03 02 00 2A"}
        assert one.read() == [Sample("p0", 42)]


def test_a_connection_closed_between_reads_is_opened_again_within_the_read() -> None:
    def talk(connection: socket.socket) -> None:
        request = connection.recv(12)
        connection.sendall(request[:4] + bytes.fromhex("0005 01 03 02 0029"))

    with TcpPeer(talk) as peer, driver(peer.port, {"register": 0}) as one:
        for read in range(1, 4):
            assert one.read() == [Sample("p0", 41)]
            assert peer.connections == read


@pytest.mark.parametrize("word", ["close", "reset"])
def test_a_gateway_that_hangs_up_is_one_verdict_for_what_is_left(word: str) -> None:
    with (
        scripted() as (peer, script),
        driver(peer.port, {"register": 0}, *({"register": 0, "unit_id": unit} for unit in range(2, 9))) as one,
    ):
        script.answers = {"01 03 0000 0001": "03 02 00 29", "02 03 0000 0001": word}
        with within(2):
            assert one.read() == [Sample("p0", 41), *(Sample(f"p{n}", None, "no-answer") for n in range(1, 8))]


@pytest.mark.parametrize(
    "code, quality", [(1, "exception-1"), (4, "exception-4"), (6, "exception-6"), (0x0A, "gateway"), (0x0B, "gateway")]
)
def test_an_exception_is_named_by_its_number(code: int, quality: str) -> None:
    with scripted() as (peer, script), driver(peer.port, {"register": 0}) as one:
        script.answers = {"01 03 0000 0001": f"83 {code:02x}"}
        assert qualities(one) == [quality]


def test_when_the_gateway_says_that_a_unit_is_away_its_other_points_are_not_asked() -> None:
    with scripted() as (peer, script), driver(peer.port, {"register": 0}, {"register": 9}) as one:
        script.answers = {"01 03 0000 0001": "83 0b"}
        assert qualities(one) == ["gateway", "gateway"]
        assert len(script.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        "03 04 00 29 00 2A",  # more registers than asked for
        "03 00",  # none
        "03 02 00",  # fewer bytes than it says
        "04 02 00 29",  # another function
        "01 01 01",  # coils
        "55",  # a function that answers nothing we asked
        "83",  # an exception without a number
        "raw 00 01 00 07 00 05 01 03 02 00 29",  # not the Modbus protocol
        "raw 00 09 00 00 00 05 01 03 02 00 29",  # another transaction
        "raw 00 01 00 00 00 05 07 03 02 00 29",  # another unit
        "raw 00 01 00 00 00 05 01 03",  # cut short
        "raw 00",
        "raw ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff",
        "raw 48 54 54 50 2f 31 2e 31 20 34 30 30 0d 0a 0d 0a",  # HTTP
    ],
)
def test_an_answer_that_does_not_fit_is_a_bad_frame_and_the_next_read_recovers(answer: str) -> None:
    with scripted() as (peer, script), driver(peer.port, {"register": 0}, {"register": 0, "unit_id": 2}) as one:
        script.answers = {"01 03 0000 0001": answer, "02 03 0000 0001": "03 02 00 2A"}
        with within(2):
            assert one.read() == [Sample("p0", None, "bad-frame"), Sample("p1", 42)]
        script.answers["01 03 0000 0001"] = "03 02 00 29"
        assert one.read() == [Sample("p0", 41), Sample("p1", 42)]


def test_one_byte_at_a_time_is_an_answer() -> None:
    with scripted() as (peer, script), driver(peer.port, {"register": 0}, {"register": 1}) as one:
        script.answers = {"01 03 0000 0002": "drip 03 04 00 29 00 2A"}
        assert one.read() == [Sample("p0", 41), Sample("p1", 42)]


def test_a_trickle_does_not_stretch_the_deadline() -> None:
    """A byte every 50 ms would keep a timeout that begins anew with each byte alive for ever."""

    def talk(connection: socket.socket) -> None:
        connection.recv(12)
        connection.sendall(struct.pack(">HHH", 1, 0, 250))
        while not peer.stopping.wait(0.05):
            connection.sendall(b"\x01")

    with TcpPeer(talk) as peer, driver(peer.port, {"register": 0}) as one, within(2):
        assert qualities(one) == ["bad-frame"]


def test_a_flood_is_cut_off() -> None:
    def talk(connection: socket.socket) -> None:
        connection.recv(12)
        while True:
            connection.sendall(b"\x00\x01\x00\x07" * 1000)

    with TcpPeer(talk) as peer, driver(peer.port, {"register": 0}, timeout_s=5) as one, within(2):
        assert qualities(one) == ["bad-frame"]


def test_closing_twice_and_reading_again_is_allowed() -> None:
    with scripted() as (peer, script), driver(peer.port, {"register": 0}) as one:
        script.answers = {"01 03 0000 0001": "03 02 00 29"}
        one.read()
        one.close()
        one.close()
        assert one.read() == [Sample("p0", 41)]
