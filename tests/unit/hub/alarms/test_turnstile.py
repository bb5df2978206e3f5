"""Writers of alarms.db take turns: one that writes without a pause does not keep another out."""

from pathlib import Path
from threading import Event, Thread

from larder_hub.alarms.schema import open_alarms, transaction
from larder_hub.alarms.turnstile import Turnstile, turnstile
from tests.support.waiting import wait_for


def test_the_sender_writes_between_the_transactions_of_a_backlog(tmp_path: Path) -> None:
    """SQLite alone lets the other look now and then, and it never found the file free: after ten seconds the hub ended."""
    file, stop, busy = tmp_path / "alarms.db", Event(), [0]

    def backlog() -> None:
        db = open_alarms(file)
        while not stop.is_set():
            with transaction(db):
                busy[0] += 1
                db.execute("UPDATE mark SET position = ?", (busy[0],))
                Event().wait(0.03)
        db.close()

    db, thread = open_alarms(file), Thread(target=backlog)
    thread.start()
    try:
        wait_for(lambda: busy[0] > 2, "the backlog is written")
        for _ in range(10):
            before = busy[0]
            with transaction(db):
                assert busy[0] <= before + 1, "it waits for the transaction under way and no other"
    finally:
        stop.set()
        thread.join()
        db.close()


def test_an_error_inside_lets_the_next_one_in(tmp_path: Path) -> None:
    one = Turnstile()
    for _ in range(2):
        try:
            with one.passed():
                raise KeyError
        except KeyError:
            continue
    with one.passed():
        assert turnstile("a") is turnstile("a") is not turnstile("b")
