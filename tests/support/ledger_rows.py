"""Ledger rows as a projection reads them, made without a ledger."""

from dataclasses import dataclass, field
from typing import Any

from larder_core.columns import Reading, Series, write_columns
from larder_core.content import Batch, Content, Event
from larder_core.digest import GENESIS, line_hash
from larder_core.entry import write_entry
from larder_hub.ledger.rows import LedgerRow

T0_MS = 1_790_000_000_000


@dataclass
class Rows:
    """One device's rows, in the order of commit. `received_ms` of a row is `delay_ms` after its newest reading."""

    device: str = "box"
    stream: str = "0123456789abcdef0123456789abcdef"
    delay_ms: int = 1_000
    rows: list[LedgerRow] = field(default_factory=list)

    def batch(self, *series: Series, received_ms: int | None = None, **spoken: Any) -> LedgerRow:
        """Sealed at its newest reading; `spoken` is said of its clocks instead of what `spoken()` says."""
        at_ms = max(reading.at_ms for one in series for reading in one.readings)
        columns = write_columns(series, at_ms)
        said = self.spoken(at_ms) | spoken
        return self.content(
            Batch(kind="batch", times=columns.times, cols=columns.cols, flaws=columns.flaws, **said),
            received_ms=received_ms,
        )

    def event(self, event: str, at_ms: int, received_ms: int | None = None, **spoken: Any) -> LedgerRow:
        said = self.spoken(at_ms) | {"detail": {}} | spoken
        return self.content(Event(kind="event", event=event, **said), received_ms=received_ms)

    def spoken(self, at_ms: int) -> dict[str, Any]:
        return {"device": self.device, "boot": "0a1b2c3d", "at": at_ms, "up": 1, "clock": ("synced", 5), "total": 0}

    def content(self, content: Content, *, line: bytes | None = None, received_ms: int | None = None) -> LedgerRow:
        position = len(self.rows) + 1
        line = line or write_entry(self.stream, position, GENESIS, content)
        received_ms = content.at + self.delay_ms if received_ms is None else received_ms
        row = LedgerRow(position, self.device, self.stream, position, line_hash(line), received_ms, line)
        self.rows.append(row)
        return row

    def again(self, row: LedgerRow) -> LedgerRow:
        """The same body at the next position, as if it had been adopted."""
        copy = row._replace(position=len(self.rows) + 1)
        self.rows.append(copy)
        return copy


def readings(
    point: str, *values: tuple[int, int | None] | tuple[int, int | None, str], unit: str = "Cel", scale: int = -1
) -> Series:
    """`values` are (seconds after T0, value[, quality])."""
    told = tuple(Reading(T0_MS + 1000 * one[0], one[1], one[2] if len(one) == 3 else "") for one in values)
    return Series(point, unit, scale, told)
