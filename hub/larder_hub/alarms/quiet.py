"""Quiet hours of a person: what is not critical waits for their end, and is then one message about what still stands.

Whether a notice waits is decided with its cause; the clock of escalation starts when somebody can answer. Critical never waits, nor
does an exercise, which somebody has asked for at that hour.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from larder_core.limits.words import Severity, rank
from larder_hub.alarms.journal import Intent, Journal, Quieted
from larder_hub.alarms.references import reference
from larder_hub.notices.texts import Facts, Letterhead, Name, render
from larder_hub.notices.wording import Kind, Matter
from larder_hub.register.directory import Directory, Person
from larder_hub.register.roster import DAY_MIN, LOCAL, local, minutes


def held_until(quiet: str, kind: Kind, severity: Severity, now_ms: int) -> int | None:
    """When the quiet hours (`22:00-06:00`, Beijing time) that hold this message back end; None where it goes out now. Pure."""
    if not quiet or severity is Severity.CRITICAL or kind is Kind.DRILL:
        return None
    now = local(now_ms)
    first, last = minutes(quiet)
    minute = now.hour * 60 + now.minute
    for back in (0, 1):
        if first <= minute + back * DAY_MIN < last:
            midnight = datetime.combine(now.date() - timedelta(days=back), time(), LOCAL)
            return round((midnight + timedelta(minutes=last)).timestamp() * 1000)
    return None


@dataclass
class QuietHours:
    """For the length of one transaction."""

    journal: Journal
    directory: Directory
    letterhead: Letterhead

    def release(self, now_ms: int) -> None:
        """One message for each person whose quiet hours have ended."""
        found: dict[str, list[Quieted]] = {}
        for one in self.journal.quiet(now_ms):
            found.setdefault(one.person, []).append(one)
        for id, held in found.items():
            worth = [one for one in held if self._worth(one)]
            person = self.directory.people.get(id)
            digest = self._digest(person, worth, now_ms) if person is not None and worth else None
            said = worth if digest is not None else []
            self.journal.release(said, [one for one in held if one not in said], digest, now_ms)

    def _worth(self, one: Quieted) -> bool:
        """What still stands and was not told as critical meanwhile; a late report, which asks for an act; and the end of what he had
        heard of."""
        if one.kind in (Kind.LATE, Kind.CLEARED):
            return True
        alarm = self.journal.alarm(one.alarm)
        stands = alarm is not None and not alarm.over and alarm.visibility == "shown"
        return stands and not self.journal.heard_critical(one.alarm, one.person)

    def _digest(self, person: Person, worth: Sequence[Quieted], now_ms: int) -> Intent:
        ended = {one.alarm for one in worth if one.kind == Kind.CLEARED}
        stand = {one.alarm for one in worth} - ended
        gravest = max(worth, key=lambda one: (one.alarm in stand, rank(Severity(one.severity)), -one.id))
        said = Facts(
            Matter.NIGHT, Name(gravest.place, gravest.place), count=len(stand), sites=len(ended), now_ms=now_ms
        )
        return Intent(
            reference=reference(gravest.alarm, "night", gravest.severity, person.id, gravest.id), alarm=gravest.alarm,
            kind=Kind.DIGEST, severity=gravest.severity, person=person.id, phone=person.phone, language=person.language,
            place="", text=render(Kind.DIGEST, said, person.language, self.letterhead).text, created_ms=now_ms,
            why=f'{{"cause": "quiet hours over", "quiet": "{person.quiet}"}}',
        )  # fmt: skip
