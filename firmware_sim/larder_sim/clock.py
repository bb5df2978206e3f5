"""Simulated time: how far the simulated world has come, as a function of a monotonic clock that is passed in."""

from collections.abc import Callable


class SimClock:
    """Seconds of simulated time since `start`.

    `scale` is simulated seconds per wall second (60: a minute passes each second); it must be above 0. `start` is what
    `monotonic` said at simulated second 0, in seconds. The monotonic clock is passed in so that a test can hold it.
    """

    def __init__(self, scale: float, start: float, monotonic: Callable[[], float]) -> None:
        if not 0 < scale < float("inf"):
            raise ValueError(f"scale {scale!r} is not above 0 (1 is real time, 60 is a minute each second)")
        self._scale = scale
        self._start = start
        self._monotonic = monotonic

    def elapsed_s(self) -> float:
        """Simulated seconds since the start; never negative."""
        return max(0.0, (self._monotonic() - self._start) * self._scale)
