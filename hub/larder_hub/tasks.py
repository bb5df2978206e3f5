"""Named threads that stop the program when one of them fails: the one place where an unexpected error is caught."""

import logging
from collections.abc import Callable
from threading import Event, Thread

log = logging.getLogger("larder.hub")

CRASHED = 70
"""Exit status when a task failed (EX_SOFTWARE): a supervisor starts the hub again, and it goes on from its databases."""


class Tasks:
    """`stop` is shared: set by a signal, or by the first task that fails."""

    def __init__(self) -> None:
        self.stop = Event()
        self.failed: str | None = None
        self._threads: list[Thread] = []

    def start(self, name: str, work: Callable[[Event], None]) -> None:
        thread = Thread(target=self._run, args=(name, work), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _run(self, name: str, work: Callable[[Event], None]) -> None:
        try:
            work(self.stop)
        except Exception as error:
            log.critical("task %s failed: %s (the hub stops; start it again)", name, error, exc_info=True)
            self.failed = self.failed or name
            self.stop.set()

    def join(self, timeout_s: float) -> None:
        """Wait for every task to have seen `stop`."""
        for thread in self._threads:
            thread.join(timeout_s)
