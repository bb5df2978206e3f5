"""Does the picture advance? RTP packets (RFC 3550) gathered into pictures, without decoding them. No I/O.

Packets of one timestamp are one picture. A picture is whole when its sequence numbers have no gap, it began with its beginning and
ended with the marker or with the next picture. Key frames can be told for H.264 (RFC 6184), H.265 (RFC 7798) and JPEG (RFC 2435);
their bytes are hashed: an encoder that is fed one and the same picture repeats them.
"""

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

ENOUGH_PICTURES = 3
MOST_OCTETS = 8 * 1024 * 1024
"""Of one probe: two seconds of a 4K camera at its highest rate."""


class Packet(NamedTuple):
    sequence: int
    timestamp: int
    marker: bool
    payload: bytes


class Sight(NamedTuple):
    """What was seen of a stream. `pictures`: how many timestamps; `key`: a hash of the first whole key frame, "" if there was none:
    how many more are seen depends on the load; `key_octets`: its size; `whole`: the same of the last whole picture of any kind."""

    pictures: int = 0
    key: str = ""
    key_octets: int = 0
    whole: str = ""
    whole_octets: int = 0


def read_packet(octets: bytes) -> Packet | None:
    """None for what is no RTP of version 2: such packets are passed over, as players do."""
    if len(octets) < 12 or octets[0] >> 6 != 2:
        return None
    start = 12 + 4 * (octets[0] & 0x0F)
    if octets[0] & 0x10:
        if len(octets) < start + 4:
            return None
        start += 4 + 4 * int.from_bytes(octets[start + 2 : start + 4], "big")
    end = len(octets) - (octets[-1] if octets[0] & 0x20 else 0)
    if end <= start:
        return None
    return Packet(
        int.from_bytes(octets[2:4], "big"),
        int.from_bytes(octets[4:8], "big"),
        bool(octets[1] & 0x80),
        bytes(octets[start:end]),
    )


class Stream:
    """Takes packets in the order in which they came; a TCP connection keeps it."""

    def __init__(self, codec: str) -> None:
        self._codec = codec
        self._octets = 0
        self._last: Packet | None = None
        self._gathered: list[Packet] = []
        self._whole = False
        self.sight = Sight()

    @property
    def enough(self) -> bool:
        """Several pictures and, where they can be told, a whole key frame; or more bytes than any camera sends in a probe."""
        seen = self.sight.pictures >= ENOUGH_PICTURES and (bool(self.sight.key) or self._codec not in CODECS)
        return seen or self._octets > MOST_OCTETS

    def add(self, packet: Packet) -> None:
        self._octets += len(packet.payload)
        last = self._last
        if last is not None and packet.sequence == last.sequence:
            return  # the same packet again is no advance
        follows = last is None or packet.sequence == (last.sequence + 1) & 0xFFFF
        if last is None or packet.timestamp != last.timestamp:
            self._close(follows)
            self.sight = self.sight._replace(pictures=self.sight.pictures + 1)
            self._whole = follows and begins(self._codec, packet.payload)
        self._whole = self._whole and follows
        self._gathered.append(packet)
        self._last = packet
        if packet.marker:
            self._close(True)

    def _close(self, complete: bool) -> None:
        gathered, self._gathered = self._gathered, []
        if not gathered or not self._whole or not complete:
            return
        octets = sum(len(packet.payload) for packet in gathered)
        self.sight = self.sight._replace(whole=_hash(packet.payload for packet in gathered), whole_octets=octets)
        key = [packet.payload for packet in gathered if is_key(self._codec, packet.payload)]
        if key and not self.sight.key:
            self.sight = self.sight._replace(key=_hash(key), key_octets=octets)


def _hash(payloads: Iterable[bytes]) -> str:
    found = hashlib.sha256()
    for payload in payloads:
        found.update(payload)
    return found.hexdigest()


def begins(codec: str, payload: bytes) -> bool:
    """Whether a picture, or a part of it that can be decoded alone, begins here."""
    if codec == "JPEG":
        return payload[1:4] == b"\0\0\0"
    kind = _kind(codec, payload)
    if (codec, kind) in (("H264", 28), ("H265", 49)):
        at = 1 if codec == "H264" else 2
        return len(payload) > at and bool(payload[at] & 0x80)
    return True


def is_key(codec: str, payload: bytes) -> bool:
    """Whether these bytes belong to a key frame, and not to what is sent beside it: a time stamp in an SEI changes with each."""
    match codec:
        case "JPEG":
            return True
        case "H264":
            return _kind(codec, payload) == 5 or (
                _kind(codec, payload) == 28 and len(payload) > 1 and payload[1] & 0x1F == 5
            )
        case "H265":
            kind = _kind(codec, payload)
            return 16 <= (payload[2] & 0x3F if kind == 49 and len(payload) > 2 else kind) <= 21
        case _:
            return False


def _kind(codec: str, payload: bytes) -> int:
    """The type of the NAL unit that begins the payload."""
    return payload[0] & 0x1F if codec == "H264" else payload[0] >> 1 & 0x3F


CODECS = ("H264", "H265", "JPEG")
