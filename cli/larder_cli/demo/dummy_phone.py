"""The real gammu-smsd with gammu's dummy phone: everything of a GSM modem's way but the modem and the carrier."""

import os
import shutil
import subprocess
import time
from pathlib import Path

from larder_cli.child import start_child, stop_child

PROGRAMS = ("gammu-smsd", "gammu-smsd-inject")

# In the C locale gammu sends Chinese as an empty message and reports success.
ENVIRONMENT = {**os.environ, "LC_ALL": "C.UTF-8"}

CONFIG = """\
[gammu]
port = {dir}/phone
model = dummy
connection = none
synchronizetime = no
gammuloc = /dev/null
loglevel = errors

[smsd]
service = files
logfile = {dir}/smsd.log
debuglevel = 1
inboxpath = {dir}/inbox/
outboxpath = {dir}/outbox/
sentsmspath = {dir}/sent/
errorsmspath = {dir}/error/
checksecurity = 0
checkbattery = 0
checknetwork = 0
checksignal = 0
commtimeout = 1
sendtimeout = 5
loopsleep = 1
statusfrequency = 0
receivefrequency = 1
deliveryreport = log
multiparttimeout = 5
"""


class PhoneFailed(RuntimeError):
    """gammu-smsd did not start; the text ends with what it said."""


def installed() -> bool:
    return all(shutil.which(name) for name in PROGRAMS)


class DummyPhone:
    """gammu-smsd over one folder. `config` is what `gammu-smsd-inject --config` wants."""

    def __init__(self, dir: Path) -> None:
        self.dir = dir
        self.config = dir / "smsdrc"
        self._child: subprocess.Popen[bytes] | None = None

    def start(self, deadline_s: float = 15.0) -> None:
        """Make the folders and the dummy phone, start the daemon, return when it has written its pid. Raises PhoneFailed."""
        phone = self.dir / "phone"
        parts = [*(phone / "sms" / str(n) for n in range(1, 6)), phone / "fs" / "incoming"]
        parts += [phone / name for name in ("pbk", "calendar", "todo", "note", "alarm")]
        parts += [self.dir / name for name in ("inbox", "outbox", "sent", "error")]
        for part in parts:
            part.mkdir(parents=True, exist_ok=True)
        self.config.write_text(self.words(), "utf-8")
        pid, log = self.dir / "smsd.pid", self.dir / "smsd.out"
        pid.unlink(missing_ok=True)
        child = self._child = start_child(
            ["gammu-smsd", "--config", self.config, "--pid", pid], log=log, env=ENVIRONMENT
        )
        until = time.monotonic() + deadline_s
        while not pid.exists():
            try:
                code = child.wait(timeout=0.05)
            except subprocess.TimeoutExpired:
                if time.monotonic() < until:
                    continue
                code = None
            self.stop()
            raise PhoneFailed(
                f"gammu-smsd gave no sign of life (code {code}):\n{log.read_text('utf-8', errors='replace')}"
            )

    def words(self) -> str:
        """The daemon's configuration."""
        return CONFIG.format(dir=self.dir)

    def stop(self) -> None:
        if self._child is not None:
            stop_child(self._child)
            self._child = None
