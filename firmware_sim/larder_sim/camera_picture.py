"""What a kitchen camera sees, as a grey JPEG that any decoder reads. Pure: picture n of a name is always the same bytes.

The picture is made of 8 x 8 squares of one luma each, so that of the whole transform only the mean of each square is left (ITU-T T.81,
baseline, one component): a picture with content, noise and movement in sixty lines and without a library.
"""

import hashlib
import struct

COLUMNS, ROWS = 40, 30  # squares: 320 x 240 pixels
_DC_COUNTS = bytes([0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0])  # T.81, table K.3
_DC_CODES = ("00", "010", "011", "100", "101", "110", "1110", "11110", "111110", "1111110", "11111110", "111111110")
_END_OF_BLOCK = "0"  # the only code of our AC table


def squares(name: str, number: int, mode: str) -> list[int]:
    """Luma 0 to 255 of each square, rows from the top. `mode` "dark" and "covered" are what they say; else the kitchen."""
    noise = _noise(f"{name}/{number}", COLUMNS * ROWS)
    if mode == "dark":
        return [4 + each % 5 for each in noise]
    if mode == "covered":
        return [92 + each % 3 for each in noise]
    cook = number * 3 % COLUMNS
    return [_kitchen(at % COLUMNS, at // COLUMNS, cook) + each % 7 for at, each in enumerate(noise)]


def _kitchen(column: int, row: int, cook: int) -> int:
    if abs(column - cook) < 4 and row > 8:
        return 60
    return (170 if (column // 5 + row // 5) % 2 else 110) + row


def jpeg(luma: list[int]) -> bytes:
    """The squares as a JPEG file."""
    parts = [
        b"\xff\xd8",
        _segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0"),
        _segment(0xDB, b"\0" + bytes([8]) * 64),  # a step of 8: the coefficient is the square's luma less 128
        _segment(0xC0, struct.pack(">BHHB", 8, ROWS * 8, COLUMNS * 8, 1) + b"\1\x11\0"),
        _segment(0xC4, b"\0" + _DC_COUNTS + bytes(range(12))),
        _segment(0xC4, b"\x10" + bytes([1] + [0] * 15) + b"\0"),
        _segment(0xDA, b"\1\1\0\0\x3f\0"),
        _scan(luma),
        b"\xff\xd9",
    ]
    return b"".join(parts)


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def _scan(luma: list[int]) -> bytes:
    bits: list[str] = []
    before = 0
    for value in luma:
        difference, before = value - 128 - before, value - 128
        size = abs(difference).bit_length()
        bits.append(_DC_CODES[size])
        if size:
            bits.append(f"{difference if difference > 0 else difference + (1 << size) - 1:0{size}b}")
        bits.append(_END_OF_BLOCK)
    text = "".join(bits)
    text += "1" * (-len(text) % 8)
    octets = int(text, 2).to_bytes(len(text) // 8, "big")
    return octets.replace(b"\xff", b"\xff\0")


def _noise(seed: str, count: int) -> bytes:
    return hashlib.shake_128(seed.encode()).digest(count)
