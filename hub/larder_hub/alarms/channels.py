"""A provider of messages that is down is an alarm of its own, told by another path to whoever is on duty for the prefecture.

The sender counts failures in alarms.db; here, at the next tick, they become an alarm and notices. These leave by a provider that is
well; where none is, they wait, and the board, the metric and the watchers say it. Nothing of it is in the ledger: built anew, the file
knows of past ones no more than of past notices.
"""

from dataclasses import dataclass, replace

from larder_core.limits.words import Severity
from larder_hub.alarms.alarm import Alarm
from larder_hub.alarms.episodes import Episodes, Subject
from larder_hub.alarms.journal import Cause, Intent, Journal
from larder_hub.alarms.judge import Happened
from larder_hub.alarms.kinds import AlarmKind
from larder_hub.alarms.references import reference
from larder_hub.notices.capabilities import capabilities
from larder_hub.notices.texts import NOWHERE, Facts, Letterhead, Name, render
from larder_hub.notices.wording import Kind, Matter
from larder_hub.register.directory import Device, Directory, Person

KIND: AlarmKind = "provider"


@dataclass
class Channels:
    """For the length of one transaction."""

    journal: Journal
    episodes: Episodes
    directory: Directory
    letterhead: Letterhead

    def take_up(self, now_ms: int) -> None:
        """Raise an alarm for each provider that has become down, and end those of providers that send again."""
        down = self.journal.providers_down()
        going_on = {alarm.device: alarm for alarm in self.journal.going_on("kind = ?", KIND)}
        for name, since_ms in down.items():
            if name not in going_on:
                self._raise(name, since_ms, now_ms)
        for name, alarm in going_on.items():
            if name not in down:
                self._end(name, alarm, now_ms)

    def _raise(self, name: str, since_ms: int, now_ms: int) -> None:
        happened = Happened(KIND, "", "raised", Severity.CRITICAL, since_ms, now_ms, None, None, None, "")
        alarm = self.episodes.take(self._subject(name), happened, Cause(now_ms))
        if alarm is not None:
            people = list(self.directory.on_duty("prefecture", ""))
            self._intend(Kind.RAISE, alarm, people, now_ms)
            self.journal.keep(replace(alarm, told_ms=now_ms, told_severity=str(alarm.severity)))

    def _end(self, name: str, alarm: Alarm, now_ms: int) -> None:
        over = Happened(KIND, "", "cleared", alarm.severity, alarm.t0_ms, now_ms, None, None, None, "")
        after = self.episodes.take(self._subject(name), over, Cause(now_ms))
        if after is not None:
            told = self.journal.told([alarm.id], [Kind.RAISE])
            people = [self.directory.people[id] for id in told if id in self.directory.people]
            self._intend(Kind.CLEARED, after, people, now_ms)
            self.journal.keep(replace(after, clear_told=True))

    def _subject(self, name: str) -> Subject:
        return Subject(Device(name, "", "", "", in_service=True), "")

    def _intend(self, kind: Kind, alarm: Alarm, people: list[Person], now_ms: int) -> None:
        label = capabilities(alarm.device)
        name = Name(label.label_zh, label.label_en)
        ended_ms = alarm.cleared_ms or now_ms
        said = Facts(
            Matter.PROVIDER, name, NOWHERE, ticket=str(alarm.ticket % 10_000), severity=str(alarm.severity),
            duration_ms=ended_ms - alarm.t0_ms, began_ms=alarm.t0_ms, ended_ms=ended_ms, now_ms=now_ms,
        )  # fmt: skip
        intents = [
            Intent(
                reference=reference(alarm.id, kind, str(alarm.severity), person.id), alarm=alarm.id, kind=kind,
                severity=str(alarm.severity), person=person.id, phone=person.phone, language=person.language,
                place=name.zh if person.language == "zh" else name.en,
                text=render(kind, said, person.language, self.letterhead).text, created_ms=now_ms,
                why='{"cause": "channel", "level": "prefecture"}',
            )
            for person in {person.id: person for person in people if person.phone}.values()
        ]  # fmt: skip
        self.journal.intend(intents)
