"""What the strikes of a mix stand on: the arena, what was done so far, and a keeper who starts again what ended for a known reason."""

import fcntl
import signal
import subprocess
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.arena import Arena, SplitStage
from tests.chaos.records import Card
from tests.chaos.schedule import Schedule

DISK, DIED_OF_SABOTAGE = 74, -signal.SIGKILL


@dataclass
class Deeds:
    """What was done. `idle`: strikes that found nothing to strike, as a restore before there was a point. `outages`: (from, to) in ms
    since 1970 during which the hub could not be told; `cards`: images of what was thrown away; `refusals`: why commands were."""

    struck: Counter[str] = field(default_factory=Counter)
    idle: Counter[str] = field(default_factory=Counter)
    recoveries: int = 0
    outages: list[tuple[int, int]] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)


class Ground:
    """`excused` programs may end by themselves just now. `tools` are processes that strike (strace, a command beside the hub)."""

    def __init__(self, arena: Arena, schedule: Schedule) -> None:
        self.arena, self.schedule, self.deeds = arena, schedule, Deeds()
        self.stage: SplitStage = arena.stage
        self.excused: Counter[str] = Counter()
        self.tools: list[subprocess.Popen[bytes]] = []
        self._born: dict[str, float] = {}

    def begin(self, name: str) -> None:
        """Start a program, and wait for nothing."""
        self._born[name] = time.monotonic()
        self.stage.begin(name)

    def keep_alive(self) -> None:
        """What systemd does: a program that ended by itself is started again, if it had a reason to end."""
        for name in ("agent", "hub", "control"):
            code = self.stage.code(name)
            if code is None:
                continue
            assert self.excused[name] and code in (DISK, DIED_OF_SABOTAGE), f"{self.stage.ended()}\n{self.schedule}"
            if time.monotonic() - self._born.get(name, 0.0) < 1.0:
                continue
            self.stage.forget(name)
            self.begin(name)
            self.deeds.recoveries += 1

    def after_full(self, name: str) -> None:
        """What ended just now is still excused."""
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            self.keep_alive()
            threading.Event().wait(0.1)
        self.excused[name] -= 1

    def refused(self, done: "subprocess.CompletedProcess[str]", why: str) -> None:
        told = done.stdout + done.stderr
        assert done.returncode != 0 and why in told and "Traceback" not in told, (
            f"{done.args}: {done.returncode} {told}"
        )
        self.deeds.refusals.append(why)


def is_held(lock: Path) -> bool:
    """Whether a process works under this lock now; one that is still starting does not yet."""
    with lock.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
