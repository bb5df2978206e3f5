"""A limit profile: from which value, after how long, a reading asks for an act, and when that is over.

Durations are seconds, limits are in the profile's unit. What is refused is refused with the key of the profile and a hint.
"""

from functools import cached_property
from itertools import permutations
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

from larder_core.limits.stages import Cycle, Early, Gap, Mask, Service
from larder_core.limits.table import Table, compiled, shortened
from larder_core.limits.words import Severity, Side, rank
from larder_core.units import UNITS

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Rule(BaseModel):
    """Beyond `limit` on `side` for `hold_s` is `severity`.

    `window_s` absent: one stretch, without a good reading back inside. `window_s` given: all time beyond the limit within the last
    `window_s` adds up, so that many short excursions count (WHO PQS data loggers make the same difference).
    `inclusive`: a value exactly at the limit is beyond it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    severity: Severity
    side: Side
    limit: FiniteFloat
    inclusive: bool = False
    hold_s: Seconds
    window_s: Seconds | None = None

    @model_validator(mode="after")
    def _budget_fits_window(self) -> Self:
        if self.window_s is not None and not 0 < self.hold_s <= self.window_s:
            raise ValueError(
                f"{self}: a cumulative rule needs 0 < hold_s <= window_s, here {self.hold_s:g} and {self.window_s:g}; "
                f"hint: leave window_s out if one unbroken stretch is meant"
            )
        return self

    def __str__(self) -> str:
        sign = {Side.HIGH: ">", Side.LOW: "<"}[self.side] + ("=" if self.inclusive else "")
        window = "" if self.window_s is None else f" within {self.window_s:g} s"
        return f"{self.severity} {sign}{self.limit:g} for {self.hold_s:g} s{window}"

    def contains(self, other: "Rule") -> bool:
        """True if every value beyond `other`'s limit is beyond this one's too."""
        if self.limit == other.limit:
            return self.inclusive or not other.inclusive
        return self.limit < other.limit if self.side is Side.HIGH else self.limit > other.limit

    def forestalls(self, other: "Rule") -> bool:
        """True if this rule is always met by the time that `other` is."""
        if self.side is not other.side or not self.contains(other) or self.hold_s > other.hold_s:
            return False
        if self.window_s is None:
            return other.window_s is None
        return other.window_s is None or self.window_s >= other.window_s


class Clear(BaseModel):
    """Over when the value was at or below `high` and at or above `low`, both where given, for `hold_s` without a break."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    high: FiniteFloat | None = None
    low: FiniteFloat | None = None
    hold_s: Seconds


class LimitProfile(BaseModel):
    """Rules and their end for one quantity at one kind of place. `source` says in words where the numbers come from.

    `median`: limits are applied to the median of so many readings, 1 for each as it is. `board_only`: sides of which no message is
    sent. The other fields are explained where they are defined (`stages`); None is none of it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: Annotated[str, Field(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$", max_length=64)]
    title_zh: Annotated[str, Field(min_length=1)]
    title_en: Annotated[str, Field(min_length=1)]
    unit: str
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]
    clear: Clear
    source: Annotated[str, Field(min_length=1)]
    version: Annotated[int, Field(ge=1)]
    kind: Literal["food", "power", "clock"] = "food"
    median: Literal[1, 3] = 1
    board_only: tuple[Side, ...] = ()
    service: Service | None = None
    mask: Mask | None = None
    early: Early | None = None
    gap: Gap | None = None
    cycle: Cycle | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        complaints = [*_unit(self), *_clear(self), *_order(self), *_stages(self)]
        if complaints:
            raise ValueError(f"limit profile {self.key!r}: " + "; ".join(complaints))
        return self

    @cached_property
    def table(self) -> Table:
        """The same in milliseconds, as the state machine reads it; made once."""
        return compiled(self.rules, self.clear)


def _unit(profile: LimitProfile) -> list[str]:
    if profile.unit in UNITS:
        return []
    return [f"unit {profile.unit!r} is not known; hint: one of {', '.join(sorted(UNITS))}"]


def _clear(profile: LimitProfile) -> list[str]:
    complaints = []
    for side, clear in ((Side.HIGH, profile.clear.high), (Side.LOW, profile.clear.low)):
        rules = [rule for rule in profile.rules if rule.side is side]
        if rules and clear is None:
            complaints.append(f"clear.{side} is missing; hint: without it {rules[0]} could never end")
        if not rules and clear is not None:
            complaints.append(
                f"clear.{side} is given without any rule on that side; hint: leave it out or add the rule"
            )
        if clear is None:
            continue
        for rule in rules:
            distance = rule.limit - clear if side is Side.HIGH else clear - rule.limit
            if distance < 0 or (distance == 0 and rule.inclusive):
                complaints.append(
                    f"clear.{side} {clear:g} is not inside the limit of {rule}; "
                    f"hint: an end must lie on the good side of every limit, or the alarm ends while the value is still beyond it"
                )
    high, low = profile.clear.high, profile.clear.low
    if high is not None and low is not None and low > high:
        complaints.append(f"clear.low {low:g} is above clear.high {high:g}; hint: no value could ever end the alarm")
    return complaints


def _order(profile: LimitProfile) -> list[str]:
    complaints = []
    for worse, milder in permutations(profile.rules, 2):
        if rank(worse.severity) > rank(milder.severity) and worse.forestalls(milder):
            complaints.append(
                f"{worse} is met no later than {milder}, which could never be seen; "
                f"hint: give the graver rule a limit further out or a longer hold"
            )
    measured = [(rule.severity, rule.side, rule.limit, rule.inclusive, rule.window_s) for rule in profile.rules]
    complaints += [
        f"{rule} stands beside a rule that differs only in hold_s; hint: the longer one says nothing, remove it"
        for place, rule in enumerate(profile.rules)
        if measured.index(measured[place]) != place
    ]
    return complaints


def _stages(profile: LimitProfile) -> list[str]:
    complaints = []
    if profile.early is not None:
        high = [rule.limit for rule in profile.rules if rule.side is Side.HIGH]
        if not high or profile.clear.high is None or profile.early.above < profile.clear.high:
            complaints.append(
                f"early.above {profile.early.above:g} is inside the clear limits; "
                f"hint: it must lie at clear.high or further out, and there must be a rule on the high side"
            )
    if profile.mask is not None and any(
        rule.hold_s <= profile.mask.longest_s for rule in profile.rules if rule.side is Side.HIGH
    ):
        complaints.append(
            f"a rule is met within {profile.mask.longest_s:g} s, the longest defrost, so that a defrost alarms; "
            f"hint: give every rule of the high side a longer hold_s, or leave the mask out"
        )
    if profile.cycle is not None and (profile.service, profile.mask, profile.early) != (None, None, None):
        complaints.append("cycles have neither service hours nor masks nor early warnings; hint: leave them out")
    return complaints


def scaled(profile: LimitProfile, time_scale: float) -> LimitProfile:
    """The profile for a world that runs `time_scale` times faster: every duration divided by it, no limit changed.

    Raises ValueError if `time_scale` is not a positive number.
    """
    rules = tuple(
        rule.model_copy(
            update={
                "hold_s": shortened(rule.hold_s, time_scale),
                "window_s": None if rule.window_s is None else shortened(rule.window_s, time_scale),
            }
        )
        for rule in profile.rules
    )
    clear = profile.clear.model_copy(update={"hold_s": shortened(profile.clear.hold_s, time_scale)})
    stages = {
        name: stage.scaled(time_scale)
        for name in ("mask", "early", "gap")
        if (stage := getattr(profile, name)) is not None
    }
    fields = {name: getattr(profile, name) for name in LimitProfile.model_fields}  # and not the table made of them
    return LimitProfile(**(fields | stages | {"rules": rules, "clear": clear}))
