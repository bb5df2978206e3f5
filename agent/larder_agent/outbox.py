"""The device's record: entries numbered and chained, written once, kept until they are safe. PROTOCOL.md [A1] to [A3], [A6], [A8].

One thread owns it. Every change is one transaction (WAL, synchronous FULL). Any error of the disk is DiskFailed: after a failed
fsync nobody can say what was committed, so the object is unusable and the process ends; a new one reads the disk again [A2].
"""

import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from larder_agent import adoption, evidence, losses, schema
from larder_agent.adoption import Body
from larder_agent.chain import Link
from larder_agent.clock import Moment
from larder_agent.failures import DiskFailed
from larder_agent.maintenance import BEGUN, ENDED
from larder_agent.salvage import Salvage
from larder_agent.schema import Books, Damaged
from larder_core.absence import Detail
from larder_core.content import Adoption, Content, Covers, Event, Figures, Loss
from larder_core.digest import GENESIS, line_hash
from larder_core.entry import write_entry
from larder_core.sizes import MAX_ENTRY

FILE = "outbox.db"

DROP_AT_ONCE = 64 * 1024
"""Bytes that give way when the outbox is full, at least: room for the loss and some seals after it."""

RESERVE = 2 << 20
"""Bytes that the outbox leaves free on its disk, whatever its bound: a commit needs room for its log, and a full disk would keep the
agent from starting, and so from hearing of the receipts that empty it."""

ALWAYS = 512 * 1024
"""Bytes of entries that are held even where the disk has nothing beyond the reserve."""

PRUNED_AT_ONCE = 512
"""Entries that one transaction deletes under safe: it writes every page that it empties to the log, for which a full disk has little
room; and what cannot be pruned keeps the disk full."""

PAGE = 4096
LINES_PERCENT = 60
"""Of a page, bytes of lines at least: measured 77 with lines of 620 bytes, less what dropped entries leave behind (11)."""

STOPPED = "stopped"
"""The event with which a device ends as asked."""

Build = Callable[[int], Content]
"""Makes a content from the total of readings in the stream before it."""


class Gone(NamedTuple):
    """An entry that gives way. `readings` of its own, `adopted` of the bodies that it carried."""

    n: int
    hash: str
    readings: int
    adopted: int
    line: bytes


class Discardable(NamedTuple):
    """Held entries `first..last` that are not safe at the hub, how many, and their readings; all 0 where there are none."""

    first: int
    last: int
    entries: int
    readings: int


class Outbox:
    """`bound` is in bytes of entry lines; entries stay `keep_ms` after they are safe. `new_id` makes 32 random hex digits."""

    def __init__(self, folder: Path, device: str, bound: int, keep_ms: int, new_id: Callable[[], str]) -> None:
        self.path = folder / FILE
        self._device, self._bound, self._keep_ms, self._new_id = device, bound, keep_ms, new_id
        self._books = Books("", "")
        self._safe_n = 0

    def open(self, moment: Moment, *, repair: bool = True) -> Path | None:
        """Read the disk, check the whole chain. A damaged file is moved aside as evidence, and its new path returned; the outbox
        is then new and so is its stream [A1], which carries on what is whole in the evidence [A8]. Raises DiskFailed, and Damaged
        where nothing may be repaired."""
        try:
            evidence.finish(self.path)
            try:
                return self._open(moment)
            except Damaged:
                if not repair:
                    raise
                return self._begin_again(moment)
            except sqlite3.DatabaseError as error:
                if getattr(error, "sqlite_errorcode", 0) & 0xFF not in schema.DAMAGE:
                    raise
                if not repair:
                    raise Damaged(str(error)) from error
                return self._begin_again(moment)
        except (sqlite3.Error, OSError) as error:
            self._abandon()
            raise DiskFailed(self.path, error) from error

    def _open(self, moment: Moment) -> Path | None:
        self._db = schema.connect(self.path)
        if schema.is_new(self._db):
            return self._begin(moment)
        self._books = schema.read_books(self._db)
        schema.walk(self._db, self._books)
        return None

    def _begin_again(self, moment: Moment) -> Path | None:
        self.close()
        evidence.set_aside(self.path)
        return self._open(moment)

    def _begin(self, moment: Moment) -> Path | None:
        """A new file. Its first transaction carries on what was set aside: a process that ends before it finds the file new again."""
        found = evidence.latest(self.path)
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._books = Books(self._new_id(), self._new_id())
            schema.create(self._db, self._books)
            if found is not None:
                self._carry_on(Salvage(found), moment)
                schema.write_books(self._db, self._books)
            self._db.execute("COMMIT")
        except BaseException:
            self._abandon()
            raise
        return found

    def _carry_on(self, salvage: Salvage, moment: Moment) -> None:
        """As at a freeze [A8], with what is whole of a damaged file; ranges between are declared lost where a hash ends them."""
        for row in salvage.rows():
            values = (*row[:4], row.readings, row.adopted, row.kind, 0)
            self._db.execute("INSERT INTO entry VALUES (?,?,?,?,?,?,?,?)", values)
        self._db.execute("ALTER TABLE entry RENAME TO ended")
        self._db.execute(schema.ENTRY)
        books, was = self._books, salvage.books
        if was is None:
            books.produced = salvage.readings
        else:  # name and epoch too, by which readings that wait for their seal are known
            books.outbox, books.epoch, books.produced, books.lost = was.outbox, was.epoch, was.produced, was.lost
        books.lost += sum(one.count for one in salvage.lost if one.reason == losses.DAMAGED)
        self._adopt(moment, salvage.lost)
        self._db.execute("DROP TABLE ended")
        told: dict[str, str | int | bool | None] = {
            "whole": salvage.whole,
            "damaged": salvage.damaged,
            "file": salvage.path.name,
        }
        self._append_built(self.event("outbox-damaged", moment, told), moment)
        if (
            was is not None
        ):  # the last word of the readings, not of this repair: how long nobody was here is told from it
            books.last_boot, books.last_at, books.last_up = was.last_boot, was.last_at, was.last_up
            books.last_clock, books.ended, books.maintenance = was.last_clock, was.ended, was.maintenance

    def close(self) -> None:
        if hasattr(self, "_db"):
            self._db.close()

    # ---------------------------------------------------------------- what is there

    @property
    def stream(self) -> str:
        return self._books.stream

    @property
    def head(self) -> Link:
        return Link(self._books.head_n, self._books.head_hash)

    @property
    def floor(self) -> Link:
        return Link(self._books.floor_n, self._books.floor_hash)

    @property
    def held(self) -> range:
        first = self._one("SELECT min(n) FROM entry")
        return range(self._books.head_n + 1 if first is None else first, self._books.head_n + 1)

    @property
    def books(self) -> Books:
        """The figures after the last commit: to read, not to change."""
        return self._books

    @property
    def bound(self) -> int:
        return self._bound

    def hash_at(self, n: int) -> str | None:
        if n in (0, self._books.floor_n):
            return GENESIS if n == 0 else self._books.floor_hash
        digest = self._one("SELECT hash FROM entry WHERE n=?1 UNION ALL SELECT hash FROM dropped WHERE n=?1", n)
        return None if digest is None else str(digest)

    def lines(self, first: int, last: int) -> list[bytes]:
        """The lines of `first..last`, all of which must be held. A line that is no longer the one that was sealed must not be signed
        for again: it would be a fork. Raises DiskFailed."""
        lines = []
        for n, digest, line in self._rows(
            "SELECT n, hash, line FROM entry WHERE n BETWEEN ? AND ? ORDER BY n", first, last
        ):
            if type(line) is not bytes or line_hash(line) != digest:
                raise DiskFailed(self.path, f"entry {n} is not the line that was sealed")
            lines.append(line)
        return lines

    def sizes(self, first: int, last: int) -> dict[int, int]:
        """Bytes of each line that is held in `first..last`."""
        return dict(self._rows("SELECT n, length(line) FROM entry WHERE n BETWEEN ? AND ?", first, last))

    def readings(self, first: int, last: int) -> int:
        """Readings in the entries that are held in `first..last`, those of adopted bodies among them."""
        return int(self._one("SELECT sum(readings + adopted) FROM entry WHERE n BETWEEN ? AND ?", first, last) or 0)

    def sealed_ms(self, n: int) -> int | None:
        """When entry `n` was sealed."""
        found = self._one("SELECT sealed_ms FROM entry WHERE n=?", n)
        return None if found is None else int(found)

    # ---------------------------------------------------------------- what changes it

    def seal(self, builds: Sequence[Build], moment: Moment, *, next_epoch: bool = False) -> None:
        """Append what `builds` make, in one transaction [A1]. `next_epoch`: these were the staged readings, and from this commit
        on they are sealed. Near the bound the oldest entries give way first, in the same transaction [A3]."""
        with self._transaction() as books:
            bound = self._room()
            for build in builds:
                line, content = self._line(build)
                if books.held_bytes + len(line) > bound:
                    self._make_room(bound - len(line), moment)
                    line, content = self._line(build)
                self._append(line, content, moment)
            books.epoch += next_epoch

    def event(self, word: str, moment: Moment, detail: Mapping[str, str | int | bool | None]) -> Build:
        """An event of the device [W-EVENT], to be sealed."""
        return self._spoken(Event, moment, event=word, detail=dict(detail))

    def prune(self, safe: Link, now_ms: int) -> bool:
        """Delete what is safe and older than `keep_ms`, if the hash at safe is our own [A6]; False if it is not.

        Each transaction costs a card some 8 KB, and nearly every entry has its receipt: that a number is safe is written with the next
        transaction that has more to do, and what has had its days goes many at once, a hundredth of them later."""
        if self.hash_at(safe.n) != safe.hash:
            return False
        self._safe_n = self._books.safe_n = max(self._books.safe_n, safe.n)
        young = self._one("SELECT min(n) FROM entry WHERE n<=? AND sealed_ms>?", safe.n, now_ms - self._keep_ms)
        limit = self._splits_nothing(safe.n if young is None or not self._keep_ms else int(young) - 1)
        oldest = self.sealed_ms(self._books.floor_n + 1)  # None where it was dropped
        if limit <= self._books.floor_n or (self._keep_ms and (oldest or 0) > now_ms - self._keep_ms * 101 // 100):
            return True
        for part in [*range(self._books.floor_n + PRUNED_AT_ONCE, limit, PRUNED_AT_ONCE), limit]:
            with self._transaction():
                self._delete_under_safe(part)
        return True

    def keep_safe(self) -> None:
        """Write what is known to be safe, for whoever looks at a device that has ended. Raises DiskFailed."""
        with self._transaction():
            pass

    def sealed_before(self, ms: int) -> int:
        """The last of the oldest entries that were sealed before a moment of the wall clock."""
        first = self._one("SELECT min(n) FROM entry WHERE sealed_ms>=?", ms)
        return self._books.head_n if first is None else int(first) - 1

    def discardable(self, upto: int) -> Discardable:
        """What of the entries up to a number the hub may not have: all of it would be lost."""
        first, last, entries, readings = self._rows(
            "SELECT min(n), max(n), count(*), sum(readings + adopted) FROM entry WHERE n<=? AND n>?",
            upto,
            self._books.safe_n,
        )[0]
        return Discardable(first or 0, last or 0, entries, readings or 0)

    def discard(self, upto: int, word: str, moment: Moment) -> None:
        """Drop the oldest entries up to a number and declare them, as where the disk is full [A10]. When the device last spoke
        stays what it was: nobody watched since."""
        with self._transaction() as books:
            spoke = {name: getattr(books, name) for name in schema.ADDED}
            found = self.discardable(upto)
            self._delete_under_safe(min(upto, books.safe_n))
            rows = self._db.execute("SELECT n, hash, readings, adopted, line FROM entry WHERE n<=? ORDER BY n", (upto,))
            if gone := [Gone(*row) for row in rows]:
                self._drop(gone, moment, losses.DISCARDED)
            detail: Detail = {"upto": upto, "entries": found.entries, "readings": found.readings, "reason": word}
            self._append_built(self.event("discarded", moment, detail), moment)
            for name, value in spoke.items():
                setattr(books, name, value)

    def freeze(self, moment: Moment, reason: str, *, epoch: int | None = None) -> None:
        """End the stream: one transaction with the birth of a new one that adopts what the old one held [A8]. `epoch`: the staged
        readings are those of this one."""
        with self._transaction() as books:
            books.epoch = books.epoch if epoch is None else epoch
            old = books.stream
            self._db.execute("ALTER TABLE entry RENAME TO ended")
            self._db.execute(schema.ENTRY)
            self._db.execute("DELETE FROM dropped")
            self._db.execute("DELETE FROM figures")
            books.stream, books.head_n, books.head_hash, books.total = self._new_id(), 0, GENESIS, 0
            books.floor_n, books.floor_hash, books.safe_n, books.held_bytes = 0, GENESIS, 0, 0
            self._safe_n = 0
            self._adopt(moment)
            self._db.execute("DROP TABLE ended")
            self._append_built(self.event("stream-frozen", moment, {"reason": reason, "stream": old}), moment)

    # ---------------------------------------------------------------- inside a transaction

    @contextmanager
    def _transaction(self) -> Iterator[Books]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            books = self._books = schema.read_books(self._db)
            books.safe_n = max(books.safe_n, self._safe_n)
            yield books
            schema.write_books(self._db, books)
            self._db.execute("COMMIT")
        except (sqlite3.Error, OSError, Damaged) as error:
            self._abandon()
            raise DiskFailed(self.path, error) from error
        except BaseException:
            self._abandon()
            raise

    def _abandon(self) -> None:
        """Closing rolls back. What was committed is known again when the file is opened again."""
        with suppress(sqlite3.Error):
            self.close()

    def _line(self, build: Build) -> tuple[bytes, Content]:
        content = build(self._books.total)
        return write_entry(self._books.stream, self._books.head_n + 1, self._books.head_hash, content), content

    def _append(self, line: bytes, content: Content, moment: Moment, adopted: int = 0) -> None:
        books = self._books
        n, digest = books.head_n + 1, line_hash(line)
        self._db.execute("INSERT INTO entry VALUES (?,?,?,?,?,?,?,?)",
                         (n, digest, books.head_hash, line, content.readings, adopted, content.kind, moment.at))  # fmt: skip
        books.head_n, books.head_hash, books.held_bytes = n, digest, books.held_bytes + len(line)
        books.total += content.readings
        books.produced += content.readings
        books.last_boot, books.last_at, books.last_up, books.last_clock = (
            moment.boot,
            moment.at,
            moment.up,
            moment.clock[0],
        )
        books.ended = STOPPED if isinstance(content, Event) and content.event == STOPPED else ""
        if isinstance(content, Event) and content.event in (BEGUN, ENDED):
            books.maintenance = str(content.detail.get("reason")) if content.event == BEGUN else ""
        if content.total != books.total:
            raise ValueError(f"entry {n} says {content.total} readings, the stream has {books.total}")

    def _append_built(self, build: Build, moment: Moment, adopted: int = 0) -> None:
        self._append(*self._line(build), moment, adopted)

    def _spoken(self, kind: type[Loss] | type[Adoption] | type[Event], moment: Moment, **fields: object) -> Build:
        """An entry that brings no readings of its own."""

        def build(total: int) -> Content:
            said = {
                "device": self._device,
                "boot": moment.boot,
                "at": moment.at,
                "up": moment.up,
                "clock": moment.clock,
            }
            return kind.model_validate({"kind": kind.__name__.lower(), "total": total} | said | fields)

        return build

    def _splits_nothing(self, limit: int) -> int:
        """The highest number up to `limit` at which the floor may stand: of entries whose figures were added up nobody could tell any
        more which part is whose, and a later loss would state figures of other readings than it counts [A3]."""
        first = self._one("SELECT first FROM figures WHERE first<=?1 AND last>?1", limit)
        return limit if first is None else int(first) - 1

    def _delete_under_safe(self, limit: int) -> None:
        books, limit = self._books, self._splits_nothing(limit)
        if limit <= books.floor_n:
            return
        digest = self.hash_at(limit)
        if digest is None:
            raise Damaged(f"no hash at {limit}, where the floor should go")
        books.held_bytes -= int(self._one("SELECT sum(length(line)) FROM entry WHERE n<=?", limit) or 0)
        for table, column in (("entry", "n"), ("dropped", "n"), ("figures", "first")):
            self._db.execute(f"DELETE FROM {table} WHERE {column}<=?", (limit,))  # noqa: S608  names from the line above
        books.floor_n, books.floor_hash = limit, digest

    def _room(self) -> int:
        """The bound, or less where others have filled the disk. Deleted entries leave their pages to new ones, so that an outbox that
        no longer grows needs nothing of the reserve but its log. Beside the line a page holds its hashes, and what is kept of dropped
        entries."""
        space = os.statvfs(self.path.parent)
        free = int(self._one("PRAGMA freelist_count")) * PAGE + max(0, space.f_bavail * space.f_frsize - RESERVE)
        return min(self._bound, max(ALWAYS, self._books.held_bytes + free * LINES_PERCENT // 100))

    def _make_room(self, room: int, moment: Moment) -> None:
        """Delete what is safe and was only kept for its days; then drop the oldest and declare them [A3]."""
        books = self._books
        at_once = (
            max(DROP_AT_ONCE, self._bound // 64) if room > self._bound - MAX_ENTRY else DROP_AT_ONCE
        )  # as at PRUNED_AT_ONCE
        target = room - min(at_once, room // 4)
        gone: list[Gone] = []
        left, safe_until = books.held_bytes, 0
        for row in self._db.execute("SELECT n, hash, readings, adopted, line FROM entry ORDER BY n"):
            if left <= target:
                break
            entry = Gone(*row)
            left -= len(entry.line)
            if entry.n <= books.safe_n:
                safe_until = entry.n
            else:
                gone.append(entry)
        self._delete_under_safe(books.safe_n if gone else safe_until)
        if gone:
            self._drop(gone, moment)

    def _drop(self, gone: Sequence[Gone], moment: Moment, reason: str = losses.FULL) -> None:
        books, last = self._books, gone[-1]
        figures: dict[int, list[Figures]] = {}
        others: list[Covers] = []
        for place, entry in enumerate(gone):
            content, lot = losses.read_own(entry.line), place - place % PRUNED_AT_ONCE
            points = losses.range_of(entry.line, content, losses.FULL).points
            figures[lot] = losses.add_figures(figures.get(lot, []), points)
            others += [one for one in losses.named_by(content) if one.stream != books.stream]
        self._db.execute(
            "DELETE FROM entry WHERE n<=?", (last.n,)
        )  # first: what is kept of them needs no new pages then
        self._db.executemany("INSERT INTO dropped VALUES (?,?,?)", [(one.n, one.hash, one.readings) for one in gone])
        lots = [(gone[lot : lot + PRUNED_AT_ONCE], json.dumps(points)) for lot, points in figures.items()]
        self._db.executemany("INSERT INTO figures VALUES (?,?,?)", [(lot[0].n, lot[-1].n, text) for lot, text in lots])
        books.held_bytes -= sum(len(one.line) for one in gone)
        books.lost += sum(one.readings + one.adopted for one in gone)
        count = int(self._one("SELECT sum(readings) FROM dropped") or 0)
        own = Covers(stream=books.stream, first=books.floor_n + 1, last=last.n, end=last.hash, count=count,
                     reason=reason, points=self._figures())  # fmt: skip
        self._declare([own, *losses.merged(others)], moment)

    def _figures(self) -> list[Figures]:
        points: list[Figures] = []
        for (text,) in self._rows("SELECT points FROM figures"):
            points = losses.add_figures(points, [tuple(one) for one in json.loads(text)])
        return points

    def _declare(self, covers: Sequence[Covers], moment: Moment) -> None:
        for pack in losses.packed(covers):
            self._append_built(self._spoken(Loss, moment, covers=pack), moment)

    def _adopt(self, moment: Moment, gone: Sequence[Covers] = ()) -> None:
        """Bodies verbatim and unwrapped, the newest that fit; the numbers of adoptions are explained, the rest is declared lost, and
        so is what is `gone`."""
        costs = [adoption.cost(body.text) for body in self._bodies()]
        spill = adoption.spilt(costs, self._bound - min(DROP_AT_ONCE, self._bound // 4))
        lost = {place for place, price in enumerate(costs) if place < spill or price > adoption.ROOM}
        declared = [*gone, *(losses.range_of(bytes(line), None, losses.CARRIED_ON)
                    for (line,) in self._rows("SELECT line FROM ended WHERE kind='adoption'"))]  # fmt: skip
        for place, body in enumerate(self._bodies()):
            if place in lost:
                content = losses.read_own(body.text.encode())
                reason = losses.FULL if place < spill else losses.TOO_LARGE
                declared += [losses.range_of(body.text.encode(), content, reason), *losses.named_by(content)]
                self._books.lost += body.readings
        self._declare(losses.merged(declared), moment)
        for pack in adoption.pack(body for place, body in enumerate(self._bodies()) if place not in lost):
            texts = [body.text for body in pack]
            self._append_built(
                self._spoken(Adoption, moment, adopted=texts), moment, sum(body.readings for body in pack)
            )

    def _bodies(self) -> Iterator[Body]:
        """Every body of the ended stream, oldest first, taken out of adoptions."""
        for line, kind, readings in self._db.execute("SELECT line, kind, readings FROM ended ORDER BY n"):
            content = losses.read_own(line) if kind == "adoption" else None
            if not isinstance(content, Adoption):
                yield Body(bytes(line).decode(), readings)
                continue
            for text in content.adopted:
                inner = losses.read_own(text.encode())
                yield Body(text, inner.readings if inner else 0)

    # ---------------------------------------------------------------- asking the file

    def _rows(self, sql: str, *values: int) -> list[tuple[Any, ...]]:
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise DiskFailed(self.path, error) from error

    def _one(self, sql: str, *values: int) -> Any:
        rows = self._rows(sql, *values)
        return rows[0][0] if rows else None
