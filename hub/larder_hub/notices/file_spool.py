"""A folder of files, one message each: the default, the demo's telephone, and a spool that other programs can pick up.

A file `<reference>.txt` is UTF-8: the number, a line feed, the text, a line feed. It appears whole or not at all.
"""

import os
from pathlib import Path

from larder_hub.notices.port import Accepted, Delivery, Failed, Unknown


class FileSpool:
    """The folder is made at the first message."""

    name = "file"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, phone: str, text: str, reference: str) -> Accepted | Failed | Unknown:
        """A reference whose file stands is accepted again without writing. A full or read-only disk is Failed, to be tried again."""
        file = self._file(reference)
        try:
            if not file.exists():
                self._write(file, f"{phone}\n{text}\n")
        except OSError as error:
            return Failed(f"{file}: {error.strerror}", retry=True)
        return Accepted(file.name)

    def status(self, reference: str) -> Delivery:
        return Delivery.SENT if self._file(reference).exists() else Delivery.ABSENT

    def _file(self, reference: str) -> Path:
        return self._folder / f"{reference}.txt"

    def _write(self, file: Path, content: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        write_durably(file, content)


def write_durably(file: Path, content: str) -> None:
    """Write a file so that after a power cut it is either whole or not there. Raises OSError."""
    part = file.with_name(f".{file.name}.part")
    with part.open("w", encoding="utf-8") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
