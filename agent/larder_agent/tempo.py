"""How often one source is read: its usual period, faster while a point of it is out of limits, and a burst when an inspection asks."""

from collections.abc import Sequence
from threading import Event, Lock
from typing import NamedTuple


class Ask(NamedTuple):
    """`times` readings at once, `apart_ms` from one another, and stills of these points; `number` is the command's."""

    number: int
    times: int
    stills: Sequence[str] = ()
    apart_ms: int = 1_000


class Tempo:
    """The device's thread sets, the sampler's thread follows."""

    def __init__(self, period_ms: int) -> None:
        self._usual_ms, self._fast_ms = period_ms, 0
        self._lock, self._woken = Lock(), Event()
        self._asked: Ask | None = None

    @property
    def usual_ms(self) -> int:
        return self._usual_ms

    @property
    def period_ms(self) -> int:
        return min(self._usual_ms, self._fast_ms) if self._fast_ms else self._usual_ms

    def usually(self, period_ms: int) -> None:
        self._set(period_ms, self._fast_ms)

    def hurry(self, fast_ms: int) -> None:
        """At least so often; 0 for as usual."""
        self._set(self._usual_ms, fast_ms)

    def _set(self, usual_ms: int, fast_ms: int) -> None:
        if (usual_ms, fast_ms) != (self._usual_ms, self._fast_ms):
            self._usual_ms, self._fast_ms = usual_ms, fast_ms
            self._woken.set()

    def ask(self, ask: Ask) -> None:
        with self._lock:
            self._asked = ask
        self._woken.set()

    def asked(self) -> Ask | None:
        """What is asked for, once."""
        with self._lock:
            ask, self._asked = self._asked, None
        return ask

    def wake(self) -> None:
        """Look at `stop`."""
        self._woken.set()

    def wait(self, seconds: float) -> bool:
        """True where something has changed before the time was over."""
        woken = self._woken.wait(seconds)
        self._woken.clear()
        return woken
