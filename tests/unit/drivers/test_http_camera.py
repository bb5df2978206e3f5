"""Snapshots over HTTP: against the simulator's camera, the standard library's HTTP server, and scripts."""

import base64
import builtins
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from larder_agent.drivers.camera import pixels
from larder_agent.drivers.http_camera import open_driver
from larder_agent.drivers.http_camera.driver import HttpCamera
from larder_agent.drivers.port import Sample, SettingsError
from larder_agent.drivers.secret_files import FileSecrets
from tests.unit.drivers.peers import HttpScript, TcpPeer, http_bytes
from tests.unit.drivers.simulated_camera import PASSWORD, simulated


class Clock:
    """Seconds that the test moves; the driver's deadlines stay far away."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def opened(port: int, folder: Path, clock: Callable[[], float] | None = None, **more: Any) -> HttpCamera:
    (folder / "password").write_text(PASSWORD)
    settings = {
        "id": "cam",
        "host": "127.0.0.1",
        "port": port,
        "path": "/snapshot.jpg",
        "username": "larder",
        "password_file": "password",
        "allow_loopback": True,
        "state": True,
        "picture": True,
        "approved": True,
        **more,
    }
    camera = open_driver(settings, FileSecrets(settings, folder))
    if clock is not None:
        camera._clock = camera._fetcher._clock = clock
    return camera


def read(camera: HttpCamera) -> dict[str, Sample]:
    return {sample.point: sample for sample in camera.read()}


@pytest.mark.parametrize("auth", ["none", "md5", "md5-qop", "sha-256"])
def test_dark_covered_frozen_and_gone_are_told_apart(auth: str, tmp_path: Path) -> None:
    clock = Clock()
    with simulated(auth) as (port, change):
        camera = opened(port, tmp_path, clock)
        story = []
        for mode in ("healthy", "dark", "covered", "healthy", "frozen", "frozen", "no-stream", "unplugged", "healthy"):
            change(mode)
            said = read(camera)
            story.append((mode, said["cam"].value, camera.last_reasons["cam"], said["cam-state"].value))
            clock.now += 120
        assert story == [
            ("healthy", 1, "", 2),
            ("dark", 1, "dark", 2),
            ("covered", 0, "covered", 3),
            ("healthy", 1, "", 2),
            ("frozen", 1, "", 2),
            ("frozen", 0, "frozen", 2),
            ("no-stream", 0, "no-picture", 3),
            ("unplugged", 0, "refused", 3),
            ("healthy", 1, "", 2),
        ]


def test_a_wrong_password(tmp_path: Path) -> None:
    with simulated() as (port, change):
        change("wrong-password")
        camera = opened(port, tmp_path)
        assert read(camera)["cam"].value == 0 and camera.last_reasons["cam"] == "auth"


def jpeg(shade: int, width: int = 1920, height: int = 1080) -> bytes:
    """By Pillow: left half black, right half of one shade."""
    picture = Image.new("RGB", (width, height))
    picture.paste((shade, shade, shade), (width // 2, 0, width, height))
    octets = BytesIO()
    picture.save(octets, "JPEG", quality=90)
    return octets.getvalue()


@contextmanager
def served(pictures: list[bytes], kind: str) -> Iterator[int]:
    """The standard library's server, which gives the pictures in turn: one with its length, in chunks, or as an MJPEG stream."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.headers.get("Authorization") != "Basic " + base64.b64encode(f"larder:{PASSWORD}".encode()).decode():
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="cam"')
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            picture = pictures.pop(0)
            self.send_response(200)
            if kind == "stream":
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                self.wfile.write(b"--frame\r\nContent-Type: image/jpeg\r\n\r\n" + picture + b"\r\n--frame\r\n")
            elif kind == "chunks":
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                for at in range(0, len(picture), 1000):
                    part = picture[at : at + 1000]
                    self.wfile.write(b"%x\r\n" % len(part) + part + b"\r\n")
                self.wfile.write(b"0\r\n\r\n")
            else:
                self.send_header("Content-Length", str(len(picture)))
                self.end_headers()
                self.wfile.write(picture)

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@pytest.mark.parametrize("kind", ["length", "chunks", "stream"])
def test_luma_and_difference_of_real_jpegs_from_a_real_server(kind: str, tmp_path: Path) -> None:
    with served([jpeg(200), jpeg(100)], kind) as port:
        camera = opened(port, tmp_path, basic=True)
        first, second = read(camera), read(camera)
    assert first["cam-luma"].value == pytest.approx(1000, abs=10)  # tenths: half of it at 200
    assert first["cam-diff"] == Sample("cam-diff", None, "first-picture")
    assert second["cam-luma"].value == pytest.approx(500, abs=10)
    assert second["cam-diff"].value == pytest.approx(5000, abs=100)  # hundredths: half of it changed by 100
    assert (first["cam-size"].value, second["cam"].value) == (len(jpeg(200)), 1)


def test_basic_is_not_spoken_unless_asked_for(tmp_path: Path) -> None:
    with served([jpeg(200)], "length") as port:
        camera = opened(port, tmp_path)
        assert read(camera)["cam"].value == 0 and camera.last_reasons["cam"] == "auth"


def test_without_pillow_hash_and_size_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any) -> Any:
        if name == "PIL":
            raise ImportError(name)
        return real(name, *args)

    clock = Clock()
    with simulated() as (port, change):
        monkeypatch.setattr(builtins, "__import__", without)
        camera = opened(port, tmp_path, clock)
        change("dark")
        said = read(camera)
        assert (said["cam"].value, camera.last_reasons["cam"]) == (1, "")
        assert said["cam-luma"] == Sample("cam-luma", None, "no-decoder") and said["cam-size"].value
        change("frozen")
        for _ in range(2):
            read(camera)
            clock.now += 120
        assert read(camera)["cam"].value == 0 and camera.last_reasons["cam"] == "frozen"


@pytest.mark.parametrize(
    "octets", [b"", b"\xff\xd8\xff", jpeg(200)[:700], b"GIF89a" + bytes(50), jpeg(9).replace(b"\xff\xda", b"\xff\xd9")]
)
def test_what_is_no_picture(octets: bytes) -> None:
    with pytest.raises(pixels.NoPicture):
        pixels.grey(octets)


@pytest.mark.parametrize(("size", "word"), [(b"\xff\xff\xff\xff", "exceeds"), (b"\x1f\x40\x1b\x58", "7000 x 8000")])
def test_a_picture_that_claims_to_be_endless_is_refused_unread(size: bytes, word: str) -> None:
    octets = bytearray(jpeg(200, 64, 64))
    at = octets.index(b"\xff\xc0") + 5
    octets[at : at + 4] = size
    with pytest.raises(pixels.NoPicture, match=word):
        pixels.grey(bytes(octets))


MOVED = "HTTP/1.1 302 Found\nLocation: %s"


def asked(folder: Path, *answers: tuple[str, bytes], **more: Any) -> tuple[str, list[str]]:
    """The reason, and the requests."""
    script = HttpScript(list(answers))
    with TcpPeer(script.talk) as peer:
        script.answers = [(part, answer.replace(b"{port}", str(peer.port).encode())) for part, answer in script.answers]
        camera = opened(peer.port, folder, **more)
        camera.read()
        return camera.last_reasons["cam"], script.requests


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        ("/other.jpg", ""),
        ("http://127.0.0.1:{port}/other.jpg", ""),
        ("http://169.254.169.254/latest/meta-data", "blocked-address"),
        ("http://8.8.8.8/", "blocked-address"),
        ("http://[::ffff:8.8.8.8]/", "blocked-address"),
        ("http://0.0.0.0:{port}/", "blocked-address"),
        ("https://127.0.0.1:{port}/", "bad-answer"),
        ("file:///etc/passwd", "bad-answer"),
        ("gopher://127.0.0.1/", "bad-answer"),
        ("//127.0.0.1:{port}/other.jpg", "bad-answer"),
        ("http://127.0.0.1:99999/", "bad-answer"),
        ("", "bad-answer"),
    ],
)
def test_a_redirect_leads_nowhere_else(where: str, reason: str, tmp_path: Path) -> None:
    answers = [
        ("GET /snapshot.jpg", http_bytes(MOVED % where)),
        ("GET /other.jpg", http_bytes("HTTP/1.1 200 OK", jpeg(200))),
    ]
    assert asked(tmp_path, *answers)[0] == "redirected", "not unless asked for"
    assert asked(tmp_path, *answers, redirects=True)[0] == reason


def test_redirects_end(tmp_path: Path) -> None:
    reason, requests = asked(tmp_path, *[("GET", http_bytes(MOVED % "/snapshot.jpg"))] * 9, redirects=True)
    assert (reason, len(requests)) == ("redirected", 3)


def test_the_password_is_not_told_to_another_host(tmp_path: Path) -> None:
    challenge = http_bytes(
        'HTTP/1.1 401 Unauthorized\nWWW-Authenticate: Basic realm="x"\nWWW-Authenticate: Digest realm="x", nonce="n"'
    )
    moved = http_bytes(MOVED % "http://localhost:{port}/other.jpg")
    reason, requests = asked(tmp_path, ("GET", moved), ("GET", challenge), redirects=True, basic=True)
    assert reason == "auth" and "Authorization" not in "".join(requests)
    assert "Host: localhost:" in requests[1]


def test_no_password_in_what_is_said_or_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with simulated() as (port, change):
        camera = opened(port, tmp_path)
        said = []
        for mode in ("healthy", "wrong-password", "no-stream", "unplugged"):
            change(mode)
            said.append(str(camera.read()))
    everything = (
        caplog.text + "".join(said) + repr(vars(camera)) + repr(vars(camera._fetcher)) + str(camera.last_reasons)
    )
    assert PASSWORD not in everything
    assert base64.b64encode(f"larder:{PASSWORD}".encode()).decode() not in everything


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"dead_when": ["sleepy"]}, "dead_when"),
        ({"frozen_after_s": 0}, "frozen_after_s"),
        ({"id": "a" * 27}, "id"),
        ({"path": "http://larder:hunter2@10.0.0.9/"}, "path"),
        ({"basic": "yes"}, "basic"),
        ({"host": "169.254.169.254", "allow": ["0.0.0.0/0"]}, "host"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_key(change: dict[str, Any], key: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        opened(80, tmp_path, **change)
    assert caught.value.key == key and "hunter2" not in str(caught.value)
