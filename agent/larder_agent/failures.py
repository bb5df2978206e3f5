"""What ends the program, typed by what a person must do, and the exit codes a supervisor sees."""

from pathlib import Path

EXIT_USAGE = 2
EXIT_BUG = 70
"""EX_SOFTWARE: a task failed in a way that nobody foresaw."""
EXIT_DISK = 74
"""EX_IOERR: the disk failed. Started again, the agent reads from the disk what was really committed [A2]."""
EXIT_CONFIG = 78
"""EX_CONFIG: starting again does not help before somebody has changed something."""


class AgentStopped(Exception):
    """Ends the program with `code`; the text names the file, key or device, and says what to do."""

    code = EXIT_BUG

    def __init__(self, where: object, problem: object, hint: str) -> None:
        super().__init__(f"{where}: {problem} ({hint})")
        self.hint = hint


class DiskFailed(AgentStopped):
    """A read or write of the device's own record failed. Nothing may be sent or sealed after it in this process."""

    code = EXIT_DISK

    def __init__(self, path: Path, error: object) -> None:
        super().__init__(
            path,
            error,
            "the agent stops; started again it reads from the disk what was really kept. If it stops "
            "again: df -h, df -i, dmesg, and whether the disk is mounted read-only",
        )


class ConfigError(AgentStopped):
    """Something in a file that a person wrote: the file, the key, what is wrong and what to write instead."""

    code = EXIT_CONFIG

    def __init__(self, file: Path, key: str, problem: object, hint: str) -> None:
        super().__init__(f"{file}: {key}", problem, hint)
        self.key = key


class StateInUse(AgentStopped):
    """Another agent works on the same state folder: two of them would seal two entries under one number."""

    code = EXIT_CONFIG
