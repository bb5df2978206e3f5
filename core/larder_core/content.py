"""What an entry says: a batch of readings, a declared loss, an adoption or an event. PROTOCOL.md [W-CONTENT] to [W-EVENT]."""

import re
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, TypeAdapter, model_validator

from larder_core.columns import Columns, Series, check_columns, read_columns
from larder_core.names import BootId, Hash, Identifier, Reason, StreamId
from larder_core.sizes import MAX_ADOPTED, MAX_COLUMNS, MAX_COVERS, MAX_INT, MAX_READINGS
from larder_core.strict_json import Wire
from larder_core.units import UNITS

Count = Annotated[int, Field(ge=0, le=MAX_INT)]
Millis = Annotated[int, Field(ge=0, le=MAX_INT)]
Whole = Annotated[int, Field(ge=-MAX_INT, le=MAX_INT)]
Number = Annotated[int, Field(ge=1, le=MAX_INT)]
Unit = Annotated[str, StringConstraints(pattern=f"^({'|'.join(map(re.escape, sorted(UNITS)))})$", strict=True)]
Scale = Annotated[int, Field(ge=-9, le=9)]
Place = Annotated[int, Field(ge=0, le=MAX_READINGS)]
TimeColumn = Annotated[list[Whole], Field(min_length=1, max_length=MAX_READINGS)]
ClockState = Literal["unset", "restored", "synced", "holdover"]
Clock = tuple[ClockState, Count | None]
"""How far the wall clock can be trusted: its state, and its stated error in ms (null: unknown)."""


class Spoken(Wire):
    """What every entry says of its speaker.

    `at` is the device's wall clock in ms since 1970, `up` the ms since that boot, both read at the sealing; `total` counts
    the readings of the stream up to and including this entry.
    """

    device: Identifier
    boot: BootId
    at: Millis
    up: Millis
    clock: Clock
    total: Count

    @property
    def readings(self) -> int:
        """How many readings this entry counts. Only batches bring readings of their own."""
        return 0


class Batch(Spoken):
    """Readings as columns. Times are the device's wall clock as far as `clock` can be trusted."""

    kind: Literal["batch"]
    times: Annotated[list[TimeColumn], Field(min_length=1, max_length=MAX_COLUMNS)]
    cols: Annotated[
        list[tuple[Identifier, Unit, Scale, Place, list[Whole | None]]], Field(min_length=1, max_length=MAX_COLUMNS)
    ]
    flaws: Annotated[dict[Identifier, list[tuple[Place, Reason]]], Field(default_factory=dict)]

    @model_validator(mode="after")
    def _columns_fit(self) -> "Batch":
        if self.readings > MAX_READINGS:
            raise ValueError(f"{self.readings} readings, more than {MAX_READINGS}")
        if len({col[0] for col in self.cols}) != len(self.cols):
            raise ValueError("a point has two columns")
        check_columns(self._columns(), self.at)
        return self

    @property
    def readings(self) -> int:
        """One for each point and instant, also where there was no value."""
        return sum(len(col[4]) for col in self.cols)

    def series(self) -> tuple[Series, ...]:
        """The readings by point, in the order of `cols`."""
        return read_columns(self._columns(), self.at)

    def _columns(self) -> Columns:
        return Columns(self.times, self.cols, self.flaws)


Figures = tuple[Identifier, Unit, Scale, Count, Count, Whole | None, Whole | None, Whole | None]
"""[point, unit, scale, readings, of them good, least, greatest, sum of the good ones]; null where none was good."""


class Covers(Wire):
    """Numbers of a stream that will not come: `first..last`, the hash at `last`, how many readings, and why."""

    stream: StreamId
    first: Number
    last: Number
    end: Hash
    count: Count
    reason: Reason
    points: Annotated[list[Figures], Field(max_length=MAX_COLUMNS)]

    @model_validator(mode="after")
    def _in_order(self) -> "Covers":
        if self.last < self.first:
            raise ValueError("a range ends before it begins")
        for point, _, _, readings, good, least, greatest, total in self.points:
            if good > readings or any((figure is None) != (good == 0) for figure in (least, greatest, total)):
                raise ValueError(f"figures of {point}: null stands for none good, and only for that")
            if least is not None and greatest is not None and least > greatest:
                raise ValueError(f"figures of {point}: the least exceeds the greatest")
        return self


class Loss(Spoken):
    """A declared loss: which entries are gone from the device, why, and what they said in figures."""

    kind: Literal["loss"]
    covers: Annotated[list[Covers], Field(min_length=1, max_length=MAX_COVERS)]


class Adoption(Spoken):
    """Entries of an ended stream, verbatim as that stream sealed them, never nested."""

    kind: Literal["adoption"]
    adopted: Annotated[list[str], Field(min_length=1, max_length=MAX_ADOPTED)]


class Event(Spoken):
    """Something that happened to the device: boot, config-applied, clock-set, source-opened, ..."""

    kind: Literal["event"]
    event: Reason
    detail: Annotated[dict[Identifier, str | Whole | bool | None], Field(max_length=32)]


Content = Batch | Loss | Adoption | Event
CONTENT: TypeAdapter[Content] = TypeAdapter(Annotated[Content, Field(discriminator="kind")])
