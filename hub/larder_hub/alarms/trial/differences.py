"""Pure: the alarms and messages of two runs over the same readings, against each other."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NamedTuple

from larder_core.limits.words import rank
from larder_hub.alarms.alarm import Alarm
from larder_hub.alarms.trial.run import Message, Outcome
from larder_hub.web.figures import BEIJING, MINUTE_MS

Change = Literal["gained", "lost", "earlier", "later", "graver", "milder"]
ORDER: tuple[Change, ...] = ("gained", "lost", "earlier", "later", "graver", "milder")


class Difference(NamedTuple):
    """An alarm that is not the same in both runs. `minutes`: how much later (or, negative, earlier) it asks for an act."""

    change: Change
    before: Alarm | None
    after: Alarm | None
    before_ms: int | None
    after_ms: int | None

    @property
    def alarm(self) -> Alarm:
        found = self.after or self.before
        assert found is not None
        return found

    @property
    def minutes(self) -> int | None:
        if self.before_ms is None or self.after_ms is None:
            return None
        return round((self.after_ms - self.before_ms) / MINUTE_MS)


class Comparison(NamedTuple):
    """`alarms` and `warnings`: how many there are in each run; `messages` likewise, and by (site, week)."""

    differences: list[Difference]
    alarms: tuple[int, int]
    warnings: tuple[int, int]
    messages: tuple[int, int]
    weekly: Mapping[tuple[str, str], tuple[int, int]]

    def count(self, change: Change) -> int:
        return sum(one.change == change for one in self.differences)


def compared(before: Outcome, after: Outcome, from_ms: int) -> Comparison:
    """Of what began to ask for an act, and of the messages, from `from_ms` on."""
    found: list[Difference] = []
    left = [alarm for alarm in after.alarms if alarm.id in after.asked]
    for alarm in before.alarms:
        if alarm.id not in before.asked:
            continue
        other = next((one for one in left if one.id == alarm.id), None) or next(
            (one for one in left if _same(alarm, one)), None
        )
        if other is not None:
            left.remove(other)
        found += _difference(alarm, other, before, after)
    found += [Difference("gained", None, one, None, after.asked[one.id]) for one in left]
    shown = [one for one in found if max(one.before_ms or 0, one.after_ms or 0) >= from_ms]
    shown.sort(key=lambda one: (ORDER.index(one.change), one.alarm.site, one.alarm.t0_ms))
    told = [[one for one in run.messages if one.at_ms >= from_ms] for run in (before, after)]
    weekly = [_weekly(messages, run) for messages, run in zip(told, (before, after), strict=True)]
    return Comparison(
        shown,
        (_asking(before, from_ms), _asking(after, from_ms)),
        (_warnings(before, from_ms), _warnings(after, from_ms)),
        (len(told[0]), len(told[1])),
        {key: (weekly[0][key], weekly[1][key]) for key in sorted({*weekly[0], *weekly[1]})},
    )


def _difference(alarm: Alarm, other: Alarm | None, before: Outcome, after: Outcome) -> list[Difference]:
    before_ms = before.asked[alarm.id]
    if other is None:
        return [Difference("lost", alarm, None, before_ms, None)]
    after_ms = after.asked[other.id]
    moved = after_ms - before_ms
    graver = rank(other.severity) - rank(alarm.severity)
    if moved:
        return [Difference("earlier" if moved < 0 else "later", alarm, other, before_ms, after_ms)]
    return [Difference("graver" if graver > 0 else "milder", alarm, other, before_ms, after_ms)] if graver else []


def _same(one: Alarm, other: Alarm) -> bool:
    """The same excursion seen by other limits: the same point and side, at overlapping times."""
    key, against = ((a.device, a.point, a.kind, a.side) for a in (one, other))
    return key == against and one.t0_ms <= _end(other) and other.t0_ms <= _end(one)


def _end(alarm: Alarm) -> int:
    return alarm.last_ms if alarm.cleared_ms is None else alarm.cleared_ms


def _asking(run: Outcome, from_ms: int) -> int:
    return sum(at_ms >= from_ms for at_ms in run.asked.values())


def _warnings(run: Outcome, from_ms: int) -> int:
    return sum(alarm.id not in run.asked and alarm.raised_ms >= from_ms for alarm in run.alarms)


def _weekly(messages: list[Message], run: Outcome) -> Counter[tuple[str, str]]:
    sites = {alarm.id: alarm.site for alarm in run.alarms}
    return Counter((sites.get(one.alarm, ""), week(one.at_ms)) for one in messages)


def week(at_ms: int) -> str:
    """`2026-W48`, in Beijing time."""
    year, number, _ = datetime.fromtimestamp(at_ms / 1000, BEIJING).isocalendar()
    return f"{year}-W{number:02d}"
