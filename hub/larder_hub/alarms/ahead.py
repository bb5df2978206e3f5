"""Which rows may be judged before those in front of them in the ledger: what a living device says now, before another's backlog.

When 81 sites come back after three days, hundreds of thousands of rows about the past stand in the ledger before the one that says
what is warm now. Judging that one first must lead to the same alarms as judging it in its turn, or a file built again from the
ledger would name them otherwise. It does, because a point's front (see `lanes`) only looks at what is newer than what it has seen.
A row may therefore go ahead if every row of its device that it passes

* has a lower number of its stream than the newest one judged already: to the front it is the past, whenever it comes; or
* goes ahead before it.

A device that sends its oldest first is not passed: its next row in order is newer than what was judged. It waits its turn.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from larder_core.content import Batch, Content, Event, Loss
from larder_hub.alarms.timing import doubted, is_late
from larder_hub.ledger.rows import LedgerRow


def of_now(content: Content | None, received_ms: int, late_ms: float) -> bool:
    """True for what a device with a clock that counts says of the present."""
    if isinstance(content, Batch):
        return not doubted(content, received_ms) and not is_late(content, received_ms, 0, late_ms)
    if isinstance(content, Event | Loss):
        return content.clock[0] != "unset" and abs(received_ms - content.at) <= late_ms
    return False


@dataclass
class Ahead:
    """The search through the rows that wait, each looked at once: `scanned` is how far it went, `blocked` by device the last row that
    was passed and is newer than what was judged. `done` are rows that an earlier process judged ahead."""

    scanned: int = 0
    blocked: dict[str, int] = field(default_factory=dict)
    done: set[int] = field(default_factory=set)

    def chosen(
        self, rows: Iterable[LedgerRow], position: int, front: Callable[[str], int], live: Callable[[LedgerRow], bool]
    ) -> list[LedgerRow]:
        """Of rows behind `scanned`, in order, those that may go ahead of what stands behind `position`, up to which all are judged.

        `front` is the newest number of a stream that was judged, in order or ahead; `live` reads a row and is asked only where it
        may matter.
        """
        found: list[LedgerRow] = []
        fronts: dict[str, int] = {}
        for row in rows:
            self.scanned = max(self.scanned, row.position)
            if row.position <= position or row.position in self.done:
                continue
            newest = fronts[row.stream] if row.stream in fronts else front(row.stream)
            if row.n <= newest:
                continue
            if self.blocked.get(row.device, 0) <= position and live(row):
                fronts[row.stream] = row.n
                found.append(row)
            else:
                self.blocked[row.device] = row.position
        return found

    def unread(self, position: int) -> frozenset[str]:
        """Devices of which something newer than what was judged waits behind `position`, as far as the search went."""
        return frozenset(device for device, last in self.blocked.items() if last > position)

    def forget(self, position: int) -> None:
        """Everything up to `position` is judged in order."""
        self.scanned = max(self.scanned, position)
        self.blocked = {device: last for device, last in self.blocked.items() if last > position}
        self.done = {one for one in self.done if one > position}
