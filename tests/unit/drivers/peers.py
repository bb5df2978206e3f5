"""The other side, byte by byte. Nothing here uses the code under test, so that neither hides the other's mistakes."""

import asyncio
import contextlib
import os
import re
import select
import socket
import struct
import threading
import tty
from collections.abc import Callable, Iterator

from pymodbus.framer import FramerType
from pymodbus.framer.rtu import FramerRTU
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

DEADLINE_S = 10.0

Talk = Callable[[socket.socket], None]


class TcpPeer:
    """A server on a free port of the loopback; `talk` has each connection in a thread of its own."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0
        self.stopping = threading.Event()

    def __enter__(self) -> "TcpPeer":
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(DEADLINE_S)
            assert not thread.is_alive(), "a peer's thread did not end"

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            self._talk(connection)


def wait_for_end(connection: socket.socket) -> None:
    """Say nothing until the other side has had enough."""
    while connection.recv(4096):
        pass


def reset(connection: socket.socket) -> None:
    """End a connection with RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def drip(connection: socket.socket, octets: bytes) -> None:
    for octet in octets:
        connection.sendall(bytes([octet]))


def free_port() -> int:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextlib.contextmanager
def deaf_port() -> Iterator[int]:
    """A port whose queue is full, so that the kernel drops what knocks, as a host without power does."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            knock = stack.enter_context(socket.socket())
            knock.setblocking(False)
            knock.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


class ModbusScript:
    """Answers by request. Keys are "<unit> <function> <start> <count>" in hexadecimal, as `01 04 0000 0002`; an answer
    is a PDU in hexadecimal, or `drip PDU`, `raw BYTES`, `silent`, `close`, `reset`."""

    def __init__(self) -> None:
        self.answers: dict[str, str] = {}
        self.asked: list[str] = []

    def talk(self, connection: socket.socket) -> None:
        stream = connection.makefile("rb")
        while len(header := stream.read(7)) == 7:
            transaction, protocol, length, unit = struct.unpack(">HHHB", header)
            assert protocol == 0
            function, start, count = struct.unpack(">BHH", stream.read(length - 1))
            key = f"{unit:02x} {function:02x} {start:04x} {count:04x}"
            self.asked.append(key)
            if not self._answer(connection, self.answers.get(key, "close"), transaction, unit):
                return

    def _answer(self, connection: socket.socket, answer: str, transaction: int, unit: int) -> bool:
        word, _, rest = answer.partition(" ")
        if word == "silent":
            return True
        if word in ("close", "reset"):
            if word == "reset":
                reset(connection)
            return False
        if word == "raw":
            connection.sendall(bytes.fromhex(rest))
            return True
        pdu = bytes.fromhex(rest if word == "drip" else answer)
        frame = struct.pack(">HHHB", transaction, 0, len(pdu) + 1, unit) + pdu
        (drip if word == "drip" else socket.socket.sendall)(connection, frame)
        return True


@contextlib.contextmanager
def pymodbus_server(units: dict[int, list[int]], framer: FramerType = FramerType.SOCKET) -> Iterator[int]:
    """A real Modbus TCP server: for each unit its registers from 0, the same as holding and as input registers. With the framer RTU
    it speaks the bytes of a serial line."""
    ready = threading.Event()
    running: dict[str, ModbusTcpServer] = {}
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        devices = [
            SimDevice(unit, simdata=[SimData(0, values=list(words), datatype=DataType.REGISTERS)])
            for unit, words in units.items()
        ]
        running["server"] = ModbusTcpServer(devices, framer=framer, address=("127.0.0.1", 0))
        await running["server"].serve_forever(background=True)
        ready.set()
        await running["server"].serving

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    assert ready.wait(DEADLINE_S), "the Modbus server did not start"
    try:
        yield running["server"].transport.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(running["server"].shutdown(), loop).result(DEADLINE_S)
        thread.join(DEADLINE_S)
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


@contextlib.contextmanager
def serial_port(port: int) -> Iterator[str]:
    """A tty whose other end is a TCP server of the loopback: what a USB adapter is to a line."""
    master, slave = os.openpty()
    tty.setraw(slave)
    path = os.ttyname(slave)
    with socket.create_connection(("127.0.0.1", port), DEADLINE_S) as far, contextlib.ExitStack() as stack:
        stack.callback(os.close, slave)  # held open, or the master would see a hang-up between two readers
        stop_reading, stop_writing = os.pipe()
        thread = threading.Thread(target=_pump, args=(master, far, stop_reading), daemon=True)
        thread.start()
        try:
            yield path
        finally:
            os.write(stop_writing, b"x")
            thread.join(DEADLINE_S)
            for descriptor in (master, stop_reading, stop_writing):
                os.close(descriptor)


def _pump(master: int, far: socket.socket, stop: int) -> None:
    while True:
        ready, _, _ = select.select([master, far, stop], [], [])
        if stop in ready:
            return
        if master in ready:
            far.sendall(os.read(master, 4096))
        if far in ready:
            octets = far.recv(4096)
            if not octets:
                return
            os.write(master, octets)


class RtuScript:
    """Modbus RTU over a connection: keys and answers as in `ModbusScript`, `+` joins what is sent in one go: `raw 00 + 03 02 00 29`;
    `echo` first sends the request back, as an adapter that hears itself."""

    def __init__(self) -> None:
        self.answers: dict[str, str] = {}
        self.asked: list[str] = []

    def talk(self, connection: socket.socket) -> None:
        stream = connection.makefile("rb")
        while len(frame := stream.read(8)) == 8:
            assert FramerRTU.compute_CRC(frame[:6]) == int.from_bytes(frame[6:], "big"), frame.hex()
            unit, function, start, count = struct.unpack(">BBHH", frame[:6])
            key = f"{unit:02x} {function:02x} {start:04x} {count:04x}"
            self.asked.append(key)
            answer = self.answers.get(key, "close")
            if answer in ("close", "reset"):
                if answer == "reset":
                    reset(connection)
                return
            connection.sendall(b"".join(self._part(part, frame) for part in answer.split(" + ")))

    def _part(self, part: str, frame: bytes) -> bytes:
        word, _, rest = part.partition(" ")
        if word in ("silent", "echo"):
            return frame if word == "echo" else b""
        if word == "raw":
            return bytes.fromhex(rest)
        return rtu_frame(frame[0], bytes.fromhex(part))


def rtu_frame(unit: int, pdu: bytes) -> bytes:
    """By pymodbus, so that our own CRC is not judged by itself."""
    body = bytes([unit]) + pdu
    return body + FramerRTU.compute_CRC(body).to_bytes(2, "big")


class RtspScript:
    """Answers in order: (method expected, answer). An answer is text with `{cseq}` in it, or `silent`, `close`, `reset`."""

    def __init__(self, answers: list[tuple[str, str]]) -> None:
        self.answers = list(answers)
        self.requests: list[str] = []

    def talk(self, connection: socket.socket) -> None:
        while self.answers:
            request = read_request(connection)
            if not request:
                return
            self.requests.append(request)
            method, answer = self.answers.pop(0)
            assert request.startswith(method + " "), request
            if answer == "silent":
                wait_for_end(connection)
            if answer == "reset":
                reset(connection)
            if answer in ("silent", "close", "reset"):
                return
            connection.sendall(rtsp_bytes(answer, header(request, "CSeq")))
        wait_for_end(connection)


class HttpScript:
    """Answers in order, a connection each: (what the request must contain, answer). An answer is a head and a body as bytes, or
    `silent`, `close`, `reset`."""

    def __init__(self, answers: list[tuple[str, bytes]]) -> None:
        self.answers = list(answers)
        self.requests: list[str] = []

    def talk(self, connection: socket.socket) -> None:
        request = read_request(connection)
        length = int(header(request, "Content-Length") or 0)
        while length and (octets := connection.recv(length)):
            request, length = request + octets.decode(), length - len(octets)
        self.requests.append(request)
        wanted, answer = self.answers.pop(0) if self.answers else ("", b"close")
        assert wanted in request, f"{wanted} is not in {request}"
        if answer == b"silent":
            wait_for_end(connection)
        elif answer == b"reset":
            reset(connection)
        elif answer != b"close":
            connection.sendall(answer)


def http_bytes(head: str, body: bytes = b"") -> bytes:
    """Network line ends, and the length of the body unless the head says something about it."""
    told = re.search("^(content-length|transfer-encoding|content-type: multipart)", head, re.IGNORECASE | re.MULTILINE)
    lines = head.strip("\n") + ("" if told else f"\nContent-Length: {len(body)}")
    return (lines + "\n\n").replace("\n", "\r\n").encode() + body


def read_request(connection: socket.socket) -> str:
    octets = b""
    while not octets.endswith(b"\r\n\r\n"):
        octet = connection.recv(1)
        if not octet:
            return ""
        octets += octet
    return octets.decode()


def header(request: str, name: str) -> str:
    match = re.search(rf"^{name}: (.*)\r$", request, re.MULTILINE)
    return match[1] if match else ""


def rtsp_bytes(text: str, cseq: str) -> bytes:
    """Network line ends, the number of the request, and the length of the body."""
    head, _, body = text.replace("{cseq}", cseq).partition("\n\n")
    content = body.replace("\n", "\r\n").encode()
    length = f"\nContent-Length: {len(content)}" if content else ""
    return (head + length + "\n\n").replace("\n", "\r\n").encode() + content
