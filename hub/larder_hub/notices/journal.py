"""What was handed over to a provider, by our own names: one file for each attempt, written before the request and completed after.

Where only the first half exists, this process died in between or the answer was cut off: the provider is asked for the receipt.
A file is thrown away once what it guards against cannot happen any more: see `prune`.
"""

import json
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from larder_hub.notices.file_spool import write_durably


class HandOver(NamedTuple):
    """`id` is the provider's name for the message, "" while unknown; `failed` why it was refused, "" if it was not."""

    phone: str
    begun_ms: int
    id: str = ""
    failed: str = ""


class HandOverJournal:
    """`folder` is made at the first message."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, reference: str, hand_over: HandOver) -> None:
        """Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        write_durably(self._folder / f"{reference}.json", json.dumps(hand_over._asdict(), ensure_ascii=False))

    def kept(self, reference: str) -> HandOver | None:
        """Raises OSError where the file is there and cannot be read."""
        try:
            return HandOver(**json.loads((self._folder / f"{reference}.json").read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None


KEEP_S = 7 * 24 * 3600.0
"""A message is given up after a day and its receipt is not asked for after another: a week later nobody asks for the file."""

MOST_AT_ONCE = 500


def prune(folder: Path, now_s: float) -> int:
    """Remove the hand-overs that are over; how many. A file that cannot be removed stays, and is no reason to send nothing."""
    gone = 0
    with suppress(OSError):
        for file in folder.glob("*.json"):
            with suppress(OSError):
                if now_s - file.stat().st_mtime > KEEP_S:
                    file.unlink()
                    gone += 1
            if gone >= MOST_AT_ONCE:
                break
    return gone
