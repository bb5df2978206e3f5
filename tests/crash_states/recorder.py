"""Records what a child process does to the files under one folder: strace, so that every SQLite is seen, linked however it may be.

The program runs under `strace -f`; its processes may follow one another (each killed or ended) but must not write at the same time, so
that the trace is in the order in which things happened. Writes through mmap are not seen: SQLite uses it for `-shm` alone.
"""

import json
import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tests.crash_states.operations import (
    Data,
    Folder,
    Named,
    Operation,
    Removed,
    Renamed,
    Resize,
    Said,
    Sync,
    SyncFolder,
)

CALLS = (
    "openat",
    "close",
    "lseek",
    "write",
    "pwrite64",
    "ftruncate",
    "fsync",
    "fdatasync",
    "unlink",
    "rename",
    "mkdir",
)
FOREIGN = ("creat", "writev", "pwritev", "pwritev2", "truncate", "fallocate", "sync_file_range", "sync", "syncfs", "unlinkat", "rmdir",
           "renameat", "renameat2", "mkdirat", "link", "linkat", "symlink", "symlinkat", "sendfile", "copy_file_range", "dup", "dup2",
           "dup3")  # fmt: skip
"""Would change files as well, but none of our programs uses them on its databases: a recording that sees one is refused."""

LINE = re.compile(r"(\d+) +(\w+)\((.*)\) += (-?\d+)(?: .*)?$", re.DOTALL)


class NotRecorded(Exception):
    """The trace holds something whose effect on the disk is not known: the recording must not be believed."""


class Call(NamedTuple):
    process: int
    name: str
    words: list[str]
    result: int


def record(command: Sequence[str], root: Path, marker: Path, trace: Path) -> list[Operation]:
    """Run `command` to its end and return what it did under `root`, with each line of `marker` in its place."""
    strace = [
        "strace",
        "-f",
        "--seccomp-bpf",
        "-xx",
        "-s",
        "10000000",
        "-o",
        str(trace),
        "-e",
        f"trace={','.join((*CALLS, *FOREIGN))}",
    ]
    done = subprocess.run([*strace, *command], capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise NotRecorded(f"{' '.join(command)} ended with {done.returncode}: {done.stderr[-2000:]}")
    with trace.open(encoding="ascii") as lines:
        return list(Listener(root, marker).operations(calls(lines)))


def calls(lines: Iterator[str]) -> Iterator[Call]:
    """The calls that succeeded. Raises NotRecorded for one that another process or thread interrupted."""
    for line in lines:
        if "<unfinished ...>" in line or "resumed>" in line:
            raise NotRecorded(f"two at work at once: {line[:200]}")
        if found := LINE.match(line.rstrip("\n")):
            process, name, words, result = found.groups()
            if int(result) >= 0:
                yield Call(int(process), name, words.split(", "), int(result))


def text(word: str) -> bytes:
    """The bytes of `"\\x68\\x69"`."""
    return bytes.fromhex(word.strip('"').replace("\\x", ""))


@dataclass
class Handle:
    """An open file: `file` is None for a folder."""

    path: str
    file: int | None
    at: int = 0
    appends: bool = False


@dataclass
class Listener:
    """Follows names, open files and positions through a trace. `root` is empty at the beginning."""

    root: Path
    marker: Path
    names: dict[str, int] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)
    handles: dict[tuple[int, int], Handle] = field(default_factory=dict)
    heard: bytes = b""

    def operations(self, calls: Iterator[Call]) -> Iterator[Operation]:
        for call in calls:
            if call.name not in CALLS:
                self._foreign(call)
            else:
                yield from getattr(self, f"_{call.name}")(call)

    def _foreign(self, call: Call) -> None:
        path = self._path(next((word for word in call.words if word.startswith('"')), '""'))
        held = any(word.isdigit() and (call.process, int(word)) in self.handles for word in call.words)
        if path is not None or held or call.name in ("sync", "syncfs"):
            raise NotRecorded(f"{call.name}({', '.join(call.words)[:200]})")

    def _path(self, word: str) -> str | None:
        """Relative to `root`, "" for itself, None for all that is outside of it."""
        path = Path(os.fsdecode(text(word)))
        return str(path.relative_to(self.root)).removeprefix(".") if path.is_relative_to(self.root) else None

    def _openat(self, call: Call) -> Iterator[Operation]:
        base, name, flags = call.words[0], call.words[1], call.words[2]
        if base == "AT_FDCWD" and Path(os.fsdecode(text(name))) == self.marker:
            self.handles[call.process, call.result] = Handle("", -1, appends=True)
            return
        path = self._path(name)
        if path is None:
            self.handles.pop((call.process, call.result), None)
            return
        if (self.root / path).is_dir() or "O_DIRECTORY" in flags:
            self.handles[call.process, call.result] = Handle(path, None)
            return
        if path not in self.names:
            if "O_CREAT" not in flags:
                raise NotRecorded(f"{path} was there before the recording began")
            self.names[path] = file = len(self.sizes)
            self.sizes[file] = 0
            yield Named(path, file)
        file = self.names[path]
        if "O_TRUNC" in flags and self.sizes[file]:
            self.sizes[file] = 0
            yield Resize(file, 0)
        self.handles[call.process, call.result] = Handle(path, file, appends="O_APPEND" in flags)

    def _close(self, call: Call) -> Iterator[Operation]:
        self.handles.pop((call.process, int(call.words[0])), None)
        yield from ()

    def _lseek(self, call: Call) -> Iterator[Operation]:
        if handle := self._handle(call):
            handle.at = call.result
        yield from ()

    def _write(self, call: Call) -> Iterator[Operation]:
        handle = self._handle(call)
        if handle is None:
            return
        raw = text(call.words[1])[: call.result]
        if handle.file == -1:
            yield from self._listen(raw)
            return
        assert handle.file is not None, "a folder cannot be written"
        at = self.sizes[handle.file] if handle.appends else handle.at
        handle.at = at + len(raw)
        yield self._data(handle.file, at, raw)

    def _listen(self, raw: bytes) -> Iterator[Operation]:
        *whole, self.heard = (self.heard + raw).split(b"\n")
        yield from (Said(json.loads(line)) for line in whole)

    def _pwrite64(self, call: Call) -> Iterator[Operation]:
        handle = self._handle(call)
        if handle is not None and handle.file is not None:
            yield self._data(handle.file, int(call.words[3]), text(call.words[1])[: call.result])

    def _data(self, file: int, at: int, raw: bytes) -> Data:
        self.sizes[file] = max(self.sizes[file], at + len(raw))
        return Data(file, at, raw)

    def _ftruncate(self, call: Call) -> Iterator[Operation]:
        handle = self._handle(call)
        if handle is not None and handle.file is not None:
            self.sizes[handle.file] = int(call.words[1])
            yield Resize(handle.file, int(call.words[1]))

    def _fsync(self, call: Call) -> Iterator[Operation]:
        if handle := self._handle(call):
            yield SyncFolder(handle.path) if handle.file is None else Sync(handle.file)

    _fdatasync = _fsync

    def _unlink(self, call: Call) -> Iterator[Operation]:
        path = self._path(call.words[0])
        if path is not None:
            del self.names[path]
            yield Removed(path)

    def _rename(self, call: Call) -> Iterator[Operation]:
        path, target = self._path(call.words[0]), self._path(call.words[1])
        if path is None and target is None:
            return
        if path is None or target is None or path not in self.names:
            raise NotRecorded(f"rename({path}, {target}): of a folder, or across the edge of the recorded one")
        self.names[target] = file = self.names.pop(path)
        yield Renamed(path, target, file)

    def _mkdir(self, call: Call) -> Iterator[Operation]:
        path = self._path(call.words[0])
        if path is not None:
            yield Folder(path)

    def _handle(self, call: Call) -> Handle | None:
        return self.handles.get((call.process, int(call.words[0])))
