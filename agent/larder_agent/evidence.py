"""A damaged outbox file set aside: moved under a name of its own, never opened for writing again, never deleted by us.

The write-ahead log belongs to the file, so it is moved first: an evidence log without its file says that a process ended between
the two moves, and the next one finishes them before it opens anything. Without that a file would be taken for whole that lacks its
latest commits, and its numbers would be given twice.
"""

import re
from contextlib import suppress
from pathlib import Path

LOGS = ("-shm", "-wal")


def set_aside(path: Path) -> Path:
    """Move `path` and its logs to the next free `<name>.damaged-<k>`; the new path of the file. Raises OSError."""
    taken = [number for number, _ in _numbered(path)]
    evidence = path.with_name(f"{path.name}.damaged-{max(taken, default=0) + 1}")
    _move(path, evidence)
    return evidence


def finish(path: Path) -> None:
    """End what `set_aside` began in a process that did not live to end it. Raises OSError."""
    for _, evidence in _numbered(path):
        if not evidence.exists() and path.exists():
            _move(path, evidence)


def latest(path: Path) -> Path | None:
    """The file that was set aside last, None where there never was one."""
    found = [evidence for _, evidence in sorted(_numbered(path)) if evidence.exists()]
    return found[-1] if found else None


def _move(path: Path, evidence: Path) -> None:
    for ending in (*LOGS, ""):
        with suppress(FileNotFoundError):
            path.with_name(path.name + ending).rename(evidence.with_name(evidence.name + ending))


def _numbered(path: Path) -> set[tuple[int, Path]]:
    form = re.compile(re.escape(path.name) + r"\.damaged-([0-9]+)(-wal)?")
    found = [match for one in path.parent.iterdir() if (match := form.fullmatch(one.name))]
    return {(int(match[1]), path.with_name(f"{path.name}.damaged-{match[1]}")) for match in found}
