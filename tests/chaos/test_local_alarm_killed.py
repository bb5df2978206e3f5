"""The agent is killed while its own alarm is due, the hub and its broker away: row 1."""

import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread

import pytest

from larder_agent import applied
from larder_agent.key import create_key
from larder_cli.reconcile.lines import read_line
from larder_core.desired import Desired, DesiredPoint, DesiredProfile, write_config
from larder_core.signing import Key
from tests.chaos.rows import row
from tests.support.waiting import wait_for

pytestmark = pytest.mark.process
Show = Callable[[str, object], None]
HUB = Key(b"h" * 32)
DELAY_S, KILLED_AFTER_S = 6.0, 3.0
"""A reading speaks for three periods, three seconds here: a restart within them costs no time beyond the limit."""

CONFIG = """
[broker]
host = "127.0.0.1"
port = {nowhere}
[hub]
public_key = "{hub}"
[[device]]
county = "632224"
site = "east"
id = "east-box"
state_dir = "{state}"
period_s = 1
seal_after_s = 60
alarm = {{ output = "modbus-tcp", host = "127.0.0.1", port = {relay} }}
[[device.source]]
driver = "hwmon"
root = "{sys}"
  [[device.source.point]]
  id = "fridge"
  chip = "sht3x"
  input = "temp1"
"""

FRIDGE = DesiredProfile(
    key="fridge", version=1, title=("冷藏柜", "Fridge"), unit="Cel",
    rules=[("alarm", "high", 8.0, False, round(DELAY_S * 1000), None)], clear=(7.5, None, 60_000), source="a test",
)  # fmt: skip


class Relay(ThreadingTCPServer):
    """A Modbus TCP relay with a buzzer on it; `sounded` are the moments at which it was switched on."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Asked)
        self.sounded: list[float] = []
        self.struck: Callable[[], object] = lambda: None


class Asked(BaseRequestHandler):
    def handle(self) -> None:
        relay = self.server
        assert isinstance(relay, Relay)
        request = self.request.recv(64)
        if request[10:12] == b"\xff\x00":
            relay.sounded.append(time.monotonic())
            relay.struck()
        self.request.sendall(request)


class Fridge:
    """A device with one fridge, its sensor a file, its configuration applied before."""

    def __init__(self, folder: Path, relay: Relay) -> None:
        self.file, self.log, self.state = folder / "agent.toml", folder / "agent.log", folder / "state"
        self._chip = folder / "sys/class/hwmon/hwmon0"
        self._chip.mkdir(parents=True)
        (self._chip / "name").write_text("sht3x\n")
        self.has(7.6)
        with socket.socket() as unheard:
            unheard.bind(("127.0.0.1", 0))
            nowhere = unheard.getsockname()[1]
        port = relay.server_address[1]
        self.file.write_text(
            CONFIG.format(nowhere=nowhere, hub=HUB.public, state=self.state, relay=port, sys=folder / "sys")
        )
        create_key(self.state)
        point = DesiredPoint(id="fridge", name=("", ""), period=None, profile="fridge", calibration=None)
        wanted = Desired(
            config=1, device="east-box", version=1, issued=0, profiles=[FRIDGE], points=[point], fast=(1_000, 1_000)
        )
        applied.keep(self.state, applied.FILE, write_config(wanted, HUB))
        self.child: subprocess.Popen[bytes] | None = None

    def has(self, celsius: float) -> None:
        beside = self._chip / "new"
        beside.write_text(f"{celsius * 1000:.0f}\n")
        beside.replace(self._chip / "temp1_input")

    def start(self) -> None:
        with self.log.open("ab") as out:
            argv = [sys.executable, "-m", "larder_agent", "run", "--config", str(self.file)]
            self.child = subprocess.Popen(argv, stderr=out, env=os.environ)

    def kill(self) -> None:
        if self.child is not None:
            self.child.kill()
            self.child.wait(10)

    def staged(self) -> int:
        """Readings that wait for their seal."""
        files = self.state.glob("staging-*.jsonl")
        return sum(file.read_bytes().count(b"\n") - 1 for file in files)

    def told(self) -> list[str]:
        """The state of each local alarm in the record."""
        outbox = self.state / "outbox.db"
        if not outbox.exists():
            return []
        with closing(sqlite3.connect(f"file:{outbox}?mode=ro", uri=True)) as db:
            contents = [read_line(line).content for (line,) in db.execute("SELECT line FROM entry ORDER BY n")]
        return [one["detail"]["state"] for one in contents if one.get("event") == "local-alarm"]


@contextmanager
def warm_fridge(folder: Path) -> Iterator[tuple[Fridge, Relay, float]]:
    """An agent that runs over a fridge which has just left its limits, and when it did."""
    with Relay() as relay:
        Thread(target=relay.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        fridge = Fridge(folder, relay)
        try:
            fridge.start()
            wait_for(lambda: fridge.staged() >= 3, "cold readings", 30)
            fridge.has(8.4)
            yield fridge, relay, time.monotonic()
        finally:
            fridge.kill()
            relay.shutdown()


@row(1, "agent kill -9 while its own alarm is due", injection="the hub away, kill -9 three seconds into a delay of six, started again",
     expected="the buzzer sounds six seconds after the limit was left, not after the restart",
     metric="sounded_after_s")  # fmt: skip
def test_killed_within_the_delay_the_buzzer_keeps_its_time(tmp_path: Path, record_property: Show) -> None:
    """[D4] [A1]"""
    with warm_fridge(tmp_path) as (fridge, relay, left):
        wait_for(lambda: time.monotonic() >= left + KILLED_AFTER_S, "the middle of the delay", 10)
        fridge.kill()
        fridge.start()
        wait_for(lambda: relay.sounded, "the buzzer", 30)
        after_s = relay.sounded[0] - left
        wait_for(fridge.told, "the alarm in the record", 10)
        assert fridge.told() == ["raised"]
    record_property("sounded_after_s", round(after_s, 1))
    assert DELAY_S - 0.3 <= after_s < DELAY_S + KILLED_AFTER_S, "counted from the restart it would be nine"


@row(1, "agent kill -9 as its alarm sounds", injection="the hub away, kill -9 by the relay as it is switched on, started again twice",
     expected="the buzzer sounds again, and the record tells the alarm once",
     metric="told=1; told_before_the_kill says whether the kill came first")  # fmt: skip
def test_killed_as_it_sounds_the_alarm_is_told_once(tmp_path: Path, record_property: Show) -> None:
    """[D4]"""
    with warm_fridge(tmp_path) as (fridge, relay, _):
        relay.struck = fridge.kill
        wait_for(lambda: relay.sounded, "the buzzer", 30)
        wait_for(lambda: fridge.child is not None and fridge.child.poll() is not None, "the kill", 10)
        record_property("told_before_the_kill", len(fridge.told()))
        relay.struck = lambda: None
        for times in (2, 3):
            fridge.start()
            wait_for(lambda times=times: len(relay.sounded) >= times, "the buzzer again", 30)  # type: ignore[misc]
            wait_for(fridge.told, "the alarm in the record", 10)
            assert fridge.told() == ["raised"]
            fridge.kill()
    record_property("told", len(fridge.told()))
