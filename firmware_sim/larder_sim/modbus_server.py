"""A Modbus TCP gateway with RS-485 temperature and humidity transmitters behind it, each a unit id.

pymodbus serves the protocol. A silent unit is what pymodbus calls a missing device that it is told to ignore; a
gateway that gives up on a unit answers exception 0x0B (gateway target device failed to respond).
"""

import asyncio
from collections.abc import Callable, Sequence
from enum import Enum
from typing import cast

from pymodbus.constants import ExcCodes
from pymodbus.exceptions import NoSuchIdException
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

NO_PROBE = 0x8000
"""What a transmitter puts in its registers while its own probe is broken or gone."""


class Refusal(Enum):
    """Why a unit gives no registers."""

    SILENT = "silent"
    GATEWAY_EXCEPTION = "gateway-exception"


Answer = Callable[[int, int], Sequence[int] | Refusal]
"""(address, count) of a read to all registers of the unit, each 0 to 65535, at this moment, or a refusal."""


class ModbusGateway:
    """One gateway on one port. `units` maps a unit id (1 to 247) to its number of registers and its answer."""

    def __init__(self, units: dict[int, tuple[int, Answer]]) -> None:
        self._units = units
        self._server: ModbusTcpServer | None = None
        self._address: tuple[str, int] = ("", 0)

    async def start(self, host: str, port: int) -> int:
        """Listen; port 0 takes a free one. Returns the port. Raises OSError when it is taken."""
        self._address = (host, port)
        await self.set_powered(True)
        return self._address[1]

    async def set_powered(self, powered: bool) -> None:
        """Without power nothing listens and open connections end; with power it listens on the port it had."""
        if powered and self._server is None:
            self._server = await self._listen()
        elif not powered and self._server is not None:
            server, self._server = self._server, None
            await server.shutdown()  # type: ignore[no-untyped-call]  # pymodbus leaves it bare

    async def stop(self) -> None:
        """Stop listening and end open connections."""
        await self.set_powered(False)

    async def _listen(self) -> ModbusTcpServer:
        host, port = self._address
        devices = [_device(unit, count, answer) for unit, (count, answer) in self._units.items()]
        # Unit 0 stands for every other id: a bus on which nobody has that address stays silent.
        devices.append(_device(0, 1, lambda address, count: Refusal.SILENT))
        server = ModbusTcpServer(devices, address=(host, port), ignore_missing_devices=True)
        if not await server.listen():  # pymodbus has only logged why
            raise OSError(f"cannot listen on {host}:{port}")
        listening = cast(asyncio.Server, server.transport)  # pymodbus keeps the listener there
        self._address = (host, listening.sockets[0].getsockname()[1])
        return server


def _device(unit: int, count: int, answer: Answer) -> SimDevice:
    """A unit whose input registers (function 04; also 03, as most transmitters do) are computed at each read."""

    async def refresh(
        function: int, start: int, address: int, wanted: int, registers: list[int], written: object
    ) -> ExcCodes | None:
        now = answer(address, wanted)
        if now is Refusal.SILENT:
            raise NoSuchIdException(f"unit {unit} is silent")
        if isinstance(now, Refusal):
            return ExcCodes.GATEWAY_NO_RESPONSE
        registers[: len(now)] = now
        return None

    registers = SimData(0, values=[0] * count, datatype=DataType.REGISTERS, readonly=True)
    return SimDevice(id=unit, simdata=[registers], action=refresh)
