"""When places are in use, and limits changed for one place: their tables in a register file, what is refused, what is only said."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, ValidationError, model_validator

from larder_core.limits.hours import Hours, Opening, Special
from larder_core.limits.override import Figures, milder, overridden
from larder_core.limits.profiles import PROFILES
from larder_core.names import Identifier
from larder_hub.register.directory import Changed, Day, Open, Use
from larder_hub.register.table import STRICT, Name, day

EPOCH = date(1970, 1, 1).toordinal()
Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$")]
Days = Annotated[str, Field(pattern=r"^[1-7](-[1-7])?(,[1-7](-[1-7])?)*$")]
Problem = tuple[str, str, str]


class Table(BaseModel):
    model_config = STRICT


class HoursTable(Table):
    """`days` are weekdays, 1 for Monday to 7 for Sunday: "1-5", "1,3,5". An opening past midnight is written as two."""

    use: Use
    place: Annotated[str, Field(max_length=32)] = ""
    days: Days = "1-7"
    opens: Clock
    closes: Clock

    @model_validator(mode="after")
    def _in_order(self) -> "HoursTable":
        if self.opens >= self.closes:
            raise ValueError(
                "opens is not before closes; hint: write what goes past midnight as two, the first until 24:00"
            )
        return self


class SpecialTable(Table):
    """From `first` to `last` each day is like weekday `like`; 0: nothing is open."""

    first: Annotated[str, Field(min_length=1), AfterValidator(day)]
    last: Annotated[str, Field(min_length=1), AfterValidator(day)]
    like: Annotated[int, Field(ge=0, le=7)] = 0

    @model_validator(mode="after")
    def _in_order(self) -> "SpecialTable":
        if self.first > self.last:
            raise ValueError("first is after last; hint: they are days, as 2027-01-20")
        return self


class LimitTable(Table):
    """Figures of `profile` changed for a site, or for one place of it. Who decided it, why and when is part of it."""

    site: Identifier
    place: Annotated[str, Field(max_length=32)] = ""
    profile: Annotated[str, Field(min_length=1, max_length=64)]
    author: Name
    reason: Annotated[str, Field(min_length=1, max_length=400)]
    date: Annotated[str, Field(min_length=1), AfterValidator(day)]
    rules: list[dict[str, Any]] = []
    clear_high: float | None = None
    clear_low: float | None = None
    clear_hold_s: float | None = None

    @model_validator(mode="after")
    def _makes_a_profile(self) -> "LimitTable":
        profile = PROFILES.get(self.profile)
        if profile is None:
            raise ValueError(
                f"there is no limit profile {self.profile!r}; hint: known are {', '.join(sorted(PROFILES))}"
            )
        try:
            overridden(profile, self.figures)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            at = ".".join(str(step) for step in first["loc"])
            raise ValueError(f"{at}: {first['msg']}".removeprefix(": ").replace("Value error, ", "")) from error
        return self

    @property
    def figures(self) -> Figures:
        return Figures.model_validate(
            {name: value for name in Figures.model_fields if (value := getattr(self, name)) not in (None, [])}
        )


def days_of(text: str) -> list[int]:
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def minute(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def open_rows(site: str, tables: Iterable[HoursTable]) -> tuple[Open, ...]:
    return tuple(Open(site, one.place, one.use, one.days, one.opens, one.closes) for one in tables)


def day_rows(site: str, tables: Iterable[SpecialTable]) -> tuple[Day, ...]:
    return tuple(Day(site, one.first, one.last, one.like) for one in tables)


def changed_row(one: LimitTable) -> Changed:
    figures = json.dumps(
        one.figures.model_dump(mode="json", exclude_none=True, exclude_defaults=True), ensure_ascii=False
    )
    return Changed(one.site, one.place, one.profile, one.author, one.reason, one.date, figures)


def changed_table(one: Changed) -> dict[str, Any]:
    """The inverse of `changed_row`."""
    figures: dict[str, Any] = json.loads(one.figures)
    return {name: value for name, value in one._asdict().items() if name != "figures"} | figures


def hours(opens: Iterable[Open], days: Iterable[Day]) -> Hours:
    return Hours(
        tuple(Opening(day, minute(one.opens), minute(one.closes)) for one in opens for day in days_of(one.days)),
        tuple(Special(_ordinal(one.first), _ordinal(one.last), one.like) for one in days),
    )


def _ordinal(text: str) -> int:
    return date.fromisoformat(text).toordinal() - EPOCH


# -------------------------------------------------------------------------------------------------- what refers to what


def hours_problems(at: str, tables: Iterable[HoursTable], places: list[str]) -> Iterator[Problem]:
    """Defrosts are bounded by the freezer's profile, so that none of them can hide a failure."""
    mask = PROFILES["freezer"].mask
    assert mask is not None
    defrosts: dict[tuple[str, int], int] = {}
    for place, one in enumerate(tables, 1):
        key = f"{at}.hours[{place}]"
        if one.place and one.place not in places:
            yield f"{key}.place", f"the site has no place {one.place!r}", "add it as [[site.place]]"
        if one.use != "defrost":
            continue
        lasts = minute(one.closes) - minute(one.opens)
        if lasts * 60 > mask.longest_s:
            yield (
                f"{key}.closes", f"a defrost of {lasts} minutes",
                f"no more than {mask.longest_s / 60:g}: what takes longer is a failure",
            )  # fmt: skip
        for one_day in days_of(one.days):
            defrosts[one.place, one_day] = defrosts.get((one.place, one_day), 0) + 1
            if defrosts[one.place, one_day] > mask.per_day:
                yield f"{key}.days", f"more than {mask.per_day} defrosts a day", "leave some out"


def unserved(at: str, profile: str, place: str, tables: Iterable[HoursTable]) -> Iterator[Problem]:
    """A profile that is in force only while a place is in use would never be, without hours."""
    service = PROFILES[profile].service if profile in PROFILES else None
    if service is None or any(one.use == service.use and one.place in ("", place) for one in tables):
        return
    yield (
        f"{at}.profile", f"{profile!r} is judged only in hours of {service.use!r}, and place {place!r} has none",
        f'add [[site.hours]] use = "{service.use}"',
    )  # fmt: skip


def limit_problems(tables: Iterable[LimitTable], places: Mapping[str, list[str]]) -> Iterator[Problem]:
    for number, one in enumerate(tables, 1):
        if one.site not in places:
            yield f"limit[{number}].site", f"there is no site {one.site!r}", "add it as [[site]]"
        elif one.place and one.place not in places[one.site]:
            yield f"limit[{number}].place", f"the site has no place {one.place!r}", "add it as [[site.place]]"


def mildness(changed: Iterable[Changed]) -> Iterator[str]:
    """One line for each override that is milder than its profile: no refusal, for law leaves some to the place, but never unsaid."""
    for one in changed:
        profile = PROFILES[one.profile]
        gone = milder(profile, overridden(profile, Figures.model_validate_json(one.figures)))
        if gone:
            yield (
                f"警告 warning: {one.site}/{one.place or '*'} {one.profile} 限值放宽 is milder than its profile "
                f"({'; '.join(gone)}); {one.author} {one.date}: {one.reason}; 依据 source: {profile.source}"
            )
