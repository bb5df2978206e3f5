"""`make demo`: the whole prefecture on this machine, with its live screen, its keys, and books that balance."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.test_live_screen import read_until

pytestmark = pytest.mark.process

MOST_MB = 2000


def test_keys_break_the_prefecture_and_q_balances_the_books(tmp_path: Path) -> None:
    """The net of a county is cut, the hub is killed, and in the end nothing is missing: what waited came when links were mended."""
    master, slave = pty.openpty()
    words = [sys.executable, "-m", "larder_cli.main", "demo", "--dir", str(tmp_path / "run"), "--port", "0"]
    environment = {**os.environ, "COLUMNS": "150", "LINES": "60", "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
    demo = subprocess.Popen(words, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True)
    os.close(slave)
    try:
        screen = read_until(master, "1 热冰箱", 150)
        for county in ("门源县", "祁连县", "海晏县", "刚察县"):
            assert county in screen
        assert "2,421 points" in screen
        os.write(master, b"3")
        read_until(master, "网络 net 632221 断", 30)
        os.write(master, b"4")
        read_until(master, "killed -9, back in", 60)
        os.write(master, b"2")
        read_until(master, "市电 power men-minzhong 断", 30)
        os.write(master, b"1")
        read_until(master, "冷藏柜 fridge men-minzhong/fridge-1 断", 30)
        os.write(master, b"v")
        read_until(master, "复核 verified OK, difference 0", 60)
        os.write(master, b"q")
        ending = read_until(master, '"seconds"', 180)
        ending += read_until(master, "}", 5) if not ending.rstrip().endswith("}") else ""
        assert demo.wait(30) == 0
    finally:
        demo.send_signal(signal.SIGKILL)
        demo.wait()
        os.close(master)
    taken = re.search(r"CPU ([0-9.]+) 核 cores, ([0-9]+) MB", ending)
    assert taken is not None and int(taken[2]) < MOST_MB
    account = json.loads(ending[ending.rindex('{"produced"') : ending.rindex("}") + 1])
    assert account["produced"] == account["stored"] > 1000
    assert account["unexplained"] == 0 and account["declared_lost"] == 0
    events = [json.loads(line) for line in (tmp_path / "run" / "sim" / "truth.jsonl").read_text("utf-8").splitlines()]
    done = {event["action"] for event in events if event["kind"] == "step"}
    assert {"link-cut", "power-cut", "open-door", "stop-compressor", "link-keep"} <= done
