"""Who writes next, in the order of asking. SQLite lets writers wait by looking again now and then: beside a thread that writes one
transaction after another, as the projection does through a backlog, the others look at the wrong moments until they give up."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, Lock


class Turnstile:
    """One at a time, first come, first served. For the threads of one process; others wait at the file as before."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._waiting: deque[object] = deque()

    @contextmanager
    def passed(self) -> Iterator[None]:
        me = object()
        with self._changed:
            self._waiting.append(me)
            self._changed.wait_for(lambda: self._waiting[0] is me)
        try:
            yield
        finally:
            with self._changed:
                self._waiting.popleft()
                self._changed.notify_all()


_LOCK = Lock()
_BY_FILE: dict[str, Turnstile] = {}


def turnstile(file: str) -> Turnstile:
    """The one of a file, the same for all of its connections in this process."""
    with _LOCK:
        return _BY_FILE.setdefault(file, Turnstile())
