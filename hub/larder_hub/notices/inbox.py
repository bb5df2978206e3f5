"""The inbox of gammu-smsd: one file a part, `IN<date>_<time>_<serial>_<number>_<part>.txt`, the moment and number in its name.

The moment is the network's, in its local time, which is Beijing's. A message is read once its newest part is a few seconds old.
"""

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from larder_hub.notices.figures import BEIJING
from larder_hub.notices.gammu import daemon_folder

_NAME = re.compile(r"(?P<message>IN(?P<at>\d{8}_\d{6})_\d+_(?P<phone>[^_]*))_(?P<part>\d+)\.txt")
_SETTLED_MS = 2_000
_ODD_MS = 7 * 24 * 3_600_000
MOST_BYTES = 16_384


class Received(NamedTuple):
    """A message that came in. `name` is its own for ever: the daemon gives a second one of the same second the same file name once the
    first is gone, so the text is part of it. `sent_ms`: when it was sent, as the network says."""

    name: str
    phone: str
    text: str
    sent_ms: int
    files: tuple[Path, ...]


class GammuInbox:
    """`config` is the file that the daemon reads. Does no I/O before `received`."""

    def __init__(self, config: Path) -> None:
        self._config = config

    def received(self, now_ms: int) -> list[Received]:
        """Every whole message that lies there, oldest first. Raises GammuConfigError, OSError."""
        parts: dict[str, list[tuple[int, Path, re.Match[str]]]] = {}
        for file in sorted(daemon_folder(self._config, "inboxpath").glob("IN*.txt")):
            if found := _NAME.fullmatch(file.name):
                parts.setdefault(found["message"], []).append((int(found["part"]), file, found))
        return list(self._whole(parts, now_ms))

    def _whole(self, parts: dict[str, list[tuple[int, Path, re.Match[str]]]], now_ms: int) -> Iterator[Received]:
        for message, found in parts.items():
            files = tuple(file for _, file, _ in sorted(found, key=lambda one: one[0]))
            changed_ms = max(int(file.stat().st_mtime * 1000) for file in files)
            if now_ms - changed_ms < _SETTLED_MS:
                continue
            text = "".join(_text(file.read_bytes()[:MOST_BYTES]) for file in files)
            name = f"{message}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
            yield Received(name, found[0][2]["phone"], text, _moment(found[0][2]["at"], changed_ms), files)


def _text(content: bytes) -> str:
    """The daemon writes UTF-8; with `inboxformat = unicode` some of its versions write UTF-16 with a mark."""
    for mark in (b"\xff\xfe", b"\xfe\xff"):
        if content.startswith(mark):
            return content.decode("utf-16", "replace")
    return content.decode("utf-8-sig", "replace")


def _moment(written: str, changed_ms: int) -> int:
    """As the network says, unless that is no moment near the one at which the file was written."""
    try:
        at_ms = round(datetime.strptime(written, "%Y%m%d_%H%M%S").replace(tzinfo=BEIJING).timestamp() * 1000)
    except ValueError:
        return changed_ms
    return at_ms if -_ODD_MS < at_ms - changed_ms < 15 * 60_000 else changed_ms
