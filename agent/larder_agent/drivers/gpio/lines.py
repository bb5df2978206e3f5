"""The kernel's GPIO character device, version 2 of its interface (linux/include/uapi/linux/gpio.h, since 5.10), without a library.

The old files below /sys/class/gpio are gone from new kernels, and their numbers changed from board to board.
"""

import fcntl
import os
import struct
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

GET_LINE = 0xC250B407
"""GPIO_V2_GET_LINE_IOCTL: _IOWR(0xB4, 7, struct gpio_v2_line_request of 592 bytes)."""
GET_VALUES = 0xC010B40E
"""GPIO_V2_LINE_GET_VALUES_IOCTL: _IOWR(0xB4, 0x0E, struct gpio_v2_line_values of 16 bytes)."""
SET_VALUES = 0xC010B40F
"""GPIO_V2_LINE_SET_VALUES_IOCTL: _IOWR(0xB4, 0x0F, struct gpio_v2_line_values)."""

FLAG_ACTIVE_LOW, FLAG_INPUT, FLAG_OUTPUT = 1 << 1, 1 << 2, 1 << 3
FLAG_BIAS = {"as-is": 0, "pull-up": 1 << 8, "pull-down": 1 << 9, "none": 1 << 10}
FLAGS_ATTRIBUTE = 1
"""GPIO_V2_LINE_ATTR_ID_FLAGS: flags for some of the lines."""

REQUEST = struct.Struct("=64I32sQI5I" + "IIQQ" * 10 + "II5Ii")
VALUES = struct.Struct("=QQ")
MOST_LINES, MOST_ATTRIBUTES = 64, 10

Ioctl = Callable[[int, int, bytearray], object]


class Line(NamedTuple):
    """`offset`: its number on the chip. `inverted`: a low level counts as 1."""

    offset: int
    inverted: bool
    bias: str


class Lines(Protocol):
    """`levels`: one bool for each line. Raises OSError."""

    def levels(self) -> list[bool]: ...
    def close(self) -> None: ...


class KernelLines:
    """Lines of one chip, asked for at the first use and held from then on, so that nobody else can turn them into outputs."""

    def __init__(self, path: str, lines: Sequence[Line], ioctl: Ioctl = fcntl.ioctl) -> None:
        self._path, self._lines, self._ioctl = path, tuple(lines), ioctl
        self._descriptor = -1

    def levels(self) -> list[bool]:
        if self._descriptor < 0:
            self._descriptor = self._requested()
        asked = bytearray(VALUES.pack(0, (1 << len(self._lines)) - 1))
        self._ioctl(self._descriptor, GET_VALUES, asked)
        bits, _ = VALUES.unpack(asked)
        return [bool(bits >> place & 1) for place in range(len(self._lines))]

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1

    def _requested(self) -> int:
        chip = os.open(self._path, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        try:
            asked = bytearray(request(self._lines))
            self._ioctl(chip, GET_LINE, asked)
        finally:
            os.close(chip)
        return int(REQUEST.unpack(asked)[-1])


def request(lines: Sequence[Line]) -> bytes:
    """struct gpio_v2_line_request for these lines as inputs; what differs from plain inputs is one attribute for each set of flags."""
    offsets = [line.offset for line in lines] + [0] * (MOST_LINES - len(lines))
    masks: dict[int, int] = {}
    for place, line in enumerate(lines):
        flags = FLAG_INPUT | (FLAG_ACTIVE_LOW if line.inverted else 0) | FLAG_BIAS[line.bias]
        masks[flags] = masks.get(flags, 0) | 1 << place
    special = {flags: mask for flags, mask in masks.items() if flags != FLAG_INPUT}
    attributes: list[int] = []
    for flags, mask in special.items():
        attributes += [FLAGS_ATTRIBUTE, 0, flags, mask]
    attributes += [0, 0, 0, 0] * (MOST_ATTRIBUTES - len(special))
    return REQUEST.pack(
        *offsets, b"larder", FLAG_INPUT, len(special), *[0] * 5, *attributes, len(lines), 0, *[0] * 5, 0
    )


class KernelOutput:
    """One line of a chip as an output, asked for at the first use. `inverted`: on is a low level."""

    def __init__(self, path: str, offset: int, *, inverted: bool = False, ioctl: Ioctl = fcntl.ioctl) -> None:
        self._path, self._offset, self._inverted, self._ioctl = path, offset, inverted, ioctl
        self._descriptor = -1

    def put(self, on: bool) -> None:
        """Raises OSError."""
        if self._descriptor < 0:
            self._descriptor = self._requested()
        self._ioctl(self._descriptor, SET_VALUES, bytearray(VALUES.pack(int(on), 1)))

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1

    def _requested(self) -> int:
        flags = FLAG_OUTPUT | (FLAG_ACTIVE_LOW if self._inverted else 0)
        chip = os.open(self._path, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        try:
            asked = bytearray(
                REQUEST.pack(self._offset, *[0] * (MOST_LINES - 1), b"larder", flags, 0, *[0] * 5,
                             *[0] * (4 * MOST_ATTRIBUTES), 1, 0, *[0] * 5, 0)
            )  # fmt: skip
            self._ioctl(chip, GET_LINE, asked)
        finally:
            os.close(chip)
        return int(REQUEST.unpack(asked)[-1])
