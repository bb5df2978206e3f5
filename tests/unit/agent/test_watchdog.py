"""systemd is told only what is so. Against a socket as systemd has one."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from larder_agent.watchdog import Notifier, alive, feed


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        bound.bind(str(tmp_path / "notify"))
        bound.settimeout(10)
        yield bound


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    return {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "60000", **more}


def test_it_is_fed_while_every_device_comes_round_and_not_when_one_hangs(
    systemd: socket.socket, tmp_path: Path
) -> None:
    stop, beat = Event(), [1_000]
    words = Notifier(environment(tmp_path)), [lambda: 1_000, lambda: beat[0]], 500, lambda: 1_200, stop
    thread = Thread(target=feed, args=words, daemon=True)
    thread.start()
    assert systemd.recv(100) == b"READY=1"
    assert systemd.recv(100) == b"WATCHDOG=1"
    beat[0] = 0
    systemd.settimeout(0.5)
    with pytest.raises(TimeoutError):
        for _ in range(100):  # what was under way before it hung
            systemd.recv(100)
    beat[0] = 1_100
    systemd.settimeout(10)
    assert systemd.recv(100) == b"WATCHDOG=1"
    stop.set()
    thread.join(5)
    told = b""
    while told != b"STOPPING=1":
        told = systemd.recv(100)


@pytest.mark.parametrize(("beats", "is_alive"), [([], True), ([700], True), ([699], False), ([1_000, 0], False)])
def test_how_long_a_device_may_be_away(beats: list[int], is_alive: bool) -> None:
    assert alive(beats, 1_200, 500) is is_alive


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [({}, 0.0), ({"WATCHDOG_USEC": "30000000"}, 30.0), ({"WATCHDOG_USEC": "x"}, 0.0),
     ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, 0.0),
     ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0)],
)  # fmt: skip
def test_without_systemd_there_is_nothing_to_tell(environment: dict[str, str], seconds: float) -> None:
    notifier = Notifier(environment)
    assert notifier.watchdog_s == seconds
    notifier.tell("READY=1")
    Notifier({"NOTIFY_SOCKET": "/nowhere"}).tell("READY=1")
