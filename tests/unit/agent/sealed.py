"""An outbox with readings to seal, for tests."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

from larder_agent.clock import HandClock, moment
from larder_agent.outbox import Build, Outbox
from larder_core.columns import Reading, Series, write_columns
from larder_core.content import Batch, Content
from larder_core.entry import read_entry

DEVICE = "box-1"
MB = 1 << 20


def ids(first: int = 1) -> Callable[[], str]:
    """Stream ids one after the other, instead of random ones."""
    numbers = count(first)
    return lambda: f"{next(numbers):032x}"


def batch(clock: HandClock, *values: int, point: str = "fridge-1", quality: str = "") -> Build:
    """One reading a second up to now."""
    at = moment(clock)

    def build(total: int) -> Content:
        readings = tuple(Reading(at.at - 1000 * back, value, quality) for back, value in enumerate(reversed(values)))
        columns = write_columns([Series(point, "Cel", -1, readings[::-1])], at.at)
        return Batch(
            kind="batch", device=DEVICE, boot=at.boot, at=at.at, up=at.up, clock=at.clock, total=total + len(values),
            times=columns.times, cols=columns.cols, flaws=columns.flaws,
        )  # fmt: skip

    return build


class Box:
    """An outbox that is opened again and again, and its clock."""

    def __init__(self, folder: Path, bound: int = MB, keep_ms: int = 0) -> None:
        self.folder, self.bound, self.keep_ms = folder, bound, keep_ms
        self.clock = HandClock()
        self.new_id = ids()
        self.evidence: Path | None = None
        self.outbox = self.open()

    def open(self) -> Outbox:
        """As a new process would."""
        if hasattr(self, "outbox"):
            self.outbox.close()
        self.outbox = Outbox(self.folder, DEVICE, self.bound, self.keep_ms, self.new_id)
        self.evidence = self.outbox.open(moment(self.clock))
        return self.outbox

    def seal(self, *values: int, quality: str = "", point: str = "fridge-1") -> None:
        self.clock.pass_ms(1000)
        self.outbox.seal([batch(self.clock, *values, quality=quality, point=point)], moment(self.clock))

    def freeze(self, reason: str = "frozen") -> None:
        self.outbox.freeze(moment(self.clock), reason)

    def contents(self) -> list[Content]:
        held = self.outbox.held
        return [read_entry(line, device=DEVICE)[1] for line in self.outbox.lines(held.start, held.stop - 1)]
