"""Waiting for a condition with a deadline: the only way in which tests wait."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_POLL_S = 0.02


def wait_for(condition: Callable[[], T | None], what: str, deadline_s: float = 15.0) -> T:
    """The first truthy answer of ``condition``; AssertionError naming ``what`` when none comes in ``deadline_s``."""
    pause = threading.Event()
    until = time.monotonic() + deadline_s
    while True:
        if answer := condition():
            return answer
        if time.monotonic() >= until:
            raise AssertionError(f"not within {deadline_s:g} s: {what}")
        pause.wait(_POLL_S)
