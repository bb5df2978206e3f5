"""The real hub with one thing broken on purpose: `python -m tests.support.sabotaged_hub <how>[=<what>] run --config hub.toml`.

die-before-commit=N, die-after-commit=N   SIGKILL around the COMMIT of the Nth group that stores something
die-before-sms                            SIGKILL when a notice is about to be handed over, its intent and its begin committed
die-of=TEXT                               SIGKILL when a message that holds this text is parsed: a bug that one payload meets
stall-series=FILE, stall-alarms=FILE,
stall-ingest=FILE                         that thread hangs for as long as FILE exists
safe-of-newest                            `safe` looks at the newest restore point alone
"""

import os
import signal
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Event
from typing import Any

from larder_cli.main import main
from larder_hub.alarms.projection import AlarmProjection
from larder_hub.ingest import intake, receipts
from larder_hub.ingest.intake import Intake
from larder_hub.ledger.registry import Reach
from larder_hub.ledger.safe import safe_of
from larder_hub.ledger.store import Ledger
from larder_hub.notices.file_spool import FileSpool
from larder_hub.series.sqlite import SqliteSeries


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def before(owner: Any, name: str, act: Callable[..., None]) -> None:
    """`act` is called with the same arguments before the method or function."""
    whole = getattr(owner, name)

    def broken(*args: Any, **named: Any) -> Any:
        act(*args, **named)
        return whole(*args, **named)

    setattr(owner, name, broken)


def around_commit(hook: bool, nth: int) -> None:
    stored = 0

    def count(ledger: Ledger) -> bool:
        nonlocal stored
        if ledger.outcome.entries.get("stored"):
            stored += 1
            if stored >= nth:
                die()
        return False

    if hook:  # SQLite calls it when everything is written and nothing is committed
        before(Ledger, "_remember", lambda ledger, *_: ledger._db.set_commit_hook(lambda: count(ledger)))
    else:
        before(Ledger, "_note", lambda ledger, *_: count(ledger))


def stall(owner: Any, name: str, file: Path) -> None:
    def wait(*_: Any, **__: Any) -> None:
        while file.exists():
            Event().wait(0.05)

    before(owner, name, wait)


def die_of(text: str) -> None:
    def read(payload: bytes, *_: Any) -> None:
        if text.encode() in payload:
            die()

    before(intake, "read_message", read)


def safe_of_newest() -> None:
    def newest(chain: Any, reaches: Iterable[Reach]) -> Any:
        return safe_of(chain, sorted(reaches)[-1:])

    receipts.safe_of = newest  # type: ignore[attr-defined]


def break_it(how: str, what: str) -> None:
    {
        "die-before-commit": lambda: around_commit(True, int(what)),
        "die-after-commit": lambda: around_commit(False, int(what)),
        "die-before-sms": lambda: before(FileSpool, "send", lambda *_: die()),
        "die-of": lambda: die_of(what),
        "stall-series": lambda: stall(SqliteSeries, "apply", Path(what)),
        "stall-alarms": lambda: stall(AlarmProjection, "apply", Path(what)),
        "stall-ingest": lambda: stall(Intake, "settle", Path(what)),
        "safe-of-newest": safe_of_newest,
    }[how]()


if __name__ == "__main__":
    break_it(*sys.argv[1].partition("=")[::2])
    sys.exit(main(["hub", *sys.argv[2:]]))
