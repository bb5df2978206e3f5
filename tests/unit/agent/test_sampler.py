"""The grid, and what a driver may not do."""

from threading import Event, Thread

import pytest

from larder_agent.away import Missed
from larder_agent.clock import HandClock, KernelClock
from larder_agent.drivers.port import Driver, NoStill, PointSpec, Sample
from larder_agent.sampler import BrokenDriver, Sampler, checked, next_on_grid
from larder_agent.screening import Rule
from larder_agent.staging import Group
from larder_agent.still import Burst, take_still
from larder_agent.tempo import Ask, Tempo
from larder_core.sizes import MAX_PICTURE
from tests.support.waiting import wait_for

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
    sampler = Sampler(driver, Tempo(1), clock, taken.append)
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
    Sampler(driver, Tempo(1), clock, taken.append, {"t": Rule(jump=100, stale_ms=60)}).run(stop)
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

    Sampler(SlowDriver(clock, [0], stop), Tempo(1_000), clock, taken.append, paused=paused).run(stop)
    *missed, group = taken
    assert [(one.reason, one.readings) for one in missed if isinstance(one, Missed)] == [("maintenance", 1)] * 2
    assert isinstance(group, Group)


def test_a_driver_is_closed_when_it_fails() -> None:
    driver = SlowDriver(HandClock(), [], Event())
    with pytest.raises(IndexError):
        Sampler(driver, Tempo(10), HandClock(), lambda group: None).run(Event())
    assert driver.closed


class Camera:
    """A driver that counts its reads and offers a still."""

    points = (PointSpec("cam", "/", 0),)

    def __init__(self) -> None:
        self.reads = 0

    def read(self) -> list[Sample]:
        self.reads += 1
        return [Sample("cam", 1)]

    def still(self, point: str) -> bytes:
        if self.reads > 5:
            raise NoStill("asleep")
        return point.encode()

    def close(self) -> None: ...


def sampling(driver: Driver, tempo: Tempo, taken: list[object]) -> tuple[Thread, Event]:
    stop = Event()
    thread = Thread(target=Sampler(driver, tempo, KernelClock(), taken.append).run, args=(stop,), daemon=True)
    thread.start()
    return thread, stop


def ended(thread: Thread, stop: Event, tempo: Tempo) -> None:
    stop.set()
    tempo.wake()
    thread.join(5)
    assert not thread.is_alive()


def test_a_burst_reads_at_once_and_takes_the_still() -> None:
    """[D10] Beside a grid of a day."""
    taken: list[object] = []
    tempo = Tempo(86_400_000)
    thread, stop = sampling(Camera(), tempo, taken)
    wait_for(lambda: len(taken) == 1, "the first reading of the grid")
    tempo.ask(Ask(7, 3, ("cam", "elsewhere"), apart_ms=1))
    wait_for(lambda: len(taken) == 5, "three fresh readings and the end of the burst")
    burst = taken[-1]
    assert isinstance(burst, Burst)
    assert burst.number == 7
    assert list(burst.stills) == ["cam"]
    assert (burst.stills["cam"].size, burst.stills["cam"].picture) == (3, b"cam")
    ended(thread, stop, tempo)


def test_out_of_limits_the_source_hurries_and_then_takes_its_time_again() -> None:
    """[D4]"""
    taken: list[object] = []
    tempo = Tempo(86_400_000)
    thread, stop = sampling(Camera(), tempo, taken)
    wait_for(lambda: len(taken) == 1, "the first reading")
    tempo.hurry(20)
    wait_for(lambda: len(taken) > 4, "faster readings")
    tempo.hurry(0)
    assert tempo.period_ms == 86_400_000
    ended(thread, stop, tempo)
    assert not [one for one in taken if isinstance(one, Missed)], "a faster period declares nothing missed"


@pytest.mark.parametrize("driver", [Camera(), SlowDriver(HandClock(), [0], Event())])
def test_why_there_is_no_still(driver: Driver) -> None:
    if isinstance(driver, Camera):
        driver.reads = 9
    assert take_still(driver, "t").reason == ("asleep" if isinstance(driver, Camera) else "no-camera")


def test_a_picture_that_is_too_large_is_known_by_its_hash_alone() -> None:
    """[D11]"""
    camera = Camera()
    camera.still = lambda point: b"x" * (MAX_PICTURE + 1)  # type: ignore[method-assign]
    still = take_still(camera, "cam")
    assert (len(still.digest), still.size, still.picture) == (43, MAX_PICTURE + 1, b"")
