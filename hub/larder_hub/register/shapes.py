"""The tables of a register file. Each key is checked by itself here; what refers to what is checked in `file`."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, model_validator

from larder_core.names import Identifier
from larder_core.signing import PublicKey
from larder_core.units import UNITS
from larder_hub.register.directory import Level, Quantity
from larder_hub.register.limits import HoursTable, LimitTable, SpecialTable
from larder_hub.register.roster import dated, minutes, weekdays
from larder_hub.register.route import GROUPING_MIN
from larder_hub.register.table import STRICT, Name, day, visible


def _unit(text: str) -> str:
    if text not in UNITS:
        raise ValueError(f"{text!r} is not a unit; one of {', '.join(sorted(UNITS))}")
    return text


def _key(text: str) -> str:
    try:
        return PublicKey(text).text if text else text
    except ValueError as error:
        raise ValueError(f"is not a public key: {error}; 43 characters, printed by `larder agent init`") from error


def _days(text: str) -> str:
    weekdays(text)
    return text


def _hours(text: str) -> str:
    minutes(text)
    return text


def _quiet(text: str) -> str:
    first, last = minutes(text) if text else (0, 0)
    if last - first > MOST_QUIET_MIN:
        raise ValueError(f"{text!r} is more than 12 hours; hint: who hears nothing by day is not on duty either")
    return text


def _dates(text: str) -> str:
    if text:
        dated(text)
    return text


MOST_QUIET_MIN = 720
Hours = Annotated[str, AfterValidator(_hours)]
CountyCode = Annotated[str, Field(pattern=r"^[0-9]{6}$")]
Phone = Annotated[str, Field(pattern=r"^\+861[3-9][0-9]{9}$", description="+86 and the 11 digits of a mobile number")]


class Table(BaseModel):
    model_config = STRICT


class CountyTable(Table):
    code: CountyCode
    name_zh: Name
    name_en: Name


class PlaceTable(Table):
    id: Identifier
    name_zh: Name
    name_en: Name


class PointTable(Table):
    id: Identifier
    place: Identifier
    quantity: Quantity
    unit: Annotated[str, AfterValidator(_unit)]
    period_s: Annotated[float, Field(gt=0, le=86_400)]
    profile: Annotated[str, Field(max_length=64)] = ""
    sample_s: Annotated[float, Field(ge=0, le=86_400)] = 0.0
    offset: Annotated[float, Field(ge=-1000, le=1000)] = 0.0
    certificate: Annotated[str, Field(max_length=64), AfterValidator(visible)] = ""
    certificate_until: Annotated[str, AfterValidator(day)] = ""
    judge_corrected: bool = False

    @model_validator(mode="after")
    def _calibration_is_whole(self) -> Self:
        if bool(self.certificate) != bool(self.certificate_until):
            raise ValueError("certificate and certificate_until stand together; hint: both, or neither")
        if not self.certificate and (self.offset or self.judge_corrected):
            raise ValueError("an offset needs its certificate; hint: the number on the calibration certificate")
        return self


class DeviceTable(Table):
    """`public_key` is empty until the device has shown it; until then nothing that it sends is taken."""

    id: Identifier
    public_key: Annotated[str, AfterValidator(_key)] = ""
    in_service: bool = True
    point: list[PointTable] = []


class SiteTable(Table):
    id: Identifier
    county: CountyCode
    kind: Identifier
    name_zh: Name
    name_en: Name
    grid: Annotated[str, Field(max_length=32)] = ""
    place: list[PlaceTable] = []
    device: list[DeviceTable] = []
    hours: list[HoursTable] = []
    special: list[SpecialTable] = []


class PersonTable(Table):
    id: Identifier
    name: Name
    phone: Phone
    language: Literal["zh", "en"] = "zh"
    channels: Annotated[list[Identifier], Field(max_length=8)] = []
    quiet: Annotated[str, AfterValidator(_quiet)] = ""


class DutyTable(Table):
    person: Identifier
    level: Level
    scope: Annotated[str, Field(max_length=32)] = ""
    days: Annotated[str, AfterValidator(_days)] = ""
    hours: Hours = ""
    dates: Annotated[str, AfterValidator(_dates)] = ""


class GridTable(Table):
    id: Identifier
    county: CountyCode
    name_zh: Name
    name_en: Name


Pattern = Annotated[str, Field(min_length=1, max_length=64)]
Minutes = Annotated[int, Field(ge=1, le=10_080)]


class RouteTable(Table):
    """Nobody hears (`to` empty) of what is on the board only; `then` needs a `to`."""

    kind: Pattern = "*"
    severity: Literal["warning", "alarm", "critical", "*"] = "*"
    profile: Pattern = "*"
    side: Literal["high", "low", "*"] = "*"
    to: list[Level] = []
    then: list[Level] = []
    least: Annotated[int, Field(ge=1, le=20)] = 1
    escalate_min: Minutes = 30
    act_min: Minutes = 120
    repeat_min: Annotated[int, Field(ge=0, le=10_080)] = 0
    digest: Literal["", "weekly"] = ""

    @model_validator(mode="after")
    def _levels_are_in_sense(self) -> Self:
        both = [*self.to, *self.then]
        if len(set(both)) < len(both):
            raise ValueError("a level stands twice in to and then; hint: each hears once")
        if self.then and not self.to:
            raise ValueError("then without to; hint: name the levels that hear first")
        if self.repeat_min % GROUPING_MIN:
            raise ValueError(f"repeat_min is no multiple of {GROUPING_MIN}; hint: messages are grouped in such steps")
        if self.digest and (self.severity in ("critical", "*") or self.then or not self.to):
            raise ValueError("digest is for a warning or an alarm, with a to and without then; hint: what waits a week")
        if self.severity in ("critical", "*") and not self.to and self.kind not in BOARD_KINDS:
            raise ValueError('nobody would hear of what is critical; hint: to = ["site"], or another severity')
        return self


BOARD_KINDS = frozenset({"quarantine", "fork", "clock", "gap", "early", "provider"})
"""Kinds about which a route may tell nobody, however grave."""


class RegisterTable(Table):
    county: list[CountyTable] = []
    site: list[SiteTable] = []
    person: list[PersonTable] = []
    duty: list[DutyTable] = []
    grid: list[GridTable] = []
    route: list[RouteTable] = []
    limit: list[LimitTable] = []
