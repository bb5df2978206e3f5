"""The rows of a ledger, read and judged without the hub's own code."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import apsw

from larder_core.digest import GENESIS
from tests.crash_states.bodies import digest
from tests.crash_states.findings import Finding

hash_of = lru_cache(maxsize=50_000)(digest)


@dataclass
class Shelf:
    """`lines` and `claims` are (stream, n, hash). `numbers`: held, by stream. `passed`: by stream, the hash of every number that the
    walk from 1 to upto stood on."""

    lines: set[tuple[str, int, str]] = field(default_factory=set)
    numbers: dict[str, set[int]] = field(default_factory=dict)
    claims: set[tuple[str, int, str]] = field(default_factory=set)
    passed: dict[str, dict[int, str]] = field(default_factory=dict)
    frozen: set[str] = field(default_factory=set)
    quarantined: set[str] = field(default_factory=set)
    faults: list[Finding] = field(default_factory=list)


def read_shelf(db: apsw.Connection) -> Shelf:
    shelf = Shelf()
    names = dict(db.execute("SELECT id, stream FROM stream"))
    slots: dict[int, dict[int, tuple[str, str]]] = {id_: {} for id_ in names}
    for id_, n, hash_, prev, holds, line in db.execute("SELECT stream, n, hash, prev, holds, line FROM entry"):
        shelf.lines.add((names[id_], n, hash_))
        if hash_of(line) != hash_:
            shelf.faults.append(Finding("altered", f"line {n} of stream {names[id_][14:18]}"))
        if holds:
            slots[id_][n] = (hash_, prev)
    shelf.numbers = {names[id_]: set(slots[id_]) for id_ in names}
    bridges = {(id_, after): last for id_, after, last in db.execute("SELECT stream, after, last FROM bridge")}
    ends = {(id_, last): end for id_, last, end in db.execute("SELECT stream, last, end FROM loss WHERE own")}
    for id_, upto, upto_hash, frozen in db.execute("SELECT id, upto, upto_hash, frozen FROM stream"):
        passed = shelf.passed[names[id_]] = walk(id_, upto, slots[id_], bridges, ends)
        if passed.get(upto) != upto_hash:
            shelf.faults.append(
                Finding("corrupt", f"the chain of stream {names[id_][14:18]} breaks at {max(passed)}, upto is {upto}")
            )
        if frozen:
            shelf.frozen.add(names[id_])
    shelf.claims = {(names[id_], n, hash_) for id_, n, hash_ in db.execute("SELECT stream, n, hash FROM claim")}
    shelf.quarantined = {row[0] for row in db.execute("SELECT digest FROM quarantine")}
    count, highest = db.execute("SELECT count(*), coalesce(max(position), 0) FROM counted").fetchone()
    if count != highest:
        shelf.faults.append(Finding("corrupt", f"{count} positions, the highest is {highest}"))
    return shelf


def walk(id_: int, upto: int, slots: dict[int, tuple[str, str]], bridges: dict[tuple[int, int], int],
         ends: dict[tuple[int, int], str]) -> dict[int, str]:  # fmt: skip
    """From genesis over verified links and declared losses, at most to `upto`."""
    n, passed = 0, {0: GENESIS}
    while n < upto:
        if (id_, n) in bridges:
            last = bridges[id_, n]
            passed[last] = ends.get((id_, last), "")
        elif n + 1 in slots and slots[n + 1][1] == passed[n]:
            last = n + 1
            passed[last] = slots[last][0]
        else:
            break
        n = last
    return passed


def links_of(file: Path) -> Iterator[tuple[str, str]]:
    """How far a copy of a ledger has passed each stream, "n hash", after SQLite's own check."""
    db = apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        if db.pragma("integrity_check") == "ok":
            yield from db.execute("SELECT stream, upto || ' ' || upto_hash FROM stream")
    finally:
        db.close()
