"""One process at a time works on a state folder."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from larder_agent.failures import ConfigError, DiskFailed, StateInUse


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Two agents on one state folder would seal two entries under one number. Raises AgentStopped."""
    file = folder / "agent.lock"
    try:
        opened = file.open("w")
    except PermissionError as error:
        hint = "the folder and all in it belong to the agent's user: chown -R"
        raise ConfigError(file, "(file)", error, hint) from error
    except OSError as error:
        raise DiskFailed(file, error) from error
    with opened as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StateInUse(
                file, "another agent works here", "stop it first: systemctl status larder-agent"
            ) from error
        yield
