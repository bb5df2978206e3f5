"""An operator's order to pause a device: a file that the command writes and the device's thread reads. PROTOCOL.md [A11]."""

import json
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from larder_agent.failures import DiskFailed
from larder_agent.folders import sync

FILE = "maintenance.json"
BEGUN, ENDED = "maintenance-begun", "maintenance-ended"
MOST_MS = 7 * 86_400_000
"""A pause that nobody ends is over after a week at the latest."""


class Order(NamedTuple):
    """Take no readings until `until_ms` (wall clock of the device), because of `reason`, a reason word."""

    reason: str
    until_ms: int


class Switch:
    """`folder` is the device's state folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE

    def order(self, now_ms: int) -> Order | None:
        """What is ordered now; None where nothing is, or where it is over or cannot be read: a device then goes on watching."""
        try:
            fields = json.loads(self.path.read_bytes())
            order = Order(str(fields["reason"]), int(fields["until_ms"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return order if now_ms < order.until_ms else None

    def begin(self, order: Order) -> None:
        """Raises DiskFailed."""
        beside = self.path.with_name(FILE + ".new")
        try:
            beside.write_text(json.dumps(order._asdict()) + "\n", encoding="utf-8")
            sync(beside)
            beside.replace(self.path)
            sync(self.path.parent)
        except OSError as error:
            raise DiskFailed(self.path, error) from error

    def end(self) -> bool:
        """False where no order was given. Raises DiskFailed."""
        try:
            self.path.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise DiskFailed(self.path, error) from error
        with suppress(OSError):
            sync(self.path.parent)
        return True
