"""One process at a time works on a state folder."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from larder_agent.failures import StateInUse


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Two agents on one state folder would seal two entries under one number. Raises StateInUse."""
    file = folder / "agent.lock"
    with file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StateInUse(
                file, "another agent works here", "stop it first: systemctl status larder-agent"
            ) from error
        yield
