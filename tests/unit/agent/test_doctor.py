"""What is wrong, in plain words, each with something to do."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from larder_agent.cli import standing_lines
from larder_agent.config import BrokerConfig
from larder_agent.doctor.facts import broker_facts, disk_facts
from larder_agent.doctor.findings import DAY_MS, Certificate, Facts, findings
from larder_agent.doctor.self_test import self_test
from tests.support.brokers import Broker, free_port
from tests.support.fixtures import BrokerFactory
from tests.unit.agent.test_process import USERS, Site

NOW = 1_790_000_000_000
WELL: dict[str, Any] = {
    "written_ms": NOW - 5_000, "clock": ["synced", 12], "mqtt": "5", "receipt_ms": NOW - 20_000, "stream": "ab" * 16, "head": 9,
    "produced": 100, "backlog": {"entries": 0, "readings": 0, "oldest_at": None},
    "disk": {"used": 90, "bound": 100, "free": 10**9}, "maintenance": "", "heartbeat_ms": 30_000, "config": 4, "out": [],
    "points": {"fridge-1": ["", 900, 900], "fridge-4": ["", 900, 900]},
}  # fmt: skip
SOUND = Facts(at_ms=NOW, standing=WELL, broker="", address="10.0.0.2:8883", disk_used=0.5,
              certificates=[Certificate("10.0.0.2:8883", NOW + 90 * DAY_MS)])  # fmt: skip


def standing(**changes: Any) -> Facts:
    return replace(SOUND, standing=WELL | changes)


def test_nothing_is_wrong_with_a_sound_device() -> None:
    assert findings(SOUND) == []


@pytest.mark.parametrize(
    ("facts", "word", "grave", "says"),
    [
        (replace(SOUND, broker="timed out"), "broker-unreachable", True, "10.0.0.2:8883 cannot be reached: timed out"),
        (replace(SOUND, certificates=[Certificate("the broker", NOW + 3 * DAY_MS + 5)]), "certificate-expires", False, "in 3 days"),
        (replace(SOUND, certificates=[Certificate("the broker", NOW - 5)]), "certificate-expires", True, "has expired"),
        (standing(clock=["unset", None]), "clock-unset", True, "never set"),
        (standing(clock=["restored", None]), "clock-restored", False, "battery"),
        (standing(points={"fridge-4": ["no-answer", 900, 300_000]}), "sensor-silent", True, "fridge-4 has given no good reading for"),
        (standing(points={"fridge-4": ["no-answer", 900, None]}), "sensor-silent", True, "since the start (no-answer)"),
        (replace(SOUND, disk_used=0.92), "disk-full", False, "92 % full"),
        (replace(SOUND, disk_used=0.96), "disk-full", True, "96 % full"),
        (standing(backlog={"entries": 5, "readings": 9, "oldest_at": 1}), "outbox-full", False, "90 % full"),
        (standing(written_ms=NOW - 200_000), "not-running", True, "no heartbeat for 3 min"),
        (replace(SOUND, standing=None), "never-ran", True, "never run"),
        (standing(mqtt=""), "not-connected", True, "has not let the device in"),
        (standing(receipt_ms=NOW - 700_000), "no-receipt", True, "not for 11 min"),
        (standing(receipt_ms=None), "no-receipt", True, "never"),
        (standing(maintenance="defrost"), "maintenance", False, "defrost"),
        (standing(out=["fridge-1"]), "out-of-limits", True, "fridge-1"),
        (replace(SOUND, counts={"configs_refused.stale": 2}), "config-refused", False, "2 times"),
        (replace(SOUND, key="no key"), "key", True, "no key"),
        (replace(SOUND, damaged=["outbox.db.damaged-1"]), "outbox-damaged", True, "damaged-1"),
        (replace(SOUND, disk_ends=3), "disk-errors", False, "3 times"),
        (replace(SOUND, calibrations=[Certificate("t (QH-17)", NOW + 10 * DAY_MS)]), "calibration-expires", False, "ends in 10 days"),
        (replace(SOUND, calibrations=[Certificate("t (QH-17)", NOW - 1)]), "calibration-expires", True, "has ended"),
    ],
)  # fmt: skip
def test_each_fault_is_named_explained_and_answered(facts: Facts, word: str, grave: bool, says: str) -> None:
    (found,) = findings(facts)
    assert (found.word, found.grave) == (word, grave)
    assert says in found.en
    assert all((found.zh, found.do_zh, found.do_en))


def test_a_short_silence_is_not_worth_a_word_and_the_grave_comes_first() -> None:
    assert findings(standing(points={"fridge-4": ["no-answer", 900, 60_000]})) == []
    assert [one.grave for one in findings(replace(standing(clock=["unset", None]), disk_used=0.9))] == [True, False]


def test_a_device_tests_itself_and_says_so_in_an_events_detail(tmp_path: Path) -> None:
    """[D10]"""
    told = self_test(
        tmp_path, WELL | {"points": {"t": ["no-answer", 5, None], "h": ["", 5, 5]}, "clock": ["unset", None]}
    )
    assert (told["sound"], told["points"], told["points-bad"], told["clock"]) == (False, 2, 1, "unset")
    assert {"clock-unset", "sensor-silent"} <= set(str(told["findings"]).split(","))
    assert (tmp_path / "self-test").exists(), "its disk was written to"
    assert len(told) <= 28
    assert json.dumps(told)


def test_the_state_folder_is_looked_at(tmp_path: Path) -> None:
    for name in ("outbox.db.damaged-1", "outbox.db.damaged-1-wal", "outbox.db"):
        (tmp_path / name).touch()
    found = disk_facts(tmp_path)
    assert (found["damaged"], found["disk_ends"]) == (["outbox.db.damaged-1"], 0)
    assert 0 < found["disk_used"] < 1


def test_status_shows_configuration_points_and_limits() -> None:
    shown = "\n".join(standing_lines(WELL | {"out": ["fridge-1"], "points": {"t": ["crc", 1, None]}}, NOW))
    assert "configuration: 4" in shown
    assert "out of limits: fridge-1" in shown
    assert "not good: 1 (t crc)" in shown
    old = {key: WELL[key] for key in WELL if key not in ("config", "out", "points", "heartbeat_ms")}
    assert standing_lines(old, NOW), "a file of an older agent"


def test_nobody_listens() -> None:
    port = free_port()
    found = broker_facts(BrokerConfig(host="127.0.0.1", port=port))
    assert found["broker"]
    assert found["address"] == f"127.0.0.1:{port}"


@pytest.mark.process
class TestOverARealBroker:
    @pytest.fixture
    def broker(self, start_broker: BrokerFactory) -> Broker:
        return start_broker("mosquitto", USERS)

    def test_its_certificate_is_read_and_a_strange_one_refused(self, broker: Broker, tmp_path: Path) -> None:
        at = BrokerConfig(host=broker.host, port=broker.port, ca_file=broker.ca_file)
        found = broker_facts(at)
        assert found["broker"] == ""
        assert len(found["certificates"]) >= 2
        assert all(one.expires_ms > NOW for one in found["certificates"])

    def test_the_command_finds_and_explains(self, broker: Broker, tmp_path: Path) -> None:
        site = Site(tmp_path, broker)
        told = site.larder("doctor")
        assert told.returncode == 2
        assert "还没有运行过" in told.stdout
        assert "systemctl start larder-agent" in told.stdout
        broker.stop()
        words = [one["word"] for one in json.loads(site.larder("doctor", "--json").stdout)["box-1"]]
        assert "broker-unreachable" in words
