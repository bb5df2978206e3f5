"""The simulator's camera in a thread of its own, for tests of drivers."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from larder_sim.rtsp_camera import RtspCamera

DEADLINE_S = 10.0
PASSWORD = "canary-7f3a"


@contextmanager
def simulated(auth: str = "md5") -> Iterator[tuple[int, Callable[[str], None]]]:
    """A port, and a way to change the camera's mode, which also takes a second of the camera's time. Its user is larder, its stream
    /Streaming/Channels/101."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def run(work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(DEADLINE_S)

    passed = [0.0]

    def change(mode: str) -> None:
        passed[0] += 1
        run(camera.set_mode(mode))

    camera = RtspCamera(
        "cam", "/Streaming/Channels/101", auth, "larder", PASSWORD, lambda via: None, lambda: loop.time() + passed[0]
    )
    try:
        yield run(camera.start("127.0.0.1", 0)), change
    finally:
        run(camera.stop())
        run(_settled())
        loop.call_soon_threadsafe(loop.stop)
        thread.join(DEADLINE_S)
        loop.close()


async def _settled() -> None:
    """Until the connections' tasks have ended."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others, timeout=DEADLINE_S)
