"""What truly happened in a history, seen from outside: it survives every disk."""

import hashlib
from dataclasses import dataclass, field

from larder_agent.staging import Group
from larder_core.content import Adoption, Batch, Content, Loss
from larder_core.digest import line_hash
from larder_core.entry import read_entry
from larder_core.header import read_header
from larder_core.refusal import Refused


@dataclass
class Body:
    """A sealed line as it was committed: where, by whose disk, and the readings of its own."""

    place: tuple[str, int]
    hash: str
    prev: str
    serials: tuple[int, ...]
    adopted: tuple[str, ...]
    covers: tuple[tuple[str, int, int], ...]
    in_order: bool
    """Its readings are in the order in which they were taken, and their instants never run backwards."""


@dataclass
class Truth:
    """`taken`: staged by an agent, from there on the system answers for it. `gone` are bodies and `staged_gone` readings that a lost
    disk took with it, `burnt` those that a ledger held when it was lost with all its backups. `copied`: devices of whose disk a copy
    was made, or which went back in time; `copied_staged`: readings that waited for their seal at that moment."""

    taken: set[int] = field(default_factory=set)
    bodies: dict[str, Body] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    staged_gone: set[int] = field(default_factory=set)
    announced: set[str] = field(default_factory=set)
    burnt: set[str] = field(default_factory=set)
    copied_staged: set[int] = field(default_factory=set)
    copied: set[str] = field(default_factory=set)
    trace: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def say(self, *words: object) -> None:
        self.trace.update(repr(words).encode())

    def announce(self, first: int, n: int, digest: str) -> None:
        """Somebody heard "I answer for first..n": every body of that branch, by our own memory of it and not by the hub's."""
        while n >= first and digest in self.bodies:
            self.announced.add(digest)
            n, digest = n - 1, self.bodies[digest].prev


def serials_of(group: Group) -> set[int]:
    return {sample.value for sample in group.samples if sample.value is not None}


def body_of(line: bytes) -> Body:
    parts = read_header(line)
    assert parts is not None
    header, content = parts[0], content_of(line)
    serials: tuple[int, ...] = ()
    in_order = True
    if isinstance(content, Batch):
        readings = [one for series in content.series() for one in series.readings]
        serials = tuple(one.value for one in readings if one.value is not None)
        times = [one.at_ms for one in readings]
        in_order = times == sorted(times) and list(serials) == sorted(serials)
    adopted = tuple(line_hash(text.encode()) for text in content.adopted) if isinstance(content, Adoption) else ()
    covers = tuple((one.stream, one.first, one.last) for one in content.covers) if isinstance(content, Loss) else ()
    return Body((header.stream, header.n), line_hash(line), header.prev, serials, adopted, covers, in_order)


def content_of(line: bytes) -> Content | None:
    try:
        return read_entry(line)[1]
    except Refused:
        return None
