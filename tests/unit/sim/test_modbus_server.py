"""The gateway, asked by pymodbus's own client and by hand-made frames that trust no library."""

import asyncio
import struct
from collections.abc import Awaitable, Callable, Sequence

import pytest
from pymodbus.client import AsyncModbusTcpClient

from larder_sim.modbus_server import ModbusGateway, Refusal

HOST = "127.0.0.1"
DEADLINE_S = 5.0


class _Bus:
    """Answers of the units of one gateway, which a test may change: registers or a refusal."""

    def __init__(self) -> None:
        self.now: dict[int, Sequence[int] | Refusal] = {1: [43, 761], 2: [0x10000 - 184], 3: [1, 2]}
        self.asked: list[tuple[int, int, int]] = []

    def units(self) -> dict[int, tuple[int, Callable[[int, int], Sequence[int] | Refusal]]]:
        return {unit: (2 if unit != 2 else 1, self._answer(unit)) for unit in self.now}

    def _answer(self, unit: int) -> Callable[[int, int], Sequence[int] | Refusal]:
        def answer(address: int, count: int) -> Sequence[int] | Refusal:
            self.asked.append((unit, address, count))
            return self.now[unit]

        return answer


def _with_gateway(test: Callable[[_Bus, ModbusGateway, int], Awaitable[None]]) -> None:
    async def run() -> None:
        bus = _Bus()
        gateway = ModbusGateway(bus.units())
        port = await gateway.start(HOST, 0)
        try:
            await asyncio.wait_for(test(bus, gateway, port), DEADLINE_S)
        finally:
            await gateway.stop()

    asyncio.run(run())


def _frame(transaction: int, unit: int, function: int, address: int, value: int) -> bytes:
    """A request of twelve bytes: MBAP header (transaction, protocol 0, 6 bytes follow, unit), function, two words."""
    return struct.pack(">HHHBBHH", transaction, 0, 6, unit, function, address, value)


async def _reply(reader: asyncio.StreamReader) -> tuple[int, int, bytes]:
    """Transaction, unit and PDU of the next response."""
    transaction, protocol, length, unit = struct.unpack(">HHHB", await reader.readexactly(7))
    assert protocol == 0
    return transaction, unit, await reader.readexactly(length - 1)


async def _ask(port: int, *frames: bytes) -> tuple[int, int, bytes]:
    """Send frames over one new connection; the first response."""
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        for frame in frames:
            writer.write(frame)
            await writer.drain()
        return await _reply(reader)
    finally:
        writer.close()
        await writer.wait_closed()


def test_pymodbus_reads_registers_as_they_are_at_that_moment() -> None:
    async def test(bus: _Bus, gateway: ModbusGateway, port: int) -> None:
        async with AsyncModbusTcpClient(HOST, port=port, timeout=2, retries=0) as client:
            assert (await client.read_input_registers(0, count=2, device_id=1)).registers == [43, 761]
            bus.now[1] = [99, 500]
            assert (await client.read_input_registers(0, count=2, device_id=1)).registers == [99, 500]
            assert (await client.read_input_registers(1, count=1, device_id=1)).registers == [500]
            frozen = await client.read_input_registers(0, count=1, device_id=2)
            assert client.convert_from_registers(frozen.registers, client.DATATYPE.INT16) == -184
        assert bus.asked == [(1, 0, 2), (1, 0, 2), (1, 1, 1), (2, 0, 1)]

    _with_gateway(test)


def test_the_bytes_on_the_wire() -> None:
    async def test(bus: _Bus, gateway: ModbusGateway, port: int) -> None:
        assert await _ask(port, _frame(7, 1, 4, 0, 2)) == (7, 1, bytes.fromhex("04 04 002b 02f9"))
        assert await _ask(port, _frame(8, 2, 4, 0, 1)) == (8, 2, bytes.fromhex("04 02 ff48"))
        assert await _ask(port, _frame(9, 1, 3, 0, 1)) == (9, 1, bytes.fromhex("03 02 002b"))

    _with_gateway(test)


@pytest.mark.parametrize(
    ("request_frame", "pdu"),
    [
        (_frame(1, 1, 4, 1, 2), "84 02"),  # one register too far
        (_frame(1, 2, 4, 1, 1), "84 02"),  # a transmitter without humidity
        (_frame(1, 1, 4, 500, 1), "84 02"),
        (_frame(1, 1, 6, 0, 5), "86 02"),  # nobody writes a measurement
    ],
)
def test_what_is_not_there_is_refused(request_frame: bytes, pdu: str) -> None:
    async def test(bus: _Bus, gateway: ModbusGateway, port: int) -> None:
        assert (await _ask(port, request_frame))[2] == bytes.fromhex(pdu)
        assert bus.asked == []

    _with_gateway(test)


@pytest.mark.parametrize("unit", [3, 99], ids=["unplugged", "never there"])
def test_a_silent_unit_does_not_answer_and_disturbs_no_other(unit: int) -> None:
    async def test(bus: _Bus, gateway: ModbusGateway, port: int) -> None:
        bus.now[3] = Refusal.SILENT
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(_frame(1, unit, 4, 0, 1))
        await writer.drain()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.15)
        for transaction in (2, 3):
            writer.write(_frame(transaction, 1, 4, 0, 1))
            await writer.drain()
            assert (await _reply(reader))[:2] == (transaction, 1), "the silent unit answered"
        writer.close()
        await writer.wait_closed()

    _with_gateway(test)


def test_a_gateway_that_gives_up_says_0x0b() -> None:
    async def test(bus: _Bus, gateway: ModbusGateway, port: int) -> None:
        bus.now[3] = Refusal.GATEWAY_EXCEPTION
        assert await _ask(port, _frame(5, 3, 4, 0, 2)) == (5, 3, bytes.fromhex("84 0b"))

    _with_gateway(test)


def test_without_power_it_is_gone_and_comes_back_on_its_port() -> None:
    async def test(bus: _Bus, gateway: ModbusGateway, port: int) -> None:
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(_frame(1, 1, 4, 0, 1))
        await _reply(reader)
        await gateway.set_powered(False)
        assert await reader.read() == b"", "an open connection ends"
        writer.close()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(HOST, port)
        await gateway.set_powered(True)
        await gateway.set_powered(True)
        assert (await _ask(port, _frame(2, 1, 4, 0, 1)))[0] == 2

    _with_gateway(test)


def test_a_taken_port_is_an_error() -> None:
    async def test(bus: _Bus, gateway: ModbusGateway, port: int) -> None:
        with pytest.raises(OSError, match=f"cannot listen on {HOST}:{port}"):
            await ModbusGateway(bus.units()).start(HOST, port)

    _with_gateway(test)
