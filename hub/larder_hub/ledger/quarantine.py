"""What proves nothing, kept within bounds: a device that sends rubbish all day fills no disk. PROTOCOL.md [H2], [H10], [H12].

Refused lines of a stream are no concern of these bounds: their bytes are signed at a place, so they are evidence and kept whole.
"""

from enum import StrEnum

import apsw

from larder_core.digest import line_hash
from larder_core.refusal import Refusal

KEEP_RAW = 64 * 1024
"""Bytes of a payload that are kept; its hash stands for the rest."""

WHOLE_A_DAY = 100
"""Payloads of a device kept with their bytes in a day: at most 6.4 MB. It repeats itself long before."""

HASHED_A_DAY = 1_000
"""Payloads after those that are kept as hash, reason and length: some 300 bytes each."""

STRANGERS = ""
"""All senders that the register does not know share one allowance: names cost a stranger nothing."""

DAY_MS = 86_400_000


class Kept(StrEnum):
    WHOLE = "whole"
    HASH = "hash"
    COUNT = "count"


def kept_of(before: int) -> Kept:
    """How a payload is kept of which `before` others came from the same sender on the same day."""
    if before < WHOLE_A_DAY:
        return Kept.WHOLE
    return Kept.HASH if before < WHOLE_A_DAY + HASHED_A_DAY else Kept.COUNT


class Quarantine:
    """Over the writer's own connection, inside its transaction."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db
        self._counts: dict[str, tuple[int, int]] = {}

    def unproven(
        self, topic: str, device: str, sender: str, refusal: Refusal, raw: bytes, now_ms: int
    ) -> tuple[str, Kept]:
        """Keep a payload that proves nothing, as far as `sender`'s allowance of the day goes. Its hash, and how it is kept."""
        digest = line_hash(raw)
        if self._db.execute("SELECT 1 FROM quarantine WHERE digest=?", (digest,)).fetchone():
            return digest, Kept.WHOLE
        before = self._count(sender, now_ms // DAY_MS)
        kept = kept_of(before)
        if kept is Kept.WHOLE:
            self.add(topic, device, refusal, digest, "", 0, raw[:KEEP_RAW], now_ms)
        elif kept is Kept.HASH:
            note = Refusal(refusal.reason, f"{refusal.detail[:120]} ({len(raw)} bytes, only the hash is kept)")
            self.add(topic, device, note, digest, "", 0, b"", now_ms)
        return digest, kept

    def add(
        self, topic: str, device: str, refusal: Refusal, digest: str, stream: str, n: int, raw: bytes, now_ms: int
    ) -> None:
        """One row, whatever came before."""
        self._db.execute(
            "INSERT OR IGNORE INTO quarantine(received_ms, topic, device, reason, detail, digest, stream, n, raw)"
            " VALUES (?,?,?,?,?,?,?,?,?)",
            (now_ms, topic, device, refusal.reason, refusal.detail, digest, stream, n, raw),
        )

    def _count(self, sender: str, day: int) -> int:
        """How many came before on that day; this one is counted. A day that goes back begins no new allowance."""
        if sender not in self._counts:
            row = self._db.execute("SELECT day, payloads FROM unproven WHERE sender=?", (sender,)).fetchone()
            self._counts[sender] = (int(row[0]), int(row[1])) if row else (day, 0)
        counted, before = self._counts[sender]
        if day > counted:
            counted, before = day, 0
        self._counts[sender] = (counted, before + 1)
        self._db.execute(
            "INSERT INTO unproven VALUES (?1,?2,?3,1) ON CONFLICT DO UPDATE SET day=?2, payloads=?3, ever=ever+1",
            (sender, counted, before + 1),
        )
        return before
