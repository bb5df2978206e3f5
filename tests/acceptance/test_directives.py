"""Configuration and commands from a real hub to a real agent over real brokers; what is not the hub's is refused and told.

[D3] [D4] [D6] [D8] [D9] [D10]
"""

import json
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from larder_agent.clock import KernelClock
from larder_cli.demo.stage import Stage
from larder_core.command import Args, Command, write_command
from larder_core.entry import read_entry
from larder_core.names import Address
from larder_core.signing import Key, from_text
from tests.support.brokers import KINDS
from tests.support.mqtt import MqttClient
from tests.support.stages import grows, logs, staged
from tests.support.waiting import wait_for

pytestmark = pytest.mark.process

DEVICE = "east-box"
HOME = Address("632224", "east", DEVICE)


class Rig:
    """The stage, and what can be asked of it."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.key = Key(from_text((stage.plan.data_dir / "hub.key").read_text().strip()))
        self.config = str(stage.plan.hub_file)

    def hub(self, *words: str) -> Any:
        return json.loads(self.stage._call("larder_hub", *words, "--json", "--config", self.config))

    def wish(self) -> dict[str, Any]:
        (found,) = [one for one in self.stage.ask("configs")["configs"] if one["device"] == DEVICE]
        return dict(found)

    def events(self, *words: str) -> list[dict[str, Any]]:
        """Events of the device in the ledger, with their word."""
        import sqlite3

        with sqlite3.connect(f"file:{self.stage.plan.data_dir / 'ledger.db'}?mode=ro", uri=True) as db:
            lines = [row[0] for row in db.execute("SELECT line FROM entry WHERE kind='event' ORDER BY id")]
        contents = [read_entry(line)[1] for line in lines]
        return [
            {"event": one.event, **one.detail}
            for one in contents
            if one.device == DEVICE and getattr(one, "event", "") in words
        ]

    def refused(self) -> list[str]:
        return [one["reason"] for one in self.events("command-refused")]

    def command(self, number: int, *, key: Key | None = None, device: str = DEVICE, age_ms: int = 0) -> bytes:
        """Good for a minute by the wall clock and, for a machine that nobody has set the clock of, by its boot."""
        issued = time.time_ns() // 1_000_000 - age_ms
        up = KernelClock().up_ms() + 60_000 - age_ms
        command = Command(
            command=1, device=device, number=number, issued=issued, expires=issued + 60_000, boot=KernelClock().boot_id,
            up=max(0, up), name="self-test", args=Args(),
        )  # fmt: skip
        return write_command(command, key or self.key)

    def counts(self) -> dict[str, int]:
        file = self.stage.plan.state_dir(DEVICE) / "metrics.json"
        return dict(json.loads(file.read_text())["counts"]) if file.exists() else {}


@pytest.fixture(params=KINDS)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    with staged(tmp_path, request.param) as stage:
        yield Rig(stage)


def test_the_register_reaches_the_device_which_says_so_and_keeps_it_with_the_hub_away(rig: Rig) -> None:
    """[D1] [D3] [D5]"""
    wait_for(lambda: rig.wish()["standing"] == "applied", f"the first configuration\n{logs(rig.stage)}", 30)
    first = rig.wish()["applied"]
    register = tomllib.loads(rig.stage.plan.register_file.read_text())
    device = next(one for site in register["site"] for one in site["device"] if one["id"] == DEVICE)
    device["point"][0] |= {"offset": 0.4, "certificate": "QH-17", "certificate_until": "2027-01-31"}
    rig.stage.plan.register_file.write_text(tomli_w.dumps(register))
    rig.stage._call("larder_hub", "register", "import", str(rig.stage.plan.register_file), "--config", rig.config)
    wait_for(lambda: rig.wish()["applied"] == first + 1, f"the changed one\n{logs(rig.stage)}", 30)
    wait_for(lambda: rig.events("calibration"), "the calibration as a fact in the ledger", 30)
    told = rig.events("calibration", "config-applied")
    assert {"event": "calibration", "point": device["point"][0]["id"], "certificate": "QH-17"}.items() <= told[
        -1
    ].items()
    assert [one["version"] for one in told if one["event"] == "config-applied"] == [first, first + 1]
    rig.stage.kill("hub")
    rig.stage.kill("agent")
    rig.stage.start_agent()
    file = rig.stage.plan.state_dir(DEVICE) / "metrics.json"
    wait_for(lambda: json.loads(file.read_text())["now"]["config"] == first + 1, "the configuration of the disk", 30)


def test_commands_are_done_once_answered_and_in_the_ledger(rig: Rig) -> None:
    """[D8] [D9] [D10] [D12]"""
    grows(rig.stage, 20)
    done = rig.hub("command", DEVICE, "inspect-now", "--count", "2", "--reason", "test", "--actor", "li")
    assert (done["outcome"] if isinstance(done, dict) else done[0]["outcome"]) == "done", logs(rig.stage)
    tested = rig.hub("command", DEVICE, "self-test", "--reason", "test")
    assert tested["found"]["points"] > 0
    assert rig.hub("command", DEVICE, "set-config", "--reason", "test")["found"]["version"] == 1
    wait_for(lambda: len(rig.events("command-done")) == 3, "three answers in the ledger", 30)
    wait_for(lambda: all(one["recorded_ms"] for one in rig.stage.ask("commands")["commands"]), "and known there", 30)
    assert rig.stage.ask("commands")["commands"][-1]["actor"] == "li"


def test_what_is_foreign_old_or_repeated_is_refused_and_told(rig: Rig) -> None:
    """[D6] [D7] [D8] [D9] Somebody else has the hub's place at the broker, with and without its key."""
    grows(rig.stage, 20)
    rig.stage.kill("hub")
    good = rig.command(10)
    old = rig.command(9, age_ms=700_000)
    stranger, other = rig.command(12, key=Key(b"s" * 32)), rig.command(13, device="west-box")
    with MqttClient(rig.stage.broker, "hub", clean=True) as client:
        for payload in (stranger, other, old, good, good, b"\xff\xfe"):
            client.publish(HOME.topic("command"), payload)
        client.publish(HOME.topic("config"), b'{"config":1,"device":"east-box"}')
        client.publish(HOME.topic("command"), rig.command(14), retain=True)
        wanted = {"commands.self-test": 2, "commands_refused.bad-signature": 2, "commands_refused.wrong-device": 1,
                  "commands_refused.expired": 1, "commands_refused.replayed": 1, "configs_refused.bad-signature": 1}  # fmt: skip
        wait_for(lambda: wanted.items() <= rig.counts().items(), f"each is counted\n{logs(rig.stage)}", 30)
        rig.stage.kill("agent")
        rig.stage.start_agent()
        wait_for(lambda: rig.counts().get("commands_refused.retained"), "the retained one, at the new connection", 30)
        client.publish(HOME.topic("command"), b"", retain=True)
    rig.stage.restart("hub")
    wait_for(lambda: len(rig.refused()) >= 6, f"the refusals in the ledger\n{logs(rig.stage)}", 30)
    assert rig.refused()[:5] == ["bad-signature", "wrong-device", "expired", "replayed", "bad-signature"]
    assert len(rig.events("command-done")) == 2
    assert rig.events("config-refused")[0]["reason"] == "bad-signature"


def test_a_restart_is_answered_first_and_the_agent_goes_on(rig: Rig) -> None:
    """[D10] One process of two devices."""
    grows(rig.stage, 20)
    pid = rig.stage.pid("agent")
    assert rig.hub("command", DEVICE, "restart", "--reason", "test")["outcome"] == "done"
    wait_for(lambda: rig.events("stopped"), "the clean end", 30)
    grows(rig.stage, 40)
    assert rig.stage.pid("agent") == pid, "the same process began anew"
