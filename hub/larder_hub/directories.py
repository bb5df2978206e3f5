"""The register in force, for every thread: read again when hub.db was changed by `larder hub register`."""

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from larder_hub.register.contents import Register
from larder_hub.register.directory import Directory
from larder_hub.register.schema import open_register
from larder_hub.register.store import expectations, load_register
from larder_hub.register.tenure import Tenure, tenures


class Registered(NamedTuple):
    """The register with its counties, and from when to when it expected each point."""

    register: Register = Register()
    tenures: tuple[Tenure, ...] = ()


class Directories:
    """`current()` and `registered()` look at the file at most once in `every_ms`."""

    def __init__(self, file: Path, now_ms: Callable[[], int], every_ms: int = 2_000) -> None:
        self._file, self._now_ms, self._every_ms = file, now_ms, every_ms
        self._lock = Lock()
        self._looked_ms = 0
        self._stamp: tuple[int, int] | None = None
        self._registered = Registered()

    def current(self) -> Directory:
        """Raises RegisterFailed."""
        return self.registered().register.directory

    def registered(self) -> Registered:
        """Raises RegisterFailed."""
        with self._lock:
            now = self._now_ms()
            if abs(now - self._looked_ms) >= self._every_ms:
                self._looked_ms = now
                self._look()
            return self._registered

    def _look(self) -> None:
        stamp = self._stamped()
        if stamp is None or stamp != self._stamp:
            db = open_register(self._file)
            try:
                self._registered = Registered(load_register(db), tenures(expectations(db)))
            finally:
                db.conn.close()
            self._stamp = stamp  # of before: what was written meanwhile is read at the next look

    def _stamped(self) -> tuple[int, int] | None:
        stat = self._file.stat() if self._file.exists() else None
        return (stat.st_mtime_ns, stat.st_size) if stat else None
