"""Reading gammu's message files. What the daemon moves to its sent folder holds the same section twice: the first one counts."""

import re
from typing import NamedTuple

_SECTION = re.compile(r"^\[SMSBackup\d+\]\s*$", re.MULTILINE)
_FIELD = re.compile(r"^(?P<key>[A-Za-z0-9]+) = (?P<value>.*)$", re.MULTILINE)

_LAST = "MessageReference"
"""The last field of a section: where it stands, the section is whole."""


class Message(NamedTuple):
    """Number and text of a message file."""

    number: str
    text: str


def read_smsbackup(content: str) -> Message | None:
    """The message in a `.smsbackup` file, its parts put together, or None where the file is not (yet) whole.

    `Text00`, `Text01`, ... are UTF-16BE in hexadecimal. Comments repeat the text cut to bytes and are passed over.
    """
    sections = _SECTION.split(content)
    if len(sections) < 2:
        return None
    fields = {match["key"]: match["value"].strip() for match in _FIELD.finditer(sections[1])}
    pieces = [fields[key] for key in sorted(fields) if re.fullmatch(r"Text\d\d", key)]
    number = fields.get("Number", "").strip('"')
    if not number or not pieces or _LAST not in fields:
        return None
    try:
        return Message(number, bytes.fromhex("".join(pieces)).decode("utf-16-be"))
    except ValueError:
        return None
