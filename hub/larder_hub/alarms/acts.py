"""What people did, line by line in a file of its own: acts.jsonl beside the ledger, each line with the hash of the one before.

alarms.db can be built again from the ledger; what people signed, put aside or exercised cannot. A line is on the disk before the act
is answered, and no line is ever changed. Appended to inside a transaction of alarms.db, so that one writes at a time.
"""

import hashlib
import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from larder_hub.folders import sync

log = logging.getLogger("larder.acts")

NAME = "acts.jsonl"
FIRST = "0" * 64
"""In the place of a hash, before the first line."""


class Line(NamedTuple):
    """`n` counts from 1; `before` is the hash of the line before; `what` says which table `told` belongs to."""

    n: int
    before: str
    at_ms: int
    what: str
    told: list[Any]

    def text(self) -> bytes:
        named = {"n": self.n, "before": self.before, "at": self.at_ms, "what": self.what, "told": self.told}
        return json.dumps(named, ensure_ascii=False, separators=(",", ":")).encode()


class Tail(NamedTuple):
    """The number and the hash of the last line."""

    n: int = 0
    hash: str = FIRST


class BrokenActs(ValueError):
    """A line of acts.jsonl is not what was written. The message names file and line."""


class ActFile:
    def __init__(self, folder: Path) -> None:
        self.file = folder / NAME

    def lines(self, after: int = 0) -> Iterator[Line]:
        """Whole lines beyond a number, each checked against the one before it. Raises BrokenActs."""
        if not self.file.exists():
            return
        tail = Tail()
        for written in self.file.read_bytes().split(b"\n")[:-1]:
            line = self._line(written, tail)
            tail = Tail(line.n, _hash(written))
            if line.n > after:
                yield line

    def _line(self, written: bytes, tail: Tail) -> Line:
        hint = "keep the file as evidence, and compare it with that of a backup"
        try:
            named = json.loads(written)
            line = Line(
                int(named["n"]), str(named["before"]), int(named["at"]), str(named["what"]), list(named["told"])
            )
        except (ValueError, KeyError, TypeError) as error:
            raise BrokenActs(f"{self.file}: line {tail.n + 1} cannot be read ({hint})") from error
        if (line.n, line.before) != (tail.n + 1, tail.hash):
            raise BrokenActs(f"{self.file}: line {tail.n + 1} does not follow the one before it ({hint})")
        return line

    def tail(self) -> Tail:
        """Of the last whole line; read from the end."""
        if not self.file.exists():
            return Tail()
        with self.file.open("rb") as source:
            size, back = source.seek(0, os.SEEK_END), 65_536
            while True:
                source.seek(max(0, size - back))
                found = source.read().split(b"\n")[:-1]
                if len(found) > 1 or back >= size:
                    break
                back *= 2
        if not found:
            return Tail()
        try:
            return Tail(int(json.loads(found[-1])["n"]), _hash(found[-1]))
        except (ValueError, KeyError, TypeError) as error:
            raise BrokenActs(f"{self.file}: its last line cannot be read (larder hub alarms list --check)") from error

    def append(self, at_ms: int, what: str, told: list[Any]) -> int:
        """One more line, on the disk when this returns; its number. What a crash left of half a line is cut off first, and said."""
        new = not self.file.exists()
        with self.file.open("ab+") as target:
            size = target.seek(0, os.SEEK_END)
            if size and os.pread(target.fileno(), 1, size - 1) != b"\n":
                self._cut(target.fileno())
            tail = self.tail()
            target.write(Line(tail.n + 1, tail.hash, at_ms, what, told).text() + b"\n")
            target.flush()
            os.fsync(target.fileno())
        if new:
            sync(self.file.parent)
        return tail.n + 1

    def _cut(self, handle: int) -> None:
        written = self.file.read_bytes()
        whole = written.rfind(b"\n") + 1
        if whole < len(written):
            log.warning("%s: %d bytes of a line that was never finished are cut off", self.file, len(written) - whole)
            os.ftruncate(handle, whole)


def _hash(written: bytes) -> str:
    return hashlib.sha256(written).hexdigest()
