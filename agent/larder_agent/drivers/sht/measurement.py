"""What an SHT3x or SHT4x answers: two words, each with its CRC. Pure.

Formulas and times: Sensirion data sheets SHT3x-DIS (version 7) and SHT4x (version 6.1).
"""

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import NamedTuple

LENGTH = 6
FULL = 65_535


class Model(NamedTuple):
    """`command` starts one measurement at high repeatability without stretching the clock; `takes_s`: the longest it lasts;
    humidity = rh_offset + rh_span * word / 65535."""

    command: bytes
    takes_s: float
    rh_offset: int
    rh_span: int


MODELS: Mapping[str, Model] = MappingProxyType(
    {
        "sht3x": Model(bytes((0x24, 0x00)), 0.0155, 0, 100),
        "sht4x": Model(bytes((0xFD,)), 0.0083, -6, 125),
    }
)


class Measured(NamedTuple):
    """Hundredths of a degree, tenths of a percent."""

    temperature: int
    humidity: int


class WrongCrc(Exception):
    """The bytes were garbled on their way."""


def measured(octets: bytes, model: Model) -> Measured:
    """Raises WrongCrc. Humidity is cut to 0 to 100: an SHT4x counts a little beyond (data sheet, 4.6)."""
    if len(octets) != LENGTH:
        raise WrongCrc
    words = []
    for at in (0, 3):
        if crc8(octets[at : at + 2]) != octets[at + 2]:
            raise WrongCrc
        words.append(int.from_bytes(octets[at : at + 2], "big"))
    temperature = round(Fraction(100 * (175 * words[0] - 45 * FULL), FULL))
    humidity = round(Fraction(10 * (model.rh_span * words[1] + model.rh_offset * FULL), FULL))
    return Measured(temperature, min(1000, max(0, humidity)))


def crc8(octets: bytes) -> int:
    """CRC-8 of Sensirion: polynomial 0x31, from 0xFF, most significant bit first; 0xBEEF gives 0x92."""
    crc = 0xFF
    for octet in octets:
        crc ^= octet
        for _ in range(8):
            crc = (crc << 1 ^ (0x31 if crc & 0x80 else 0)) & 0xFF
    return crc
