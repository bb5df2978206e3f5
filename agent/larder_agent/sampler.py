"""One thread a source: ask the driver on a fixed grid, so that one that hangs delays nobody else."""

import re
from collections.abc import Callable, Mapping, Sequence
from threading import Event
from types import MappingProxyType

from larder_agent.away import Missed
from larder_agent.clock import Clock, Moment, moment
from larder_agent.drivers.port import Driver, PointSpec, Sample
from larder_agent.screening import Rule, Seen, screened
from larder_agent.staging import Group
from larder_agent.still import Burst, Still, take_still
from larder_agent.tempo import Ask, Tempo
from larder_core.sizes import MAX_INT

NO_RULES: Mapping[str, Rule] = MappingProxyType({})
REASON = re.compile(r"[a-z0-9-]{1,32}")


class BrokenDriver(Exception):
    """A driver did not keep what `drivers/port.py` demands: a bug in it, not a fault of its device."""


class Sampler:
    """Reads as often as `tempo` says and hands each group, screened by `rules`, to `take`, and what fell due while one took too long
    or while an operator had the device `paused`."""

    def __init__(
        self,
        driver: Driver,
        tempo: Tempo,
        clock: Clock,
        take: Callable[[Group | Missed | Burst], None],
        rules: Mapping[str, Rule] = NO_RULES,
        paused: Callable[[], bool] = lambda: False,
    ) -> None:
        self._driver, self.tempo, self._clock, self._take = driver, tempo, clock, take
        self._paused = paused
        self.points = frozenset(point.id for point in driver.points)
        self._rules = rules
        self._seen: Mapping[str, Seen] = {}

    def run(self, stop: Event) -> None:
        """Until `stop`. The driver is closed at the end, also when it fails."""
        try:
            due = last = self._clock.up_ms()
            while not stop.is_set():
                if self.tempo.wait(max(0, due - self._clock.up_ms()) / 1000):
                    if stop.is_set():
                        break
                    if (ask := self.tempo.asked()) is not None:
                        self._burst(ask, stop)
                    due = min(due, last + self.tempo.period_ms)
                    continue
                last, due = due, self._turn(due)
        finally:
            self._driver.close()

    def _turn(self, due: int) -> int:
        """One reading, or what stands for it; when the next one is due."""
        at, period_ms = moment(self._clock), self.tempo.period_ms
        if self._paused():
            self._take(Missed(self.points, "maintenance", at.up - 1, at.up + 1, len(self.points)))
            return next_on_grid(due, at.up, period_ms)[1]
        self._read(at)
        missed, following = next_on_grid(due, self._clock.up_ms(), period_ms)
        if missed:
            self._take(Missed(self.points, "overrun", at.up, following, missed * len(self.points)))
        return following

    def _read(self, at: Moment) -> None:
        samples = checked(self._driver.points, self._driver.read())
        took_ms = self._clock.up_ms() - at.up
        self._seen, samples = screened(self._seen, samples, self._rules, at.up, took_ms)
        self._take(Group(at, samples))

    def _burst(self, ask: Ask, stop: Event) -> None:
        """Fresh readings beside the grid, for an inspection; then the stills. While the device is paused there are none."""
        for turn in range(0 if self._paused() else ask.times):
            if turn and stop.wait(ask.apart_ms / 1000):
                break
            self._read(moment(self._clock))
        stills: dict[str, Still] = {
            point: take_still(self._driver, point) for point in ask.stills if point in self.points
        }
        self._take(Burst(ask.number, stills))


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
