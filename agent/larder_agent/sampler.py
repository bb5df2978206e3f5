"""One thread a source: ask the driver on a fixed grid, so that one that hangs delays nobody else."""

import re
from collections.abc import Callable, Mapping, Sequence
from threading import Event
from types import MappingProxyType

from larder_agent.away import Missed
from larder_agent.clock import Clock, moment
from larder_agent.drivers.port import Driver, PointSpec, Sample
from larder_agent.screening import Rule, Seen, screened
from larder_agent.staging import Group
from larder_core.sizes import MAX_INT

NO_RULES: Mapping[str, Rule] = MappingProxyType({})
REASON = re.compile(r"[a-z0-9-]{1,32}")


class BrokenDriver(Exception):
    """A driver did not keep what `drivers/port.py` demands: a bug in it, not a fault of its device."""


class Sampler:
    """Reads every `period_ms` and hands each group, screened by `rules`, to `take`, and what fell due while one took too long or while
    an operator had the device `paused`."""

    def __init__(
        self,
        driver: Driver,
        period_ms: int,
        clock: Clock,
        take: Callable[[Group | Missed], None],
        rules: Mapping[str, Rule] = NO_RULES,
        paused: Callable[[], bool] = lambda: False,
    ) -> None:
        self._driver, self._period_ms, self._clock, self._take = driver, period_ms, clock, take
        self._paused = paused
        self._points = frozenset(point.id for point in driver.points)
        self._rules = rules
        self._seen: Mapping[str, Seen] = {}

    def run(self, stop: Event) -> None:
        """Until `stop`. The driver is closed at the end, also when it fails."""
        try:
            due = self._clock.up_ms()
            while not stop.wait(max(0, due - self._clock.up_ms()) / 1000):
                at = moment(self._clock)
                if self._paused():
                    self._take(Missed(self._points, "maintenance", at.up - 1, at.up + 1, len(self._points)))
                    due = next_on_grid(due, at.up, self._period_ms)[1]
                    continue
                samples = checked(self._driver.points, self._driver.read())
                took_ms = self._clock.up_ms() - at.up
                self._seen, samples = screened(self._seen, samples, self._rules, at.up, took_ms)
                self._take(Group(at, samples))
                missed, due = next_on_grid(due, self._clock.up_ms(), self._period_ms)
                if missed:
                    self._take(Missed(self._points, "overrun", at.up, due, missed * len(self._points)))
        finally:
            self._driver.close()


def next_on_grid(due: int, now: int, period: int) -> tuple[int, int]:
    """How many times were missed, and the next time that is not past. After a long sleep one reading is taken, not hundreds."""
    steps = max(1, -(-(now - due) // period))
    return steps - 1, due + steps * period


def checked(points: Sequence[PointSpec], samples: Sequence[Sample]) -> tuple[Sample, ...]:
    """The samples, if they are one for each point in order and can be sealed. Raises BrokenDriver."""
    said, asked = [sample.point for sample in samples], [point.id for point in points]
    if said != asked:
        raise BrokenDriver(f"answers for {said}, was asked for {asked}")
    for point, value, quality in samples:
        if value is not None and (type(value) is not int or abs(value) > MAX_INT):
            raise BrokenDriver(f"{point}: {value!r} is not a whole number that the wire can carry")
        if quality and not REASON.fullmatch(quality):
            raise BrokenDriver(f"{point}: {quality!r} is not a reason word")
        if value is None and not quality:
            raise BrokenDriver(f"{point}: no value and no reason")
    return tuple(samples)


def by_id(points: Sequence[PointSpec]) -> Mapping[str, PointSpec]:
    return {point.id: point for point in points}
