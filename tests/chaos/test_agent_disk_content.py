"""The device's disk gives back other bytes than were written, or those of another day: rows 12 to 16.

Each test takes two looks at the outbox file, before and after, and names the entries that may be missing, by their hashes.
"""

import json
import random
import shutil
import sqlite3
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import tomli_w

from larder_cli.child import start_child, stop_child
from larder_cli.demo.stage import Stage
from tests.chaos.device_books import Lines, Reckoning, box, counter, one_box, reckon, sealed
from tests.chaos.lines import broker_forgets
from tests.chaos.rows import row
from tests.support.stages import grows, logs
from tests.support.waiting import wait_for

pytestmark = pytest.mark.process
Show = Callable[[str, object], None]


def devices(stage: Stage) -> dict[str, int]:
    """Streams of the one device by what became of them."""
    account = stage.ask("account")
    one = account["devices"][0] if account else {}
    return {"closed": one.get("streams_closed", 0), "forked": one.get("streams_forked", 0)}


def backlog_then_killed(stage: Stage) -> Lines:
    """Broker and hub are away, some entries are sealed that nobody else has, and the agent is killed; all that it ever sealed. It dies
    with a reading staged: killed between a commit and the next reading it would leave no staging file."""
    grows(stage, 12)
    broker_forgets(stage)  # else its queue would bring entries that the ledger does not have yet
    stage.kill("hub")
    had = len(sealed(box(stage) / "outbox.db"))

    def stopped_with_a_backlog() -> bool:
        stage.pause("agent")
        wait_for(lambda: stands(stage.pid("agent")), "it stands still")
        if len(sealed(box(stage) / "outbox.db")) >= had + 4 and list(box(stage).glob("staging-*.jsonl")):
            return True
        stage.resume("agent")
        return False

    wait_for(stopped_with_a_backlog, f"four more entries, and readings after them\n{logs(stage)}")
    stage.kill("agent")
    return sealed(box(stage) / "outbox.db")


def stands(pid: int) -> bool:
    """Whether SIGSTOP has taken hold."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


@contextmanager
def not_checkpointed(file: Path) -> Iterator[None]:
    """All commits stay in the log, however long it takes: a reader that began before them holds the file's own pages."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
        db.execute("BEGIN")
        db.execute("SELECT count(*) FROM entry").fetchone()
        yield


def all_again(stage: Stage) -> None:
    """The agent without waiting for its outbox, which may be damaged."""
    for name in ("broker", "hub"):
        stage.restart(name)
    stage._begin("agent", "larder_agent", "run", "--config", str(stage.plan.agent_file))
    grows(stage, 8)


def only_here(stage: Stage, before: Lines) -> Lines:
    """Entries that the hub does not have."""
    with closing(sqlite3.connect(f"file:{stage.plan.data_dir / 'ledger.db'}?mode=ro", uri=True)) as db:
        stored = {digest for (digest,) in db.execute("SELECT hash FROM entry")}
    return {digest: line for digest, line in before.items() if digest not in stored}


def flip(file: Path, at: int) -> None:
    with file.open("r+b") as out:
        out.seek(at)
        byte = out.read(1)[0]
        out.seek(at)
        out.write(bytes((byte ^ 0x10,)))


@row(12, "bit flip in the database file", injection="one bit of the line of an entry that only this disk has",
     expected="found at the start; the file is kept; the other entries go on in a new stream; the one is declared lost",
     metric="outbox_damaged=1, missing = that entry, declared_lost = its readings", quick=True)  # fmt: skip
def test_a_flipped_bit_costs_one_entry_and_says_so(tmp_path: Path, record_property: Show) -> None:
    """[A8]"""
    with one_box(tmp_path) as stage:
        before = backlog_then_killed(stage)
        file = box(stage) / "outbox.db"
        with closing(sqlite3.connect(file)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            candidates = {digest: line for digest, line in only_here(stage, before).items() if line.readings}
            victim = random.Random(12).choice(sorted(candidates))
            (line,) = db.execute("SELECT line FROM entry WHERE hash=?", (victim,)).fetchone()
        raw = file.read_bytes()
        flip(file, raw.index(line) + len(line) // 2)
        damaged = file.read_bytes()
        all_again(stage)
        assert counter(stage, "outbox_damaged") == 1
        assert "the outbox was damaged" in (tmp_path / "logs" / "agent.log").read_text()
        found = reckon(stage, before)
        balance = stage.balance()
        record_property("missing", f"{len(found.missing)} entry, {before[victim].readings} readings")
        record_property("declared_lost", balance.declared_lost)
        assert set(found.missing) == {victim}
        assert (balance.declared_lost, balance.unexplained) == (before[victim].readings, 0)
        assert balance.difference == 0, "what was produced before the damage is known after it"
        assert (box(stage) / "outbox.db.damaged-1").read_bytes() == damaged


@row(13, "write-ahead log deleted while down", injection="kill -9, rm outbox.db-wal",
     expected="the stream ends before a number is given twice; what only the log had is missing, and shown where it was announced",
     metric="missing = entries of the log that the hub has not, frozen.went-back=1", quick=True)  # fmt: skip
def test_a_deleted_log_is_noticed_before_a_number_is_given_again(tmp_path: Path, record_property: Show) -> None:
    """[A7]"""
    with one_box(tmp_path) as stage:
        grows(stage, 8)
        stage.stop_program("agent")
        file = box(stage) / "outbox.db"
        checkpointed, image = sealed(file), file.read_bytes()
        with not_checkpointed(file):
            stage.restart("agent")
            before = backlog_then_killed(stage)
            (box(stage) / "outbox.db-wal").unlink()
        assert file.read_bytes() == image, "the log alone had what came after the stop"
        in_log = {digest: line for digest, line in only_here(stage, before).items() if digest not in checkpointed}
        assert in_log
        all_again(stage)
        assert counter(stage, "frozen.went-back") == 1
        found = reckon(stage, before)
        exactly(found, in_log, record_property)
        assert counter(stage, "outbox_damaged") == 0
        assert len(found.hub.stored) == 2


@row(14, "state wiped", injection="kill -9, every file of the state but the key removed",
     expected="a new stream; the old one is closed; what only the disk had is missing and, where announced, unexplained",
     metric="streams_closed=1, missing = what only the disk had", quick=True)  # fmt: skip
def test_a_wiped_disk_begins_a_new_stream(tmp_path: Path, record_property: Show) -> None:
    """[A1]"""
    with one_box(tmp_path) as stage:
        before = backlog_then_killed(stage)
        gone = only_here(stage, before)
        for file in box(stage).iterdir():
            if file.name != "device.key":
                file.unlink()
        all_again(stage)
        record_property("streams_closed", devices(stage)["closed"])
        assert devices(stage) == {"closed": 1, "forked": 0}
        exactly(reckon(stage, before), gone, record_property)


@row(15, "state rolled back", injection="the whole state as it was a while ago, put back after a clean stop",
     expected="the hub is ahead: the stream ends, a new one adopts what the image held",
     metric="streams_forked=1, missing=0")  # fmt: skip
def test_an_old_image_of_the_disk_is_noticed(tmp_path: Path, record_property: Show) -> None:
    """[A7] [A8] The hub was up all the while, so that nothing is missing at all."""
    with one_box(tmp_path) as stage:
        grows(stage, 8)
        stage.stop_program("agent")
        shutil.copytree(box(stage), tmp_path / "image")
        stage.restart("agent")
        grows(stage, 40)
        stage.stop_program("agent")
        before = sealed(box(stage) / "outbox.db")
        assert not only_here(stage, before)
        shutil.rmtree(box(stage))
        shutil.copytree(tmp_path / "image", box(stage))
        stream = next(iter(before.values())).stream
        began = time.monotonic()
        stage.restart("agent")
        wait_for(
            lambda: any(line.stream != stream for line in sealed(box(stage) / "outbox.db").values()), "a new stream"
        )
        record_property("noticed_s", round(time.monotonic() - began, 1))
        grows(stage, 8)
        record_property("streams", json.dumps(devices(stage)))
        found = reckon(stage, before)
        assert found.missing == {}


@row(16, "card cloned, both online", injection="the state copied while stopped; the copy runs beside the original under one identity",
     expected="noticed by both; each goes on in a stream of its own; nothing either sealed is missing",
     metric="fork_detect_s, streams_forked=1, missing=0")  # fmt: skip
def test_two_copies_of_one_card_part(tmp_path: Path, record_property: Show) -> None:
    """[A7] [A8] [H4]"""
    with one_box(tmp_path) as stage:
        grows(stage, 8)
        stage.stop_program("agent")
        twin_state = tmp_path / "twin" / "east-box"
        shutil.copytree(box(stage), twin_state)
        config = tomllib.loads(stage.plan.agent_file.read_text())
        config["device"][0]["state_dir"] = str(twin_state)
        twin_file = tmp_path / "twin.toml"
        twin_file.write_text(tomli_w.dumps(config))
        stream = next(iter(sealed(box(stage) / "outbox.db").values())).stream
        began = time.monotonic()
        stage.restart("agent")
        argv: list[str | Path] = [sys.executable, "-m", "larder_agent", "run", "--config", twin_file]
        twin = start_child(argv, log=tmp_path / "logs" / "twin.log")
        try:
            for state in (box(stage), twin_state):
                wait_for(lambda state=state: parted(state, stream), f"{state} parts\n{logs(stage)}", 50)  # type: ignore[misc]
            record_property("fork_detect_s", round(time.monotonic() - began, 1))
            grows(stage, 8)
            assert devices(stage)["forked"] == 1
            stage.stop_program("agent")
            wait_for(
                lambda: not only_here(stage, sealed(twin_state / "outbox.db")), "the copy alone delivers the rest", 30
            )
        finally:
            stop_child(twin)
        stage.restart("agent")
        found = reckon(stage, sealed(box(stage) / "outbox.db", twin_state / "outbox.db"))
        record_property("missing", len(found.missing))
        assert found.missing == {}


def parted(state: Path, stream: str) -> bool:
    with closing(sqlite3.connect(f"file:{state / 'outbox.db'}?mode=ro", uri=True)) as db:
        found = db.execute("SELECT value FROM meta WHERE key='stream'").fetchone()
    return found is not None and found[0] != stream


def exactly(found: Reckoning, expected: Lines, show: Show) -> None:
    show("missing", f"{len(found.missing)} entries, {sum(line.readings for line in found.missing.values())} readings")
    assert found.missing == expected
