"""What the state machine remembers of one point: a value, never changed, that survives a restart as one line of JSON."""

from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter

from larder_core.limits.spans import Spans
from larder_core.limits.table import Meter
from larder_core.limits.words import Condition, Severity, Side


@dataclass(frozen=True, slots=True)
class Account:
    """One meter's time beyond its limit: `run_ms` of the present stretch, or `spans` within the window of a cumulative rule."""

    run_ms: int = 0
    spans: Spans = ()


@dataclass(frozen=True, slots=True)
class Episode:
    """One excursion on one side. `severity` is the gravest reached, None while it is pending; `t0_ms` is its legal start, the
    device time of the first good reading beyond the mildest limit; `peak` is the extreme value since then."""

    condition: Literal[Condition.PENDING, Condition.ACTIVE, Condition.CLEARING]
    t0_ms: int
    peak: float
    severity: Severity | None = None
    clear_ms: int = 0


@dataclass(frozen=True, slots=True)
class Rise:
    """A fast rise: `t0_ms` when it was first seen beyond its limit, `since_ms` since when it has not come down, `peak` the highest
    median. `raised` once it has been told; `base` is the value that it rose from."""

    t0_ms: int
    since_ms: int
    base: float
    peak: float
    raised: bool = False


@dataclass(frozen=True, slots=True)
class Beside:
    """What the stages around the state machine of limits remember (`watching`).

    `recent`: the last two good readings, for medians. `least`: the least median of each cell of time, for a fast rise. `until_ms`: the
    end of the opening in which the last reading lay, None outside of one. `gap_ms`: when the record that had a gap began again.
    `cycle`: the peak of the washing that goes on. `good_ms`: the last good reading, where limits see another.
    """

    recent: tuple[tuple[int, float], ...] = ()
    least: tuple[tuple[int, float], ...] = ()
    rise: Rise | None = None
    until_ms: int | None = None
    gap_from_ms: int | None = None
    gap_ms: int | None = None
    cycle: float | None = None
    good_ms: int | None = None


@dataclass(frozen=True, slots=True)
class State:
    """One point. `last_*` is the last good reading; `accounts[i]` belongs to `meters[i]`, whose limits were those in force."""

    last_ms: int | None = None
    last_value: float | None = None
    high: Episode | None = None
    low: Episode | None = None
    meters: tuple[Meter, ...] = ()
    accounts: tuple[Account, ...] = ()
    unknown_since_ms: int | None = None
    beside: Beside | None = None

    def episode(self, side: Side) -> Episode | None:
        return self.high if side is Side.HIGH else self.low

    @property
    def condition(self) -> Condition:
        """The point's condition: unknown before all else, then the more urgent of the two sides."""
        if self.unknown_since_ms is not None:
            return Condition.UNKNOWN
        found = {episode.condition for episode in (self.high, self.low) if episode is not None}
        return next((condition for condition in _URGENCY if condition in found), Condition.NORMAL)

    @property
    def severity(self) -> Severity | None:
        """The gravest severity reached by an episode that is not over."""
        reached = [episode.severity for episode in (self.high, self.low) if episode and episode.severity]
        return max(reached, key=lambda severity: severity.rank, default=None)

    def to_json(self) -> str:
        return _STATE.dump_json(self, exclude_defaults=True).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> "State":
        """The state that `to_json` wrote.

        Raises ValueError (pydantic.ValidationError names the field) if the text is anything else.
        """
        state = _STATE.validate_json(text, strict=True)
        if len(state.meters) != len(state.accounts):
            raise ValueError(
                f"a state with {len(state.meters)} meters and {len(state.accounts)} accounts; "
                f"hint: it was not written by to_json, build the alarms again from the ledger"
            )
        return state


_URGENCY = (Condition.ACTIVE, Condition.CLEARING, Condition.PENDING)
_STATE = TypeAdapter(State)
