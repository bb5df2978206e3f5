"""The shapes of the API's answers. Instants are milliseconds since 1970 UTC, `number` is for machines, `value` for exactness."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from larder_hub.alarms.kinds import AlarmKind
from larder_hub.web.now import State


class Shape(BaseModel):
    model_config = ConfigDict(frozen=True)


class ErrorModel(Shape):
    error: Annotated[str, Field(description="what is wrong", examples=["there is no such alarm"])]
    hint: Annotated[str, Field(description="what to do")]


class PointModel(Shape):
    device: str
    id: str
    quantity: str
    unit: Annotated[str, Field(description="SenML unit of the value: Cel, %RH, / (yes 1 or no 0), ...")]
    value: Annotated[
        str | None, Field(description="the last value, exactly, as a decimal text; null: none", examples=["4.3"])
    ]
    number: Annotated[float | None, Field(description="the same as a number", examples=[4.3])]
    quality: Annotated[str, Field(description="empty for a good reading, else why the value is bad or missing")]
    at_ms: Annotated[int | None, Field(description="device time of the last reading; null: there never was one")]
    age_ms: Annotated[
        int | None, Field(description="how old that reading is; negative where the device's clock is ahead")
    ]
    last_good_value: str | None
    last_good_at_ms: int | None
    state: Annotated[State, Field(description="whether data comes as often as the register says (`period_s`)")]
    state_zh: str
    state_en: str
    in_service: Annotated[bool, Field(description="false: the device rests, its silence means nothing")]
    period_s: float
    profile: Annotated[str, Field(description="key of the limit profile, empty for none")]
    calibration: Annotated["CalibrationModel | None", Field(description="as registered; null: none")] = None


class PlaceModel(Shape):
    id: str
    name_zh: str
    name_en: str
    points: list[PointModel]


class SiteModel(Shape):
    id: str
    county: str
    kind: str
    name_zh: str
    name_en: str
    places: list[PlaceModel]


class NowModel(Shape):
    now_ms: int
    time_scale: Annotated[
        float, Field(description="1 in production; in a simulated world, how much faster its time runs")
    ]
    sites: list[SiteModel]


class ActModel(Shape):
    at_ms: int
    actor: str
    act: str
    note: str


class AttemptModel(Shape):
    provider: Annotated[str, Field(description="who was given it; notify.NAME: a chat group, beside the SMS")]
    outcome: Annotated[
        str,
        Field(description="begun, accepted, sent, delivered, failed, refused, unknown, silent, taken back, never left; "
                          "of a chat group waiting, sending, sent, failed"),
    ]  # fmt: skip
    reason: str
    at_ms: int


class NoticeModel(Shape):
    id: str
    alarm: str
    recipient: str
    phone: Annotated[str, Field(description="masked", examples=["138****8000"])]
    kind: str
    text: str
    outcome: str
    at_ms: int
    why: Annotated[str, Field(description="JSON: cause, route, step, level, duty, levels with nobody on duty")] = ""
    provider: Annotated[str, Field(description="who was given it last; empty: nobody yet")] = ""
    attempts: list[AttemptModel] = []


class AlarmModel(Shape):
    id: str
    site: str
    site_name_zh: str
    site_name_en: str
    device: str
    point: Annotated[str, Field(description="empty: the alarm is about the whole device")]
    place_name_zh: str
    place_name_en: str
    kind: AlarmKind
    side: Annotated[str, Field(description="high, low, or empty")]
    severity: Annotated[str, Field(description="warning, alarm or critical")]
    condition: Annotated[str, Field(description="first axis: what the value is doing")]
    handling: Annotated[str, Field(description="second axis: what people have done about it")]
    visibility: Annotated[str, Field(description="third axis: whether it is shown, and if not, why")]
    since_ms: Annotated[int, Field(description="device time at which what it is about began")]
    raised_ms: int
    cleared_ms: int | None
    value: float | None
    peak: float | None
    limit: float | None
    unit: str
    late: Annotated[bool, Field(description="raised from data that came after the fact")]
    ticket: Annotated[str, Field(description="the number that messages give; empty: it has none")]
    inhibited_by: Annotated[str, Field(description="id of the alarm that explains this one; empty: none does")]
    drill: Annotated[bool, Field(description="an exercise: in no figure and no count")]
    unstable: Annotated[
        bool, Field(description="it comes and goes: one alarm until it has stayed away for half an hour")
    ]
    acts: list[ActModel]


class AlarmsModel(Shape):
    now_ms: int
    alarms: list[AlarmModel]


class AlarmDetailModel(AlarmModel):
    mean_kinetic: Annotated[
        float | None,
        Field(
            description="medicines: mean kinetic temperature in degC (USP <1160>) from its beginning until it was over or now; "
            "for whoever assesses them, it clears nothing. null: no medicine's temperature, or no readings"
        ),
    ]
    notices: Annotated[list[NoticeModel], Field(description="who was told, newest first")]


class AckModel(BaseModel):
    """What an acknowledgement says."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    actor: Annotated[str, Field(min_length=1, max_length=64, description="who has seen it", examples=["zhang-wei"])]
    note: Annotated[str, Field(max_length=500, description="what was found or done")] = ""


class ShelveModel(BaseModel):
    """What is to be put aside: one alarm, or all that match the words given."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    actor: Annotated[str, Field(min_length=1, max_length=64, description="who", examples=["li-ming"])]
    reason: Annotated[str, Field(min_length=1, max_length=500, description="why", examples=["defrosting"])]
    until_ms: Annotated[int, Field(ge=0, le=2**53, description="when it is shown again, at most 24 hours from now")]
    alarm: Annotated[str, Field(max_length=64)] = ""
    county: Annotated[str, Field(max_length=64)] = ""
    site: Annotated[str, Field(max_length=64)] = ""
    device: Annotated[str, Field(max_length=64)] = ""
    point: Annotated[str, Field(max_length=64)] = ""
    kind: Annotated[str, Field(max_length=64)] = ""
    from_ms: Annotated[int | None, Field(ge=0, le=2**53, description="null: now")] = None


class UnshelveModel(BaseModel):
    """Who takes it back."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    actor: Annotated[str, Field(min_length=1, max_length=64)]


class ShelfModel(Shape):
    id: str
    county: str
    site: str
    device: str
    point: str
    kind: str
    alarm: str
    severity: Annotated[str, Field(description="the gravest that it hides")]
    from_ms: int
    until_ms: int
    reason: str
    actor: str
    made_ms: int


class ShelvesModel(Shape):
    now_ms: int
    shelves: list[ShelfModel]


class CameraModel(Shape):
    device: str
    point: str
    site: str
    site_name_zh: str
    site_name_en: str
    place_name_zh: str
    place_name_en: str
    answering: Annotated[bool | None, Field(description="whether it answered its last probe; null: not known")]
    reason: Annotated[str, Field(description="why it did not")]
    state: State
    state_zh: str
    state_en: str
    at_ms: int | None
    age_ms: int | None
    in_service: bool


class CamerasModel(Shape):
    now_ms: int
    cameras: list[CameraModel]


class NoticesModel(Shape):
    now_ms: int
    notices: list[NoticeModel]


class RequestModel(Shape):
    id: int
    device: str
    stream: str
    first: int
    last: int
    reason: str
    asked_ms: int
    closed_ms: int | None
    answered: Annotated[int, Field(description="numbers that the device sent again")]
    differing: Annotated[int, Field(description="of them with another hash than the ledger holds: a fork")]
    gone: Annotated[int, Field(description="numbers that the device no longer holds, by its own word")]
    left: Annotated[int, Field(description="numbers still to come")]


class RequestsModel(Shape):
    now_ms: int
    requests: list[RequestModel]


class ConfigModel(Shape):
    device: str
    wanted: Annotated[int, Field(description="version of the configuration that the register asks for; 0: none yet")]
    applied: Annotated[int, Field(description="version that the device says it goes by; 0: its own file alone")]
    standing: Annotated[Literal["none", "waiting", "applied", "refused"], Field(description="of the wanted version")]
    refused: Annotated[str, Field(description="why the device refused `refused_version`; empty: it never did")]
    refused_version: int
    issued_ms: int
    told_ms: Annotated[int, Field(description="when the device last said something new about it; 0: never")]


class ConfigsModel(Shape):
    now_ms: int
    configs: list[ConfigModel]


class CommandModel(Shape):
    device: str
    number: int
    name: str
    args: dict[str, Any]
    actor: str
    reason: str
    issued_ms: int
    expires_ms: int
    sent_ms: int | None
    outcome: Annotated[str, Field(description="done, failed, unable, refused; empty: nothing was heard")]
    why: str
    found: dict[str, Any]
    answered_ms: Annotated[int | None, Field(description="when the reply came")]
    recorded_ms: Annotated[int | None, Field(description="when the device's own entry about it came into the ledger")]
    picture: Annotated[
        bool, Field(description="a picture was asked for with authority, and is kept beside the hub's data")
    ]


class CommandsModel(Shape):
    now_ms: int
    commands: list[CommandModel]


class CalibrationModel(Shape):
    offset: Annotated[
        float, Field(description="added to a reading to correct it; readings themselves are never altered")
    ]
    certificate: str
    until: Annotated[str, Field(description="last day of the certificate", examples=["2027-01-31"])]
    judged: Annotated[bool, Field(description="limits are applied to the corrected value")]
    corrected: Annotated[str | None, Field(description="the last value, corrected")]


class ReadingModel(Shape):
    at_ms: int
    value: str | None
    number: float | None
    unit: str
    quality: str
    position: Annotated[int, Field(description="place in the ledger of the entry that it came in")]
    told_ms: Annotated[
        int | None, Field(description="at_ms is derived from an anchor: this is what the device's clock said")
    ] = None
    error_ms: Annotated[
        int | None, Field(description="how wrong a derived at_ms may be, null: unknown or not derived")
    ] = None


class SeriesModel(Shape):
    device: str
    point: str
    from_ms: int
    to_ms: int
    complete: Annotated[
        bool, Field(description="false: there are more; ask again from the last at_ms, which then comes once more")
    ]
    readings: list[ReadingModel]


class AilmentModel(Shape):
    reason: str
    zh: str
    en: str


class HealthModel(Shape):
    healthy: bool
    ailments: list[AilmentModel]
