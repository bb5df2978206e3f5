"""The rules that people use today, on the same readings, each with the messages that go with it.

* `threshold`: a message at each crossing of the limit, in and out, as scripts and simple loggers send it. No rule on missing data.
* `for 5 min`, `for 30 min`: beyond the limit at every evaluation for so long (`for:` of Prometheus and of Home Assistant, pending
  period of Grafana, duration of ThingsBoard), and no data for so long (Grafana's NoData, `absent()`). Messages as Alertmanager sends
  them by default, grouped by site: group_wait 30 s, group_interval 5 min, repeat_interval 4 h, resolved messages. When data stops, a
  firing alert vanishes, as in Prometheus.

Their limits are those of the standards (`larder_sim.food.LIMITS`), which knows nothing of Larder's profiles. They are given what most
installations have not: hot cabinets are judged at meals of working days only, and one person receives for each site. They see what is
there when they evaluate: what a line that was cut delivers later is in their history, not in their alerts. A probe that says 85.0 is
85.0 to them.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from bench.alarms.hours import serving
from bench.alarms.record import PERIOD_S, Record, Track
from bench.alarms.telling import Message, Subject
from larder_sim.food import LIMITS

GROUP_WAIT_S, GROUP_INTERVAL_S, REPEAT_S = 30, 300, 4 * 3600


class PeerRule(NamedTuple):
    """`hold`: minutes; 0 is the bare threshold."""

    title: str
    hold: int


RULES = (PeerRule("threshold", 0), PeerRule("for 5 min", 5), PeerRule("for 30 min", 30))


def judged_by(rule: PeerRule, record: Record) -> list[Message]:
    """All messages of a rule on a record, in order of time."""
    alerts: dict[str, list[Subject]] = defaultdict(list)
    for track in record.tracks.values():
        if track.place.profile in LIMITS:
            alerts[track.site.id] += _alerts(rule, record, track)
    found: list[Message] = []
    for site, subjects in alerts.items():
        found += _crossings(site, subjects) if rule.hold == 0 else _grouped(site, subjects, record.minutes * PERIOD_S)
    return sorted(found)


def _alerts(rule: PeerRule, record: Record, track: Track) -> Iterator[Subject]:
    """When a rule fires on a point."""
    limits = LIMITS[track.place.profile]
    high = 32_767 if limits.high_c is None else round(limits.high_c * 10)
    low = -32_768 if limits.low_c is None else round(limits.low_c * 10)
    service = serving(record, track.site) if limits.meals_only else None
    linked = record.linked[track.site.id]
    beyond, missing = bytearray(record.minutes), bytearray(record.minutes)
    for minute in range(record.minutes):
        value = track.raw(minute) if linked[minute] else None
        if value is None:
            missing[minute] = 1
        elif not low <= value <= high and (service is None or service[minute]):
            beyond[minute] = 1
    for begin, end in _stretches(beyond, rule.hold):
        yield Subject(track.name, "food", begin * PERIOD_S, end * PERIOD_S)
    if rule.hold:
        for begin, end in _stretches(missing, rule.hold):
            yield Subject(track.name, "silence", begin * PERIOD_S, end * PERIOD_S)


def _stretches(flags: bytearray, hold: int) -> Iterator[tuple[int, int]]:
    """(from, to) in minutes of what held for `hold` minutes, without its pending time."""
    begin = flags.find(1)
    while begin >= 0:
        end = flags.find(0, begin)
        end = len(flags) if end < 0 else end
        if end - begin > hold:
            yield begin + hold, end
        begin = flags.find(1, end)


def _crossings(site: str, subjects: list[Subject]) -> Iterator[Message]:
    for subject in subjects:
        yield Message(subject.from_s, "raise", (site,), (subject,))
        yield Message(subject.to_s, "end", (site,), (subject,))


def _grouped(site: str, subjects: list[Subject], end_s: int) -> Iterator[Message]:
    """Alertmanager's notifications of one group."""
    waiting = sorted(subjects, key=lambda one: one.from_s)
    while waiting:
        at_s = waiting[0].from_s + GROUP_WAIT_S
        told: set[Subject] = set()
        firing: set[Subject] = set()
        last_s = -REPEAT_S
        while at_s < end_s:
            before = firing
            begun = {one for one in waiting if one.from_s <= at_s}
            firing = {one for one in begun if one.to_s > at_s}
            # What came and went between two flushes is never sent.
            over = {one for one in before if one.to_s <= at_s}
            fresh = firing - told
            if fresh or (over and told) or (firing and at_s - last_s >= REPEAT_S):
                what = "raise" if fresh else "end" if over else "again"
                yield Message(at_s, what, (site,), tuple(sorted(fresh or over or firing)))
                told |= fresh
                last_s = at_s
            waiting = [one for one in waiting if one not in begun or one in firing]
            if not firing:
                break
            at_s += GROUP_INTERVAL_S
        else:
            return
