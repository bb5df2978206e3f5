"""A camera's picture of now: by the simulator's camera, a standard library server, an ONVIF camera of our own making, and scripts."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from larder_agent.drivers.camera.probing import CameraDriver
from larder_agent.drivers.port import NoStill, StillTaker
from larder_agent.still import take_still
from larder_core.signing import to_text
from larder_core.sizes import MAX_PICTURE
from tests.unit.drivers import test_http_camera as http
from tests.unit.drivers import test_onvif_camera as onvif
from tests.unit.drivers import test_rtsp_camera as rtsp
from tests.unit.drivers.peers import HttpScript, TcpPeer, free_port, http_bytes
from tests.unit.drivers.simulated_camera import simulated

CHALLENGE = 'HTTP/1.1 401 Unauthorized\nWWW-Authenticate: Digest realm="x", nonce="n", qop="auth", algorithm=SHA-256'


def reason(camera: CameraDriver, point: str = "cam") -> str:
    with pytest.raises(NoStill) as refused:
        camera.still(point)
    return refused.value.reason


@pytest.mark.parametrize("auth", ["none", "md5", "sha-256"])
def test_http_the_simulators_camera_gives_its_picture_and_the_heartbeat_sees_nothing_of_it(
    auth: str, tmp_path: Path
) -> None:
    """[D10] [D11] Its hash is that of the bytes which are sent."""
    clock = http.Clock()
    with simulated(auth) as (port, change):
        camera = http.opened(port, tmp_path, clock)
        change("frozen")
        http.read(camera)
        clock.now += 30
        still = take_still(camera, "cam")
        assert still.picture.startswith(b"\xff\xd8\xff") and still.picture.endswith(b"\xff\xd9")
        assert still.digest == to_text(sha256(still.picture).digest())
        assert [camera.still("cam") for _ in range(3)], "the same picture again and again, beside the grid"
        assert http.read(camera)["cam"].value == 1, "30 s are not yet frozen"


@pytest.mark.parametrize("kind", ["length", "chunks", "stream"])
def test_http_whole_pictures_from_a_real_server_however_it_sends_them(kind: str, tmp_path: Path) -> None:
    pictures = [http.jpeg(200), http.jpeg(100)]
    expected = list(pictures)
    with http.served(pictures, kind) as port:
        camera = http.opened(port, tmp_path, basic=True)
        assert [camera.still("cam"), camera.still("cam")] == expected


def test_http_digest_is_proved_and_the_password_stays_here(tmp_path: Path) -> None:
    picture = http.jpeg(90)
    script = HttpScript([("GET", http_bytes(CHALLENGE)), ("GET", http_bytes("HTTP/1.1 200 OK", picture))])
    with TcpPeer(script.talk) as peer:
        assert http.opened(peer.port, tmp_path).still("cam") == picture
    assert "Authorization: Digest" in script.requests[1] and http.PASSWORD not in "".join(script.requests)


def test_http_a_picture_beyond_the_bound_of_the_answer_is_known_by_its_hash(tmp_path: Path) -> None:
    """[D11]"""
    picture = http.jpeg(90) + bytes(MAX_PICTURE)
    with TcpPeer(HttpScript([("GET", http_bytes("HTTP/1.1 200 OK", picture))]).talk) as peer:
        still = take_still(http.opened(peer.port, tmp_path), "cam")
    assert (still.size, still.picture, still.digest) == (len(picture), b"", to_text(sha256(picture).digest()))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (http_bytes(http.MOVED % "http://169.254.169.254/latest/meta-data"), "redirected"),
        (http_bytes("HTTP/1.1 403 Forbidden"), "auth"),
        (http_bytes("HTTP/1.1 404 Not Found", b"\xff\xd8\xff"), "no-picture"),
        (http_bytes("HTTP/1.1 200 OK", b"<html>please sign in</html>"), "no-picture"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n\xff\xd8\xff", "bad-answer"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\xff\xd8\xff\r\n", "bad-answer"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "bad-answer"),
    ],
)
def test_http_why_there_is_none(answer: bytes, expected: str, tmp_path: Path) -> None:
    with TcpPeer(HttpScript([("GET", answer)]).talk) as peer:
        assert reason(http.opened(peer.port, tmp_path)) == expected


def test_http_only_permitted_addresses_are_asked(tmp_path: Path) -> None:
    moved = http_bytes(http.MOVED % "http://169.254.169.254/latest/meta-data")
    with TcpPeer(HttpScript([("GET", moved)]).talk) as peer:
        assert reason(http.opened(peer.port, tmp_path, redirects=True)) == "blocked-address"
        assert reason(http.opened(peer.port, tmp_path, host="localhost", allow_loopback=False)) == "blocked-address"
        assert peer.connections == 1
    assert reason(http.opened(free_port(), tmp_path)) == "refused"


def test_of_another_point_there_is_none(tmp_path: Path) -> None:
    assert reason(http.opened(free_port(), tmp_path), "elsewhere") == "no-point"


@pytest.mark.parametrize("probe_first", [True, False])
def test_onvif_the_snapshot_is_fetched_where_the_camera_says_at_the_host_of_the_settings(
    probe_first: bool, tmp_path: Path
) -> None:
    """[D10]"""
    with simulated() as (pictures, change):
        peer_camera = onvif.Onvif(pictures, snapshots=True)
        with TcpPeer(peer_camera.talk) as peer:
            peer_camera.port = peer.port
            camera = onvif.opened(peer.port, tmp_path)
            if probe_first:
                camera.read()
            assert len(take_still(camera, "cam").picture) > 100
            assert len(peer_camera.asked) == 5, "a place that is known is not asked for again"
            change("no-stream")
            assert reason(camera) == "no-picture"


def test_onvif_a_camera_without_snapshots_and_a_wrong_password(tmp_path: Path) -> None:
    with simulated() as (pictures, _):
        peer_camera = onvif.Onvif(pictures, snapshots=False)
        with TcpPeer(peer_camera.talk) as peer:
            peer_camera.port = peer.port
            assert reason(onvif.opened(peer.port, tmp_path)) == "video-only"
            assert reason(onvif.opened(peer.port, tmp_path, "guess")) == "auth"


def test_rtsp_says_that_it_cannot_and_asks_nobody() -> None:
    with TcpPeer(lambda connection: None) as peer:
        camera = rtsp.camera(peer.port)
        assert isinstance(camera, StillTaker)
        assert reason(camera) == "video-only"
        assert peer.connections == 0


def test_a_camera_that_never_ends_costs_its_timeout_and_no_more(tmp_path: Path) -> None:
    ended: list[bool] = []

    def trickle(connection: object) -> None:
        send: Callable[[bytes], None] = connection.sendall  # type: ignore[attr-defined]
        try:
            send(b"HTTP/1.1 200 OK\r\n\r\n\xff\xd8\xff")
            while True:
                send(b"x")
        finally:
            ended.append(True)

    with TcpPeer(trickle) as peer:
        assert reason(http.opened(peer.port, tmp_path, timeout_s=0.3)) in ("timeout", "bad-answer")
    assert ended
