"""A disk that keeps what was synced and may keep anything of the rest.

What a power cut leaves, by the rules that SQLite itself relies on:

* Data and size of a file are certain once fsync or fdatasync of it has returned. Before, each write may be there, or not, or torn:
  each sector is the old one or the new one, and a file may have grown without its bytes (zeros).
* A name (created, renamed, removed; folders too) is certain once its folder was synced. Before, a file may be missing, or empty, or
  still be there after its removal. fsync of the file alone does not keep its name: POSIX promises no more, though ext4 does.
* A sector holds the old or the new bytes, never a mixture, and a write harms no byte outside of it (SQLite's "powersafe overwrite",
  which its Unix builds take for granted). A disk that breaks this, or lies about fsync, is beyond the model.
* `-shm` files are written through mmap, so anything may stand in them.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from random import Random
from typing import Literal, NamedTuple

from tests.crash_states.operations import (
    Data,
    Folder,
    Named,
    OnFile,
    OnName,
    Operation,
    Removed,
    Renamed,
    Resize,
    Said,
    Sync,
    SyncFolder,
)

Cut = Literal["killed", "nothing", "some", "torn-512", "torn-4096", "in-order"]
"""What is there of what was not synced. `killed`: all of it, as after kill -9. `in-order`: all up to one write, which is torn."""

CUTS: tuple[Cut, ...] = ("killed", "nothing", "some", "torn-512", "torn-4096", "in-order")

MAPPED = "-shm"


class Grown(NamedTuple):
    """The size of a write has reached the disk, its bytes have not: they read as zeros."""

    file: int
    size: int


Kept = OnFile | Grown


@dataclass
class Disk:
    """`files` and `names` are on the disk for certain; `waiting` and `unnamed` are on their way, in order."""

    files: dict[int, bytearray] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    waiting: list[OnFile] = field(default_factory=list)
    unnamed: list[OnName] = field(default_factory=list)

    def do(self, operation: Operation) -> None:
        match operation:
            case Data() | Resize():
                self.waiting.append(operation)
            case Named() | Removed() | Renamed() | Folder():
                self.unnamed.append(operation)
            case Sync(file):
                content = self.files.setdefault(file, bytearray())
                for one in self.waiting:
                    if one.file == file:
                        put(content, one)
                self.waiting = [one for one in self.waiting if one.file != file]
            case SyncFolder(path):
                for name in self.unnamed:
                    if parent(name.path) == path:
                        rename(self.names, self.folders, name)
                self.unnamed = [name for name in self.unnamed if parent(name.path) != path]
            case Said():
                pass

    def cut(self, how: Cut, random: Random) -> "Remains":
        """What is left when the power goes now. The disk itself is not changed."""
        names, folders = dict(self.names), set(self.folders)
        for name in self._names_kept(how, random):
            rename(names, folders, name)
        files = dict(self.files)
        kept, torn = self._kept(how, random)
        for one in kept:
            if files.get(one.file) is self.files.get(one.file):
                files[one.file] = bytearray(files.get(one.file, b""))
            put(files[one.file], one)
        there = {path: files.get(file, bytearray()) for path, file in names.items() if reachable(path, folders)}
        for path in there:
            if path.endswith(MAPPED) and how != "killed":
                there[path] = bytearray(random.randbytes(len(there[path]))) if random.random() < 0.5 else bytearray()
        return Remains(there, {path for path in folders if reachable(path, folders)}, torn)

    def _names_kept(self, how: Cut, random: Random) -> list[OnName]:
        choice = "all" if how == "killed" else random.choice(("all", "none", "first", "some"))
        match choice:
            case "all":
                return self.unnamed
            case "none":
                return []
            case "first":
                return self.unnamed[: random.randint(0, len(self.unnamed))]
        return [name for name in self.unnamed if random.random() < 0.5]

    def _kept(self, how: Cut, random: Random) -> tuple[Sequence[Kept], int]:
        """Of the writes that were not synced those that are there, in order; and how many of them are torn."""
        odds = random.choice((0.1, 0.5, 0.9))
        parts: list[Kept] = []
        match how:
            case "killed":
                return self.waiting, 0
            case "nothing":
                return [], 0
            case "some":
                return [one for one in self.waiting if random.random() < odds], 0
            case "in-order":
                last = random.randint(0, len(self.waiting))
                torn_one = self.waiting[last : last + 1]
                sector = random.choice((512, 4096))
                parts = [part for one in torn_one for part in tear(one, sector, odds, random)]
                return [*self.waiting[:last], *parts], int(parts != torn_one)
        sector, torn = 512 if how == "torn-512" else 4096, 0
        for one in self.waiting:
            found = list(tear(one, sector, odds, random))
            torn += found != [one]
            parts += found
        return parts, torn


@dataclass(frozen=True)
class Remains:
    """What a power cut left: contents by path, the folders, and how many writes are torn."""

    files: dict[str, bytearray]
    folders: set[str]
    torn: int

    def write(self, root: Path) -> None:
        """Make `root` hold just this. A file that is there already is written over, which is cheaper than a new one."""
        for path in sorted(root.rglob("*"), reverse=True):
            name = str(path.relative_to(root))
            if path.is_dir() and name not in self.folders:
                path.rmdir()
            elif path.is_file() and name not in self.files:
                path.unlink()
        for name in sorted(self.folders):
            (root / name).mkdir(exist_ok=True)
        for name, content in self.files.items():
            handle = os.open(root / name, os.O_WRONLY | os.O_CREAT, 0o600)
            os.pwrite(handle, content, 0)
            os.ftruncate(handle, len(content))
            os.close(handle)


def parent(path: str) -> str:
    return str(PurePosixPath(path).parent).removeprefix(".")


def reachable(path: str, folders: set[str]) -> bool:
    return not (above := parent(path)) or (above in folders and reachable(above, folders))


def rename(names: dict[str, int], folders: set[str], name: OnName) -> None:
    match name:
        case Named(path, file):
            names[path] = file
        case Removed(path):
            names.pop(path, None)
        case Renamed(path, target, file):
            if names.get(path) == file:
                del names[path]
            names[target] = file
        case Folder(path):
            folders.add(path)


def put(content: bytearray, one: Kept) -> None:
    match one:
        case Grown(_, size):
            content.extend(bytes(max(0, size - len(content))))
        case Resize(_, size):
            del content[size:]
            content.extend(bytes(max(0, size - len(content))))
        case Data(_, at, raw):
            content.extend(bytes(max(0, at - len(content))))
            content[at : at + len(raw)] = raw


def tear(one: OnFile, sector: int, odds: float, random: Random) -> Iterator[Kept]:
    """The sectors of a write that are there, and sometimes the size without the bytes."""
    if isinstance(one, Resize):
        if random.random() < odds:
            yield one
        return
    end = one.at + len(one.raw)
    begin, kept = one.at, list[Data]()
    while begin < end:
        until = min(end, (begin // sector + 1) * sector)
        if random.random() < odds:
            raw = one.raw[begin - one.at : until - one.at]
            if kept and kept[-1].at + len(kept[-1].raw) == begin:
                kept[-1] = Data(one.file, kept[-1].at, kept[-1].raw + raw)
            else:
                kept.append(Data(one.file, begin, raw))
        begin = until
    yield from kept
    if random.random() < odds / 2:
        yield Grown(one.file, end)
