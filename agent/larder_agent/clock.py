"""Time: the wall clock with its state, and the time since boot, which never jumps."""

import ctypes
import time
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from larder_core.anchor import DRIFT_PPM
from larder_core.content import Clock as ClockState

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

LARDER_BEGAN_MS = 1_735_689_600_000
"""2025-01-01. A wall clock before it was never set: boards without a battery start in 1970 or at the age of their image."""

APART_MS = 20
"""Two clocks that are read further apart than this are read again: a thread that was put aside between them would tell of a step."""


class Moment(NamedTuple):
    """One moment on both clocks: what an entry says of its time. `at` and `up` in ms, `clock` as on the wire."""

    boot: str
    at: int
    up: int
    clock: ClockState


class Clock(Protocol):
    """`boot_id`: 8 hex digits, new at each boot of the machine."""

    @property
    def boot_id(self) -> str: ...
    def wall_ms(self) -> int: ...
    def up_ms(self) -> int: ...
    def state(self) -> ClockState: ...


def moment(clock: Clock) -> Moment:
    """Both clocks as near to one another as three tries bring them."""
    state = clock.state()
    for _ in range(3):
        before, wall, up = clock.up_ms(), clock.wall_ms(), clock.up_ms()
        if up - before <= APART_MS:
            break
    return Moment(clock.boot_id, wall, up, state)


class Timex(ctypes.Structure):
    """struct timex of <sys/timex.h>; what we do not read is padding up to its 208 bytes on 64-bit Linux (less elsewhere)."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 256),
    )


STA_UNSYNC = 0x40


class Discipline(NamedTuple):
    """What the kernel says of its clock: disciplined by NTP, PTP or GPS, and at most how wrong, in microseconds."""

    synced: bool
    max_error_us: int


def ask_kernel() -> Discipline:
    """adjtimex with modes 0, which any user may call. An error counts as not synced."""
    timex = Timex()
    code = ctypes.CDLL(None).adjtimex(ctypes.byref(timex))
    return Discipline(code >= 0 and not timex.status & STA_UNSYNC, timex.maxerror)


@dataclass(frozen=True)
class LastSync:
    """When the clock was last disciplined: ms since boot, and its error then in ms."""

    up: int
    error: int


def judge(now: Discipline, wall_ms: int, up_ms: int, last: LastSync | None) -> tuple[ClockState, LastSync | None]:
    """The state of the wall clock and what to remember. Without NTP a clock that was once right drifts (holdover); one that
    was only read from a battery or a file at boot is `restored`, and nobody knows how wrong it is."""
    if now.synced:
        error = -(-now.max_error_us // 1000)
        return ("synced", error), LastSync(up_ms, error)
    if last is not None:
        return ("holdover", last.error + (up_ms - last.up) * DRIFT_PPM // 1_000_000), last
    return ("restored" if wall_ms >= LARDER_BEGAN_MS else "unset", None), None


class KernelClock:
    """The machine's clock."""

    def __init__(self) -> None:
        self._boot_id: str | None = None
        self._last: LastSync | None = None

    @property
    def boot_id(self) -> str:
        if self._boot_id is None:
            self._boot_id = BOOT_ID.read_text().replace("-", "")[:8]
        return self._boot_id

    def wall_ms(self) -> int:
        return max(0, time.time_ns() // 1_000_000)

    def up_ms(self) -> int:
        """CLOCK_BOOTTIME goes on while the machine sleeps."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000

    def state(self) -> ClockState:
        state, self._last = judge(ask_kernel(), self.wall_ms(), self.up_ms(), self._last)
        return state


@dataclass
class HandClock:
    """A clock set by hand, for tests and for playing back."""

    wall: int = 1_790_000_000_000
    up: int = 60_000
    boot_id: str = "0a1b2c3d"
    told: ClockState = ("synced", 5)

    def pass_ms(self, ms: int) -> None:
        self.wall += ms
        self.up += ms

    def wall_ms(self) -> int:
        return self.wall

    def up_ms(self) -> int:
        return self.up

    def state(self) -> ClockState:
        return self.told
