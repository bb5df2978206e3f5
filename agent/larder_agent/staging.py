"""Readings that wait for their seal: one file of JSON lines, so that a killed process loses none of them and seals none twice.

The file is named by an epoch that the outbox keeps: the transaction that seals the readings raises it, and with that commit the file
of the old epoch is no longer to be sealed, whether or not it could be deleted. Nothing is fsynced: a power cut takes at most what
came after the last seal.
"""

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from larder_agent.clock import Moment
from larder_agent.drivers.port import PointSpec, Sample
from larder_agent.failures import DiskFailed

NAME = re.compile(r"staging-([0-9]+)\.jsonl")


class Group(NamedTuple):
    """Samples that were read together, and when: the moment the reading began."""

    moment: Moment
    samples: tuple[Sample, ...]


class Recovered(NamedTuple):
    """What a process that is gone has left: the points as it knew them, and its groups of one boot, oldest first."""

    points: tuple[PointSpec, ...]
    groups: tuple[Group, ...]


def file_of(folder: Path, epoch: int) -> Path:
    return folder / f"staging-{epoch}.jsonl"


class Staging:
    """The file of the present epoch, made at its first group. `points` are written into it: a recovered file explains itself."""

    def __init__(self, folder: Path, outbox: str, epoch: int, points: Sequence[PointSpec]) -> None:
        self._folder, self._outbox, self._epoch, self._points = folder, outbox, epoch, points
        self._file: int | None = None

    def add(self, group: Group) -> None:
        """On return the group is in the kernel's hands: it survives the process, not the machine. Raises DiskFailed."""
        path = file_of(self._folder, self._epoch)
        text = json.dumps([*group.moment[1:], group.samples], separators=(",", ":")) + "\n"
        try:
            if self._file is None:
                self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_TRUNC, 0o640)
                text = self._header(group.moment.boot) + text
            raw = text.encode()
            if os.write(self._file, raw) != len(raw):
                raise OSError("the disk took a part of a line only: it is full")
        except OSError as error:
            raise DiskFailed(path, error) from error

    def _header(self, boot: str) -> str:
        fields = {"staging": 1, "outbox": self._outbox, "boot": boot, "points": self._points}
        return json.dumps(fields, separators=(",", ":")) + "\n"

    def next_epoch(self, epoch: int) -> None:
        """After the commit that sealed everything here: the old file is spent."""
        self.close()
        try:
            file_of(self._folder, self._epoch).unlink(missing_ok=True)
        except OSError as error:
            raise DiskFailed(file_of(self._folder, self._epoch), error) from error
        self._epoch = epoch

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def recover(folder: Path, outbox: str, epoch: int) -> Recovered | None:
    """The readings that the process before this one did not seal, None if there are none. Raises DiskFailed.

    Files of earlier epochs are sealed and are deleted. A file of another outbox (this one is new: the old was damaged or wiped) cannot
    be told to be unsealed; it is set aside beside it, before this outbox gives its name to a file of its own.
    """
    try:
        for path in list(folder.glob("staging-*.jsonl")):
            named = NAME.fullmatch(path.name)
            if named and not _belongs(path, outbox):
                path.rename(path.with_name(path.name + ".stray"))
            elif named and int(named[1]) < epoch:
                path.unlink()
        path = file_of(folder, epoch)
        if not path.exists():
            return None
        return read(path)
    except OSError as error:
        raise DiskFailed(folder, error) from error


def ahead(folder: Path, outbox: str, epoch: int) -> list[int]:
    """Epochs after the outbox's own of which there are files: each was begun by a commit that the outbox no longer knows, so its file
    was put back, or has lost its log. Ascending. Raises DiskFailed."""
    try:
        named = [(path, NAME.fullmatch(path.name)) for path in folder.glob("staging-*.jsonl")]
        return sorted(int(at[1]) for path, at in named if at and int(at[1]) > epoch and _belongs(path, outbox))
    except OSError as error:
        raise DiskFailed(folder, error) from error


def _belongs(path: Path, outbox: str) -> bool:
    with path.open("rb") as opened:
        first = opened.readline()
    fields = _json(first)
    return not first.endswith(b"\n") or (isinstance(fields, dict) and fields.get("outbox") == outbox)


def read(path: Path) -> Recovered | None:
    """Lines up to the first that is torn or is not one of ours. Raises OSError."""
    head, *lines = path.read_bytes().split(b"\n")[:-1] or [b""]
    fields = _json(head)
    if not isinstance(fields, dict):
        return None
    groups: list[Group] = []
    for line in lines:
        row = _json(line)
        if not isinstance(row, list) or len(row) != 4:
            break
        at, up, clock, samples = row
        groups.append(
            Group(Moment(fields["boot"], at, up, (clock[0], clock[1])), tuple(Sample(*one) for one in samples))
        )
    points = tuple(PointSpec(*one) for one in fields["points"])
    return Recovered(points, tuple(groups)) if groups else None


def _json(line: bytes) -> object:
    try:
        return json.loads(line)
    except ValueError:
        return None
