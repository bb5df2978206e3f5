"""A disk with a durable and a volatile layer, for SQLite files in WAL mode with synchronous FULL.

After each COMMIT everything is durable, so the two layers differ only while one is written. A power cut in it leaves any mixture of
512-byte sectors that the disk could have written by then: the log is synced before the database file is touched.
"""

from collections.abc import Callable
from pathlib import Path
from random import Random

SECTOR = 512
Files = dict[str, bytes]
"""The bytes of a database and its log, by name. The shared-memory index is rebuilt at every start."""


def files_of(database: Path) -> Files:
    found = {}
    for name in (database.name, f"{database.name}-wal"):
        path = database.with_name(name)
        if path.exists():
            found[name] = path.read_bytes()
    return found


def put_back(database: Path, files: Files) -> None:
    for name in (database.name, f"{database.name}-wal", f"{database.name}-shm"):
        database.with_name(name).unlink(missing_ok=True)
    for name, content in files.items():
        database.with_name(name).write_bytes(content)


def cut(random: Random, database: Path, commit: Callable[[], object]) -> Files:
    """What a power cut in the middle of `commit` may leave."""
    before = files_of(database)
    commit()
    after = files_of(database)
    log = f"{database.name}-wal"
    checkpointed = before.get(database.name) != after.get(database.name)
    if checkpointed and random.random() < 0.5:
        return {log: after[log], database.name: _torn(random, before.get(database.name, b""), after[database.name])}
    kept = {database.name: before[database.name]} if database.name in before else {}
    return kept | {log: _torn(random, before.get(log, b""), after.get(log, b""))}


def _torn(random: Random, before: bytes, after: bytes) -> bytes:
    """Each sector old or new; at times none or all of them, or a first part only."""
    mode = random.choice(["none", "all", "some", "first"])
    if mode == "none":
        return before
    sectors = range(0, max(len(before), len(after)), SECTOR)
    limit = random.randrange(len(sectors) + 1) if mode == "first" else 0
    mixed = bytearray()
    for number, at in enumerate(sectors):
        new = mode == "all" or (mode == "some" and random.random() < 0.5) or number < limit
        piece = (after if new else before)[at : at + SECTOR]
        mixed += (
            piece if len(piece) == SECTOR or at + SECTOR >= max(len(before), len(after)) else piece.ljust(SECTOR, b"\0")
        )
    return bytes(mixed)


def flip_a_bit(random: Random, path: Path) -> None:
    content = bytearray(path.read_bytes())
    at = random.randrange(len(content))
    content[at] ^= 1 << random.randrange(8)
    path.write_bytes(content)
