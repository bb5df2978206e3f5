"""Why a register file or a change of the register is not taken."""

from pathlib import Path

from larder_hub.failures import FileFailed


class RegisterError(ValueError):
    """A register file that cannot be used. Reads `file: key: what is wrong (what to do)`."""

    def __init__(self, file: Path, key: str, problem: str, hint: str = "") -> None:
        super().__init__(": ".join(part for part in (str(file), key, problem) if part) + (f" ({hint})" if hint else ""))
        self.file, self.key, self.problem, self.hint = file, key, problem, hint


class ChangeRefused(ValueError):
    """A change of the register that must be asked for by name. Nothing was changed."""

    def __init__(self, problem: str, hint: str) -> None:
        super().__init__(f"{problem} ({hint})")
        self.problem, self.hint = problem, hint


class RegisterFailed(FileFailed):
    """hub.db cannot be opened, read or written."""
