"""What a program did to its files, in order, as a disk sees it. Paths are relative to the recorded folder; a file is a number, so that
a name that is used again is another file."""

from collections.abc import Mapping
from typing import NamedTuple


class Data(NamedTuple):
    """Bytes written at a place of a file."""

    file: int
    at: int
    raw: bytes


class Resize(NamedTuple):
    file: int
    size: int


class Sync(NamedTuple):
    """The data and the size of a file are on the disk when this returns; its name need not be."""

    file: int


class Named(NamedTuple):
    """A file was created under a name."""

    path: str
    file: int


class Removed(NamedTuple):
    path: str


class Renamed(NamedTuple):
    path: str
    target: str
    file: int


class Folder(NamedTuple):
    """A folder was created."""

    path: str


class SyncFolder(NamedTuple):
    """The names in a folder, and which of them are gone, are on the disk."""

    path: str


class Said(NamedTuple):
    """A line of the marker file: what the program had promised by then, or what it was about to take in."""

    words: Mapping[str, object]


OnName = Named | Removed | Renamed | Folder
OnFile = Data | Resize
Operation = OnName | OnFile | Sync | SyncFolder | Said
