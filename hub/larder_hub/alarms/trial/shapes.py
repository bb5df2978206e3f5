"""What a file of cases may say, typed. Everything is text in the file; what cannot be what its key asks for is refused with a hint."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from larder_core.limits.words import Severity
from larder_core.names import Identifier
from larder_hub.alarms.trial.notation import lapse_ms, tokens
from larder_hub.notices.wording import Kind
from larder_hub.register.directory import Level, Quantity
from larder_hub.web.figures import BEIJING

NEVER = "never"


def _lapse(value: object) -> object:
    return lapse_ms(value) if isinstance(value, str) else value


def _moment(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        typed = datetime.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"{value!r} is no moment; hint: 2026-11-24 08:00 (Beijing time)") from error
    return round((typed if typed.tzinfo else typed.replace(tzinfo=BEIJING)).timestamp() * 1000)


def _notation(text: str) -> str:
    tokens(text)
    return text


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Lapse = Annotated[int, BeforeValidator(_lapse), Field(ge=0)]
Interval = Annotated[int, BeforeValidator(_lapse), Field(ge=1000, le=86_400_000)]
Moment = Annotated[int, BeforeValidator(_moment)]
Notation = Annotated[str, AfterValidator(_notation)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class PartTable(Table):
    """Readings that arrive later than they were taken: `arrives` after the last of them, all together (a line that was cut)."""

    readings: Notation
    arrives: Lapse = 0


class PointTable(Table):
    """A point that gives readings. Without a register of its own the case says here what it is."""

    readings: Notation | tuple[Notation | PartTable, ...]
    profile: str = ""
    quantity: Quantity | None = None
    name: Annotated[str, Field(max_length=64)] = ""
    device: Identifier = "box"
    interval: Interval | None = None
    starts: Lapse = 0

    @property
    def parts(self) -> tuple[PartTable, ...]:
        given = (self.readings,) if isinstance(self.readings, str) else self.readings
        return tuple(PartTable(readings=one) if isinstance(one, str) else one for one in given)


class SiteTable(Table):
    id: Identifier = "site"
    county: Annotated[str, Field(pattern=r"^[0-9]{6}$")] = "632224"
    kind: Identifier = "canteen"
    name: str = "刚察民中食堂"


class PersonTable(Table):
    id: Identifier
    level: Level
    language: Literal["zh", "en"] = "zh"


class AlarmTable(Table):
    """An alarm that is expected; what is left out is not asked. Moments count from the case's start and are of device time.

    `t0` is the start of what it is about, `raised` when its first rule was met, `severity` the gravest that was reached and `reached`
    when; `cleared` when it was over, or never."""

    point: str | None = None
    kind: str
    severity: Severity
    side: Literal["high", "low", ""] | None = None
    t0: Lapse | None = None
    raised: Lapse | None = None
    reached: Lapse | None = None
    cleared: Lapse | Literal["never"] | None = None
    late: bool | None = None


class MessageTable(Table):
    """A message that is expected: to whom, and in which minute it is handed to the driver."""

    to: str
    at: Lapse
    kind: Kind | None = None
    contains: Texts = ()


class ExpectTable(Table):
    """All alarms and all messages of the case; one that is not listed fails it. A list that is left out is not asked."""

    alarms: tuple[AlarmTable, ...] | None = None
    messages: tuple[MessageTable, ...] | None = None

    @model_validator(mode="after")
    def _expects(self) -> Self:
        if self.alarms is None and self.messages is None:
            raise ValueError("nothing is expected; hint: alarms: [] for none at all")
        return self


class Setting(Table):
    """What a case takes from its file where it says nothing itself. `register` is a register file, beside the file of cases."""

    start: Moment | None = None
    interval: Interval | None = None
    register_: Annotated[str | None, Field(alias="register")] = None
    site: SiteTable | None = None
    people: tuple[PersonTable, ...] | None = None


class CaseTable(Setting):
    name: Annotated[str, Field(min_length=1)]
    points: Annotated[dict[str, PointTable], Field(min_length=1)]
    acts: dict[str, Texts] = {}
    until: Lapse | None = None
    expect: ExpectTable

    def within(self, file: Setting) -> "CaseTable":
        """The case with what its file says for all."""
        given = {key: getattr(file, key) for key in Setting.model_fields if getattr(self, key) is None}
        return self.model_copy(update=given)


class FileTable(Setting):
    tests: Annotated[tuple[CaseTable, ...], Field(min_length=1)]
