"""The mobile network of each county: a port that passes bytes on to a broker, until the link is cut.

A program that connects here instead of to the broker sees what a canteen sees: connections that die at once, and ports that refuse.
"""

import asyncio
import socket
from contextlib import suppress

from larder_sim.reserved_port import port_of, reserve

_CHUNK = 65_536


class Uplink:
    """One listener in front of `to` (host, port). Cut: connections are reset and new ones refused at once."""

    def __init__(self, to: tuple[str, int]) -> None:
        self._to = to
        self._cut = False
        self._server: asyncio.Server | None = None
        self._address = ("", 0)
        self._keeper: socket.socket | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[None]] = set()

    async def start(self, host: str, port: int) -> int:
        """Listen; port 0 takes a free one, which is kept until `stop`. Returns the port. Raises OSError when it is taken."""
        self._keeper = reserve(host, port)
        self._address = (host, port_of(self._keeper))
        self._server = await asyncio.start_server(self._serve, *self._address)
        return self._address[1]

    async def set_cut(self, cut: bool) -> None:
        """Cut the link, or mend it; mended, it listens on the port it had."""
        if cut == self._cut:
            return
        self._cut = cut
        if cut:
            await self._close()
        else:
            self._server = await asyncio.start_server(self._serve, *self._address)

    async def stop(self) -> None:
        """Stop listening, reset what is open, and give the port back."""
        await self._close()
        if self._keeper is not None:
            self._keeper.close()

    async def _close(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for writer in list(self._open):
            writer.transport.abort()
        if self._serving:
            await asyncio.wait(self._serving)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            await self._pass_on(reader, writer)
        finally:
            self._serving.discard(task)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            beyond_reader, beyond = await asyncio.open_connection(*self._to)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, beyond}
        if self._server is None:  # cut while it connected
            writer.transport.abort()
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(_carry(reader, beyond))
                both.create_task(_carry(beyond_reader, writer))
        finally:
            self._open -= {writer, beyond}
            for one in (writer, beyond):
                one.close()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on until either side ends; then both end."""
    with suppress(ConnectionError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
    writer.close()
