"""The grid, and what a driver may not do."""

from threading import Event

import pytest

from larder_agent.away import Missed
from larder_agent.clock import HandClock
from larder_agent.drivers.port import PointSpec, Sample
from larder_agent.sampler import BrokenDriver, Sampler, checked, next_on_grid
from larder_agent.screening import Rule
from larder_agent.staging import Group

POINTS = (PointSpec("t", "Cel", -1), PointSpec("h", "%RH", -1))


@pytest.mark.parametrize(
    ("due", "now", "missed", "following"),
    [
        (0, 0, 0, 100),
        (0, 30, 0, 100),
        (0, 100, 0, 100),
        (0, 101, 1, 200),
        (0, 1_000_000, 9_999, 1_000_000),
    ],
)
def test_the_grid(due: int, now: int, missed: int, following: int) -> None:
    """After a long sleep one reading is taken, not hundreds."""
    assert next_on_grid(due, now, 100) == (missed, following)


@pytest.mark.parametrize(
    "samples",
    [
        [],
        [Sample("t", 1)],
        [Sample("h", 1), Sample("t", 1)],
        [Sample("t", 1), Sample("h", None)],
        [Sample("t", 1), Sample("h", 2**53)],
        [Sample("t", 1), Sample("h", 1.5)],  # type: ignore[arg-type]
        [Sample("t", 1), Sample("h", True)],
        [Sample("t", 1), Sample("h", 1, "Not A Word")],
    ],
)
def test_what_cannot_be_sealed_is_a_bug_of_the_driver(samples: list[Sample]) -> None:
    with pytest.raises(BrokenDriver):
        checked(POINTS, samples)


class SlowDriver:
    """Each read takes as long as is written."""

    points = (PointSpec("t", "Cel", -1),)

    def __init__(self, clock: HandClock, took_ms: list[int], stop: Event) -> None:
        self.closed = False
        self._clock, self._took_ms, self._stop = clock, took_ms, stop

    def read(self) -> list[Sample]:
        self._clock.pass_ms(self._took_ms.pop(0))
        if not self._took_ms:
            self._stop.set()
        return [Sample("t", 1)]

    def close(self) -> None:
        self.closed = True


def test_a_reading_carries_the_moment_it_began_and_missed_ones_are_told() -> None:
    """[W-ABSENCE]"""
    clock, stop = HandClock(up=0), Event()
    taken: list[Group | Missed] = []
    driver = SlowDriver(clock, [350, 5], stop)
    sampler = Sampler(driver, 1, clock, taken.append)
    sampler.run(stop)
    assert [one.moment.up for one in taken if isinstance(one, Group)] == [0, 350]
    assert taken[1] == Missed(frozenset({"t"}), "overrun", 0, 350, 349)
    assert driver.closed


def test_a_reading_that_took_too_long_is_handed_on_as_stale_and_a_leap_is_doubted_once() -> None:
    """The rules hold from one reading to the next; the value is never touched."""
    clock, stop = HandClock(up=0), Event()
    taken: list[Group | Missed] = []

    class Scripted(SlowDriver):
        values = iter((40, 41, 400, 401))

        def read(self) -> list[Sample]:
            super().read()
            return [Sample("t", next(self.values))]

    driver = Scripted(clock, [70, 5, 5, 5], stop)
    Sampler(driver, 1, clock, taken.append, {"t": Rule(jump=100, stale_ms=60)}).run(stop)
    said = [one.samples[0] for one in taken if isinstance(one, Group)]
    assert said == [Sample("t", 40, "stale"), Sample("t", 41), Sample("t", 400, "jump"), Sample("t", 401)]


def test_a_paused_sampler_asks_nobody_and_says_what_fell_due() -> None:
    """[A11]"""
    clock, stop = HandClock(up=0), Event()
    taken: list[Group | Missed] = []
    pauses = [True, True, False]

    def paused() -> bool:
        clock.pass_ms(1_000)
        return pauses.pop(0)

    Sampler(SlowDriver(clock, [0], stop), 1_000, clock, taken.append, paused=paused).run(stop)
    *missed, group = taken
    assert [(one.reason, one.readings) for one in missed if isinstance(one, Missed)] == [("maintenance", 1)] * 2
    assert isinstance(group, Group)


def test_a_driver_is_closed_when_it_fails() -> None:
    driver = SlowDriver(HandClock(), [], Event())
    with pytest.raises(IndexError):
        Sampler(driver, 10, HandClock(), lambda group: None).run(Event())
    assert driver.closed
