"""When a hot cabinet is in use: the simulator's habits, minute by minute and as a register has them. Pure."""

from collections.abc import Iterator
from datetime import date, timedelta

from bench.alarms.record import DAY_MINUTES, Record
from larder_hub.register.directory import Day, Open
from larder_sim.habits import MEALS, is_at_work
from larder_sim.world import Site

CLOSED = 0


def serving(record: Record, site: Site) -> bytearray:
    """1 in the minutes of meals of working days."""
    flags = bytearray(record.minutes)
    shift = record.world.local_start_s // 60
    for minute in range(record.minutes):
        day, of_day = divmod(minute + shift, DAY_MINUTES)
        meal = any(begin * 60 <= of_day < end * 60 for begin, end in MEALS.get(site.kind, ()))
        flags[minute] = meal and is_at_work(site.kind, record.start + timedelta(days=day))
    return flags


def openings(site: Site) -> Iterator[Open]:
    """A site's hours of service, each day of the week."""
    for begin, end in MEALS.get(site.kind, ()):
        yield Open(site.id, "", "service", "1-7", _clock(begin), _clock(end))


def rests(record: Record, site: Site) -> Iterator[Day]:
    """The days on which a site serves nobody."""
    for day in range(-1, record.minutes // DAY_MINUTES + 2):
        at = record.start + timedelta(days=day)
        if site.kind in MEALS and not is_at_work(site.kind, at):
            yield Day(site.id, _written(at), _written(at), CLOSED)


def _clock(hours: float) -> str:
    return f"{int(hours):02d}:{round(hours * 60) % 60:02d}"


def _written(day: date) -> str:
    return day.isoformat()
