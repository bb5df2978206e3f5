"""Who watches the hub: a watcher that has not asked for too long may be dead itself, and nobody would learn of the hub's death."""

from collections.abc import Sequence
from threading import Lock


class Watchers:
    """`names` are those of the configuration; any other that asks is not kept. Any thread may ask."""

    def __init__(self, names: Sequence[str], silent_ms: float, started_ms: int) -> None:
        self._silent_ms = silent_ms
        self._lock = Lock()
        self._asked_ms = dict.fromkeys(names, started_ms)

    def asked(self, name: str, now_ms: int) -> None:
        with self._lock:
            if name in self._asked_ms:
                self._asked_ms[name] = now_ms

    def ages_ms(self, now_ms: int) -> dict[str, int]:
        with self._lock:
            return {name: max(0, now_ms - at_ms) for name, at_ms in self._asked_ms.items()}

    def silent(self, now_ms: int) -> list[str]:
        """Those that have not asked for `silent_ms`, since the hub's start at the earliest."""
        return [name for name, age_ms in self.ages_ms(now_ms).items() if age_ms > self._silent_ms]
