"""Pure: which open alarm explains which other one. Who is told of the greater one is not told of what follows from it.

What is explained is never food: an excursion while the mains are lost is as dangerous as any other. Nor does a warning, which nobody
is told of, explain what somebody must be told of.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from larder_core.limits.words import Severity, rank
from larder_hub.alarms.alarm import Alarm
from larder_hub.alarms.kinds import AlarmKind
from larder_hub.alarms.watch import WHOLE

FROM_POWER = frozenset({"silence", "sensor", "camera", "early"})
"""What lost mains bring about at a site. A cabinet warms, that goes without saying; food beyond its limit does not."""

DOUBT: AlarmKind = "hub"
"""Kind of the alarm by which the hub doubts itself before it accuses sites."""


def explained(alarms: Sequence[Alarm], slack_ms: Callable[[str], float], doubting: bool) -> dict[str, str]:
    """By the id of each open alarm that another one explains, the id of that one; the greatest where there are several.

    `slack_ms`: how long before its cause, by the readings of a device, what follows may seem to begin. `doubting`: the hub's doubt is
    still young, see `doubt`.
    """
    found: dict[str, str] = {}
    for cause, follow in _pairs(alarms, slack_ms, doubting):
        enough = rank(cause.severity) >= min(rank(follow.severity), rank(Severity.ALARM))
        if enough and cause.id != follow.id and not cause.settled:
            found.setdefault(follow.id, cause.id)
    return found


def _pairs(alarms: Sequence[Alarm], slack_ms: Callable[[str], float], doubting: bool) -> Iterator[tuple[Alarm, Alarm]]:
    """(cause, what follows), the greatest causes first."""
    silences = [alarm for alarm in alarms if alarm.kind == "silence"]
    for doubt in (alarm for alarm in alarms if doubting and alarm.kind == DOUBT):
        yield from ((doubt, alarm) for alarm in silences if alarm.t0_ms >= doubt.t0_ms)
    for power in _first_of_each(alarm for alarm in alarms if alarm.of_mains):
        for alarm in alarms:
            of_it = alarm.kind in FROM_POWER and (alarm.county, alarm.site) == (power.county, power.site)
            if of_it and alarm.t0_ms >= power.t0_ms - slack_ms(alarm.device):
                yield power, alarm
    whole = {alarm.device: alarm for alarm in silences if alarm.point == WHOLE}
    yield from ((whole[one.device], one) for one in silences if one.point != WHOLE and one.device in whole)
    yield from _same_site(list(whole.values()), slack_ms)


def _first_of_each(alarms: Iterable[Alarm]) -> list[Alarm]:
    """Of each site the alarm that began first: one that began later explains nothing that the first one does not."""
    found: dict[tuple[str, str], Alarm] = {}
    for alarm in sorted(alarms, key=lambda one: (one.t0_ms, one.ticket)):
        found.setdefault((alarm.county, alarm.site), alarm)
    return list(found.values())


def _same_site(whole: list[Alarm], slack_ms: Callable[[str], float]) -> Iterator[tuple[Alarm, Alarm]]:
    """Devices of one site that fell silent together are one silence: the first to be raised speaks."""
    leads: dict[tuple[str, str], list[Alarm]] = {}
    for alarm in sorted((one for one in whole if one.site), key=lambda one: one.ticket):
        near = leads.setdefault((alarm.county, alarm.site), [])
        width_ms = slack_ms(alarm.device)
        lead = next((one for one in near if abs(one.t0_ms - alarm.t0_ms) <= max(width_ms, slack_ms(one.device))), None)
        if lead is None:
            near.append(alarm)
        else:
            yield lead, alarm
