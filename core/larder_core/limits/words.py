"""The words of an alarm, as they stand in JSON, in tables and in messages."""

from enum import StrEnum


class Severity(StrEnum):
    """How bad: in this order, and only upwards within one episode."""

    WARNING = "warning"
    ALARM = "alarm"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return _RANK[self]


_RANK = {severity: rank for rank, severity in enumerate(Severity, start=1)}


def rank(severity: Severity | None) -> int:
    """0 for no severity at all, then 1 (warning) to 3 (critical)."""
    return 0 if severity is None else _RANK[severity]


class Side(StrEnum):
    """Which way the value left its limits."""

    HIGH = "high"
    LOW = "low"


class Condition(StrEnum):
    """What the value is doing. `unknown` is no data: never `normal`."""

    NORMAL = "normal"
    PENDING = "pending"
    ACTIVE = "active"
    CLEARING = "clearing"
    UNKNOWN = "unknown"
