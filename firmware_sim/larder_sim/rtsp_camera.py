"""A kitchen camera as far as a heartbeat probe sees it: RTSP with a stream inside the connection, and a JPEG over HTTP at
`/snapshot.jpg` on the same port, so that a world need not give two."""

import asyncio
import secrets
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass

from larder_sim import camera_picture, camera_stream
from larder_sim.camera_stream import KEY_EVERY, PICTURES_A_SECOND, Packets
from larder_sim.digest import SCHEMES, DigestGate
from larder_sim.faults import HEALTHY
from larder_sim.rtsp_wire import (
    MOST_HEAD_BYTES,
    BadRequest,
    Request,
    describe_h264,
    http_response,
    parse_request,
    response,
)

SNAPSHOT_PATH = "/snapshot.jpg"
REBOOT_S = 4.0
"""A camera that reboots listens in the first half of each."""
_PUBLIC = "OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN"
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: close sends RST


@dataclass
class _Connection:
    writer: asyncio.StreamWriter
    session: str = ""
    playing: asyncio.Task[None] | None = None


class RtspCamera:
    """One camera on one port. `served` is called with "rtsp" or "http" each time it gives out its description or its picture."""

    def __init__(
        self,
        name: str,
        path: str,
        auth: str,
        user: str,
        password: str,
        served: Callable[[str], None],
        monotonic: Callable[[], float],
    ) -> None:
        scheme = SCHEMES[auth]
        self._name = name
        self._path = path
        self._served = served
        self._monotonic = monotonic
        self._gate = DigestGate(scheme, f"IP Camera({name})", user, password) if scheme else None
        self._mode = "unplugged"
        self._frozen_at = 0
        self._server: asyncio.Server | None = None
        self._address: tuple[str, int] = ("", 0)
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def mode(self) -> str:
        """`HEALTHY` or one of `CAMERA_FAULTS`; "unplugged" before the start."""
        return self._mode

    async def start(self, host: str, port: int) -> int:
        """Listen, healthy; port 0 takes a free one. Returns the port. Raises OSError when it is taken."""
        self._address = (host, port)
        await self.set_mode(HEALTHY)
        return self._address[1]

    async def set_mode(self, mode: str) -> None:
        """Become healthy or faulty. A camera that is plugged in again listens on the port it had; one that reboots comes and goes, so
        this is to be called again and again."""
        if mode == self._mode and mode != "rebooting":
            return
        if mode != self._mode:
            self._frozen_at = self._number()
        away = mode == "unplugged" or (mode == "rebooting" and self._monotonic() % REBOOT_S >= REBOOT_S / 2)
        if away and self._server is not None:
            await self._unplug()
        elif not away and self._server is None:
            self._server = await asyncio.start_server(self._serve, *self._address, limit=MOST_HEAD_BYTES)
            self._address = (self._address[0], self._server.sockets[0].getsockname()[1])
        self._mode = mode

    async def stop(self) -> None:
        """Stop listening and reset what is open."""
        await self.set_mode("unplugged")

    async def _unplug(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._open):
            connection = writer.get_extra_info("socket")
            if connection is not None:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._server is None:  # accepted just before the plug was pulled
            writer.transport.abort()
            return
        self._open.add(writer)
        connection = _Connection(writer)
        try:
            while await self._exchange(reader, connection):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client has gone, as clients do
        finally:
            if connection.playing is not None:
                connection.playing.cancel()
            self._open.discard(writer)
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, connection: _Connection) -> bool:
        """One request and its response; False when the connection is to be closed."""
        writer = connection.writer
        try:
            request = parse_request(await reader.readuntil(b"\r\n\r\n"))
            await reader.readexactly(request.body_bytes)
        except (BadRequest, asyncio.LimitOverrunError):
            writer.write(response(400, None))
            await writer.drain()
            return False
        if self._mode == "hang":
            return True
        writer.write(self._snapshot(request) if request.http else self._answer(request, connection))
        await writer.drain()
        return request.method != "TEARDOWN"

    def _answer(self, request: Request, connection: _Connection) -> bytes:
        cseq = request.headers["cseq"]
        if request.method == "OPTIONS":
            return response(200, cseq, {"Public": _PUBLIC})
        if request.method in ("GET_PARAMETER", "TEARDOWN"):
            return response(200, cseq)
        if request.method not in ("DESCRIBE", "SETUP", "PLAY"):
            return response(405, cseq, {"Allow": _PUBLIC})
        challenge = self._challenge(request)
        if challenge:
            return response(401, cseq, {"WWW-Authenticate": challenge})
        if request.method == "DESCRIBE":
            return self._describe(request, cseq)
        return (
            self._set_up(request, cseq, connection)
            if request.method == "SETUP"
            else self._play(request, cseq, connection)
        )

    def _challenge(self, request: Request) -> str:
        """What is to be proved; "" when the request may pass."""
        if self._gate is None:
            return ""
        now = self._monotonic()
        verdict = self._gate.check(request.method, request.uri, request.headers.get("authorization"), now)
        if self._mode == "wrong-password":
            verdict = "refused"
        return self._gate.challenge(secrets.token_hex(16), now, stale=verdict == "stale") if verdict else ""

    def _describe(self, request: Request, cseq: str) -> bytes:
        if request.path != self._path:
            return response(404, cseq)
        if self._mode == "no-stream":
            return response(503, cseq)
        self._served("rtsp")
        sdp = describe_h264(self._address[0], self._name)
        return response(200, cseq, {"Content-Base": request.uri + "/", "Content-Type": "application/sdp"}, sdp)

    def _set_up(self, request: Request, cseq: str, connection: _Connection) -> bytes:
        if request.path != f"{self._path}/trackID=1":
            return response(404, cseq)
        if "RTP/AVP/TCP" not in request.headers.get("transport", ""):
            return response(461, cseq)
        connection.session = secrets.token_hex(8)
        transport = "RTP/AVP/TCP;unicast;interleaved=0-1"
        return response(200, cseq, {"Session": f"{connection.session};timeout=60", "Transport": transport})

    def _play(self, request: Request, cseq: str, connection: _Connection) -> bytes:
        if not connection.session or request.headers.get("session") != connection.session:
            return response(454, cseq)
        if connection.playing is None:
            connection.playing = asyncio.create_task(self._stream(connection.writer), name=f"stream {self._name}")
        return response(200, cseq, {"Session": connection.session, "Range": "npt=0.000-"})

    async def _stream(self, writer: asyncio.StreamWriter) -> None:
        """Pictures until it is cancelled; the first is a key frame."""
        packets = Packets(secrets.randbits(32), secrets.randbits(16), secrets.randbits(32))
        first = self._number()
        sent = 0
        while not writer.is_closing():
            key = sent % KEY_EVERY == 0
            frozen = self._mode == "frozen"
            payloads = camera_stream.picture(self._name, self._frozen_at if frozen else first + sent, self._mode, key)
            writer.write(packets.of(payloads, sent / PICTURES_A_SECOND))
            try:
                await writer.drain()
            except ConnectionError:
                return
            sent += 1
            await asyncio.sleep(1 / PICTURES_A_SECOND)

    def _snapshot(self, request: Request) -> bytes:
        if request.method != "GET" or request.path != SNAPSHOT_PATH:
            return http_response(404)
        challenge = self._challenge(request)
        if challenge:
            return http_response(401, {"WWW-Authenticate": challenge})
        if self._mode == "no-stream":
            return http_response(503)
        self._served("http")
        number = self._frozen_at if self._mode == "frozen" else self._number()
        picture = camera_picture.jpeg(camera_picture.squares(self._name, number, self._mode))
        return http_response(200, {"Content-Type": "image/jpeg"}, picture)

    def _number(self) -> int:
        """Of the picture that is taken now."""
        return int(self._monotonic() * PICTURES_A_SECOND)
