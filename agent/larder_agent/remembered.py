"""What the process before this one knew of its limits, out of the record itself: its readings of this boot, judged once more [D4].

Nothing is written for it: what counts is durable already, and a state beside it could only disagree with it.
"""

from collections.abc import Iterator

from larder_agent.clock import Moment
from larder_agent.drivers.port import Sample
from larder_agent.outbox import Outbox
from larder_agent.staging import Group
from larder_core.content import Batch
from larder_core.entry import read_entry
from larder_core.refusal import Refused

MOST_ENTRIES = 1_000
"""Read at a start, at most: hours of a calm device, 0.3 s on a small board."""


def groups(outbox: Outbox, boot: str, since_up: int) -> Iterator[Group]:
    """Readings of this boot from `since_up` on, in ms since it, oldest first. Raises DiskFailed."""
    batches: list[Batch] = []
    for n in reversed(outbox.held[-MOST_ENTRIES:]):
        content = _content(outbox.lines(n, n)[0])
        if content is None:
            continue
        if content.boot != boot or content.up < since_up:
            break
        batches.append(content)
    for batch in reversed(batches):
        yield from _groups(batch)


def _content(line: bytes) -> Batch | None:
    try:
        content = read_entry(line)[1]
    except Refused:
        return None  # of another version of the agent
    return content if isinstance(content, Batch) else None


def _groups(batch: Batch) -> Iterator[Group]:
    at: dict[int, list[Sample]] = {}
    for series in batch.series():
        for reading in series.readings:
            at.setdefault(reading.at_ms, []).append(Sample(series.point, reading.value, reading.quality))
    for instant, samples in sorted(at.items()):
        yield Group(Moment(batch.boot, instant, batch.up - (batch.at - instant), batch.clock), tuple(samples))
