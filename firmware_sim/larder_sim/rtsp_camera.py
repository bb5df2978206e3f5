"""A kitchen camera as far as a heartbeat probe sees it: it answers OPTIONS and DESCRIBE, and streams nothing."""

import asyncio
import secrets
import socket
import struct
from collections.abc import Callable

from larder_sim.digest import SCHEMES, DigestGate
from larder_sim.faults import HEALTHY
from larder_sim.rtsp_wire import MOST_HEAD_BYTES, BadRequest, Request, describe_h264, parse_request, response

_PUBLIC = "OPTIONS, DESCRIBE, GET_PARAMETER, TEARDOWN"
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: close sends RST


class RtspCamera:
    """One camera on one port. `described` is called each time it hands out its SDP."""

    def __init__(
        self,
        name: str,
        path: str,
        auth: str,
        user: str,
        password: str,
        described: Callable[[], None],
        monotonic: Callable[[], float],
    ) -> None:
        scheme = SCHEMES[auth]
        self._name = name
        self._path = path
        self._described = described
        self._monotonic = monotonic
        self._gate = DigestGate(scheme, f"IP Camera({name})", user, password) if scheme else None
        self._mode = "unplugged"
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
        """Become healthy or faulty. A camera that is plugged in again listens on the port it had."""
        if mode == self._mode:
            return
        if mode == "unplugged":
            await self._unplug()
        elif self._server is None:
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
        try:
            while await self._exchange(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client has gone, as clients do
        finally:
            self._open.discard(writer)
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its response; False when the connection is to be closed."""
        try:
            request = parse_request(await reader.readuntil(b"\r\n\r\n"))
            await reader.readexactly(request.body_bytes)
        except (BadRequest, asyncio.LimitOverrunError):
            writer.write(response(400, None))
            await writer.drain()
            return False
        if self._mode == "hang":
            return True
        writer.write(self._answer(request))
        await writer.drain()
        return request.method != "TEARDOWN"

    def _answer(self, request: Request) -> bytes:
        cseq = request.headers["cseq"]
        if request.method == "OPTIONS":
            return response(200, cseq, {"Public": _PUBLIC})
        if request.method in ("GET_PARAMETER", "TEARDOWN"):
            return response(200, cseq)
        if request.method != "DESCRIBE":
            return response(405, cseq, {"Allow": _PUBLIC})
        return self._describe(request, cseq)

    def _describe(self, request: Request, cseq: str) -> bytes:
        now = self._monotonic()
        if self._gate is not None:
            verdict = self._gate.check(request.method, request.uri, request.headers.get("authorization"), now)
            if self._mode == "wrong-password":
                verdict = "refused"
            if verdict:
                fresh = self._gate.challenge(secrets.token_hex(16), now, stale=verdict == "stale")
                return response(401, cseq, {"WWW-Authenticate": fresh})
        if request.path != self._path:
            return response(404, cseq)
        if self._mode == "no-stream":
            return response(503, cseq)
        self._described()
        sdp = describe_h264(self._address[0], self._name)
        return response(200, cseq, {"Content-Base": request.uri + "/", "Content-Type": "application/sdp"}, sdp)
