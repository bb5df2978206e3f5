"""Alarm -> notices: who has to hear of it now, in which words, and who has heard enough.

Everything is decided inside the transaction that holds the cause, so that a transition and the intent to tell are one. What is decided
depends on nothing but alarms.db, the register and the moment given.
"""

from collections.abc import Iterable
from dataclasses import replace

from larder_core.limits.watching import WINDOW_END
from larder_core.limits.words import Severity, rank
from larder_hub.alarms import routes
from larder_hub.alarms.alarm import OVER, Alarm
from larder_hub.alarms.facts import county_name, facts, first_kind
from larder_hub.alarms.intents import Saying, Why, intend
from larder_hub.alarms.journal import Journal
from larder_hub.alarms.routes import NOBODY, Call, spot_of
from larder_hub.alarms.rules import Rules
from larder_hub.alarms.storm import large, nearest_of_each_site, storm_since
from larder_hub.alarms.watch import WHOLE
from larder_hub.notices.texts import NOWHERE, Facts, Letterhead
from larder_hub.notices.wording import Kind, Matter
from larder_hub.register.directory import Directory, Person

SHOWN = "shown"
RAISES = (Kind.RAISE, Kind.WORSE, Kind.CAMERA, Kind.OFFLINE, Kind.ESCALATE)
"""Whoever got one of these about an alarm is told when it is over."""

ONLY_TO_SIGN = (Matter.CAMERA, Matter.EARLY)
"""When one of these is over, nothing is left to do but to sign: where that was done, nothing is said."""


class Teller:
    """For the length of one transaction: over its journal, with the register as it is now. Of devices that are `unread` (something
    newer waits in a backlog) nothing is told by a tick: it may be over."""

    def __init__(self, journal: Journal, directory: Directory, rules: Rules, letterhead: Letterhead) -> None:
        self._journal, self._directory, self._rules, self._letterhead = journal, directory, rules, letterhead
        self.unread: frozenset[str] = frozenset()

    # ---------------------------------------------------------------- as things are

    def current(self, alarm: Alarm, now_ms: int) -> Alarm:
        """Tell of an alarm as it is now what people have not been told, and keep that they were."""
        if alarm.settled or (alarm.device in self.unread and not alarm.drill):
            return alarm
        after = self._over(alarm, now_ms) if alarm.over else self._going_on(alarm, now_ms)
        if after != alarm:
            self._journal.keep(after)
        return after

    def _going_on(self, alarm: Alarm, now_ms: int) -> Alarm:
        route = routes.route_for(self._directory, alarm)
        if not route.to or route.digest or alarm.visibility != SHOWN or rank(alarm.severity) <= alarm.told_rank:
            return alarm
        if self._rules.board_only(alarm.point_key, alarm.side, self._directory) or self._no_news(alarm, now_ms):
            return alarm
        if alarm.late and alarm.told_ms is None and alarm.condition == "clearing":
            return alarm  # what is on its way back already is for the late report
        if (
            alarm.quiet_until_ms is not None
            and now_ms < alarm.quiet_until_ms
            and alarm.severity is not Severity.CRITICAL
        ):
            return alarm
        if alarm.of_mains and now_ms - alarm.raised_ms < self._rules.gather_ms:
            return alarm  # the others of the county, if there are any, are on their way
        cut = alarm.of_mains or (alarm.kind == "silence" and alarm.point == WHOLE)
        if cut and (stormed := self._in_storm(alarm, now_ms)) is not None:
            return stormed
        if self._spoken_for(alarm):
            return alarm
        said = facts(alarm, self._directory, self._rules, now_ms)
        kind = first_kind(said.matter)
        if alarm.drill:
            kind = Kind.DRILL
        again = alarm.told_ms is not None
        if kind is Kind.RAISE and again:
            kind = Kind.WORSE
        if alarm.device not in self._directory.devices and alarm.kind not in routes.HUB_KINDS:
            return self._marked(alarm, now_ms)
        call = routes.first(self._directory, route, spot_of(alarm), now_ms)
        heard = self._journal.told([alarm.id], RAISES)
        critical = alarm.severity is Severity.CRITICAL
        if again and not critical:  # worse, but no other act is asked for: only who has not heard of it hears
            call = call._replace(hearers=tuple(one for one in call.hearers if one.person.id not in heard))
        from_ms = self._intend(kind, alarm, said, call, now_ms, Why("raised", route.name, unmanned=call.unmanned))
        if again and critical:
            known = {person.id for person in call.people}
            others = [one for one in self._people(heard) if one.id not in known]
            self._intend(kind, alarm, said, others, now_ms, Why("worse than what they heard", route.name))
            alarm = replace(alarm, acked_ms=None)  # what was signed was a milder thing
        return replace(self._marked(alarm, now_ms), step=call.step, step_ms=from_ms)

    def _spoken_for(self, alarm: Alarm) -> bool:
        """One transmitter measures a place's temperature and humidity: when it fails, the temperature's message is for both."""
        point = self._directory.points.get((alarm.device, alarm.point))
        if alarm.kind != "sensor" or point is None or point.quantity == "temperature":
            return False
        failed = self._journal.going_on("device = ? AND kind = 'sensor'", alarm.device)
        beside = (self._directory.points.get((one.device, one.point)) for one in failed)
        return any(one is not None and (one.place, one.quantity) == (point.place, "temperature") for one in beside)

    def _no_news(self, alarm: Alarm, now_ms: int) -> bool:
        """An early warning of which the profile says nothing, or that was not told when it was early."""
        if alarm.kind != "early":
            return False
        return (
            alarm.late
            or now_ms - alarm.raised_ms > self._rules.flap_ms
            or not self._rules.says_early(alarm.point_key, self._directory)
        )

    def _became_worse(self, alarm: Alarm) -> bool:
        """An early warning that became an excursion of which people were told: what ends is the excursion."""
        query = "device = ? AND point = ? AND kind = 'food' AND told_ms >= ?"
        return alarm.kind == "early" and any(
            True for _ in self._journal.alarms(query, alarm.device, alarm.point, alarm.told_ms or 0)
        )

    def _over(self, alarm: Alarm, now_ms: int) -> Alarm:
        if alarm.clear_told or alarm.storm is not None or self._became_worse(alarm):
            return alarm
        said = facts(alarm, self._directory, self._rules, now_ms)
        signed = alarm.acked_ms is not None and said.matter in ONLY_TO_SIGN
        if alarm.reason != WINDOW_END and not signed:
            people = self._people(self._journal.told([alarm.id], RAISES, heard=True))
            self._intend(Kind.CLEARED, alarm, said, people, now_ms, Why("over"))
        return replace(alarm, clear_told=True)

    # ---------------------------------------------------------------- what time brings

    def after_quiet(self, now_ms: int) -> None:
        """An alarm that came back too soon for a second message, and stayed."""
        for alarm in list(self._journal.going_on("quiet_until_ms <= ? AND told_ms IS NULL", now_ms)):
            if not alarm.late:
                self.current(alarm, now_ms)

    def report_late(self, now_ms: int) -> None:
        """What a backlog says was beyond its limit: one message for a site, once the backlog has come to an end."""
        found: dict[str, list[Alarm]] = {}
        late = self._journal.alarms(
            "late = 1 AND told_ms IS NULL AND reported_ms IS NULL AND (settled = 0 OR condition = ?)", OVER
        )
        for alarm in late:
            found.setdefault(alarm.site, []).append(alarm)
        if not found:
            return
        heard = self._journal.late_since()
        for alarms in found.values():
            if all(heard.get(alarm.device, 0) + self._rules.settle_ms <= now_ms for alarm in alarms):
                self._report(alarms, now_ms)

    def _report(self, alarms: list[Alarm], now_ms: int) -> None:
        beyond = [
            alarm for alarm in alarms
            if alarm.kind == "food" and alarm.visibility == SHOWN and rank(alarm.severity) >= rank(Severity.ALARM)
        ]  # fmt: skip
        if beyond:
            worst = max(beyond, key=lambda alarm: (rank(alarm.severity), -alarm.t0_ms))
            said = facts(worst, self._directory, self._rules, now_ms)
            ends = [alarm.ended_ms or alarm.last_ms for alarm in beyond]
            said = replace(
                said,
                began_ms=min(alarm.t0_ms for alarm in beyond),
                ended_ms=max(ends),
                more=len({(alarm.device, alarm.point) for alarm in beyond}) - 1,
            )
            route = routes.route_for(self._directory, worst)
            call = NOBODY if route.digest else routes.first(self._directory, route, spot_of(worst), now_ms)
            self._intend(Kind.LATE, worst, said, call, now_ms, Why("late report", route.name, unmanned=call.unmanned))
        for alarm in alarms:
            self._journal.keep(replace(alarm, reported_ms=now_ms))

    def powerless(self, now_ms: int) -> None:
        """Sites without power whose message waited for those of their county."""
        query = "kind = 'power' AND visibility = ? AND told_ms IS NULL"
        for alarm in list(self._journal.going_on(query, SHOWN)):
            if not alarm.late:
                self.current(alarm, now_ms)

    # ---------------------------------------------------------------- storms

    def _in_storm(self, alarm: Alarm, now_ms: int) -> Alarm | None:
        """The alarm as part of a storm, people told by its one message; None where it stands alone."""
        near = [one for one in self._cut(alarm.county) if one.id != alarm.id]
        if alarm.storm is None:
            width_ms = self._rules.storm_ms + self._longest_period_ms({alarm.device, *(one.device for one in near)})
            storm = self._storm(alarm, near, width_ms)
            if storm is None:
                return None
            alarm = replace(alarm, storm=storm)
        member = self._marked(alarm, now_ms)
        route = routes.route_for(self._directory, alarm)
        call = routes.together(
            routes.county_duty(self._directory, alarm.county, now_ms),
            routes.first(self._directory, route, spot_of(alarm), now_ms),
        )
        self._tell_storm(member, near, call, now_ms)
        return member

    def _cut(self, county: str) -> list[Alarm]:
        """Open alarms of a county that say that a site is cut off or without power."""
        query = "county = ? AND settled = 0 AND ((kind = 'silence' AND point = '') OR kind = 'power')"
        return list(self._journal.going_on(query, county))

    def _storm(self, alarm: Alarm, near: list[Alarm], width_ms: float) -> int | None:
        found = self._journal.storm_of(alarm.county, alarm.t0_ms, width_ms)
        if found is not None:
            return found[0]
        others = nearest_of_each_site(alarm, near)
        since_ms = storm_since(alarm.t0_ms, [one.t0_ms for one in others], width_ms)
        return None if since_ms is None else self._journal.begin_storm(alarm.county, since_ms, alarm.id)

    def _tell_storm(self, member: Alarm, near: list[Alarm], call: Call, now_ms: int) -> None:
        """The storm's one message, to those of these people who have not had it."""
        assert member.storm is not None
        lead, since_ms = self._journal.storm_lead(member.storm)
        already = set(self._journal.told([lead], [Kind.DIGEST]))
        fresh = call._replace(hearers=tuple(one for one in call.hearers if one.person.id not in already))
        if not fresh.hearers:
            return
        leading = member if lead == member.id else self._journal.alarm(lead)
        assert leading is not None  # a storm's leading alarm stays for ever
        width_ms = self._rules.storm_ms + self._longest_period_ms({one.device for one in (member, *near)})
        sites = {member.site, *(one.site for one in near if one.t0_ms <= since_ms + width_ms)}
        said = replace(
            facts(leading, self._directory, self._rules, now_ms),
            matter=_cut_matter(leading), site=county_name(member.county), place=NOWHERE, sites=len(sites), began_ms=since_ms,
        )  # fmt: skip
        self._intend(Kind.DIGEST, leading, said, fresh, now_ms, Why("storm", unmanned=call.unmanned))

    def large_storms(self, now_ms: int) -> None:
        """What cuts off a great part of a county is told to its duty at once, and not when the first site has been silent for long."""
        serving = [device for device in self._directory.devices.values() if device.in_service]
        for county in sorted({device.county for device in serving}):
            cut = (one for one in self._cut(county) if one.device not in self.unread)
            loose = [one for one in cut if one.storm is None and one.visibility == SHOWN and not one.late]
            if all(now_ms - one.raised_ms < self._rules.gather_ms for one in loose):
                continue  # it may be the hub that is deaf: see `doubt`
            sites = {device.site for device in serving if device.county == county}
            if len({one.site for one in loose}) < large(len(sites)):
                continue
            width_ms = self._rules.storm_ms + self._longest_period_ms({one.device for one in loose})
            for alarm in loose:
                others = nearest_of_each_site(alarm, loose)
                together = [one for one in (alarm, *others) if 0 <= one.t0_ms - alarm.t0_ms <= width_ms]
                if len(together) >= large(len(sites)):
                    self._begin_large(alarm.t0_ms, width_ms, loose, now_ms)
                    break

    def _begin_large(self, since_ms: int, width_ms: float, loose: list[Alarm], now_ms: int) -> None:
        members = [one for one in loose if since_ms <= one.t0_ms <= since_ms + width_ms]
        lead = min(members, key=lambda one: one.ticket)
        storm = self._journal.begin_storm(lead.county, since_ms, lead.id)
        for one in members:
            self._journal.keep(replace(one, storm=storm))
        call = routes.county_duty(self._directory, lead.county, now_ms)
        if lead.kind == "power":  # each of them must keep his doors shut now, and not when half an hour is over
            call = routes.together(call, *(self._called_later(one, now_ms) for one in members))
        self._tell_storm(replace(lead, storm=storm), members, call, now_ms)

    def _called_later(self, alarm: Alarm, now_ms: int) -> Call:
        """Who hears of this once it is an alarm."""
        route = routes.route_for(self._directory, replace(alarm, severity=Severity.ALARM))
        return routes.first(self._directory, route, spot_of(alarm), now_ms)

    def end_storms(self, now_ms: int) -> None:
        """When the last device of a storm is back, those who heard of the storm hear of its end."""
        for storm, county, lead, since_ms in self._journal.storms():
            members = list(self._journal.alarms("storm = ?", storm))
            if not members or not all(alarm.over for alarm in members):
                continue
            leading = next(alarm for alarm in members if alarm.id == lead)
            ended_ms = max(alarm.cleared_ms or now_ms for alarm in members)
            said = replace(
                facts(leading, self._directory, self._rules, now_ms),
                matter=_cut_matter(leading), site=county_name(county), place=NOWHERE, sites=len({alarm.site for alarm in members}),
                ended_ms=ended_ms, duration_ms=round((ended_ms - since_ms) * self._rules.time_scale),
            )  # fmt: skip
            people = self._people(self._journal.told([lead], [Kind.DIGEST, Kind.ESCALATE]))
            self._intend(Kind.CLEARED, leading, said, people, now_ms, Why("storm over"))
            self._journal.end_storm(storm, now_ms)

    def _longest_period_ms(self, devices: set[str]) -> float:
        """How far apart the last readings of devices can lie that lost their power at the same moment."""
        periods = (point.period_s for (device, _), point in self._directory.points.items() if device in devices)
        return max(periods, default=0.0) * 1000

    # ---------------------------------------------------------------- writing it down

    def _marked(self, alarm: Alarm, now_ms: int) -> Alarm:
        told_ms = now_ms if alarm.told_ms is None else alarm.told_ms
        return replace(
            alarm, told_ms=told_ms, told_severity=str(alarm.severity), step=0, step_ms=now_ms, repeated_ms=now_ms
        )

    def _people(self, ids: Iterable[str]) -> list[Person]:
        return [self._directory.people[id] for id in ids if id in self._directory.people]

    def _intend(
        self, kind: Kind, alarm: Alarm, said: Facts, people: Call | Iterable[Person], now_ms: int, why: Why
    ) -> int:
        """The moment from which somebody can answer."""
        return intend(self._journal, self._letterhead, Saying(kind, alarm, said, why, now_ms), people)


def _cut_matter(leading: Alarm) -> Matter:
    return Matter.OUTAGE if leading.kind == "power" else Matter.COUNTY
