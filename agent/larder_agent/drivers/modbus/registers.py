"""Registers to a Sample. Pure."""

import math
import struct
from collections.abc import Sequence

from larder_agent.drivers.modbus.register import RegisterPoint
from larder_agent.drivers.port import Sample
from larder_agent.drivers.quality import round_to_scale, screen

FORMATS = {"int16": ">h", "uint16": ">H", "int32": ">i", "uint32": ">I", "float32": ">f"}


def sample(point: RegisterPoint, words: Sequence[int]) -> Sample:
    """What `words`, the registers of this point in the order of the wire, say.

    An integer register already counts in 10**scale; a float is a physical value and is rounded to the scale.
    """
    ordered = reversed(words) if point.low_word_first else words
    octets = b"".join(word.to_bytes(2, "little" if point.low_byte_first else "big") for word in ordered)
    (number,) = struct.unpack(FORMATS[point.type], octets)
    if point.type == "float32":
        if not math.isfinite(number):
            return Sample(point.spec.id, None, "no-sensor")
        number = round_to_scale(number, point.spec.scale)
    if number in point.no_sensor:
        return Sample(point.spec.id, None, "no-sensor")
    return Sample(point.spec.id, *screen(number, point.within))
