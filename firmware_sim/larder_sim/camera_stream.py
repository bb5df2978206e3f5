"""The stream of a camera as RTP packets (RFC 3550, RFC 6184). Pure. The pictures have the form of H.264, key frames in fragments and
the others whole, and no content: a heartbeat does not decode. Picture n of a name and mode is always the same bytes."""

import hashlib
import struct
from collections.abc import Iterator

PICTURES_A_SECOND = 25
KEY_EVERY = 50
CLOCK_HZ = 90_000
_KEY_BYTES = {"dark": 900, "covered": 1100}
_USUAL_KEY_BYTES = 6000
_OTHER_BYTES = 400
_FRAGMENT = 1300
_TYPE = 96


def picture(name: str, number: int, mode: str, key: bool) -> Iterator[bytes]:
    """The payloads of one picture: parameter sets and an IDR slice in fragments (FU-A), or one slice."""
    size = _KEY_BYTES.get(mode, _USUAL_KEY_BYTES) if key else _OTHER_BYTES
    content = hashlib.shake_128(f"{name}/{number}/{mode}".encode()).digest(size)
    if not key:
        yield b"\x41" + content
        return
    yield b"\x67\x42\x00\x1f\x95\xa8\x14\x01\x6e\x40"
    yield b"\x68\xce\x3c\x80"
    parts = [content[at : at + _FRAGMENT] for at in range(0, size, _FRAGMENT)]
    for at, part in enumerate(parts):
        yield bytes([0x7C, (0x80 if at == 0 else 0) | (0x40 if at == len(parts) - 1 else 0) | 5]) + part


class Packets:
    """Numbers the packets of one PLAY."""

    def __init__(self, source: int, sequence: int, timestamp: int) -> None:
        self._source, self._sequence, self._timestamp = source, sequence, timestamp

    def of(self, payloads: Iterator[bytes], at_s: float) -> bytes:
        """The packets of one picture that was taken `at_s` after the first, each framed for the RTSP connection (channel 0)."""
        every = list(payloads)
        timestamp = (self._timestamp + round(at_s * CLOCK_HZ)) & 0xFFFF_FFFF
        framed = []
        for place, payload in enumerate(every):
            last = place == len(every) - 1
            header = struct.pack(">BBHII", 0x80, _TYPE | (0x80 if last else 0), self._sequence, timestamp, self._source)
            self._sequence = (self._sequence + 1) & 0xFFFF
            framed.append(struct.pack(">cBH", b"$", 0, len(header) + len(payload)) + header + payload)
        return b"".join(framed)
