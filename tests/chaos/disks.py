"""Small disks, and how they are filled."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PAGE = 4096


@contextmanager
def tmpfs(folder: Path, mb: int, *, inodes: int = 0) -> Iterator[Path]:
    """A disk of `mb` MB at `folder`, with so many inodes if any are named. Needs root."""
    folder.mkdir(parents=True, exist_ok=True)
    options = f"size={mb}m" + (f",nr_inodes={inodes}" if inodes else "")
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def free(folder: Path) -> int:
    """Bytes that anybody may still write there."""
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def fill(folder: Path, leave_bytes: int = 0) -> Path:
    """A file `ballast` that leaves so much free, to the page, whatever else is written there meanwhile."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as out, suppress(OSError):
        while free(folder) >= leave_bytes + PAGE:
            out.write(b"\0" * PAGE)
    return ballast
