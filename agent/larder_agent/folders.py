"""A folder that is still there after a power cut. SQLite syncs the folder its files are in, never the one above it."""

import os
from contextlib import suppress
from pathlib import Path


def make_folder(folder: Path, mode: int) -> None:
    """Make it, and what is missing above it; their names are on the disk when this returns. Raises OSError."""
    missing = [each for each in folder.parents if not each.exists()]
    folder.mkdir(mode=mode, parents=True, exist_ok=True)
    for each in (folder, *missing):
        with suppress(
            PermissionError
        ):  # a folder above that we may not read: whoever made this one there answers for it
            sync(each.parent)


def sync(path: Path) -> None:
    """fsync of a file, or of a folder: the names in it. Raises OSError."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
