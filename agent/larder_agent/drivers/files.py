"""Numbers in the small files of the kernel, below /sys and /proc."""

import errno
import os
import re
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

GONE = {errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.ENOTDIR}
SILENT = {errno.EIO, errno.EREMOTEIO, errno.ETIMEDOUT, errno.EAGAIN}
"""What the kernel's drivers say when the chip behind a file does not answer on its bus."""

LONGEST = 4096
NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,12})?")


class NoValue(Exception):
    """There is no number, and why: a quality word."""

    def __init__(self, quality: str) -> None:
        super().__init__(quality)
        self.quality = quality


def first_bytes(path: Path) -> str:
    """The file's text; bounded, and never waiting for a writer should the path be a pipe. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return os.read(descriptor, LONGEST).decode("ascii", "replace")
    finally:
        os.close(descriptor)


def text(path: Path) -> str:
    """As `first_bytes`, without the line end. Raises NoValue: missing, no-answer, no-sensor or unreadable."""
    try:
        return first_bytes(path).rstrip("\n")
    except OSError as error:
        if error.errno == errno.ENODATA:
            raise NoValue("no-sensor") from None
        raise NoValue(
            "missing" if error.errno in GONE else "no-answer" if error.errno in SILENT else "unreadable"
        ) from None


def number(path: Path) -> Decimal:
    """The one number in the file. Raises NoValue."""
    found = text(path)
    if not NUMBER.fullmatch(found):
        raise NoValue("unreadable")
    return Decimal(found)


def at_scale(value: Decimal, scale: int) -> int:
    """`value` in units of 10**scale, ties to even."""
    return int(value.scaleb(-scale).to_integral_value(ROUND_HALF_EVEN))
