"""A limit profile with figures changed for one place, and whether they are milder than the profile's. Pure."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

from larder_core.limits.profile import LimitProfile, Rule, Seconds
from larder_core.limits.words import rank


class Figures(BaseModel):
    """`rules` take the place of the profile's rules of the same severity on the same side; the others stay. A clear figure that is not
    given stays."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rules: tuple[Rule, ...] = ()
    clear_high: FiniteFloat | None = None
    clear_low: FiniteFloat | None = None
    clear_hold_s: Annotated[Seconds | None, Field()] = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self == Figures.model_construct():
            raise ValueError(
                "nothing is changed; hint: give rules, clear_high, clear_low or clear_hold_s, or leave it out"
            )
        return self


def overridden(profile: LimitProfile, figures: Figures) -> LimitProfile:
    """The profile as it is for this place; key and version stay those of the profile. Raises ValueError with the complaints of a
    profile."""
    named = {(rule.severity, rule.side) for rule in figures.rules}
    kept = tuple(rule for rule in profile.rules if (rule.severity, rule.side) not in named)
    given = {"high": figures.clear_high, "low": figures.clear_low, "hold_s": figures.clear_hold_s}
    clear = profile.clear.model_copy(update={name: value for name, value in given.items() if value is not None})
    fields = {name: getattr(profile, name) for name in LimitProfile.model_fields}
    return LimitProfile(**(fields | {"rules": kept + figures.rules, "clear": clear}))


def milder(profile: LimitProfile, after: LimitProfile) -> list[str]:
    """Each rule of the profile that no rule of `after` is at least as strict as: same side, no less grave, a limit no further out, a
    hold no longer, as one stretch or within a window no shorter."""
    return [str(rule) for rule in profile.rules if not any(_covers(other, rule) for other in after.rules)]


def _covers(other: Rule, rule: Rule) -> bool:
    if other.side is not rule.side or rank(other.severity) < rank(rule.severity) or not other.contains(rule):
        return False
    if other.hold_s > rule.hold_s:
        return False
    return rule.window_s is None or (other.window_s is not None and other.window_s >= rule.window_s)
