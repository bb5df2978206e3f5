"""The demo on a terminal: the live table is drawn while things happen, and Ctrl-C ends it with the account."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.process


def read_until(master: int, wanted: str, deadline_s: float) -> str:
    """What the terminal was sent, up to and including `wanted`."""
    seen, until = b"", time.monotonic() + deadline_s
    while wanted not in seen.decode("utf-8", "replace"):
        ready, _, _ = select.select([master], [], [], max(0.0, until - time.monotonic()))
        assert ready, f"not within {deadline_s:g} s: {wanted!r}\n{seen.decode('utf-8', 'replace')[-3000:]}"
        try:
            seen += os.read(master, 65536)
        except OSError as error:
            raise AssertionError(seen.decode("utf-8", "replace")[-3000:]) from error
    return seen.decode("utf-8", "replace")


@pytest.mark.parametrize("columns", [150, 80])
def test_the_table_lives_and_ctrl_c_balances_the_books(tmp_path: Path, columns: int) -> None:
    master, slave = pty.openpty()
    words = [
        sys.executable,
        "-m",
        "larder_cli.main",
        "demo",
        "--world",
        "small",
        "--dir",
        str(tmp_path / "run"),
        "--port",
        "0",
    ]
    environment = {**os.environ, "COLUMNS": str(columns), "LINES": "60", "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
    demo = subprocess.Popen(words, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True)
    os.close(slave)
    try:
        screen = read_until(master, "未结报警", 60)
        assert "冷藏柜2" in screen and "x60" in screen
        if columns == 150:
            read_until(master, "超温：刚察民中食堂冷藏柜2", 90)
        demo.send_signal(signal.SIGINT)
        ending = read_until(master, '"seconds"', 40)
        ending += read_until(master, "}", 5) if not ending.rstrip().endswith("}") else ""
        assert demo.wait(30) == 0
    finally:
        demo.kill()
        os.close(master)
    account = json.loads(ending[ending.rindex('{"produced"') : ending.rindex("}") + 1])
    assert account["produced"] == account["stored"] > 0
