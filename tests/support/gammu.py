"""The real gammu-smsd with its dummy phone, and a reader of what it sent that shares no code with the hub's."""

import configparser
import re
import subprocess
from typing import NamedTuple

from larder_cli.demo.dummy_phone import ENVIRONMENT, DummyPhone


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
