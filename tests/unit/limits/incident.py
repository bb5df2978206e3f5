"""Incidents in minutes: a series as an operator would tell it, and what happened as one line per transition.

series("4.0x10 9.0x61 bad(crc)x5 7.0x11")   # one reading a minute; "_x5" is five minutes without a reading
told(transitions)  ->  ["10 high pending", "40 high raised warning", ...]
"""

from collections.abc import Iterable

from larder_core.limits.excursion import Reading, Transition, run
from larder_core.limits.profile import Clear, LimitProfile, Rule
from larder_core.limits.state import State
from larder_core.limits.words import Severity, Side

MINUTE = 60_000
MAX_GAP = 3 * MINUTE


def series(notation: str, start_min: int = 0, every_ms: int = MINUTE) -> list[Reading]:
    """One reading each `every_ms`: `<value>x<count>`, `bad(<quality>)x<count>` without a good value, `_x<count>` for none at all."""
    readings = []
    at_ms = start_min * MINUTE
    for word in notation.split():
        what, _, count = word.rpartition("x")
        for _ in range(int(count)):
            if what.startswith("bad("):
                readings.append(Reading(at_ms, None, what[4:-1]))
            elif what != "_":
                readings.append(Reading(at_ms, float(what)))
            at_ms += every_ms
    return readings


def told(transitions: Iterable[Transition]) -> list[str]:
    """Each transition as "<minute> <side> <kind> [<severity>]"."""
    lines = []
    for transition in transitions:
        minute = f"{transition.at_ms / MINUTE:g}"
        line = f"{minute} {transition.side} {transition.kind}"
        lines.append(f"{line} {transition.severity}" if transition.severity else line)
    return lines


def story(profile: LimitProfile, notation: str, **more: int) -> list[str]:
    """What one series does to a new point."""
    return told(run(State(), profile, series(notation, **more), max_gap_ms=MAX_GAP)[1])


def profile(*rules: Rule, high: float | None = None, low: float | None = None, clear_min: float = 10) -> LimitProfile:
    return LimitProfile(
        key="test",
        title_zh="试验",
        title_en="test",
        unit="Cel",
        rules=rules,
        clear=Clear(high=high, low=low, hold_s=clear_min * 60),
        source="made up for a test",
        version=1,
    )


def above(
    limit: float, severity: str, minutes: float, window_min: float | None = None, inclusive: bool = False
) -> Rule:
    return _rule(Side.HIGH, limit, severity, minutes, window_min, inclusive)


def below(
    limit: float, severity: str, minutes: float, window_min: float | None = None, inclusive: bool = False
) -> Rule:
    return _rule(Side.LOW, limit, severity, minutes, window_min, inclusive)


def _rule(side: Side, limit: float, severity: str, minutes: float, window_min: float | None, inclusive: bool) -> Rule:
    return Rule(
        severity=Severity(severity),
        side=side,
        limit=limit,
        inclusive=inclusive,
        hold_s=minutes * 60,
        window_s=None if window_min is None else window_min * 60,
    )
