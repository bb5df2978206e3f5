"""A camera that is played: against the simulator's camera, against scripts, and against GStreamer's RTSP server."""

import logging
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from larder_agent.drivers.port import Sample
from larder_agent.drivers.rtsp_camera import open_driver
from larder_agent.drivers.rtsp_camera.driver import RtspCamera
from larder_agent.drivers.secret_files import FileSecrets
from tests.unit.drivers.peers import TcpPeer, header, read_request, rtsp_bytes, wait_for_end
from tests.unit.drivers.simulated_camera import PASSWORD, simulated


class Clock:
    """Seconds that the test moves; the driver's deadlines stay far away."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def opened(port: int, folder: Path, clock: Callable[[], float] | None = None, **more: Any) -> RtspCamera:
    (folder / "password").write_text(PASSWORD)
    settings = {
        "id": "cam",
        "host": "127.0.0.1",
        "port": port,
        "path": "/Streaming/Channels/101",
        "username": "larder",
        "password_file": str(folder / "password"),
        "allow_loopback": True,
        "state": True,
        "picture": True,
        "approved": True,
        "timeout_s": 5.0,
        **more,
    }
    camera = open_driver(settings, FileSecrets(settings, folder))
    if clock is not None:
        camera._clock = clock
    return camera


def read(camera: RtspCamera) -> dict[str, Sample]:
    return {sample.point: sample for sample in camera.read()}


@pytest.mark.parametrize("auth", ["none", "md5", "md5-qop", "sha-256"])
def test_a_camera_that_streams_is_alive_and_its_key_frame_is_weighed(auth: str, tmp_path: Path) -> None:
    with simulated(auth) as (port, _):
        said = read(opened(port, tmp_path))
        assert (said["cam"].value, said["cam-state"].value, said["cam-state"].quality) == (1, 2, "")
        assert said["cam-age"].value == 0
        assert 5000 < (said["cam-size"].value or 0) < 7000


def test_a_frozen_encoder_a_live_one_and_one_that_went_away_are_told_apart(tmp_path: Path) -> None:
    clock = Clock()
    with simulated() as (port, change):
        camera = opened(port, tmp_path, clock)
        story = []
        for mode in (
            "healthy",
            "healthy",
            "frozen",
            "frozen",
            "frozen",
            "healthy",
            "unplugged",
            "unplugged",
            "healthy",
        ):
            change(mode)
            said = read(camera)
            story.append((said["cam"].value, said["cam-state"].value, said["cam-state"].quality))
            clock.now += 120
        assert story == [
            (1, 2, ""),
            (1, 2, ""),
            (1, 2, ""),
            (0, 2, "frozen"),
            (0, 3, "frozen"),
            (1, 2, ""),
            (0, 2, "refused"),
            (0, 3, "refused"),
            (1, 2, ""),
        ]


@pytest.mark.parametrize(
    ("mode", "reason"),
    [("no-stream", "no-stream"), ("wrong-password", "auth"), ("hang", "timeout"), ("unplugged", "refused")],
)
def test_what_is_wrong_is_said(mode: str, reason: str, tmp_path: Path) -> None:
    with simulated() as (port, change):
        change(mode)
        said = read(opened(port, tmp_path, timeout_s=0.5))
        assert (said["cam"].value, said["cam-state"]) == (0, Sample("cam-state", 0, reason))
        assert said["cam-size"] == Sample("cam-size", None, reason)


OPTIONS = "RTSP/1.0 200 OK\nCSeq: {cseq}\nPublic: OPTIONS, DESCRIBE, SETUP, PLAY\n\n"
VIDEO = "RTSP/1.0 200 OK\nCSeq: {cseq}\n\nv=0\nm=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=control:trackID=1\n"
SETUP = (
    "RTSP/1.0 200 OK\nCSeq: {cseq}\nSession: 12345678;timeout=60\nTransport: RTP/AVP/TCP;unicast;interleaved=4-5\n\n"
)
PLAY = "RTSP/1.0 200 OK\nCSeq: {cseq}\nSession: 12345678\n\n"


def rtp(sequence: int, timestamp: int, payload: bytes, channel: int = 4) -> bytes:
    octets = bytes([0x80, 0x80 | 96]) + sequence.to_bytes(2, "big") + timestamp.to_bytes(4, "big") + b"SSRC" + payload
    return b"$" + bytes([channel]) + len(octets).to_bytes(2, "big") + octets


def streaming(
    *packets: bytes, before_play: bytes = b"", answers: tuple[str, ...] = (OPTIONS, VIDEO, SETUP, PLAY)
) -> Any:
    def talk(connection: socket.socket) -> None:
        for answer in answers:
            request = read_request(connection)
            if request.startswith("PLAY"):
                assert header(request, "Session") == "12345678"
                connection.sendall(before_play)
            connection.sendall(rtsp_bytes(answer, header(request, "CSeq")))
        for one in packets:
            connection.sendall(one)
        wait_for_end(connection)

    return talk


def verdict(talk: Any, folder: Path) -> tuple[int | None, str]:
    with TcpPeer(talk) as peer:
        camera = opened(peer.port, folder, timeout_s=0.4)
        return read(camera)["cam"].value, camera.last_reasons["cam"]


KEY = rtp(1, 100, b"\x65key")
NEXT = [rtp(n, n * 100, b"\x41slice") for n in (2, 3)]


@pytest.mark.parametrize(
    ("talk", "expected"),
    [
        (streaming(KEY, *NEXT), (1, "")),
        (streaming(*NEXT, before_play=KEY), (1, "")),
        (streaming(*NEXT), (1, "")),
        (streaming(KEY), (0, "no-advance")),
        (streaming(), (0, "no-advance")),
        (streaming(*[KEY] * 50), (0, "no-advance")),
        (streaming(*[rtp(n, n, b"\x65", channel=5) for n in range(9)]), (0, "no-advance")),
        (streaming(b"$\x04\x00\x03abc", KEY, b"$\x04\x00\x00", *NEXT), (1, "")),
        (streaming(KEY, b"HTTP/1.1 200 OK"), (0, "bad-answer")),
        (streaming(answers=(OPTIONS, VIDEO, "RTSP/1.0 453 Not Enough Bandwidth\nCSeq: {cseq}\n\n")), (0, "no-play")),
        (streaming(answers=(OPTIONS, VIDEO, SETUP, "RTSP/1.0 503 Busy\nCSeq: {cseq}\n\n")), (0, "no-play")),
        (streaming(answers=(OPTIONS, VIDEO, OPTIONS)), (0, "bad-answer")),
    ],
)
def test_what_a_stream_is_worth(talk: Any, expected: tuple[int, str], tmp_path: Path) -> None:
    assert verdict(talk, tmp_path) == expected


def test_the_camera_is_told_that_nobody_watches_any_more(tmp_path: Path) -> None:
    heard: list[str] = []

    def whole(connection: socket.socket) -> None:
        for answer in (OPTIONS, VIDEO, SETUP, PLAY):
            request = read_request(connection)
            connection.sendall(rtsp_bytes(answer, header(request, "CSeq")))
        for one in (KEY, *NEXT):
            connection.sendall(one)
        heard.append(read_request(connection))

    with TcpPeer(whole) as peer:
        assert read(opened(peer.port, tmp_path))["cam"].value == 1
    assert heard[0].startswith("TEARDOWN ") and header(heard[0], "Session") == "12345678"


def test_no_password_in_what_is_said_or_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with simulated() as (port, change):
        camera = opened(port, tmp_path)
        said = []
        for mode in ("healthy", "wrong-password", "no-stream", "unplugged"):
            change(mode)
            said.append(str(camera.read()))
        everything = caplog.text + "".join(said) + repr(vars(camera)) + str(camera.last_reasons)
    assert PASSWORD not in everything


GSTREAMER = """
import sys, gi
gi.require_version("Gst", "1.0"); gi.require_version("GstRtsp", "1.0"); gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer
Gst.init(None)
server = GstRtspServer.RTSPServer(address="127.0.0.1", service="0")
auth = GstRtspServer.RTSPAuth()
auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
token = GstRtspServer.RTSPToken()
token.set_string("media.factory.role", "viewer")
auth.add_digest("larder", sys.argv[1], token)
server.set_auth(auth)
h264 = "x264enc tune=zerolatency key-int-max=10 ! rtph264pay name=pay0 pt=96"
for name, source, encoder in (
    ("live", "videotestsrc is-live=true pattern=ball animation-mode=wall-time", h264),
    ("still", "videotestsrc is-live=true pattern=smpte100", h264),
    ("mjpeg", "videotestsrc is-live=true pattern=ball animation-mode=wall-time", "jpegenc ! rtpjpegpay name=pay0 pt=26"),
):
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(f"( {source} ! video/x-raw,format=I420,width=320,height=240,framerate=15/1 ! {encoder} )")
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role("viewer", "media.factory.access", True)
    permissions.add_permission_for_role("viewer", "media.factory.construct", True)
    factory.set_permissions(permissions)
    server.get_mount_points().add_factory("/" + name, factory)
server.attach(None)
print(server.get_bound_port(), flush=True)
GLib.MainLoop().run()
"""
"""A server by other people, in the system's Python, which has the bindings."""

PYTHON = "/usr/bin/python3"


@pytest.fixture(scope="module")
def gstreamer() -> Iterator[int]:
    server = subprocess.Popen([PYTHON, "-c", GSTREAMER, PASSWORD], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        port = server.stdout.readline()
        assert port, "GStreamer's RTSP server did not start (scripts/system-packages.sh installs it)"
        yield int(port)
    finally:
        server.kill()
        server.communicate()


@pytest.mark.process
class TestGStreamer:
    @pytest.mark.parametrize("path", ["/live", "/mjpeg"])
    def test_a_live_picture(self, path: str, gstreamer: int, tmp_path: Path) -> None:
        clock = Clock()
        camera = opened(gstreamer, tmp_path, clock, path=path, timeout_s=20)
        for _ in range(3):
            said = read(camera)
            assert (said["cam"].value, said["cam-state"].quality) == (1, "")
            assert (said["cam-size"].value or 0) > 300
            clock.now += 120

    def test_a_picture_that_never_changes(self, gstreamer: int, tmp_path: Path) -> None:
        clock = Clock()
        camera = opened(gstreamer, tmp_path, clock, path="/still", timeout_s=20)
        reasons = []
        for _ in range(3):
            read(camera)
            reasons.append(camera.last_reasons["cam"])
            clock.now += 120
        assert reasons == ["", "frozen", "frozen"]

    def test_a_wrong_password_and_a_wrong_path(self, gstreamer: int, tmp_path: Path) -> None:
        camera = opened(gstreamer, tmp_path, path="/nowhere", timeout_s=20)
        read(camera)
        assert camera.last_reasons["cam"] in ("no-stream", "auth")
        wrong = opened(gstreamer, tmp_path, path="/live", username="somebody", timeout_s=20)
        read(wrong)
        assert wrong.last_reasons["cam"] == "auth"
