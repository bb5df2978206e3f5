"""Named threads that stop the program when one of them fails: the one place where an unexpected error is caught."""

import logging
from collections.abc import Callable
from threading import Event, Thread

from larder_hub.failures import FileFailed, StandDown

log = logging.getLogger("larder.hub")

CRASHED = 70
"""Exit status when a task failed in a way that nobody foresaw (EX_SOFTWARE): a supervisor starts the hub again."""

DISK_FAILED = 74
"""Exit status when a database file failed (EX_IOERR): started again, the hub goes on from what was committed."""


FENCED = 75
"""Exit status when another hub with this key is to stay (EX_TEMPFAIL): a supervisor must not start this one again."""


class Tasks:
    """`stop` is shared: set by a signal, or by the first task that fails, whose exit status is `code`. `count` hears its name."""

    def __init__(self, count: Callable[[str], None] = lambda name: None) -> None:
        self.stop = Event()
        self.code = 0
        self.count = count
        self._threads: list[Thread] = []

    def start(self, name: str, work: Callable[[Event], None]) -> None:
        thread = Thread(target=self._run, args=(name, work), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _run(self, name: str, work: Callable[[Event], None]) -> None:
        try:
            work(self.stop)
        except FileFailed as error:
            log.critical("task %s: %s (the hub stops)", name, error)
            self._failed(name, DISK_FAILED)
        except StandDown as error:
            log.critical("task %s: %s", name, error)
            self._failed(name, FENCED)
        except Exception as error:
            log.critical("task %s failed: %s (the hub stops; start it again)", name, error, exc_info=True)
            self._failed(name, CRASHED)

    def _failed(self, name: str, code: int) -> None:
        self.count(name)
        self.code = self.code or code
        self.stop.set()

    def join(self, timeout_s: float) -> None:
        """Wait for every task to have seen `stop`."""
        for thread in self._threads:
            thread.join(timeout_s)
