"""The real gammu-smsd with its dummy phone, and a reader of what it sent that shares no code with the hub's."""

import configparser
import re
import sqlite3
import subprocess
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from larder_cli.demo.dummy_phone import ENVIRONMENT, DummyPhone

SQLITE_SCHEMA = Path("/usr/share/doc/gammu-smsd/examples/sqlite.sql")


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


class GammuSmsd(DummyPhone):
    """The dummy phone, with what a test asks of it."""

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


RECEIPT = """\
[SMSBackup000]
SMSC = "123456"
State = UnRead
Number = "{number}"
Name = ""
PDU = Status_Report
DateTime = {at}
SMSCTime = {at}
Coding = Unicode_No_Compression
Folder = 1
Length = {length}
Text00 = {text}
Class = -1
ReplySMSC = False
RejectDuplicates = False
ReplaceMessage = 0
MessageReference = 255
"""


class GammuWithReceipts(GammuSmsd):
    """The daemon with its messages in SQLite. Its dummy phone calls every message 255 and makes no receipts; `receipt` lays one where
    the phone finds it, so that the daemon reads, pairs and records it as it does a carrier's."""

    def start(self, deadline_s: float = 15.0) -> None:
        self.dir.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(self.dir / "smsd.db")
        database.executescript(SQLITE_SCHEMA.read_text("utf-8"))
        database.close()
        super().start(deadline_s)

    def words(self) -> str:
        return (
            super()
            .words()
            .replace("service = files", f"service = sql\ndriver = sqlite3\ndbdir = {self.dir}/\ndatabase = smsd.db")
        )

    def receipt(self, number: str, says: str) -> None:
        """`says`: Delivered, Failed, Pending or Unknown, as gammu words a receipt."""
        at = datetime.now().strftime("%Y%m%dT%H%M%S")
        content = RECEIPT.format(number=number, at=at, length=len(says), text=says.encode("utf-16-be").hex().upper())
        (self.dir / "phone" / "sms" / "1" / "1").write_text(content, "ascii")

    def statuses(self) -> list[tuple[str, str, str]]:
        """(number, text, status) of what has left, as the daemon keeps it."""
        database = sqlite3.connect(self.dir / "smsd.db", timeout=5)
        rows = database.execute("SELECT DestinationNumber, TextDecoded, Status FROM sentitems ORDER BY ID").fetchall()
        database.close()
        return rows
