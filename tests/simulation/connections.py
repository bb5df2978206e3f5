"""The connection of an agent's outbox or of the hub's ledger, with the sites of its disk."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from tests.simulation.disks import Files, cut
from tests.simulation.sites import Killed, Sites

WRITES = ("INSERT", "UPDATE", "DELETE", "ALTER", "CREATE", "DROP")


class Connection:
    """Passes everything on. `failed` and `full` make the errors that SQLite would raise; `torn`: what a power cut left."""

    def __init__(self, db: Any, database: Path, of: str, sites: Sites, random: Random,
                 failed: Callable[[], Exception], full: Callable[[], Exception]) -> None:  # fmt: skip
        self._db, self._database, self._of, self._sites, self._random = db, database, of, sites, random
        self._failed, self._full = failed, full
        self._adopting = False
        self.torn: Files | None = None

    def execute(self, sql: str, *values: Any) -> Any:
        if sql == "COMMIT":
            return self._commit()
        self._write(sql)
        return self._db.execute(sql, *values)

    def executemany(self, sql: str, *values: Any) -> Any:
        self._write(sql)
        return self._db.executemany(sql, *values)

    def _write(self, sql: str) -> None:
        if not sql.startswith(WRITES):
            return
        self._adopting |= sql.startswith("ALTER")
        if self._sites.strikes(f"{self._of}.write-full") or (
            self._adopting and self._sites.strikes(f"{self._of}.adopt-full")
        ):
            raise self._full()

    def _commit(self) -> Any:
        sites, self._adopting = self._sites, False
        if sites.strikes(f"{self._of}.commit-fails"):
            raise self._failed()
        if sites.strikes(f"{self._of}.commit-cut"):
            self.torn = cut(self._random, self._database, lambda: self._db.execute("COMMIT"))
            raise Killed(f"{self._of}.commit-cut")
        done = self._db.execute("COMMIT")
        if sites.strikes(f"{self._of}.commit-ghost"):
            raise self._failed()
        return done

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)
