"""The hub's disk is full, its ledger damaged, its write-ahead log held: rows 40, 41 and 46."""

import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from larder_cli.demo.stage import Stage
from larder_core.names import Address
from larder_hub.key import create_key
from tests.chaos.disks import fill, tmpfs
from tests.chaos.hubs import ailments, died, larder_hub
from tests.chaos.measures import balanced, hub_metric, watch
from tests.chaos.rows import row
from tests.support.hubs import IntakeRig
from tests.support.mqtt import MqttClient
from tests.support.speaker import Speaker
from tests.support.stages import drained, grows, logs, staged, stored
from tests.support.waiting import wait_for

pytestmark = pytest.mark.process
Show = Callable[[str, object], None]
EAST = Address("632224", "east", "east-box")
DISK_MB, RESERVE_MB = 64, 24


def stands_still(stage: Stage, seconds: float) -> None:
    """Nothing is stored in this time, after what was on its way has come in."""
    wait_for(
        lambda: hub_metric(stage, "larder_untaken_total") >= 0 and ailments(stage) == {"disk-low"}, "the hub is up"
    )
    before = stored(stage)
    counts = [stored(stage) for _ in watch(seconds)]
    assert counts[-1] - before <= 200, f"{before} -> {counts[-1]}: at most what had been sent before"
    assert len(set(counts[len(counts) // 2 :])) == 1, f"credit is 0: {counts}"


@row(40, "hub disk full", injection="64 MB tmpfs; 16 MB left, then 4 MB, then nothing",
     expected="credit 0, said on the page; nothing is receipted that is not stored; goes on by itself when there is room",
     metric="larder_disk_free_bytes, disk-low")  # fmt: skip
def test_a_full_disk_stops_the_intake_and_loses_nothing(tmp_path: Path, record_property: Show) -> None:
    """[H11]"""
    root = tmp_path / "small"
    settings = {"hub": {"ingest": {"reserve_mb": RESERVE_MB}}}
    with tmpfs(root, DISK_MB), staged(tmp_path / "stage", "nats", roots={"hub": root}, settings=settings) as stage:
        grows(stage, 30)
        for leave_mb in (16, 4):
            ballast = fill(root, leave_mb << 20)
            wait_for(lambda: ailments(stage) == {"disk-low"}, f"it says so\n{logs(stage)}", 10)
            stands_still(stage, 4)
            free = hub_metric(stage, "larder_disk_free_bytes") / (1 << 20)
            record_property("free_mb", round(free, 1))
            assert free < leave_mb + 1, "what the hub itself gives back, as a log, is less than that"
            assert "磁盘将满" in page(stage)
            held = stage.balance().held
            assert held > 20, "agents keep it"
            ballast.unlink()
            began = time.monotonic()
            wait_for(lambda: not ailments(stage), "it is well again without a restart", 10)
            grows(stage, held)
            record_property("recovered_s", round(time.monotonic() - began, 1))
        ballast = fill(root)
        for _ in watch(6):
            pass
        survived = stage.ended() is None
        record_property("at_0_bytes", "goes on" if survived else "crash-stop")
        if not survived:
            assert "code 74" in str(stage.ended())
        ballast.unlink()
        if not survived:
            stage.restart("hub")
        grows(stage, 30)
        balanced(stage)


def page(stage: Stage) -> str:
    with urllib.request.urlopen(stage.url, timeout=5) as answer:
        return str(answer.read().decode())


@row(41, "ledger damaged", injection="a page of ledger.db overwritten while the hub is down",
     expected="refuses to start and says what to type; a restore point goes in its place, generation + 1, agents refill",
     metric="exit status, generation")  # fmt: skip
def test_a_damaged_ledger_is_refused_and_replaced(tmp_path: Path, record_property: Show) -> None:
    """[R3]"""
    settings = {"hub": {"registry_dir": str(tmp_path / "registry")}}
    with staged(tmp_path / "stage", "nats", settings=settings) as stage:
        grows(stage, 60)
        done = larder_hub(stage, "backup", "--to", str(tmp_path / "point"))
        assert done.returncode == 0, done.stderr
        grows(stage, 60)
        stage.stop_program("hub")
        ledger = stage.plan.data_dir / "ledger.db"
        with sqlite3.connect(ledger) as db:  # else the log would put the page right again
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with ledger.open("r+b") as file:
            file.seek(6 * 4096)
            file.write(b"\xff" * 4096)
        stage._begin("hub", "larder_hub", "run", "--config", str(stage.plan.hub_file))
        told = died(stage)
        record_property("exit_status", 74)
        assert "code 74" in told and "is damaged" in told and "larder hub restore --point N" in told
        done = larder_hub(stage, "restore", "--point", "1")
        assert done.returncode == 0, done.stderr
        stage.restart("hub")
        grows(stage, 60)
        record_property("generation", generation(tmp_path / "registry"))
        assert generation(tmp_path / "registry") == 2
        assert list(stage.plan.data_dir.glob("before-restore-*/ledger.db")), "the damaged file is kept as evidence"
        balanced(stage)


@row(41, "ledger damaged", injection="the same, with the hub alone",
     expected="refuses to start and says what to type", metric="exit status", quick=True)  # fmt: skip
def test_a_hub_over_a_damaged_ledger_does_not_start(tmp_path: Path, record_property: Show) -> None:
    config = tmp_path / "hub.toml"
    config.write_text('data_dir = "hub"\n[web]\nport = 0\n')
    create_key(tmp_path / "hub")
    speaker = Speaker(EAST)
    rig = IntakeRig(tmp_path / "hub", speaker)
    for n in range(1, 40):
        speaker.batch(*range(n, n + 20))
        rig.entry(speaker, speaker.message(n))
    rig.ledger.close()
    with rig.file.open("r+b") as file:
        file.seek(6 * 4096)
        file.write(b"\xff" * 4096)
    argv = [sys.executable, "-m", "larder_hub", "run", "--config", str(config)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)
    record_property("exit_status", done.returncode)
    assert done.returncode == 74 and "is damaged" in done.stderr and "larder hub restore --point N" in done.stderr


def generation(registry: Path) -> int:
    with sqlite3.connect(f"file:{registry / 'registry.db'}?mode=ro", uri=True) as db:
        return int(db.execute("SELECT n FROM generation").fetchone()[0])


@row(46, "a long reader holds the ledger", injection="a transaction left open beside the hub until the log passes 16 MB",
     expected="said on the page; the log is emptied and cut once the reader ends", metric="larder_wal_bytes")  # fmt: skip
def test_a_reader_that_never_ends_is_noticed(tmp_path: Path, record_property: Show) -> None:
    settings = {"hub": {"ingest": {"wal_mb": 16, "group_messages": 1}}}
    with staged(tmp_path, "nats", settings=settings) as stage:
        grows(stage, 20)
        reader = sqlite3.connect(f"file:{stage.plan.data_dir / 'ledger.db'}?mode=ro", uri=True)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM entry").fetchone()
        with MqttClient(stage.broker, EAST.device, client_id="chatter") as client:

            def said() -> bool:
                for n in range(20):  # each is a commit
                    client.flood(EAST.topic("entry"), b"rubbish %d %d" % (time.monotonic_ns(), n))
                return "wal-large" in ailments(stage)

            wait_for(said, f"it is said\n{logs(stage)}", 45)
        record_property("wal_mb", round(hub_metric(stage, "larder_wal_bytes") / (1 << 20), 1))
        grows(stage, 20)
        reader.close()
        wait_for(lambda: not ailments(stage), "the log is given back", 30)
        record_property("afterwards_mb", round(hub_metric(stage, "larder_wal_bytes") / (1 << 20), 1))
        assert hub_metric(stage, "larder_wal_bytes") <= 10 << 20
        books = drained(stage)
    assert books.good and books.held == 0, f"{books}\n{logs(stage)}"
