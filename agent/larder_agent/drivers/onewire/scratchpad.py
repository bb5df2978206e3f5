"""The text of a `w1_slave` file, checked and turned into a verdict. Pure.

50 05 4b 46 7f ff 0c 10 1c : crc=1c YES
50 05 4b 46 7f ff 0c 10 1c t=85000
"""

import re
from typing import NamedTuple

from larder_agent.drivers.quality import SENTINELS

TEXT = re.compile(r"((?:[0-9a-f]{2} ){9}): crc=([0-9a-f]{2}) (YES|NO)\n(?:[0-9a-f]{2} ){9}t=(-?[0-9]{1,6})\n?")

POWER_ON = 85_000  # thousandths of a degree: the register's content before the first conversion (DS18B20 data sheet)
JUMP = 5_000  # a wall of food or air does not move further between two readings; a probe that lost power does
LOWEST, HIGHEST = -55_000, 125_000  # the sensor's range (DS18B20 data sheet)


class Verdict(NamedTuple):
    """Thousandths of a degree, or None; and the reason why it is not good."""

    millidegrees: int | None
    quality: str = ""


def judge(text: str, last_good: int | None) -> Verdict:
    """What the file says, given the last good reading (None: there was none since the probe was away)."""
    match = TEXT.fullmatch(text)
    if match is None:
        return Verdict(None, "unreadable")
    scratchpad = bytes.fromhex(match[1])
    # A bus shorted to ground reads as zeros, whose CRC is right; one with nobody on it reads as ones.
    if scratchpad in (bytes(9), b"\xff" * 9):
        return Verdict(None, "disconnected")
    if match[3] != "YES" or crc8(scratchpad[:8]) != scratchpad[8] or int(match[2], 16) != scratchpad[8]:
        return Verdict(None, "crc")
    millidegrees = int(match[4])
    if millidegrees in SENTINELS["ds18b20"]:
        return Verdict(None, SENTINELS["ds18b20"][millidegrees])
    if millidegrees == POWER_ON and (last_good is None or abs(POWER_ON - last_good) > JUMP):
        return Verdict(millidegrees, "power-on")
    if not LOWEST <= millidegrees <= HIGHEST:
        return Verdict(millidegrees, "out-of-range")
    return Verdict(millidegrees)


def crc8(octets: bytes) -> int:
    """The CRC of 1-wire: x^8 + x^5 + x^4 + 1, least significant bit first, from 0 (Maxim application note 27)."""
    crc = 0
    for octet in octets:
        crc ^= octet
        for _ in range(8):
            crc = (crc >> 1) ^ (0x8C if crc & 1 else 0)
    return crc


def at_scale(millidegrees: int, scale: int) -> int:
    """Thousandths to tenths (-1) or hundredths (-2) of a degree, ties to even, in integers throughout."""
    step = int(10 ** (3 + scale))
    whole, rest = divmod(millidegrees, step)
    return whole + (2 * rest > step or (2 * rest == step and whole % 2))
