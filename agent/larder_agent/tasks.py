"""Named threads that stop the program when one of them fails: the one place where an unexpected error is caught."""

import logging
from collections.abc import Callable
from threading import Event, Thread

from larder_agent.failures import EXIT_BUG, AgentStopped

log = logging.getLogger("larder.agent")


class Tasks:
    """`stop` is shared: set by a signal, or by the first task that fails. `code` is then the exit code."""

    def __init__(self) -> None:
        self.stop = Event()
        self.code = 0
        self._threads: list[Thread] = []

    def start(self, name: str, work: Callable[[], None], failed: Callable[[str, Exception], None]) -> Thread:
        """Run `work` in a thread until it returns. `failed(name, error)` counts what ended it."""
        thread = Thread(target=self._run, args=(name, work, failed), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()
        return thread

    def _run(self, name: str, work: Callable[[], None], failed: Callable[[str, Exception], None]) -> None:
        try:
            work()
        except AgentStopped as error:
            log.critical("task=%s %s", name, error)
            failed(name, error)
            self._end(error.code)
        except Exception as error:
            log.critical("task=%s failed: %r (the agent stops; start it again)", name, error, exc_info=True)
            failed(name, error)
            self._end(EXIT_BUG)

    def _end(self, code: int) -> None:
        self.code = self.code or code
        self.stop.set()

    def join(self, timeout_s: float) -> None:
        """Wait for every task to have seen `stop`."""
        for thread in self._threads:
            thread.join(timeout_s)
