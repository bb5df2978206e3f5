"""What the process before this one knew of its limits, out of the record itself: its readings of this boot, judged once more [D4].

Nothing is written for it: what counts is durable already, and a state beside it could only disagree with it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from larder_agent.clock import Moment
from larder_agent.drivers.port import Sample
from larder_agent.outbox import Outbox
from larder_agent.staging import Group
from larder_core.content import Batch, Content, Event
from larder_core.entry import read_entry
from larder_core.limits.words import Severity
from larder_core.refusal import Refused

if TYPE_CHECKING:
    from larder_agent.watch import Alarm

EVENT = "local-alarm"
CLEARED = "cleared"

MOST_ENTRIES = 1_000
"""Read at a start, at most: hours of a calm device, 0.3 s on a small board."""


class Told(NamedTuple):
    """What the record says last of a point's alarm: in which entry, and the severity that stands since; 0 for none."""

    n: int
    rank: int


@dataclass(frozen=True)
class Past:
    """Of this boot, oldest first: the groups of each batch by its number, and what was told of each point. `cut`: readings of before
    were not looked at, or are no longer here."""

    batches: list[tuple[int, list[Group]]] = field(default_factory=list)
    told: dict[str, Told] = field(default_factory=dict)
    cut: bool = False


def past(outbox: Outbox, boot: str, since_up: int) -> Past:
    """Readings and alarms of this boot from `since_up` on, in ms since it. Raises DiskFailed."""
    batches: list[tuple[int, list[Group]]] = []
    told: dict[str, Told] = {}
    held = outbox.held[-MOST_ENTRIES:]
    cut = held.start > 1
    for n in reversed(held):
        content = _content(outbox.lines(n, n)[0])
        if content is None:
            continue
        if content.boot != boot or content.up < since_up:
            cut = content.boot == boot
            break
        if isinstance(content, Batch):
            batches.append((n, list(_groups(content))))
        elif isinstance(content, Event) and content.event == EVENT:
            told.setdefault(str(content.detail.get("point")), Told(n, _rank(content)))
    return Past(batches[::-1], told, cut)


def untold(heard: Iterable[tuple[int, "Alarm"]], told: Mapping[str, Told]) -> list["Alarm"]:
    """Of alarms that follow from the batches of these numbers, in order, those which nobody lived to tell: they come after what was
    told last of their point, and say something else."""
    standing, found = dict(told), []
    for n, alarm in heard:
        before = standing.get(alarm.point, Told(0, 0))
        rank = 0 if alarm.state == CLEARED else alarm.severity.rank
        if n < before.n or (rank <= before.rank if rank else not before.rank):
            continue
        standing[alarm.point] = Told(n, rank)
        found.append(alarm)
    return found


def _rank(event: Event) -> int:
    severity = event.detail.get("severity")
    if event.detail.get("state") == CLEARED:
        return 0
    return next((one.rank for one in Severity if one == severity), 0)


def _content(line: bytes) -> Content | None:
    try:
        return read_entry(line)[1]
    except Refused:
        return None  # of another version of the agent


def _groups(batch: Batch) -> Iterator[Group]:
    at: dict[int, list[Sample]] = {}
    for series in batch.series():
        for reading in series.readings:
            at.setdefault(reading.at_ms, []).append(Sample(series.point, reading.value, reading.quality))
    for instant, samples in sorted(at.items()):
        yield Group(Moment(batch.boot, instant, batch.up - (batch.at - instant), batch.clock), tuple(samples))
