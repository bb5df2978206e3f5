"""What an agent had promised before a power cut, and whether what is left keeps it. [A1], [A2], [A3], [A6], [A8].

Lost is what was sealed and is neither held, nor adopted, nor declared lost, nor known to be safe at the hub. Reused is a number
that was announced and has another hash now, also after one more seal. Doubled is a reading that stands in two entries.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from larder_agent import sealing
from larder_agent.clock import HandClock, moment
from larder_agent.drivers.port import Sample
from larder_agent.record import Record
from larder_agent.sealing import Waiting
from larder_agent.staging import Group
from tests.crash_states.agent_run import FOLDER, POINT, open_record
from tests.crash_states.bodies import Body, bodies_of
from tests.crash_states.findings import Finding
from tests.crash_states.operations import Said

LAST_SERIAL = 999_999_999
"""The value of the reading that is sealed after the power cut."""


@dataclass
class Promises:
    """What had been said up to a moment of the recording. `settled`: hashes that the hub had allowed to be deleted. `given`: readings
    that were on their way in, with their instants; `staged`: those that the kernel had taken."""

    given: dict[int, int] = field(default_factory=dict)
    staged: list[int] = field(default_factory=list)
    sealed: dict[str, Body] = field(default_factory=dict)
    streams: list[str] = field(default_factory=list)
    sent: dict[tuple[str, int], str] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)
    allowed: dict[str, int] = field(default_factory=dict)

    def hear(self, said: Said) -> None:
        words: Mapping[str, Any] = said.words
        match words["did"]:
            case "given":
                self.given |= {int(serial): at for serial, at in words["readings"].items()}
            case "staged":
                self.staged += words["serials"]
            case "sent":
                self._in(words["stream"])
                self.sent |= {(words["stream"], n): digest for n, digest in words["links"] if n}
            case "sealed":
                for body in (restored(one) for one in words["bodies"]):
                    self.sealed[body.hash] = body
                    self._in(body.stream)
            case "allowed":
                self._allow(words["stream"], words["n"])

    def _in(self, stream: str) -> None:
        if stream not in self.streams:
            self.streams.append(stream)

    def _allow(self, stream: str, n: int) -> None:
        """What lies at or under a safe number is the hub's, and with it what these entries adopted or declared."""
        self.allowed[stream] = max(n, self.allowed.get(stream, 0))
        safe = [body for body in self.sealed.values() if body.stream == stream and body.n <= n]
        covers = [cover for body in safe for cover in body.covers]
        self.settled |= {body.hash for body in safe} | {digest for body in safe for digest in body.adopted}
        self.settled |= {body.hash for body in self.sealed.values() if covered(body, covers)}


def restored(words: list[Any]) -> Body:
    stream, n, digest, prev, kind, readings, covers, adopted = words
    return Body(stream, n, digest, prev, kind, tuple((value, at) for value, at in readings),
                tuple((of, first, last) for of, first, last in covers), tuple(adopted))  # fmt: skip


def covered(body: Body, covers: list[tuple[str, int, int]]) -> bool:
    return any(stream == body.stream and first <= body.n <= last for stream, first, last in covers)


def check(root: Path, promises: Promises, killed: bool) -> Iterator[Finding]:
    """Open what is left as a new process would, look, seal once more, look again."""
    folder = root / FOLDER
    if not folder.exists():
        if promises.sealed or (killed and promises.staged):
            yield Finding("lost", "the whole state folder")
        return
    clock = HandClock(1_900_000_000_000, 1_000, "ffffffff")
    record, metrics = open_record(folder, clock)
    try:
        if metrics.counts().get("outbox_damaged"):
            yield Finding("corrupt", "the agent takes its outbox for damaged")
            return
        yield from whole(record)
        yield from kept(record, promises, killed)
        group = Group(moment(clock), (Sample(POINT.id, LAST_SERIAL),))
        record.staging.add(group)
        record.seal(sealing.add(Waiting(), group, {POINT.id: POINT}))
        yield from numbered(record, promises)
    finally:
        record.close()


def whole(record: Record) -> Iterator[Finding]:
    """The file by SQLite's own judgement, the chain by ours."""
    db, outbox = record.outbox._db, record.outbox
    verdict = [row[0] for row in db.execute("PRAGMA integrity_check")]
    if verdict != ["ok"]:
        yield Finding("corrupt", f"integrity_check: {verdict[:3]}")
    prev = outbox.hash_at(outbox.held.start - 1)
    for n, digest, line in db.execute("SELECT n, hash, line FROM entry ORDER BY n"):
        body = bodies_of(line)[0]
        if (body.stream, body.n, body.hash, body.prev) != (outbox.stream, n, digest, prev):
            yield Finding("corrupt", f"entry {n} does not continue the chain")
        prev = digest
    if prev != outbox.head.hash:
        yield Finding("corrupt", f"the chain does not end at the head {outbox.head.n}")


def bodies(record: Record) -> list[Body]:
    """Every body that the disk holds, adopted ones too."""
    return [
        body for (line,) in record.outbox._db.execute("SELECT line FROM entry ORDER BY n") for body in bodies_of(line)
    ]


def kept(record: Record, promises: Promises, killed: bool) -> Iterator[Finding]:
    here = bodies(record)
    hashes, covers = {body.hash for body in here}, [cover for body in here for cover in body.covers]
    lost = [body for body in promises.sealed.values()
            if body.hash not in hashes and body.hash not in promises.settled and not covered(body, covers)]  # fmt: skip
    if lost:
        yield Finding("lost", f"{len(lost)} sealed entries, the first {lost[0].stream[:6]}/{lost[0].n}")
    stream = record.outbox.stream
    if stream in promises.streams[:-1]:
        yield Finding("lost", f"back in stream {stream[:6]}, which had ended")
    told_of = {stream, *(body.stream for body in here), *(cover[0] for cover in covers)}
    if promises.streams and promises.streams[-1] not in told_of:
        yield Finding("lost", f"stream {stream[:6]} knows nothing of {promises.streams[-1][:6]}")
    untrue = [cover for cover in covers if cover[0] == stream and cover[2] >= record.outbox.held.start]
    if untrue:
        yield Finding("corrupt", f"a loss is declared of what is held: {untrue[0][1:]}")
    yield from readings(here, promises, killed)
    yield from numbered(record, promises)


def readings(here: list[Body], promises: Promises, killed: bool) -> Iterator[Finding]:
    """Each once, unaltered; after kill -9 also those that were staged and not sealed."""
    found = [pair for body in here for pair in body.readings]
    twice = [serial for serial, times in Counter(serial for serial, _ in found).items() if times > 1]
    if twice:
        yield Finding("doubled", f"readings {twice[:3]}")
    altered = [(serial, at) for serial, at in found if promises.given.get(serial) != at]
    if altered:
        yield Finding("altered", f"readings that nobody took, or not then: {altered[:3]}")
    if killed:
        sealed = {serial for body in promises.sealed.values() for serial, _ in body.readings}
        missing = set(promises.staged) - sealed - {serial for serial, _ in found}
        if missing:
            yield Finding("lost", f"staged readings {sorted(missing)[:3]} though only the process was killed")


def numbered(record: Record, promises: Promises) -> Iterator[Finding]:
    """Every number that was announced has the hash that was announced."""
    outbox = record.outbox
    for (stream, n), digest in promises.sent.items():
        if stream != outbox.stream:
            continue
        known = outbox.hash_at(n)
        forgotten = known is None and n <= promises.allowed.get(stream, 0)
        if known != digest and not forgotten:
            yield Finding(
                "reused" if known else "lost", f"announced number {n} has hash {known}, the head is {outbox.head.n}"
            )
            return
