"""The streams of a ledger: a row, a chain and a tally each, loaded when first spoken of, inside the writer's transaction."""

from collections.abc import Callable
from dataclasses import dataclass

import apsw

from larder_core.digest import GENESIS
from larder_core.refusal import ReasonWord
from larder_hub.ledger.chain import Chain, DeclaredLoss, Link, Slot


@dataclass
class Tally:
    """Entries that hold a number, of them refused ones; evidence of forks; readings whose content counts."""

    stored: int = 0
    refused: int = 0
    evidence: int = 0
    readings: int = 0


@dataclass
class Stream:
    """A row of `stream`, its chain and its tally."""

    id: int
    stream: str
    device: str
    heard: int
    chain: Chain
    tally: Tally


MAX_STREAMS = 256
"""Streams of one device, frozen ones among them. A card wiped so often is no card; the device still holds what it has."""


class ForeignStream(Exception):
    """A device speaks of a stream that another device's key has spoken of."""

    reason: ReasonWord = "wrong-device"


class TooManyStreams(Exception):
    """A device begins one stream more than the hub keeps account of; says what to do."""

    reason: ReasonWord = "too-many-streams"

    def __init__(self, device: str) -> None:
        super().__init__(f"{device} has {MAX_STREAMS} streams already (replace its card, register it under a new id)")


class Streams:
    """Over the writer's own connection. `made` hears the name of each stream that is new."""

    def __init__(self, db: apsw.Connection, made: Callable[[str], None]) -> None:
        self._db, self._made = db, made
        self._streams: dict[str, Stream] = {}
        self._anew = bool(db.execute("SELECT count(*) FROM anew").get)

    def __getitem__(self, name: str) -> Stream:
        """A stream that was loaded before. Raises KeyError."""
        return self._streams[name]

    def get(self, name: str) -> Stream | None:
        """A stream of the ledger, loaded where it has not been spoken of since the start."""
        if name not in self._streams:
            row = self._db.execute(
                "SELECT id, device, heard, upto, upto_hash, frozen, first, stored, refused, evidence, readings"
                " FROM stream WHERE stream=?",
                (name,),
            ).fetchone()
            if row is None:
                return None
            self._streams[name] = self._load(name, *row)
        return self._streams[name]

    def current(self, device: str) -> Stream | None:
        """The stream that the device spoke of last."""
        latest = "SELECT stream FROM stream WHERE device=? ORDER BY heard DESC LIMIT 1"
        row = self._db.execute(latest, (device,)).fetchone()
        return self.get(row[0]) if row else None

    def known(self, device: str, name: str, now_ms: int, most: int | None = MAX_STREAMS) -> Stream:
        """The stream of that name, made if it is new. A stream that was only named keeps `heard` 0 until it speaks.

        Raises ForeignStream if it is another device's, TooManyStreams if the device has `most` already.
        """
        stream = self.get(name)
        if stream is None:
            if most is not None and self._count(device) >= most:
                raise TooManyStreams(device)
            self._db.execute(
                "INSERT INTO stream(stream, device, first_heard_ms, heard, heard_ms, upto, upto_hash, frozen, first,"
                " stored, refused, evidence, readings) VALUES (?,?,?,0,?,0,?,0,1,0,0,0,0)",
                (name, device, now_ms, now_ms, GENESIS),
            )
            id_ = self._db.last_insert_rowid()
            stream = self._streams[name] = Stream(
                id_, name, device, 0, Chain(self._below(id_), anew=self._anew), Tally()
            )
            self._made(name)
        if stream.device != device:
            raise ForeignStream(name)
        return stream

    def _count(self, device: str) -> int:
        return int(self._db.execute("SELECT count(*) FROM stream WHERE device=?", (device,)).get or 0)

    def write(self, stream: Stream) -> None:
        """How far the stream has come, and its tally, at the end of a group."""
        chain, tally = stream.chain, stream.tally
        self._db.execute(
            "UPDATE stream SET upto=?, upto_hash=?, stored=?, refused=?, evidence=?, readings=? WHERE id=?",
            (chain.upto, chain.upto_hash, tally.stored, tally.refused, tally.evidence, tally.readings, stream.id),
        )

    def _load(
        self, name: str, id_: int, device: str, heard: int, upto: int, upto_hash: str, frozen: int, first: int, *tally: int
    ) -> Stream:  # fmt: skip
        chain = Chain(self._below(id_), upto, upto_hash, bool(frozen), first, self._anew)
        run = self._db.execute
        for n, digest, prev in run("SELECT n, hash, prev FROM entry WHERE stream=? AND n>? AND holds", (id_, upto)):
            chain.ahead[n] = Slot(digest, prev)
        for n, digest, since in run("SELECT n, hash, first FROM claim WHERE stream=?", (id_,)):
            chain.claims[Link(n, digest)] = since
        for begin, last, end, count, own in run(
            "SELECT first, last, end, count, own FROM loss WHERE stream=? ORDER BY id", (id_,)
        ):
            chain.losses.append(DeclaredLoss(begin, last, end, count, bool(own)))
        for after, last in run("SELECT after, last FROM bridge WHERE stream=?", (id_,)):
            chain.bridges[after] = last
        return Stream(id_, name, device, heard, chain, Tally(*tally))

    def _below(self, id_: int) -> Callable[[int], Slot | None]:
        def slot(n: int) -> Slot | None:
            row = self._db.execute("SELECT hash, prev FROM entry WHERE stream=? AND n=? AND holds", (id_, n)).fetchone()
            return Slot(*row) if row else None

        return slot
