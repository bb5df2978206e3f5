"""The gammu-smsd of this machine and its GSM modem: the way that works with the internet down.

A message is handed over with gammu-smsd-inject and then followed through the daemon's folders: outbox, then sent or error. The
program knows no reference of ours, so each attempt has a journal file, written before (with what lay in the folders then) and
completed after. Where only the first half exists, this process died in between: the message is looked for by number and text
among the files that were not there before.

Two traps. In the C locale gammu sends Chinese as an empty message and reports success, so every call sets a UTF-8 locale. And the
inject program only checks the spool: with the daemon down a message waits in the outbox, and nobody is told.
"""

import configparser
import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from larder_hub.notices.characters import is_gsm
from larder_hub.notices.file_spool import write_durably
from larder_hub.notices.port import Accepted, Delivery, Failed, Unknown
from larder_hub.notices.smsbackup import read_smsbackup

INJECT = "gammu-smsd-inject"
PHONE = re.compile(r"\+?[0-9]{3,15}")
_WRITTEN = re.compile(r"^Written message with ID (?P<id>\S.*)$", re.MULTILINE)
_YOUNG_S = 3600.0
_CLOCK_GRAIN_S = 2.0
_FOLDERS = (("outboxpath", Delivery.WAITING), ("sentsmspath", Delivery.SENT), ("errorsmspath", Delivery.FAILED))


class GammuConfigError(ValueError):
    """The daemon's configuration cannot be used; says which file and key, and what to do."""


class _Entry(NamedTuple):
    """A journal: what was handed over, which files lay there before, and the file's name once it is known."""

    phone: str
    text: str
    before: list[str]
    id: str


class Gammu:
    """`config` is the file that the daemon reads (service = files); `journal` a folder of our own."""

    name = "gammu-smsd"

    def __init__(self, config: Path, journal: Path, program: str = INJECT, timeout_s: float = 20.0) -> None:
        self._config = config
        self._journal = journal
        self._program = program
        self._timeout_s = timeout_s
        self._found: list[tuple[Path, Delivery]] | None = None

    def send(self, phone: str, text: str, reference: str) -> Accepted | Failed | Unknown:
        """One message of one part. A reference in the journal is looked for before anything is handed over again."""
        if not PHONE.fullmatch(phone):
            return Failed("not a telephone number", retry=False)
        try:
            known = self._look(reference)
            if known is Delivery.FAILED:
                return Failed("the modem refused it: see the daemon's error folder", retry=True)
            if known is not Delivery.ABSENT:
                return Accepted(reference)
            entry = _Entry(phone, text, self._young(), "")
            self._keep(reference, entry)
        except (GammuConfigError, OSError) as error:
            return Failed(str(error), retry=True)
        return self._inject(reference, entry)

    def status(self, reference: str) -> Delivery:
        """Where the message lies now; unknown too where the daemon's configuration cannot be read (`send` says why)."""
        try:
            return self._look(reference)
        except (GammuConfigError, OSError):
            return Delivery.UNKNOWN

    def withdraw(self, reference: str) -> bool:
        """Take a message out of the outbox of a daemon that does not send, before another provider is given it."""
        try:
            entry = self._kept(reference)
            if entry is None or not entry.id or self._look(reference) is not Delivery.WAITING:
                return False
            lying = [file for file, delivery in self._files() if delivery is Delivery.WAITING and file.name == entry.id]
            for file in lying:
                file.unlink()
        except (GammuConfigError, OSError):
            return False
        return bool(lying)

    def _look(self, reference: str) -> Delivery:
        entry = self._kept(reference)
        if entry is None:
            return Delivery.ABSENT
        if entry.id:
            lying = [delivery for file, delivery in self._files() if file.name == entry.id]
            return lying[-1] if lying else Delivery.UNKNOWN
        return self._search(reference, entry)

    def _inject(self, reference: str, entry: _Entry) -> Accepted | Failed | Unknown:
        coding = [] if is_gsm(entry.text) else ["-unicode"]
        words = [self._program, "--config", str(self._config), "TEXT", entry.phone, *coding, "-text", entry.text]
        try:
            done = subprocess.run(
                words,
                env={**os.environ, "LC_ALL": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=self._timeout_s,
                check=False,
            )
        except FileNotFoundError:
            return Failed(f"{self._program} is not installed (apt install gammu-smsd)", retry=True)
        except subprocess.TimeoutExpired:
            return Unknown(f"{self._program} gave no answer within {self._timeout_s:g} s")
        said = done.stdout.decode("utf-8", "replace") + done.stderr.decode("utf-8", "replace")
        written = _WRITTEN.search(said)
        if written is not None:
            return self._written(reference, entry._replace(id=Path(written["id"].strip()).name))
        if done.returncode == 0:
            return Unknown("gammu-smsd-inject named no file")
        return Failed(f"{self._program} ended with {done.returncode}: {said.strip().splitlines()[-1:]}", retry=True)

    def _written(self, reference: str, entry: _Entry) -> Accepted | Unknown:
        try:
            self._keep(reference, entry)
        except OSError as error:
            return Unknown(f"handed over as {entry.id}, but the journal cannot be written: {error.strerror}")
        return Accepted(reference)

    def _search(self, reference: str, entry: _Entry) -> Delivery:
        """The file of a message whose hand-over was cut off, by number and text among what is new."""
        before = set(entry.before)
        since = (self._journal / f"{reference}.json").stat().st_mtime - _CLOCK_GRAIN_S
        for file, delivery in self._files():
            if file.name in before or _modified(file) < since:
                continue
            message = read_smsbackup(_content(file))
            if message is not None and (message.number, message.text) == (entry.phone, entry.text):
                self._keep(reference, entry._replace(id=file.name))
                return delivery
        return Delivery.ABSENT

    # ---------------------------------------------------------------- files

    def _files(self) -> Iterator[tuple[Path, Delivery]]:
        """Message files of outbox, sent and error, in this order: one that moves while we look is seen at least once."""
        for folder, delivery in self._folders():
            for file in sorted(folder.glob("*.smsbackup")):
                yield file, delivery

    def _young(self) -> list[str]:
        """Names of the files of the last hour: older ones are told from a new message by their age."""
        files = [(file.name, _modified(file)) for file, _ in self._files()]
        newest = max((modified for _, modified in files), default=0.0)
        return [name for name, modified in files if modified > newest - _YOUNG_S]

    def _folders(self) -> list[tuple[Path, Delivery]]:
        if self._found is None:
            self._found = _daemon_folders(self._config)
        return self._found

    def _keep(self, reference: str, entry: _Entry) -> None:
        self._journal.mkdir(parents=True, exist_ok=True)
        write_durably(self._journal / f"{reference}.json", json.dumps(entry._asdict(), ensure_ascii=False))

    def _kept(self, reference: str) -> _Entry | None:
        try:
            content = (self._journal / f"{reference}.json").read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        return _Entry(**json.loads(content))


def _modified(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:  # moved on while we looked
        return 0.0


def _content(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:  # moved on while we looked
        return ""


def _daemon_folders(config: Path) -> list[tuple[Path, Delivery]]:
    return [(daemon_folder(config, key), delivery) for key, delivery in _FOLDERS]


def daemon_folder(config: Path, key: str) -> Path:
    """Raises GammuConfigError where the daemon's file is missing, is no INI file, or keeps its messages elsewhere."""
    path = daemon_words(config).get(key, "")
    if not path:
        hint = "this driver needs service = files and all its folders; for service = sql use driver gammu-sql"
        raise GammuConfigError(f"{config}: [smsd] {key} is missing ({hint})")
    return Path(path)


def daemon_words(config: Path) -> Mapping[str, str]:
    """Section [smsd] of the daemon's file. Raises GammuConfigError where it is missing or is no INI file."""
    reader = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        reader.read_string(config.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, configparser.Error) as error:
        raise GammuConfigError(f"{config}: {error} (set sms.gammu_config to the file of gammu-smsd)") from error
    return dict(reader["smsd"]) if reader.has_section("smsd") else {}
