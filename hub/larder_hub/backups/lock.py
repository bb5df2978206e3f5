"""One hub at a time over one registry, and no restore while one runs: a lock that the kernel drops when its holder dies."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from larder_hub.config import ConfigError
from larder_hub.folders import make_folder


class HubLock:
    """For use with `with`. Raises ConfigError if another process holds it."""

    def __init__(self, registry_dir: Path) -> None:
        self._file = registry_dir / "hub.lock"

    def __enter__(self) -> Self:
        make_folder(self._file.parent)
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
