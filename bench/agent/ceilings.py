"""What the disk and SQLite alone would cost for the same seals: nothing that keeps readings safe can be cheaper."""

import os
import sqlite3
import time
from pathlib import Path
from typing import NamedTuple

from bench.agent.day import written

TIMES = 300
LINE = b"x" * 830
"""Bytes of an entry of sixty readings."""


class Cost(NamedTuple):
    """Of one durable write."""

    micros: float
    written: float


def fsync_alone(folder: Path) -> Cost:
    """Appending the line to a file and waiting for the disk."""
    with (folder / "log").open("wb", buffering=0) as log:
        before, began = written(), time.perf_counter()
        for _ in range(TIMES):
            log.write(LINE)
            os.fsync(log.fileno())
        return Cost((time.perf_counter() - began) / TIMES * 1e6, (written() - before) / TIMES)


def sqlite_append(folder: Path) -> Cost:
    """One row a transaction, in WAL with synchronous FULL, nothing else in the file."""
    db = sqlite3.connect(folder / "append.db", isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("CREATE TABLE entry(n INTEGER PRIMARY KEY, line BLOB NOT NULL)")
    before, began = written(), time.perf_counter()
    for _ in range(TIMES):
        db.execute("INSERT INTO entry(line) VALUES (?)", (LINE,))
    took = time.perf_counter() - began
    db.close()
    return Cost(took / TIMES * 1e6, (written() - before) / TIMES)
