"""A decision to tell becomes notices: one for each person, with the reason why it was sent."""

import json
from collections.abc import Iterable
from typing import NamedTuple

from larder_hub.alarms.alarm import Alarm
from larder_hub.alarms.journal import Intent, Journal
from larder_hub.alarms.quiet import held_until
from larder_hub.alarms.references import reference
from larder_hub.alarms.routes import Call
from larder_hub.notices.texts import Facts, Letterhead, render
from larder_hub.notices.wording import Kind
from larder_hub.register.directory import Person


class Why(NamedTuple):
    """Why a message was sent: what called for it, by which route of the register, at which step of the escalation (0: at once), and
    which levels had nobody on duty then. Level and roster entry of the person are added to it."""

    cause: str
    route: str = ""
    step: int = 0
    unmanned: tuple[str, ...] = ()


class Saying(NamedTuple):
    """What is said about an alarm, and when. `n`: the how-manieth of its kind and severity, from 0."""

    kind: Kind
    alarm: Alarm
    said: Facts
    why: Why
    now_ms: int
    n: int = 0


def intend(journal: Journal, letterhead: Letterhead, saying: Saying, people: Call | Iterable[Person]) -> int:
    """Write the notices down, inside the caller's transaction. Returns the moment from which somebody can answer: now, or, where it is
    the quiet hours of everybody, the first end of these."""
    hearers = people.hearers if isinstance(people, Call) else [(person, "", "") for person in people]
    intents = [_intent(letterhead, saying, *hearer) for hearer in hearers]
    journal.intend(intents)
    return min((saying.now_ms if one.held_ms is None else one.held_ms for one in intents), default=saying.now_ms)


def _intent(letterhead: Letterhead, saying: Saying, person: Person, level: str, entry: str) -> Intent:
    kind, alarm, said = saying.kind, saying.alarm, saying.said
    held_ms = held_until(person.quiet, kind, alarm.severity, saying.now_ms)
    return Intent(
        reference=reference(alarm.id, kind, str(alarm.severity), person.id, saying.n),
        alarm=alarm.id,
        kind=kind,
        severity=str(alarm.severity),
        person=person.id,
        phone=person.phone,
        language=person.language,
        place=f"{said.site.zh}{said.place.zh}" if person.language == "zh" else f"{said.site.en} {said.place.en}",
        text=render(kind, said, person.language, letterhead).text,
        created_ms=saying.now_ms,
        why=_json(saying, level, entry, "" if held_ms is None else person.quiet),
        held_ms=held_ms,
    )


def _json(saying: Saying, level: str, entry: str, quiet: str) -> str:
    told = {"kind": saying.alarm.kind, "severity": str(saying.alarm.severity), "level": level, "duty": entry}
    if quiet:
        told["quiet"] = quiet
    return json.dumps({**saying.why._asdict(), **told}, ensure_ascii=False)
