"""systemd's watchdog (sd_notify(3)): fed only while every device's thread comes round, so that a hang is noticed and ended.

No library: the protocol is a datagram of text to the socket that the environment names.
"""

import os
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from threading import Event

HUNG_MS = 60_000
"""A device's thread that comes round so much later than its heartbeat was due hangs: no commit takes that long."""

LONGEST_S = 15.0


class Notifier:
    """What systemd is told; nothing where the program was not started by it."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        microseconds = environment.get("WATCHDOG_USEC", "")
        ours = environment.get("WATCHDOG_PID", "") in ("", str(os.getpid()))
        self.watchdog_s = int(microseconds) / 1e6 if ours and microseconds.isdecimal() else 0.0

    def tell(self, text: str) -> None:
        """Never raises: a supervisor that has gone ends no measurement."""
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as peer:
            peer.sendto(text.encode(), address)


def feed(
    notifier: Notifier, beats: Sequence[Callable[[], int]], allowed_ms: int, up_ms: Callable[[], int], stop: Event
) -> None:
    """Until `stop`. `beats` tell when each device's thread last came round, in ms since boot; `allowed_ms`: the longest heartbeat and
    HUNG_MS. Told three times as often as systemd asks, so that one look after a machine has slept does no harm."""
    notifier.tell("READY=1")
    every_s = min(notifier.watchdog_s / 3, LONGEST_S) if notifier.watchdog_s else None
    while not stop.wait(every_s):
        if every_s is not None and alive([beat() for beat in beats], up_ms(), allowed_ms):
            notifier.tell("WATCHDOG=1")
    notifier.tell("STOPPING=1")


def alive(beats: Sequence[int], now_up: int, allowed_ms: int) -> bool:
    return all(now_up - beat <= allowed_ms for beat in beats)
