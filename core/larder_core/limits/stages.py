"""What a profile may say besides limits and durations: when it is in force, what is no failure, what is worse than a value.

Durations are seconds. Numbers of a profile stand in `profiles`, each with its reason.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from larder_core.limits.table import shortened
from larder_core.limits.words import Severity

Span = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Use = Literal["service", "work"]

LONGEST_MASK_S = 45 * 60.0
"""No defrost of a commercial freezer takes longer; one that does has failed."""


class _Stage(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Service(_Stage):
    """In force only while the place is in `use`: the register has the hours. Outside there is no alarm by design, and no timer runs.

    `across`: cumulative budgets outlast the end of an opening; otherwise each opening begins anew, as each meal is other food.
    """

    use: Use
    across: bool = False


class Mask(_Stage):
    """A defrost that the register announces: while it lasts, timers stand still and nothing begins or ends.

    It hides nothing for longer than `longest_s`, nothing at or above `until` (a defrost melts ice, it does not cook), and no more than
    `per_day` times a day. What was too warm before goes on counting afterwards.
    """

    longest_s: Annotated[float, Field(gt=0, le=LONGEST_MASK_S)] = LONGEST_MASK_S
    until: FiniteFloat
    per_day: Annotated[int, Field(ge=1, le=12)] = 6

    def scaled(self, time_scale: float) -> "Mask":
        return self.model_copy(update={"longest_s": shortened(self.longest_s, time_scale)})


class Early(_Stage):
    """A failure seen before its limit's duration is over: the median of three readings rose by `rise` within `within_s`, is above
    `above`, and for `hold_s` has not come down by a third of the rise. Over when it is back at or below `above` or the rise is lost.

    Air in a cabinet warms as fast when a door is opened, but comes down as soon as it is shut; `hold_s` is longer than such an opening
    (a freezer's: than a defrost). `message`: a message is sent; otherwise it is on the board only.
    """

    rise: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    within_s: Span
    above: FiniteFloat
    hold_s: Span
    message: bool

    def scaled(self, time_scale: float) -> "Early":
        return self.model_copy(
            update={"within_s": shortened(self.within_s, time_scale), "hold_s": shortened(self.hold_s, time_scale)}
        )


class Gap(_Stage):
    """A stretch of more than `longest_s` without a good reading is `severity`, whatever the reason, in a record that must be whole.

    Over when the record has been whole again for `longest_s`. After more than `life_s` nothing is kept any more of what was there
    before: a canteen that comes back from its holidays has no gap."""

    longest_s: Span
    life_s: Span
    severity: Severity

    def scaled(self, time_scale: float) -> "Gap":
        return self.model_copy(
            update={"longest_s": shortened(self.longest_s, time_scale), "life_s": shortened(self.life_s, time_scale)}
        )


class Cycle(_Stage):
    """A machine that works in cycles is judged by the peak of each: a cycle begins above `begins` and is over at or below `ends`. Its
    peak is what limits are applied to, at the moment it ended; durations between cycles do not matter, their number does."""

    begins: FiniteFloat
    ends: FiniteFloat
