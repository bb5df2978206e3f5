"""The phone's page in a real Chromium: light, dark, and with letters of twice the size."""

import shutil
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from larder_hub.web.server import WebServer
from tests.acceptance.test_page_in_browser import CHROMIUM, SWITCHES
from tests.unit.hub.web.test_phone import Hub

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(CHROMIUM is None, reason="needs the program chromium: apt-get install chromium"),
]
WIDTH = 500
"""The narrowest window that a headless Chromium has."""


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A hub whose visitor has a paired phone: a headless browser has no other way to be given a cookie."""
    hub = Hub(tmp_path)
    hub.raised("a1", hub.mine)
    cookie = hub.paired("zhang")["Cookie"].encode()

    async def with_phone(scope: Scope, receive: Receive, send: Send) -> None:
        await hub.app({**scope, "headers": [*scope["headers"], (b"cookie", cookie)]}, receive, send)

    app: ASGIApp = with_phone
    server, stop = WebServer(app, "127.0.0.1", 0, has_token=False), Event()
    port = server.bind()
    thread = Thread(target=server.run, args=(stop,))
    thread.start()
    yield f"http://127.0.0.1:{port}/a"
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def browsed(folder: Path, *words: str) -> str:
    profile = folder / "profile"
    shutil.rmtree(profile, ignore_errors=True)
    argv = [str(CHROMIUM), *SWITCHES, f"--user-data-dir={profile}", *words]
    return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True).stdout


def test_a_browser_shows_the_alarm_and_its_buttons(address: str, tmp_path: Path) -> None:
    seen = browsed(tmp_path, "--dump-dom", address)
    for wanted in ("11.3℃", "我来处理（签收）", "关好柜门", "<svg", "打电话给值班 0970-8640000"):
        assert wanted in seen


def test_it_is_drawn_light_dark_and_with_letters_of_twice_the_size(address: str, tmp_path: Path) -> None:
    looks = {
        "light": (),
        "dark": ("--blink-settings=preferredColorScheme=0",),
        "large": ("--blink-settings=defaultFontSize=32",),
    }
    pictures = {}
    for name, switches in looks.items():
        file = tmp_path / f"{name}.png"
        browsed(tmp_path, *switches, f"--window-size={WIDTH},900", f"--screenshot={file}", address)
        pictures[name] = file.read_bytes()
        assert struct.unpack(">I", pictures[name][16:20])[0] == WIDTH
    assert len({*pictures.values()}) == len(looks), "two of the looks are the same"
