"""Pure: who is silent, judged from the register. A point that is due and never came is as silent as one that stopped.

A device of which nothing is heard is one silence, of the whole device, and not one for each of its points; it is silent once its
fastest point is stale, for a living device would have said something by then.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from larder_core.limits.pulse import PULSE
from larder_core.limits.silence import Level, SilenceFigures, judge
from larder_core.limits.words import Severity
from larder_hub.alarms.rules import Rules
from larder_hub.register.directory import Directory, Point, PointKey

SEVERITY = {Level.STALE: Severity.WARNING, Level.OFFLINE: Severity.ALARM, Level.CRITICAL: Severity.CRITICAL}
WHOLE = ""
"""The point of an alarm about a whole device."""


class Silent(NamedTuple):
    """Since when nothing has come, and how bad that is by now."""

    since_ms: int
    severity: Severity


@dataclass(frozen=True)
class Ears:
    """What was heard and what could have been: newest reading of each point, since when it is expected, since when the hub listens,
    the silences that are open with their start, and until when a device's operator has paused it."""

    heard: Mapping[PointKey, int | None]
    expected: Mapping[PointKey, int]
    listening_ms: int
    open: Mapping[PointKey, int]
    hushed: Mapping[str, int] = field(default_factory=dict)

    def silence(self, key: PointKey, last_ms: int | None, expected_ms: int, rule: "Rule", now_ms: int) -> Silent | None:
        """A silence that is open goes on until something newer is heard, whatever happened to the hub meanwhile."""
        began = self.open.get(key)
        until_ms = self.hushed.get(key[0], 0)
        if began is not None and (last_ms is None or last_ms <= began):
            if now_ms < until_ms:
                return Silent(began, Severity.WARNING)  # it goes on, and worsens no further [H16]
            last_ms, floor = None, began
        else:
            began, floor = None, max(expected_ms, self.listening_ms, min(until_ms, now_ms))
        found = judge(last_ms, last_ms, floor, rule.period_s, now_ms, rule.figures)
        if found.level is Level.FRESH:
            return None if began is None else Silent(began, Severity.WARNING)
        return Silent(found.since_ms, SEVERITY[found.level])

    def missed_alone(self, key: PointKey, newest_ms: int | None, rule: "Rule", now_ms: int) -> bool:
        """Whether the device, whose newest reading is of `newest_ms`, lived on after this point was due once more and did not come.

        Points of a device are read one after another: when its line is cut, the first of them looks silent before the device does.
        """
        if key in self.open or newest_ms is None:
            return True
        last_ms = max(self.heard.get(key) or 0, self.expected.get(key, now_ms), self.listening_ms)
        return newest_ms - last_ms > rule.figures.stale_after_ms(rule.period_s) - rule.period_s * 1000


class Rule(NamedTuple):
    period_s: float
    figures: SilenceFigures


def due_points(directory: Directory) -> dict[str, list[Point]]:
    """By device in service, the points that are due from it. A pulse is missed by watchers elsewhere, not by the hub itself."""
    due: dict[str, list[Point]] = {}
    for (device, _), point in directory.points.items():
        if point.profile != PULSE.key and device in directory.devices and directory.devices[device].in_service:
            due.setdefault(device, []).append(point)
    return due


def silences(due: Mapping[str, list[Point]], rules: Rules, ears: Ears, now_ms: int) -> dict[PointKey, Silent]:
    """Every silence there is at `now_ms`, by (device, point), the point empty for a whole device."""
    found: dict[PointKey, Silent] = {}
    for device, points in due.items():
        found.update(_of_device(device, points, rules, ears, now_ms))
    return found


def _of_device(
    device: str, points: list[Point], rules: Rules, ears: Ears, now_ms: int
) -> Iterator[tuple[PointKey, Silent]]:
    keys = [(device, point.id) for point in points]
    figures = rules.strict if any(rules.silent(point) is rules.strict for point in points) else rules.silence
    whole = ears.silence(
        (device, WHOLE),
        max((at for key in keys if (at := ears.heard.get(key)) is not None), default=None),
        min(ears.expected.get(key, now_ms) for key in keys),
        Rule(min(point.period_s for point in points), figures),
        now_ms,
    )
    if whole is not None:
        yield (device, WHOLE), whole
        return
    newest_ms = max((at for key in keys if (at := ears.heard.get(key)) is not None), default=None)
    for key, point in zip(keys, points, strict=True):
        rule = Rule(point.period_s, rules.silent(point))
        if not ears.missed_alone(key, newest_ms, rule, now_ms):
            continue
        one = ears.silence(key, ears.heard.get(key), ears.expected.get(key, now_ms), rule, now_ms)
        if one is not None:
            yield key, one
