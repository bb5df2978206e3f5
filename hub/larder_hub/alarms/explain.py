"""Who would be told of an alarm, when and by which entry, through the whole escalation, if nobody signed. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from larder_hub.alarms.routes import Call, Spot, first, further
from larder_hub.register.directory import Directory
from larder_hub.register.route import Route

MINUTE_MS = 60_000


class Step(NamedTuple):
    """One step of the escalation: when, who hears, and which levels had nobody on duty then."""

    at_ms: int
    call: Call


def steps(directory: Directory, route: Route, spot: Spot, at_ms: int) -> Iterator[Step]:
    """From the first message on, each level `escalate_min` after the one before."""
    call: Call | None = first(directory, route, spot, at_ms)
    heard: frozenset[str] = frozenset()
    while call is not None and call.hearers:
        yield Step(at_ms, call)
        heard |= {person.id for person in call.people}
        at_ms += route.escalate_min * MINUTE_MS
        call = further(directory, route, spot, at_ms, call.step, heard)
