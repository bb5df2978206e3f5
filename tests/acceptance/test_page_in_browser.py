"""The page as a browser has it: a real server, a real Chromium, and what stands in its document afterwards."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from threading import Event, Thread

import pytest

from larder_hub.web.app import build_web
from larder_hub.web.server import WebServer
from tests.support.web_world import World

CHROMIUM = shutil.which("chromium")
SWITCHES = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(CHROMIUM is None, reason="needs the program chromium: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = WebServer(build_web(World().furnish().services(time_scale=60.0)), "127.0.0.1", 0, has_token=False)
    port, stop = server.bind(), Event()
    thread = Thread(target=server.run, args=(stop,))
    thread.start()
    yield f"http://127.0.0.1:{port}"
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def rows(address: str, profile: Path) -> list[str]:
    """The text of every list item and table row, as the browser parsed them."""
    seen = subprocess.run(
        [str(CHROMIUM), *SWITCHES, f"--user-data-dir={profile}", "--dump-dom", address],
        capture_output=True, text=True, timeout=60, check=True,
    ).stdout  # fmt: skip
    found = re.findall(r"<(li|tr)\b[^>]*>(.*?)</\1>", seen, re.S)
    return [" ".join(unescape(re.sub(r"<[^>]*>", " ", one)).split()) for _, one in found]


@pytest.mark.parametrize(
    ("path", "alarms", "places"),
    [
        (
            "/",
            ["!! 严重 刚察民中食堂 冷藏柜2 11.3℃ 高于限值 8.0℃", "! 报警 沙柳河小学食堂 shaliuhe-box 无数据"],
            ["冷藏柜2 11.3℃ 71% 20 秒前 !! 严重", "冷冻柜1 −18.4℃ 不测 20 秒前 正常", "冷冻柜1 未知 不测 从未收到 ! 报警 ? 从未收到"],
        ),
        (
            "/?lang=en",
            ["!! critical Gangcha Middle School canteen, Fridge 2 11.3 °C above limit 8.0 °C", "no data"],
            ["Fridge 2 11.3 °C 71% 20 s ago !! critical", "Freezer 1 −18.4 °C not measured 20 s ago normal"],
        ),
    ],
)  # fmt: skip
def test_a_browser_shows_alarms_and_places(
    address: str, tmp_path: Path, path: str, alarms: list[str], places: list[str]
) -> None:
    shown = rows(address + path, tmp_path)
    for wanted in alarms + places:
        assert any(wanted in row for row in shown), f"{wanted!r} is in no row of\n" + "\n".join(shown)
