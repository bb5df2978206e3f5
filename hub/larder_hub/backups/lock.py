"""One hub at a time over one registry, and no restore while one runs: a lock that the kernel drops when its holder dies."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from larder_hub.config import ConfigError


class HubLock:
    """For use with `with`. Raises ConfigError if another process holds it."""

    def __init__(self, registry_dir: Path) -> None:
        self._file = registry_dir / "hub.lock"

    def __enter__(self) -> Self:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._handle = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._handle)
            raise ConfigError(self._file, "(lock)", "another hub runs over this registry", "stop it first; two hubs would answer "
                              "the same devices") from error  # fmt: skip
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._handle)
