"""Is a ledger file sound enough to go on with? Looked at before the hub answers anybody."""

from pathlib import Path

import apsw

from larder_core.digest import line_hash
from larder_hub.ledger.schema import DAMAGED, LedgerFailed

WHOLE_BELOW = 1 << 30
"""Bytes up to which SQLite checks the whole file at each start (about a second on an SSD). Above, `larder hub backup` does it."""

TAIL = 1_000
"""Newest entries whose bytes are hashed again: what was being written when the machine fell."""


def check(db: apsw.Connection, file: Path) -> None:
    """Raises LedgerFailed, with what is wrong and what to do."""
    try:
        whole = file.stat().st_size < WHOLE_BELOW
        verdict = db.execute("PRAGMA quick_check(1)").get if whole else "ok"
        if verdict != "ok":
            raise LedgerFailed(f"{file} is damaged: {verdict} ({DAMAGED})")
        for n, digest, line in db.execute("SELECT n, hash, line FROM entry ORDER BY id DESC LIMIT ?", (TAIL,)):
            if line_hash(bytes(line)) != digest:
                raise LedgerFailed(
                    f"{file} is damaged: the bytes of entry {n} are not those of its hash {digest} ({DAMAGED})"
                )
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise LedgerFailed(f"{file} is damaged: {error} ({DAMAGED})") from error
    except apsw.Error as error:
        raise LedgerFailed(f"{file}: {error} (is its disk full, does this user own it?)") from error
