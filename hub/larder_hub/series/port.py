"""The port of the series: values by point, in device time, each traceable to its place in the ledger."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from larder_hub.projections.port import Projection
from larder_hub.register.directory import PointKey

MAX_AHEAD_MS = 300_000
"""A reading dated further ahead of its receipt than this is kept, but is never a point's last word: a clock that was once set to
next year would silence every true reading after it. Five minutes is well beyond what a synchronised clock is off."""


class LastReading(NamedTuple):
    """The newest reading of a point in device time, and the newest good one. A value is `value * 10**scale` in `unit`.

    `quality` is empty for a good reading, else the reason why `value` is bad or None; `last_good_*` are None (and unit and scale
    those of the reading) as long as there was no good one.
    """

    at_ms: int
    value: int | None
    unit: str
    scale: int
    quality: str
    last_good_at_ms: int | None
    last_good_value: int | None
    last_good_unit: str
    last_good_scale: int


class Value(NamedTuple):
    """One reading. `position` is the place in the ledger of the entry that it came in.

    Where the device's clock was not set, `at_ms` may be derived from an anchor [C2]: then `told_ms` is what the device said, and
    `error_ms` how wrong the derived time may be (None: unknown). Otherwise both are None.
    """

    at_ms: int
    value: int | None
    unit: str
    scale: int
    quality: str
    position: int
    told_ms: int | None = None
    error_ms: int | None = None


HOUR_MS = 3_600_000


class Filled(NamedTuple):
    """How many distinct instants of a point have a reading in the bin that begins at `from_ms`, by their word.

    Several readings of one instant are one: "" (good) if any of them is good, else the reason that came first into the ledger.
    """

    device: str
    point: str
    from_ms: int
    quality: str
    instants: int


class SeriesReader(Protocol):
    """What others ask of the series; any thread may."""

    def last(self) -> Mapping[PointKey, LastReading]:
        """The last reading of every point that ever had one."""

    def between(self, device: str, point: str, from_ms: int, to_ms: int, limit: int) -> list[Value]:
        """Readings with `from_ms <= at_ms < to_ms`, oldest first, at most the first `limit`; several of one instant in the
        order of the ledger. Empty for a point unknown here."""

    def filled(self, from_ms: int, to_ms: int, step_ms: int) -> list[Filled]:
        """Of every point, the instants with `from_ms <= at_ms < to_ms` by bin, in order; what is empty is not listed.

        `step_ms` is a whole number of hours; bins begin at its multiples since 1970, the first one is named after that beginning
        even where `from_ms` cuts it. A month of 2,000 points must answer within seconds: completeness is asked for here.
        """


class Series(Projection, SeriesReader, Protocol):
    """The projection itself; one thread applies.

    A value is stored once: a row applied again, and a body that comes again at another position, change nothing. Late readings
    land in their place; `last` never goes back in device time, except where an anchor moves readings [C2], which it does whenever it
    comes: what is asked afterwards is as if it had been there before them. Effects and position are one transaction.
    """
