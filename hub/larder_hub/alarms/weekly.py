"""What a route tells once a week: on Monday at nine, Beijing time, one message for each person with the count of the week before."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from larder_hub.alarms import routes
from larder_hub.alarms.alarm import Alarm
from larder_hub.alarms.facts import facts
from larder_hub.alarms.journal import Intent, Journal
from larder_hub.alarms.quiet import held_until
from larder_hub.alarms.references import reference
from larder_hub.alarms.rules import Rules
from larder_hub.notices.texts import Facts, Letterhead, Name, render
from larder_hub.notices.wording import Kind, Matter
from larder_hub.register.directory import Directory, Person
from larder_hub.register.roster import LOCAL, local

HOUR = 9
WEEK_MS = 7 * 24 * 3_600_000


def monday(now_ms: int) -> int:
    """The latest Monday at nine that is not after this moment."""
    now = local(now_ms)
    at = datetime.combine(now.date() - timedelta(days=now.weekday()), time(HOUR), LOCAL)
    at_ms = round(at.timestamp() * 1000)
    return at_ms if at_ms <= now_ms else at_ms - WEEK_MS


@dataclass
class Weekly:
    """For the length of one transaction."""

    journal: Journal
    directory: Directory
    rules: Rules
    letterhead: Letterhead

    def tell(self, now_ms: int) -> None:
        """The week that has ended, once. A file that knows of no week begins with this one."""
        until_ms, told_ms = monday(now_ms), self.journal.weekly()
        if told_ms is not None and until_ms <= told_ms:
            return
        self.journal.keep_weekly(until_ms)
        if told_ms is not None:
            self._tell(max(told_ms, until_ms - WEEK_MS), until_ms, now_ms)

    def _tell(self, since_ms: int, until_ms: int, now_ms: int) -> None:
        found: dict[str, list[Alarm]] = {}
        people: dict[str, Person] = {}
        week = "raised_ms >= ? AND raised_ms < ? AND told_ms IS NULL AND settled = 0 AND drill = 0 AND visibility = 'shown'"
        for alarm in self.journal.alarms(week, since_ms, until_ms):
            route = routes.route_for(self.directory, alarm)
            if not route.digest:
                continue
            for person in routes.first(self.directory, route, routes.spot_of(alarm), now_ms).people:
                people[person.id] = person
                found.setdefault(person.id, []).append(alarm)
        self.journal.intend([self._intent(people[id], alarms, until_ms, now_ms) for id, alarms in found.items()])

    def _intent(self, person: Person, alarms: list[Alarm], until_ms: int, now_ms: int) -> Intent:
        newest = alarms[-1]
        about = facts(newest, self.directory, self.rules, now_ms)
        where = Name(f"{about.site.zh}{about.place.zh}", f"{about.site.en} {about.place.en}".strip())
        said = Facts(Matter.WEEKLY, where, count=len(alarms), now_ms=now_ms)
        return Intent(
            reference=reference(newest.id, "weekly", "", person.id, until_ms), alarm=newest.id, kind=Kind.DIGEST,
            severity=str(newest.severity), person=person.id, phone=person.phone, language=person.language,
            place=where.zh if person.language == "zh" else where.en,
            text=render(Kind.DIGEST, said, person.language, self.letterhead).text, created_ms=now_ms,
            why='{"cause": "weekly"}', held_ms=held_until(person.quiet, Kind.DIGEST, newest.severity, now_ms),
        )  # fmt: skip
