"""What time brings to an alarm that somebody was told of: the next level hears, and what is critical is said again.

`due` is pure: an alarm, its route and what is known of its messages in, the reason for the next step out.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from larder_core.limits.words import Severity
from larder_hub.alarms import routes
from larder_hub.alarms.alarm import Alarm
from larder_hub.alarms.facts import county_name, facts, first_kind
from larder_hub.alarms.intents import Saying, Why, intend
from larder_hub.alarms.journal import Journal
from larder_hub.alarms.rules import MINUTE_MS, Rules
from larder_hub.notices.budget import DAY_MS, allowed
from larder_hub.notices.texts import NOWHERE, Facts, Letterhead
from larder_hub.notices.wording import Kind, Matter
from larder_hub.register.directory import Directory
from larder_hub.register.route import Route

BEYOND = ("food", "power")
"""Kinds of which a value can still be beyond its limit."""

HEARD = (Kind.RAISE, Kind.WORSE, Kind.CAMERA, Kind.OFFLINE, Kind.ESCALATE, Kind.DIGEST)


class Reason(StrEnum):
    """Why the next level hears."""

    UNREACHED = "unreached"
    UNSIGNED = "unsigned"
    UNACTED = "signed, and nobody acts"


class Known(NamedTuple):
    """`unreached`: every message of the last step has failed for good. `acted`: somebody began or filed something."""

    unreached: bool = False
    acted: bool = False


def due(alarm: Alarm, route: Route, known: Known, rules: Rules, now_ms: int) -> Reason | None:
    """The reason for which the next level hears now, or None."""
    if alarm.step_ms is None or known.acted:
        return None
    minute_ms = MINUTE_MS / rules.time_scale
    if alarm.acked_ms is None:
        if known.unreached:
            return Reason.UNREACHED
        return Reason.UNSIGNED if now_ms - alarm.step_ms >= route.escalate_min * minute_ms else None
    if alarm.kind not in BEYOND or alarm.condition != "active":
        return None
    return Reason.UNACTED if now_ms - max(alarm.step_ms, alarm.acked_ms) >= route.act_min * minute_ms else None


def repeats(alarm: Alarm, route: Route, rules: Rules, now_ms: int) -> bool:
    """Is what is critical said again now to those who heard it?"""
    if not route.repeat_min or alarm.acked_ms is not None or alarm.repeated_ms is None:
        return False
    critical = alarm.severity is Severity.CRITICAL and alarm.told_severity == Severity.CRITICAL
    return critical and now_ms - alarm.repeated_ms >= route.repeat_min * MINUTE_MS / rules.time_scale


@dataclass(frozen=True)
class Escalation:
    """For the length of one transaction."""

    journal: Journal
    directory: Directory
    rules: Rules
    letterhead: Letterhead

    def pursue(self, now_ms: int, unread: frozenset[str] = frozenset()) -> None:
        """Every alarm that is going on and that somebody was told of: the next level, or the same people again. Not those of devices
        that are `unread`: what waits may say that they are over."""
        leads = {lead for _, _, lead, _ in self.journal.storms()}
        told = "visibility = ? AND drill = 0 AND told_ms IS NOT NULL"
        for alarm in list(self.journal.going_on(told, "shown")):
            if alarm.device in unread or (alarm.storm is not None and alarm.id not in leads):
                continue
            after = self._one(alarm, now_ms)
            if after != alarm:
                self.journal.keep(after)

    def _one(self, alarm: Alarm, now_ms: int) -> Alarm:
        route = routes.route_for(self.directory, alarm)
        known = Known(self.journal.unreached(alarm.id, alarm.step_ms or 0), self.journal.acted(alarm.id))
        reason = due(alarm, route, known, self.rules, now_ms)
        if reason is not None and alarm.step < len(route.then):
            return self._next_level(alarm, route, reason, now_ms)
        if alarm.storm is None and repeats(alarm, route, self.rules, now_ms):
            return self._again(alarm, route, now_ms)
        return alarm

    def _next_level(self, alarm: Alarm, route: Route, reason: Reason, now_ms: int) -> Alarm:
        heard = frozenset(self.journal.told([alarm.id], HEARD))
        call = routes.further(self.directory, route, routes.spot_of(alarm), now_ms, alarm.step, heard)
        if call is None:
            return replace(alarm, step=len(route.then), step_ms=now_ms)
        why = Why(reason.value, route.name, call.step, call.unmanned)
        from_ms = self._intend(Kind.ESCALATE, alarm, self._escalated(alarm, now_ms), call, why, now_ms)
        return replace(alarm, escalated_ms=now_ms, step=call.step, step_ms=from_ms)

    def _escalated(self, alarm: Alarm, now_ms: int) -> Facts:
        said = facts(alarm, self.directory, self.rules, now_ms)
        since_ms = alarm.told_ms if alarm.told_ms is not None else now_ms
        said = replace(
            said,
            duration_ms=round((now_ms - since_ms) * self.rules.time_scale),
            told=self.journal.reached(alarm.id),
            matter=Matter.UNACTED if alarm.acked_ms is not None else said.matter,
        )
        return said if alarm.storm is None else replace(said, site=county_name(alarm.county), place=NOWHERE)

    def _again(self, alarm: Alarm, route: Route, now_ms: int) -> Alarm:
        """To all who heard of it, within what a person gets of messages. The budget is that of the sender, counted by intents, so that
        the decision depends on nothing outside this file."""
        said = facts(alarm, self.directory, self.rules, now_ms)
        since_ms = now_ms - round(DAY_MS / self.rules.time_scale)
        people = [
            self.directory.people[id] for id in self.journal.told([alarm.id], HEARD)
            if id in self.directory.people and allowed(self.journal.intended_ms(id, since_ms), now_ms, self.rules.time_scale)
        ]  # fmt: skip
        n = alarm.repeats + 1
        why = Why(f"repeat {n}: unsigned", route.name, alarm.step)
        intend(self.journal, self.letterhead, Saying(first_kind(said.matter), alarm, said, why, now_ms, n), people)
        return replace(alarm, repeats=n, repeated_ms=now_ms)

    def _intend(self, kind: Kind, alarm: Alarm, said: Facts, call: routes.Call, why: Why, now_ms: int) -> int:
        return intend(self.journal, self.letterhead, Saying(kind, alarm, said, why, now_ms, 0), call)
