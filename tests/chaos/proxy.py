"""A TCP proxy that makes a bad network between a program and its broker: slow, thin, one-way, dead, torn.

It lives in a thread of the test. A byte is never dropped out of the middle of a connection that goes on, because TCP would not do that
either: while a way is lost its bytes vanish, and when it heals the connections that missed some are reset.
"""

import asyncio
import socket
import struct
import threading
import time
from collections.abc import Callable
from random import Random
from types import TracebackType
from typing import Literal, Self

Way = Literal["up", "down"]
"""`up` is towards the broker."""

_CHUNK = 4096


class Proxy:
    """`with Proxy((host, port)) as proxy:` listens at `proxy.address`. Everything may be changed while connections are open.

    `delay_s` holds each byte back, each way; `rate` is bytes a second, each way; `cut_after` = (least, most) resets each connection
    after a number of bytes up, drawn from `seed`.
    """

    def __init__(self, upstream: tuple[str, int], *, host: str = "127.0.0.1", port: int = 0, seed: int = 1) -> None:
        self.upstream = upstream
        self.delay_s = 0.0
        self.rate: float | None = None
        self.cut_after: tuple[int, int] | None = None
        self.opened: list[float] = []
        """When each connection was taken, on time.monotonic()."""
        self.resets = 0
        self.bytes_up = self.bytes_down = 0
        self._at, self._random = (host, port), Random(seed)
        self._lost: frozenset[Way] = frozenset()
        self._links: set[_Link] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)
        self._listening = threading.Event()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._listening.wait(10), f"the proxy could not listen on {self._at}"
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._tell(self._loop.stop)
        self._thread.join(10)

    @property
    def address(self) -> tuple[str, int]:
        return self._at

    @property
    def open(self) -> int:
        """Connections that are open now."""
        return len(self._links)

    def lose(self, *ways: Way) -> None:
        """From now on nothing arrives on these ways: both is a half-open connection, and new ones are taken and stay silent."""
        self._lost = frozenset(ways)

    def heal(self) -> None:
        """All is well again, except for connections that missed bytes: they are reset."""
        self._lost = frozenset()
        self._tell(lambda: self._reset_links(lambda link: link.torn))

    def reset(self) -> None:
        """RST to both ends of each open connection."""
        self._tell(lambda: self._reset_links(lambda link: True))

    def inject(self, piece: bytes) -> None:
        """Bytes that the broker never sent, to the client of each open connection."""
        self._tell(lambda: [link.near.write(piece) for link in self._links] and None)

    # ---------------------------------------------------------------- in the proxy's thread

    def _tell(self, act: Callable[[], None]) -> None:
        self._loop.call_soon_threadsafe(act)

    def _reset_links(self, which: "Callable[[_Link], bool]") -> None:
        for link in [one for one in self._links if which(one)]:
            self.resets += 1
            link.reset()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._take, *self._at))
        self._at = server.sockets[0].getsockname()[:2]
        self._listening.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*asyncio.all_tasks(self._loop), return_exceptions=True))
        self._loop.close()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened.append(time.monotonic())
        try:
            far_reader, far_writer = await asyncio.open_connection(*self.upstream)
        except OSError:
            _abort(writer)
            return
        link = _Link(writer, far_writer, self._random.randint(*self.cut_after) if self.cut_after else None)
        self._links.add(link)
        try:
            await asyncio.gather(
                self._pump(reader, far_writer, "up", link), self._pump(far_reader, writer, "down", link)
            )
        except OSError:
            link.reset()
        except asyncio.CancelledError:
            return  # the test is over; asyncio's streams complain aloud of a connection that was cancelled
        finally:
            self._links.discard(link)
            link.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Way, link: "_Link") -> None:
        on_the_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(1000)
        delivering = asyncio.create_task(self._deliver(on_the_way, writer))
        try:
            while True:
                piece = await reader.read(_CHUNK)
                if way in self._lost:
                    link.torn = True
                    if not piece:  # the other end never hears that this one has gone
                        await link.over.wait()
                        return
                    continue
                if way == "up" and piece and link.spend(len(piece)):
                    self.resets += 1
                    link.reset()
                    return
                await on_the_way.put((self._loop.time() + self.delay_s, piece))
                if not piece:
                    await delivering
                    return
                if way == "up":
                    self.bytes_up += len(piece)
                else:
                    self.bytes_down += len(piece)
        finally:
            delivering.cancel()

    async def _deliver(self, on_the_way: "asyncio.Queue[tuple[float, bytes]]", writer: asyncio.StreamWriter) -> None:
        while True:
            due, piece = await on_the_way.get()
            await asyncio.sleep(max(0.0, due - self._loop.time()))
            if not piece:
                writer.close()
                return
            if self.rate:
                await asyncio.sleep(len(piece) / self.rate)
            writer.write(piece)
            await writer.drain()


class _Link:
    """One connection and its other half. `left` is how many bytes may still go up, None for any number."""

    def __init__(self, near: asyncio.StreamWriter, far: asyncio.StreamWriter, left: int | None) -> None:
        self.near, self._ends = near, (near, far)
        self._left = left
        self.torn = False
        self.over = asyncio.Event()

    def spend(self, count: int) -> bool:
        if self._left is None:
            return False
        self._left -= count
        return self._left < 0

    def reset(self) -> None:
        for end in self._ends:
            _abort(end)
        self.over.set()

    def close(self) -> None:
        for end in self._ends:
            end.close()


def _abort(writer: asyncio.StreamWriter) -> None:
    """Close with RST instead of FIN."""
    plain: socket.socket | None = writer.get_extra_info("socket")
    if plain is not None and plain.fileno() >= 0:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
