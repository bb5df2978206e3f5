"""What arrives at the recorded hub, group by group: steady and disordered devices, losses, forks, adoptions, strangers' noise.

The same every time, and known before the hub has answered anything, so that processes that follow one another can share it.
"""

from collections.abc import Iterator
from random import Random

from larder_core.content import Event
from larder_core.names import Address
from larder_hub.register.directory import Device, Directory
from tests.support.speaker import Speaker

Payload = tuple[str, bytes]
GROUPS = 400
"""As many as it takes until SQLite checkpoints ledger and registry by itself, after 2000 and 1000 pages in their WALs."""
FORKED = 90
BACKUPS = (24, 200)


def speaker(number: int, stream: int = 0) -> Speaker:
    address = Address("632224", f"site-{number}", f"box-{number}")
    return Speaker(address, seed=number, stream=f"{number:016x}{stream:016x}")


def directory() -> Directory:
    devices = {}
    for one in (speaker(number) for number in range(1, 7)):
        at = one.address
        devices[at.device] = Device(at.device, at.county, at.site, one.key.public, True)
    return Directory(devices=devices)


def groups() -> list[list[Payload]]:
    """What the hub takes in one transaction each."""
    random, voices = Random(1), [steady(), disordered(), lossy(), forked(), reborn(), noise()]
    found = []
    for _ in range(GROUPS):
        group: list[Payload] = []
        for payloads in (next(voice) for voice in voices):
            group += payloads
        random.shuffle(group)
        found.append(group)
    return found


def entry(one: Speaker, first: int, last: int | None = None) -> Payload:
    return one.address.topic("entry"), one.message(first, last)


def steady() -> Iterator[list[Payload]]:
    """Seals two entries, sends them, and says so."""
    one = speaker(1)
    yield [(one.address.topic("birth"), one.birth())]
    while True:
        one.batch(-180, -181)
        one.event("door")
        yield [entry(one, one.n - 1, one.n), (one.address.topic("status"), one.status())]


def disordered() -> Iterator[list[Payload]]:
    """Newest first; the ones in between come later; now and then a line that is refused."""
    one, step = speaker(2), 0
    while True:
        step += 1
        if step % 9 == 0:
            one.seal(Event(kind="event", event="boot", detail={}, **(one.spoken() | {"device": "box-1"})))
        else:
            one.batch(40, 41, 42)
        if step % 4:
            yield [entry(one, one.n)] if step % 2 else []
        else:
            yield [entry(one, max(1, one.n - 7), one.n)]


def lossy() -> Iterator[list[Payload]]:
    """Three of eight entries never come, and are declared lost."""
    one, step = speaker(3), 0
    while True:
        step += 1
        one.batch(700)
        if step % 8 in (5, 6):
            yield []
        elif step % 8 == 7:
            one.loss(one.n - 2, one.n, 3)
            yield [entry(one, one.n), (one.address.topic("status"), one.status(first=one.n))]
        else:
            yield [entry(one, one.n)]


def forked() -> Iterator[list[Payload]]:
    """At one point a copy of the disk speaks too. Both fall silent before their claims, which upto cannot confirm, are too many."""
    one, copy, step = speaker(4), speaker(4), 0
    while True:
        step += 1
        one.batch(10 + step)
        copy.batch(10 + step if step < FORKED else 99)
        if step > FORKED + 60:
            yield []
            continue
        payloads = [entry(one, one.n - 2, one.n)] if step % 3 == 0 else []
        if step == FORKED + 2:
            payloads.append((copy.address.topic("status"), copy.status()))
        if step == FORKED + 40:
            payloads.append(entry(copy, copy.n - 3, copy.n))
        yield payloads


def reborn() -> Iterator[list[Payload]]:
    """A stream that ends again and again; the next one adopts what the hub never got, and declares the rest lost."""
    one, step, stream = speaker(5), 0, 0
    while True:
        step += 1
        one.batch(step, step + 1)
        if step % 30:
            yield [entry(one, one.n)] if step % 2 else []
            continue
        stream += 1
        before, one = one, speaker(5, stream)
        one.adopt(*before.lines[-3:])
        one.loss(1, before.n - 3, 1, stream=before.stream, end=before.hash(before.n - 3))
        yield [entry(one, 1, 2), (one.address.topic("birth"), one.birth())]


def noise() -> Iterator[list[Payload]]:
    """Nothing that anybody signed."""
    one, step = speaker(6), 0
    while True:
        step += 1
        yield [(one.address.topic("entry"), b"noise %d" % step)] if step % 6 == 0 else []
