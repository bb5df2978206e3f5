"""Readings that were due and never taken, as a device says it in an event. PROTOCOL.md [W-ABSENCE]. Pure."""

from collections.abc import Iterable
from typing import Literal, NamedTuple, get_args

from larder_core.content import Event

EVENT = "absence"
ALL = "*"
AbsenceReason = Literal["maintenance", "stopped", "killed", "power", "overrun", "sensor-gone", "clock-unknown"]
REASONS = frozenset(get_args(AbsenceReason))
Detail = dict[str, str | int | bool | None]


class Absence(NamedTuple):
    """What was due strictly between `from_ms` and `to_ms` (wall clock of the device) was not taken.

    `points` None: every point of the device. `missed` readings, None where the device cannot tell. `ended` says how a device that was
    away had ended, `note` is the operator's word; both may be empty.
    """

    from_ms: int
    to_ms: int
    points: frozenset[str] | None
    missed: int | None
    reason: AbsenceReason
    ended: str = ""
    note: str = ""


def write_absence(absence: Absence) -> Detail:
    """The detail of the event."""
    points = ALL if absence.points is None else ",".join(sorted(absence.points))
    detail: Detail = {"from": absence.from_ms, "to": absence.to_ms, "points": points, "missed": absence.missed,
                      "reason": absence.reason}  # fmt: skip
    return detail | {key: word for key, word in (("ended", absence.ended), ("note", absence.note)) if word}


def read_absence(event: Event) -> Absence | None:
    """What an event says was not taken; None for any other event, and for one that does not say it as the protocol does."""
    if event.event != EVENT:
        return None
    said = event.detail
    start, end, missed = (_whole(said.get(key)) for key in ("from", "to", "missed"))
    points, reason = (
        said.get("points"),
        next((word for word in get_args(AbsenceReason) if word == said.get("reason")), None),
    )
    if start is None or end is None or reason is None or not isinstance(points, str) or not points:
        return None
    if said.get("missed") is not None and (missed is None or missed < 0):
        return None
    of = None if points == ALL else frozenset(points.split(","))
    ended, note = (word if isinstance(word, str) else "" for word in (said.get("ended"), said.get("note")))
    return Absence(start, end, of, missed, reason, ended, note)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def due_inside(gap_ms: int, periods_ms: Iterable[int]) -> int:
    """Readings of points with these periods that fall due strictly inside `gap_ms` after one that was taken."""
    return sum(max(0, -(-gap_ms // period) - 1) for period in periods_ms)
