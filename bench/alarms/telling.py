"""One message, whoever sent it: to whom, when, and what it speaks of."""

from typing import NamedTuple


class Subject(NamedTuple):
    """What a message speaks of: a place (`<site>/<place>`) or a whole site (`<site>`), from when until when it holds.

    `kind`: food (a value beyond a limit), power, sensor (a sensor that gives nothing good) or silence (no data).
    """

    name: str
    kind: str
    from_s: int
    to_s: int

    def covers(self, place: str) -> bool:
        return self.name in (place, place.partition("/")[0])


class Message(NamedTuple):
    """`what`: raise, again (a repetition, an escalation) or end. `people`: how many received it; 0 where an alarm was told of in the
    message of another one."""

    at_s: float
    what: str
    people: tuple[str, ...]
    subjects: tuple[Subject, ...]
