"""From a sensor's register to a phone: the demo, whole, as a new user runs it, with the real broker and the real gammu-smsd."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.gammu import parse_smsbackup

pytestmark = pytest.mark.process

SECONDS = 100


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """One run, and where it left its files."""
    folder = tmp_path_factory.mktemp("demo") / "run"
    words = ["demo", "--world", "small", "--for", str(SECONDS), "--plain", "--dir", str(folder), "--port", "0"]
    done = subprocess.run(
        [sys.executable, "-m", "larder_cli.main", *words],
        capture_output=True,
        text=True,
        timeout=SECONDS + 90,
        check=False,
    )
    return folder, done


Run = tuple[Path, subprocess.CompletedProcess[str]]


def last_line(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return fields


def test_the_demo_ends_with_a_balanced_account(demo: Run) -> None:
    _, done = demo
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    account = last_line(done)
    counts = [
        "produced",
        "stored",
        "declared_lost",
        "held",
        "unexplained",
        "alarms_raised",
        "alarms_cleared",
        "sms_sent",
    ]
    assert list(account) == [*counts, "seconds"]
    assert account["produced"] == account["stored"] + account["declared_lost"] + account["held"]
    assert account["produced"] > 20 * SECONDS and account["unexplained"] == 0
    assert SECONDS <= account["seconds"] < SECONDS + 20


def test_a_fridge_fails_and_recovers_and_nothing_else_is_a_food_alarm(
    demo: Run,
) -> None:
    """A sensor and a camera that are unplugged raise alarms of their own kind, and never one about food."""
    lines = demo[1].stdout.splitlines()
    raised = [line.split("raised ")[1].split() for line in lines if "报警 raised" in line]
    cleared = [line for line in lines if "解除 cleared" in line]
    assert [(severity, place.split("/")[-1]) for severity, kind, *_, place in raised if kind == "food"] == [
        ("alarm", "fridge-2-t")
    ]
    assert {kind for _, kind, *_ in raised} == {"food", "sensor", "camera"}
    for kind in ("food", "sensor", "camera"):
        assert any(f"cleared {kind}" in line for line in cleared), kind


@pytest.mark.parametrize(
    ("action", "kind", "point"), [("unplug-sensor", "sensor", "fridge-1-t"), ("unplug-camera", "camera", "cam-stove")]
)
def test_an_unplugged_device_is_alarmed_within_three_intervals(demo: Run, action: str, kind: str, point: str) -> None:
    """From the moment that the simulator pulled the plug to the device time at which the alarm was raised."""
    folder, _ = demo
    truth = [json.loads(line) for line in (folder / "sim" / "truth.jsonl").read_text("utf-8").splitlines()]
    pulled = next(one["wall_ms"] for one in truth if one["kind"] == "step" and one["action"] == action)
    with sqlite3.connect(f"file:{folder / 'hub' / 'alarms.db'}?mode=ro", uri=True) as db:
        raised = db.execute("SELECT min(raised_ms) FROM alarm WHERE kind=? AND point=?", (kind, point)).fetchone()[0]
    period_ms = {"sensor": 1000, "camera": 2000}[kind]
    assert 0 < raised - pulled <= 3 * period_ms


def test_the_sms_in_gammus_sent_folder_are_readable_chinese_of_one_part(
    demo: Run,
) -> None:
    folder, done = demo
    contents = [path.read_text("latin-1") for path in sorted((folder / "phone" / "sent").glob("*.smsbackup"))]
    messages = [message for message in map(parse_smsbackup, contents) if message is not None]
    assert len(messages) >= last_line(done)["sms_sent"] >= 3
    assert any(one.text.startswith("【海北食安】超温：刚察民中食堂冷藏柜2现") for one in messages)
    assert any(one.text.startswith("【海北食安】恢复：刚察民中食堂冷藏柜2现") for one in messages)
    for one in messages:
        assert len(one.text.encode("utf-16-be")) // 2 <= 70, one.text
        assert one.text.startswith("【海北食安】") and "\ufffd" not in one.text
        assert one.number.startswith("+86139")


def test_the_reconciler_agrees_when_asked_again(demo: Run) -> None:
    folder, done = demo
    states = [word for path in sorted((folder / "devices").iterdir()) for word in ("--state", str(path))]
    words = [sys.executable, "-m", "larder_cli.main", "reconcile", "--data", str(folder / "hub"), *states, "--json"]
    again = subprocess.run(words, capture_output=True, text=True, check=False)
    assert again.returncode == 0
    assert json.loads(again.stdout)["stored"] == last_line(done)["stored"]


def test_no_password_of_a_camera_stands_anywhere_but_in_its_own_file(demo: Run) -> None:
    """Logs, metrics, outboxes, the ledger, messages, the screen: everything that the run left."""
    folder, done = demo
    secrets = {one.read_text().strip().encode() for one in (folder / "secrets").glob("*-cam-*")}
    assert len(secrets) >= 3
    left = [path for path in folder.rglob("*") if path.is_file() and folder / "secrets" not in path.parents]
    assert len(left) > 20
    assert [(path, one) for path in left for one in secrets if one in path.read_bytes()] == []
    assert not any(one.decode() in done.stdout + done.stderr for one in secrets)
