"""Identifiers and topics: `larder/v1/<county>/<site>/<device>/<channel>`. PROTOCOL.md [W-TOPIC], [W-ID]."""

import re
from typing import Annotated, Literal, NamedTuple, get_args

from pydantic import StringConstraints

ROOT = "larder/v1"

BEACONS = f"{ROOT}/000000/hub/+/receipt"
"""Where hubs announce themselves to each other, each key under a name of its own. PROTOCOL.md [H13]."""

Channel = Literal["birth", "entry", "status", "reply", "receipt", "config", "command"]
UP: tuple[Channel, ...] = ("birth", "entry", "status", "reply")
DOWN: tuple[Channel, ...] = ("receipt", "config", "command")

IDENTIFIER = re.compile(r"[a-z0-9-]{1,32}")
COUNTY = re.compile(r"[0-9]{6}")
STREAM = re.compile(r"[0-9a-f]{32}")

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,32}$", strict=True)]
StreamId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$", strict=True)]
BootId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}$", strict=True)]
Hash = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$", strict=True)]
Reason = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,32}$", strict=True)]


class Address(NamedTuple):
    """Where a device stands: county (six digits of GB/T 2260), site, device."""

    county: str
    site: str
    device: str

    def topic(self, channel: Channel) -> str:
        return f"{ROOT}/{self.county}/{self.site}/{self.device}/{channel}"


def parse_topic(topic: str) -> tuple[Address, Channel] | None:
    """The address and channel of a topic, or None if it is not one of ours to the letter."""
    parts = topic.split("/")
    if len(parts) != 6 or "/".join(parts[:2]) != ROOT:
        return None
    county, site, device, channel = parts[2:]
    known = [name for name in get_args(Channel) if name == channel]
    if not (known and COUNTY.fullmatch(county) and IDENTIFIER.fullmatch(site) and IDENTIFIER.fullmatch(device)):
        return None
    return Address(county, site, device), known[0]


def subscription(channel: Channel, county: str = "+") -> str:
    """The filter for one channel of every device of a county, or of all counties."""
    return f"{ROOT}/{county}/+/+/{channel}"
