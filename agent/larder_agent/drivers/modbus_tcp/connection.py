"""One request, one answer, over one TCP connection. pymodbus makes and reads the frames; time and failures are ours,
because its own receive loop restarts its timeout with every byte that comes."""

import socket
import struct
from collections.abc import Callable
from typing import Any

from pymodbus.client import ModbusTcpClient
from pymodbus.exceptions import ConnectionException, ModbusException

from larder_agent.drivers.address import Clock, NameLookup, Unresolved, connect
from larder_agent.drivers.modbus.blocks import Block
from larder_agent.drivers.modbus.failure import Failure, Reach, refusal

LONGEST_ANSWER = 4096  # bytes; a frame has at most 260, the rest is room for late answers of other units


class _Silence(Exception):
    """The time for an answer is over."""


class _Client(ModbusTcpClient):
    """pymodbus over a socket that was opened elsewhere, with one deadline for a whole answer."""

    def __init__(self, peer: str, opened: socket.socket, clock: Clock) -> None:
        super().__init__(peer, retries=0)
        self.socket = opened
        self._clock = clock
        self._deadline = 0.0
        self.heard = 0

    def begin(self, deadline: float) -> None:
        self._deadline = deadline
        self.heard = 0

    def connect(self) -> bool:
        """Never reconnects behind our back: that could cost a second timeout in the middle of a request."""
        return self.socket is not None

    def recv(self, size: int | None) -> bytes:
        left = self._deadline - self._clock()
        if self.socket is None:
            raise ConnectionException("closed")
        if left <= 0 or self.heard >= LONGEST_ANSWER:
            raise _Silence
        self.socket.settimeout(left)
        try:
            octets = self.socket.recv(512)
        except TimeoutError:
            raise _Silence from None
        if not octets:
            raise ConnectionException("the peer closed the connection")
        self.heard += len(octets)
        return octets


class Connection:
    """Asks for blocks. Kept open between reads, and opened again when that turns out to be needed."""

    def __init__(self, host: str, port: int, timeout_s: float, clock: Clock) -> None:
        self._lookup = NameLookup(host, port)
        self._timeout_s = timeout_s
        self._clock = clock
        self._client: _Client | None = None
        self._kept = False  # the connection is from an earlier read: worth a second try, once
        self._late = False  # a unit did not answer: its answer may still come, and belong to nobody

    @property
    def is_open(self) -> bool:
        return self._client is not None

    def begin(self) -> None:
        """To be called at the start of each read."""
        if self._late:
            self.close()
        self._kept = self._client is not None

    def ask(self, block: Block) -> list[int]:
        """The block's registers. Raises Failure. Takes at most twice the timeout: to connect, and to wait."""
        try:
            return self._exchange(block)
        except (ConnectionException, OSError):
            self.close()
            if not self._kept:
                raise Failure("no-answer", Reach.GATEWAY) from None
        # Gateways close a connection that was idle for some seconds or minutes. That is no fault of any sensor.
        self._kept = False
        try:
            return self._exchange(block)
        except (ConnectionException, OSError):
            self.close()
            raise Failure("no-answer", Reach.GATEWAY) from None

    def close(self) -> None:
        if self._client is not None:
            self._client.close()  # type: ignore[no-untyped-call]  # pymodbus leaves it unannotated
        self._client = None
        self._late = False

    def _exchange(self, block: Block) -> list[int]:
        client = self._opened()
        client.begin(self._clock() + self._timeout_s)
        request: Callable[..., Any] = (
            client.read_holding_registers if block.kind == "holding" else client.read_input_registers
        )
        try:
            answer = request(block.start, count=block.length, device_id=block.unit_id)
        except ConnectionException:
            raise
        except _Silence:
            if not client.heard:
                self._late = True
                raise Failure("no-answer", Reach.UNIT) from None
            raise self._bad_frame() from None
        except (ModbusException, struct.error, ValueError, IndexError):
            raise self._bad_frame() from None
        return self._judged(answer, block)

    def _judged(self, answer: Any, block: Block) -> list[int]:
        if answer.isError():
            raise refusal(answer.exception_code)
        expected = 3 if block.kind == "holding" else 4
        if answer.function_code != expected or len(answer.registers) != block.length:
            raise self._bad_frame()
        return list(answer.registers)

    def _bad_frame(self) -> Failure:
        """After a frame that cannot be read, nobody knows where the next one begins: start afresh."""
        self.close()
        return Failure("bad-frame", Reach.UNIT)

    def _opened(self) -> _Client:
        if self._client is None:
            deadline = self._clock() + self._timeout_s
            try:
                addresses = self._lookup.addresses(self._timeout_s)
                opened = connect(addresses, deadline, self._clock)
            except ConnectionRefusedError:
                raise Failure("refused", Reach.GATEWAY) from None
            except (Unresolved, OSError):
                raise Failure("no-answer", Reach.GATEWAY) from None
            self._kept = False
            self._client = _Client(addresses[0].ip, opened, self._clock)
        return self._client
