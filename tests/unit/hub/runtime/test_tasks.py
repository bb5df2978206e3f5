"""The boundary where a failure of any thread becomes the end of the program, with the exit status that a supervisor understands."""

from threading import Event

from larder_hub.ledger.schema import LedgerFailed
from larder_hub.tasks import CRASHED, DISK_FAILED, Tasks


def fails(error: Exception) -> Tasks:
    counted: list[str] = []
    tasks = Tasks(counted.append)

    def work(stop: Event) -> None:
        raise error

    tasks.start("ingest", work)
    assert tasks.stop.wait(5)
    tasks.join(5)
    assert counted == ["ingest"]
    return tasks


def test_a_disk_that_fails_and_a_bug_are_told_apart() -> None:
    assert fails(LedgerFailed("ledger.db: disk I/O error")).code == DISK_FAILED == 74
    assert fails(KeyError("x")).code == CRASHED == 70


def test_the_first_failure_decides_and_the_others_are_asked_to_stop() -> None:
    tasks = Tasks()
    seen = Event()

    def waits(stop: Event) -> None:
        stop.wait(5)
        seen.set()
        raise ValueError("late")

    def fails_first(stop: Event) -> None:
        raise LedgerFailed("full")

    tasks.start("web", waits)
    tasks.start("ingest", fails_first)
    tasks.join(5)
    assert seen.is_set() and tasks.code == DISK_FAILED


def test_a_clean_end_is_0() -> None:
    tasks = Tasks()
    tasks.start("web", lambda stop: None)
    tasks.join(5)
    assert tasks.code == 0 and not tasks.stop.is_set()
