"""Which payload killed the hub. PROTOCOL.md [H14].

What is being handled is noted before, by the hash of its bytes, and the note taken away after: without fsync, since the file outlives
a killed process in the kernel's memory, and a power cut accuses nobody. What a dead hub had in hand is a suspect: the next hub handles
it alone, so that the innocent are cleared one by one. Three deaths over one payload, and it is set aside without being read.
"""

import json
import os
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from larder_hub.failures import FileFailed
from larder_hub.ingest.mailbox import Arrival

DEATHS = 3


class Part(NamedTuple):
    """Arrivals to be handled in one transaction; `condemned`: not to be read at all."""

    arrivals: Sequence[Arrival]
    condemned: bool = False


class Suspects:
    """Owned by the ingest thread. Two small files in `folder`: `in-hand` and `suspects.json`."""

    def __init__(self, folder: Path) -> None:
        self._note, self._file = folder / "in-hand", folder / "suspects.json"
        self.deaths: dict[str, int] = {}

    def open(self) -> None:
        """Raises FileFailed."""
        try:
            self.deaths = _read(self._file)
            in_hand = self._note.read_text("ascii").split() if self._note.exists() else []
            if in_hand:
                self.deaths.update({digest: self.deaths.get(digest, 0) + 1 for digest in in_hand})
                self._write()
            self._handle = os.open(self._note, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        except (OSError, ValueError) as error:
            raise FileFailed(
                f"{self._note}: {error} (the disk of data_dir; {self._file.name} may be deleted)"
            ) from error

    def close(self) -> None:
        os.close(self._handle)

    def parted(self, group: Sequence[Arrival]) -> Iterator[Part]:
        """The group as it is to be handled. While a part is out its hashes are noted; after it they are cleared."""
        digests = [sha256(arrival.payload).hexdigest() for arrival in group]
        alone = [index for index, digest in enumerate(digests) if digest in self.deaths]
        others = [index for index, digest in enumerate(digests) if digest not in self.deaths]
        for indices in ([others] if others else []) + [[index] for index in alone]:
            self._hold([digests[index] for index in indices])
            condemned = self.deaths.get(digests[indices[0]], 0) >= DEATHS
            yield Part([group[index] for index in indices], condemned)
            self.release()
            if not condemned and self.deaths.pop(digests[indices[0]], 0):
                self._write()

    def release(self) -> None:
        """Nothing is in hand: what follows is no payload's fault."""
        os.ftruncate(self._handle, 0)

    def _hold(self, digests: list[str]) -> None:
        """A full disk loses the note, not the payload."""
        try:
            os.ftruncate(self._handle, 0)
            os.pwrite(self._handle, "\n".join(digests).encode("ascii"), 0)
        except OSError:
            self.release()

    def _write(self) -> None:
        """Whole or not at all; a full disk keeps the old file."""
        fresh = self._file.with_suffix(".new")
        try:
            fresh.write_text(json.dumps(self.deaths), "ascii")
            fresh.replace(self._file)
        except OSError:
            fresh.unlink(missing_ok=True)


def _read(file: Path) -> dict[str, int]:
    """An empty one where there is none, or none that can be read: then nobody is under suspicion."""
    try:
        found = json.loads(file.read_text("ascii"))
    except (FileNotFoundError, ValueError):
        return {}
    return {str(digest): int(deaths) for digest, deaths in found.items()} if isinstance(found, dict) else {}
