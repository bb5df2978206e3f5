"""A sensor or a camera that answers without a good value: not silent, and never an alarm on food."""

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from larder_core.limits.table import milliseconds, shortened
from larder_core.limits.words import Severity, rank

FAILED_PROBE = "failed-probe"
NO_VALUE = "no-value"
NOT_FINITE = "not-finite"


class FaultFigures(BaseModel):
    """Warning after `warning_readings` failed readings in a row, alarm and critical once the fault is `alarm_s` and `critical_s` old
    (None: never), over after `recovery_readings` good ones in a row. `zero_fails`: a value of 0 is a failed probe (a camera)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    warning_readings: Annotated[int, Field(ge=1)]
    alarm_s: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    critical_s: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    recovery_readings: Annotated[int, Field(ge=1)]
    zero_fails: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.critical_s is not None and self.critical_s <= self.alarm_s:
            raise ValueError(
                f"critical_s {self.critical_s:g} is not after alarm_s {self.alarm_s:g}; "
                f"hint: leave critical_s out if the fault never becomes critical"
            )
        return self

    def scaled(self, time_scale: float) -> "FaultFigures":
        """For a world that runs `time_scale` times faster; counts of readings stay."""
        return FaultFigures(
            warning_readings=self.warning_readings,
            alarm_s=shortened(self.alarm_s, time_scale),
            critical_s=None if self.critical_s is None else shortened(self.critical_s, time_scale),
            recovery_readings=self.recovery_readings,
            zero_fails=self.zero_fails,
        )


class FaultKind(StrEnum):
    RAISED = "raised"
    WORSENED = "worsened"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class FaultTransition:
    """`t0_ms` is the first reading without a good value, `at_ms` the one that met the condition; `reason` is what the last failed
    reading gave as its quality."""

    kind: FaultKind
    severity: Severity
    t0_ms: int
    at_ms: int
    reason: str


@dataclass(frozen=True, slots=True)
class FaultState:
    """`failed` and `good` count readings in a row; `t0_ms` is the start of the fault, None without one."""

    last_ms: int | None = None
    t0_ms: int | None = None
    failed: int = 0
    good: int = 0
    severity: Severity | None = None
    reason: str = ""

    def to_json(self) -> str:
        return _STATE.dump_json(self, exclude_defaults=True).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> "FaultState":
        """The state that `to_json` wrote. Raises pydantic.ValidationError (a ValueError) for anything else."""
        return _STATE.validate_json(text, strict=True)


_STATE = TypeAdapter(FaultState)


def failure(value: float | None, quality: str, figures: FaultFigures) -> str:
    """Why a reading has no good value, or an empty string if it has one."""
    if quality:
        return quality
    if value is None:
        return NO_VALUE
    if not math.isfinite(value):
        return NOT_FINITE
    return FAILED_PROBE if figures.zero_fails and value == 0 else ""


def fault_step(
    state: FaultState, figures: FaultFigures, at_ms: int, value: float | None, quality: str
) -> tuple[FaultState, tuple[FaultTransition, ...]]:
    """The state after one reading in device time, and what happened. A late or repeated reading changes nothing."""
    if state.last_ms is not None and at_ms <= state.last_ms:
        return state, ()
    reason = failure(value, quality, figures)
    return _failed(state, figures, at_ms, reason) if reason else _good(state, figures, at_ms)


def _failed(
    state: FaultState, figures: FaultFigures, at_ms: int, reason: str
) -> tuple[FaultState, tuple[FaultTransition, ...]]:
    t0_ms = at_ms if state.t0_ms is None else state.t0_ms
    failed = state.failed + 1
    after = replace(state, last_ms=at_ms, t0_ms=t0_ms, failed=failed, good=0, reason=reason)
    severity = _severity(failed, at_ms - t0_ms, figures)
    if severity is None or rank(severity) <= rank(state.severity):
        return after, ()
    kind = FaultKind.RAISED if state.severity is None else FaultKind.WORSENED
    return replace(after, severity=severity), (FaultTransition(kind, severity, t0_ms, at_ms, reason),)


def _severity(failed: int, age_ms: int, figures: FaultFigures) -> Severity | None:
    if figures.critical_s is not None and age_ms >= milliseconds(figures.critical_s):
        return Severity.CRITICAL
    if age_ms >= milliseconds(figures.alarm_s):
        return Severity.ALARM
    return Severity.WARNING if failed >= figures.warning_readings else None


def _good(state: FaultState, figures: FaultFigures, at_ms: int) -> tuple[FaultState, tuple[FaultTransition, ...]]:
    good = state.good + 1
    if state.severity is None or state.t0_ms is None:
        return FaultState(last_ms=at_ms), ()
    if good < figures.recovery_readings:
        return replace(state, last_ms=at_ms, failed=0, good=good), ()
    over = FaultTransition(FaultKind.CLEARED, state.severity, state.t0_ms, at_ms, state.reason)
    return FaultState(last_ms=at_ms), (over,)
