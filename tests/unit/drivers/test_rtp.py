"""Packets into pictures. The packets are built here, from RFC 3550, 6184, 7798 and 2435."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larder_agent.drivers.camera.line import BadAnswer
from larder_agent.drivers.rtsp_camera.message import Interleaved, read_piece
from larder_agent.drivers.rtsp_camera.rtp import MOST_OCTETS, Packet, Stream, begins, is_key, read_packet
from larder_agent.drivers.rtsp_camera.sdp import setup_uri, video_of

IDR, SLICE, SEI = b"\x65idr", b"\x41slice", b"\x06time"


def packet(sequence: int, timestamp: int, payload: bytes, marker: bool = False) -> Packet:
    return Packet(sequence & 0xFFFF, timestamp, marker, payload)


def seen(*packets: Packet, codec: str = "H264") -> Stream:
    stream = Stream(codec)
    for one in packets:
        stream.add(one)
    return stream


def test_a_packet_with_everything_that_a_header_can_have() -> None:
    plain = struct.pack(">BBHII", 0x80, 96, 7, 90_000, 1) + b"load"
    assert read_packet(plain) == Packet(7, 90_000, False, b"load")
    full = struct.pack(">BBHII", 0xB2, 0x80 | 96, 65_535, 0xFFFF_FFFF, 1)  # padding, extension, two contributors
    full += b"CCCCDDDD" + struct.pack(">HH", 0xBEDE, 1) + b"EEEE" + b"load" + b"\0\0\3"
    assert read_packet(full) == Packet(65_535, 0xFFFF_FFFF, True, b"load")


@pytest.mark.parametrize(
    "octets", [b"", b"\x80" * 11, b"\x40" + bytes(20), b"\x90" + bytes(11), b"\xa0" + bytes(11) + b"\xff"]
)
def test_what_is_no_packet_is_passed_over(octets: bytes) -> None:
    assert read_packet(octets) is None


@given(st.binary(max_size=80))
def test_any_bytes_are_a_packet_or_nothing(octets: bytes) -> None:
    one = read_packet(octets)
    if one is not None:
        assert one.payload and one.payload in octets
        for codec in ("H264", "H265", "JPEG", ""):
            stream = seen(one, one._replace(sequence=one.sequence + 1, marker=True), codec=codec)
            assert stream.sight.pictures == 1


def test_three_pictures_with_a_whole_key_frame_are_enough() -> None:
    stream = seen(packet(65_535, 100, IDR, True), packet(0, 200, SLICE, True))
    assert stream.sight.pictures == 2 and not stream.enough
    stream.add(packet(1, 300, SLICE, True))
    assert stream.enough and stream.sight.key_octets == len(IDR)


def test_a_stream_that_stands_is_no_advance() -> None:
    same = [packet(5, 100, IDR, True)] * 9
    assert seen(*same).sight.pictures == 1
    assert seen(*[packet(n, 100, SLICE) for n in range(9)]).sight.pictures == 1


def test_the_key_frames_bytes_are_hashed_and_not_what_is_sent_beside_them() -> None:
    def key(time: bytes, idr: bytes) -> str:
        return seen(packet(1, 1, SEI + time), packet(2, 1, idr, True)).sight.key

    assert key(b"10:00", IDR) == key(b"10:01", IDR) != key(b"10:00", IDR + b"!") != ""


FRAGMENTS = [b"\x7c\x85one", b"\x7c\x05two", b"\x7c\x45three"]


def test_a_key_frame_in_fragments_is_whole_only_with_all_of_them() -> None:
    whole = [packet(n, 1, part, n == 2) for n, part in enumerate(FRAGMENTS)]
    assert seen(*whole).sight.key_octets == sum(map(len, FRAGMENTS))
    assert seen(whole[0], whole[2]).sight.key == "", "a gap in the middle"
    assert seen(*whole[1:]).sight.key == "", "it began before we listened"
    unmarked = [one._replace(marker=False) for one in whole]
    assert seen(*unmarked, packet(3, 2, SLICE)).sight.key_octets == sum(map(len, FRAGMENTS)), (
        "ended by the next picture"
    )
    assert seen(*unmarked, packet(4, 2, SLICE)).sight.key == "", "its end may be what was lost"


@pytest.mark.parametrize(
    ("codec", "payload", "key", "beginning"),
    [
        ("H264", IDR, True, True),
        ("H264", SLICE, False, True),
        ("H264", SEI, False, True),
        ("H264", b"\x7c\x85", True, True),
        ("H264", b"\x7c\x05", True, False),
        ("H264", b"\x7c\x81", False, True),
        ("H264", b"\x7c", False, False),
        ("H265", bytes([19 << 1, 1]), True, True),  # IDR_W_RADL
        ("H265", bytes([1 << 1, 1]), False, True),
        ("H265", bytes([49 << 1, 1, 0x80 | 20]), True, True),
        ("H265", bytes([49 << 1, 1, 20]), True, False),
        ("H265", bytes([49 << 1, 1, 0x80 | 1]), False, True),
        ("JPEG", b"\0\0\0\0\1\x32\x28\x1e", True, True),
        ("JPEG", b"\0\0\5\0\1\x32\x28\x1e", True, False),
        ("VP8", b"\x10", False, True),
    ],
)
def test_key_frames_and_beginnings(codec: str, payload: bytes, key: bool, beginning: bool) -> None:
    assert (is_key(codec, payload), begins(codec, payload)) == (key, beginning)


def test_of_an_unknown_codec_the_pictures_are_counted_and_the_last_is_hashed() -> None:
    stream = seen(*[packet(n, n * 100, b"x" * (n + 1), True) for n in range(3)], codec="VP8")
    assert stream.enough and stream.sight.whole_octets == 3 and stream.sight.key == ""


def test_a_flood_ends_the_probe() -> None:
    stream = seen(packet(1, 1, bytes(MOST_OCTETS // 2)))
    assert not stream.enough
    stream.add(packet(2, 1, bytes(MOST_OCTETS // 2 + 1)))
    assert stream.enough


def test_packets_stand_between_answers() -> None:
    framed = b"$\x02\x00\x03abc"
    assert read_piece(framed + b"RTSP") == (Interleaved(2, b"abc"), 7)
    assert all(read_piece(framed[:n]) is None for n in range(7))
    with pytest.raises(BadAnswer):
        read_piece(b"%" + framed)


SDP = b"""v=0\r
a=control:*\r
m=audio 0 RTP/AVP 0\r
a=control:trackID=9\r
m=video 0 RTP/AVP 98\r
a=rtpmap:96 H264/90000\r
a=rtpmap:98 h265/90000\r
a=control:trackID=1\r
m=application 0 RTP/AVP 107\r
a=control:trackID=3\r
"""


def test_the_video_is_found_among_the_streams() -> None:
    assert video_of(SDP) == ("trackID=1", "H265")
    assert video_of(b"m=video 0 RTP/AVP 26\n") == ("", "JPEG")
    assert video_of(b"m=video 0 RTP/AVP 96\na=control:*\n") == ("", "")
    assert video_of(b"v=0\nm=audio 0 RTP/AVP 0\n") is None


@pytest.mark.parametrize(
    ("base", "control", "expected"),
    [
        ("", "trackID=1", "rtsp://cam/a/trackID=1"),
        ("rtsp://cam/b/", "trackID=1", "rtsp://cam/b/trackID=1"),
        ("rtsp://cam/b", "trackID=1", "rtsp://cam/b/trackID=1"),
        ("http://elsewhere/", "trackID=1", "rtsp://cam/a/trackID=1"),
        ("rtsp://cam/b\r\nX: y", "trackID=1", "rtsp://cam/a/trackID=1"),
        ("", "rtsp://other/c", "rtsp://other/c"),
        ("rtsp://cam:554/b/", "/c/d", "rtsp://cam:554/c/d"),
        ("", "", "rtsp://cam/a"),
    ],
)
def test_where_to_set_it_up(base: str, control: str, expected: str) -> None:
    assert setup_uri("rtsp://cam/a", base, control) == expected
