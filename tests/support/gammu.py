"""The real gammu-smsd with its dummy phone, and a reader of what it sent."""

import configparser
import os
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

from larder_cli.child import start_child, stop_child

from tests.support.waiting import wait_for

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
deliveryreport = log
multiparttimeout = 5
"""


class SentSms(NamedTuple):
    """One message that left, its parts put together."""

    number: str
    text: str


def parse_smsbackup(content: str) -> SentSms | None:
    """Read a ``.smsbackup`` file; None while parts of the message are missing.

    The daemon appends as parts leave, so that a section ``[SMSBackup000]``, ``[SMSBackup001]``... (one a part) stands
    there several times: the first of each number counts. ``Text00``, ``Text01``... are the part's text as UTF-16BE in
    hexadecimal, cut at any place; the UDH ``050003<reference><parts><part>`` says how many parts there are.
    """
    pieces = re.split(r"^\[(SMSBackup\d+)\]\s*$", content, flags=re.MULTILINE)
    sections: dict[str, configparser.SectionProxy] = {}
    for name, body in zip(pieces[1::2], pieces[2::2], strict=True):
        ini = configparser.ConfigParser(interpolation=None, comment_prefixes=(";",), delimiters=("=",))
        ini.read_string(f"[{name}]\n{body}")
        if "messagereference" in ini[name]:  # the last key: the section is whole
            sections.setdefault(name, ini[name])
    if not sections:
        return None
    parts = [sections[name] for name in sorted(sections)]
    udh = parts[0].get("udh", "")
    if len(parts) < (int(udh[8:10], 16) if udh.startswith("050003") else 1):
        return None
    text = "".join(part[key] for part in parts for key in sorted(part) if re.fullmatch(r"text\d+", key))
    return SentSms(parts[0]["number"].strip('"'), bytes.fromhex(text).decode("utf-16-be"))


class GammuSmsd:
    """gammu-smsd over one folder. ``config`` is what ``gammu-smsd-inject --config`` wants."""

    def __init__(self, dir: Path) -> None:
        self.dir = dir
        self.config = dir / "smsdrc"
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Make the folders and the dummy phone, start the daemon, return when it has written its pid."""
        phone = self.dir / "phone"
        parts = [*(phone / "sms" / str(n) for n in range(1, 6)), phone / "fs" / "incoming"]
        parts += [phone / name for name in ("pbk", "calendar", "todo", "note", "alarm")]
        parts += [self.dir / name for name in ("inbox", "outbox", "sent", "error")]
        for part in parts:
            part.mkdir(parents=True, exist_ok=True)
        self.config.write_text(CONFIG.format(dir=self.dir), "utf-8")
        pid = self.dir / "smsd.pid"
        pid.unlink(missing_ok=True)
        log = self.dir / "smsd.out"
        child = start_child(["gammu-smsd", "--config", self.config, "--pid", pid], log=log, env=ENVIRONMENT)
        self._child = child

        def running() -> bool:
            assert child.poll() is None, f"gammu-smsd ended with code {child.returncode}:\n{log.read_text()}"
            return pid.exists()

        wait_for(running, "gammu-smsd to run")

    def inject(self, number: str, text: str, *options: str) -> None:
        """Put a message into the outbox with gammu-smsd-inject."""
        words = ["TEXT", number, "-unicode", *options, "-text", text]
        done = subprocess.run(
            ["gammu-smsd-inject", "--config", self.config, *words], env=ENVIRONMENT, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def sent(self) -> list[SentSms]:
        """What has left whole so far, oldest first."""
        # latin-1: the comments hold the text cut to bytes, all values are ASCII.
        contents = [path.read_text("latin-1") for path in sorted((self.dir / "sent").glob("*.smsbackup"))]
        return [sms for sms in map(parse_smsbackup, contents) if sms is not None]

    def stop(self) -> None:
        if self._child is not None:
            stop_child(self._child)
