"""The bytes of a line, in bounded time: a serial port of this machine, or a TCP connection to a converter that passes bytes on."""

import errno
import fcntl
import os
import select
import socket
import termios
from typing import NamedTuple, Protocol

from larder_agent.drivers.address import Clock, NameLookup, Unresolved, connect
from larder_agent.drivers.modbus.failure import Failure, Reach

MOST = 512
"""Bytes taken at once; a frame has at most 256."""

SPEEDS = {
    speed: getattr(termios, f"B{speed}") for speed in (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)
}  # fmt: skip
PARITIES = {"none": 0, "even": termios.PARENB, "odd": termios.PARENB | termios.PARODD}


class SerialFormat(NamedTuple):
    """8 data bits always: RTU needs them."""

    baud: int
    parity: str
    stop_bits: int

    @property
    def character_s(self) -> float:
        """The time of one character: a start bit, 8 data bits, parity, stop bits."""
        return (9 + (self.parity != "none") + self.stop_bits) / self.baud


class Wire(Protocol):
    """`open` raises Failure, whose reach is the whole line; the others raise OSError when the wire is gone."""

    def open(self, deadline: float) -> None: ...
    def write(self, octets: bytes, deadline: float) -> None: ...
    def read(self, wait_s: float) -> bytes:
        """What has come, at least one byte, waiting at most so long; empty if nothing has."""
        ...

    def close(self) -> None: ...


class SerialPort:
    """A tty in raw mode, held by nobody else."""

    def __init__(self, path: str, form: SerialFormat, clock: Clock) -> None:
        self._path, self._form, self._clock = path, form, clock
        self._descriptor = -1

    def open(self, deadline: float) -> None:
        if self._descriptor >= 0:
            return
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise Failure("port-denied" if error.errno == errno.EACCES else "no-port", Reach.GATEWAY) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            termios.tcsetattr(descriptor, termios.TCSANOW, _raw(descriptor, self._form))
        except BlockingIOError:
            os.close(descriptor)
            raise Failure("port-busy", Reach.GATEWAY) from None
        except (OSError, termios.error):  # no tty at all, or one that does not know this speed
            os.close(descriptor)
            raise Failure("no-port", Reach.GATEWAY) from None
        self._descriptor = descriptor

    def write(self, octets: bytes, deadline: float) -> None:
        left = octets
        while left:
            wait_s = max(0.0, deadline - self._clock())
            _, ready, _ = select.select([], [self._descriptor], [], wait_s)
            if not ready:
                raise TimeoutError(f"{self._path} takes no bytes")
            left = left[os.write(self._descriptor, left) :]

    def read(self, wait_s: float) -> bytes:
        ready, _, _ = select.select([self._descriptor], [], [], max(0.0, wait_s))
        if not ready:
            return b""
        octets = os.read(self._descriptor, MOST)
        if not octets:
            raise OSError(errno.EIO, "the port is gone", self._path)
        return octets

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1


def _raw(descriptor: int, form: SerialFormat) -> list[int | list[bytes | int]]:
    """Attributes as `tcsetattr` takes them: no translation, no echo, no flow control, reads that never wait."""
    *_, characters = termios.tcgetattr(descriptor)
    control = termios.CS8 | termios.CREAD | termios.CLOCAL | PARITIES[form.parity]
    control |= termios.CSTOPB if form.stop_bits == 2 else 0
    characters[termios.VMIN] = characters[termios.VTIME] = 0
    speed = SPEEDS[form.baud]
    return [0, 0, control, 0, speed, speed, [*characters]]


class TcpBytes:
    """A converter in transparent mode (not Modbus TCP: no header, the bytes of the line as they are)."""

    def __init__(self, host: str, port: int, clock: Clock) -> None:
        self._lookup = NameLookup(host, port)
        self._clock = clock
        self._socket: socket.socket | None = None

    def open(self, deadline: float) -> None:
        if self._socket is not None:
            return
        try:
            addresses = self._lookup.addresses(deadline - self._clock())
            self._socket = connect(addresses, deadline, self._clock)
        except ConnectionRefusedError:
            raise Failure("refused", Reach.GATEWAY) from None
        except (Unresolved, OSError):
            raise Failure("no-answer", Reach.GATEWAY) from None

    def write(self, octets: bytes, deadline: float) -> None:
        self._opened().settimeout(max(0.001, deadline - self._clock()))
        self._opened().sendall(octets)

    def read(self, wait_s: float) -> bytes:
        opened = self._opened()
        opened.settimeout(max(0.001, wait_s))
        try:
            octets = opened.recv(MOST)
        except TimeoutError:
            return b""
        if not octets:
            raise ConnectionResetError("the converter closed the connection")
        return octets

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None

    def _opened(self) -> socket.socket:
        if self._socket is None:
            raise ConnectionResetError("not open")
        return self._socket
