"""The heartbeat of a camera, against peers that speak RTSP and peers that do not."""

import hashlib
import logging
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from larder_agent.drivers.camera.allow import permitted
from larder_agent.drivers.port import Sample, SettingsError
from larder_agent.drivers.rtsp_camera import open_driver
from larder_agent.drivers.rtsp_camera.driver import RtspCamera
from larder_agent.drivers.secret_files import FileSecrets
from tests.unit.drivers.peers import (
    RtspScript,
    TcpPeer,
    deaf_port,
    free_port,
    header,
    read_request,
    reset,
    rtsp_bytes,
    wait_for_end,
)

OPTIONS = "RTSP/1.0 200 OK\nCSeq: {cseq}\nPublic: OPTIONS, DESCRIBE, SETUP, PLAY\n\n"
VIDEO = "RTSP/1.0 200 OK\nCSeq: {cseq}\nContent-Type: application/sdp\n\nv=0\ns=cam\nm=video 0 RTP/AVP 96\n"
CHALLENGE = 'RTSP/1.0 401 Unauthorized\nCSeq: {cseq}\nWWW-Authenticate: Basic realm="cam"\nWWW-Authenticate: %s\n\n'
PASSWORD = "Circle Of Life"


def camera(port: int, **more: Any) -> RtspCamera:
    """One that is asked and not played; how it plays is told in test_rtsp_play.py."""
    usual = {"id": "cam", "host": "127.0.0.1", "port": port, "allow_loopback": True, "timeout_s": 0.5, "play": False}
    settings = usual | more
    return open_driver(settings, FileSecrets(settings, Path("/")))


def probed(one: RtspCamera) -> tuple[int | None, str]:
    """The heartbeat, which is always good, and the reason."""
    (sample,) = one.read()
    assert (sample.point, sample.quality) == ("cam", "")
    return sample.value, one.last_reasons["cam"]


@contextmanager
def scripted(*answers: tuple[str, str], **more: Any) -> Iterator[tuple[RtspCamera, RtspScript]]:
    script = RtspScript(list(answers))
    with TcpPeer(script.talk) as peer:
        yield camera(peer.port, **more), script


@pytest.fixture
def proof_of(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "password").write_text(PASSWORD)
    return {"username": "Mufasa", "password_file": str(tmp_path / "password")}


def test_a_camera_that_offers_video_is_alive() -> None:
    with scripted(("OPTIONS", OPTIONS), ("DESCRIBE", VIDEO), path="/Streaming/Channels/1") as (one, script):
        assert probed(one) == (1, "")
        uri = f"rtsp://127.0.0.1:{one._camera.port}/Streaming/Channels/1"
        assert [request.split("\r\n")[0] for request in script.requests] == [
            f"OPTIONS {uri} RTSP/1.0",
            f"DESCRIBE {uri} RTSP/1.0",
        ]
        assert "\r\nAccept: application/sdp\r\n" in script.requests[1]


@pytest.mark.parametrize(
    "answers, reason",
    [
        ([OPTIONS, "RTSP/1.0 404 Not Found\nCSeq: {cseq}\n\n"], "no-stream"),
        ([OPTIONS, "RTSP/1.0 200 OK\nCSeq: {cseq}\n\nv=0\nm=audio 0 RTP/AVP 0\n"], "no-stream"),
        ([OPTIONS, "RTSP/1.0 200 OK\nCSeq: {cseq}\n\n"], "no-stream"),
        ([OPTIONS, "RTSP/1.0 302 Moved\nCSeq: {cseq}\nLocation: rtsp://169.254.169.254/\n\n"], "no-stream"),
        ([OPTIONS, "RTSP/1.0 403 Forbidden\nCSeq: {cseq}\n\n"], "auth"),
        ([OPTIONS, CHALLENGE % 'Digest realm="cam", nonce="n"'], "auth"),
        ([OPTIONS, "close"], "reset"),
        ([OPTIONS, "reset"], "reset"),
        (["close"], "reset"),
        ([OPTIONS, "silent"], "timeout"),
        (["HTTP/1.1 400 Bad Request\n\n"], "bad-answer"),
        (["RTSP/1.0 200 OK\nCSeq: 7\n\n"], "bad-answer"),
        (["RTSP/1.0 501 Not Implemented\nCSeq: {cseq}\n\n", VIDEO], ""),
        (["RTSP/1.0 401 Unauthorized\nCSeq: {cseq}\n\n", VIDEO], ""),
        (["RTSP/1.0 200 OK\n\n", VIDEO.replace("CSeq: {cseq}\n", "")], ""),
    ],
)
def test_every_answer_is_a_verdict_with_a_reason(answers: list[str], reason: str) -> None:
    methods = ("OPTIONS", "DESCRIBE", "DESCRIBE")
    with scripted(*zip(methods, answers, strict=False)) as (one, script):
        assert probed(one) == (int(reason == ""), reason)
        assert not script.answers


def checking(challenge: str, algorithm: str) -> Any:
    """A camera that works out the proof by itself, from the words of RFC 7616, and lets in who has it right."""

    def digest(text: str) -> str:
        return hashlib.new(algorithm, text.encode()).hexdigest()

    def talk(connection: socket.socket) -> None:
        for answer in (OPTIONS, CHALLENGE % challenge):
            request = read_request(connection)
            assert "Authorization" not in request
            connection.sendall(rtsp_bytes(answer, header(request, "CSeq")))
        request = read_request(connection)
        given = {
            name: quoted or bare
            for name, quoted, bare in re.findall(r'(\w+)=(?:"([^"]*)"|([^, \r]+))', header(request, "Authorization"))
        }
        secret = digest(f"Mufasa:testrealm@host.com:{PASSWORD}")
        asked = digest(f"DESCRIBE:{given['uri']}")
        middle = f":{given['nc']}:{given['cnonce']}:auth" if "qop" in given else ""
        right = digest(f"{secret}:dcd98b7102dd2f0e8b11d0f600bfb0c093{middle}:{asked}")
        fits = given["response"] == right and request.startswith(f"DESCRIBE {given['uri']} ")
        answer = VIDEO if fits else CHALLENGE % challenge
        connection.sendall(rtsp_bytes(answer, header(request, "CSeq")))
        wait_for_end(connection)

    return talk


OFFER = 'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'
OFFERS = [
    (OFFER, "md5"),
    (OFFER + ', qop="auth"', "md5"),
    (OFFER + ', algorithm=SHA-256, qop="auth,auth-int"', "sha256"),
    (OFFER + ", algorithm=SHA-256", "sha256"),
]


@pytest.mark.parametrize("challenge, algorithm", OFFERS)
def test_the_right_password_is_let_in(challenge: str, algorithm: str, proof_of: dict[str, str]) -> None:
    with TcpPeer(checking(challenge, algorithm)) as peer:
        assert probed(camera(peer.port, **proof_of)) == (1, "")


@pytest.mark.parametrize("challenge, algorithm", OFFERS)
def test_a_wrong_password_is_said_to_be_so(challenge: str, algorithm: str, proof_of: dict[str, str]) -> None:
    Path(proof_of["password_file"]).write_text("circle of life")
    with TcpPeer(checking(challenge, algorithm)) as peer:
        assert probed(camera(peer.port, **proof_of)) == (0, "auth")


def test_the_password_is_never_sent_in_the_clear_nor_written_anywhere(
    proof_of: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    basic = 'RTSP/1.0 401 Unauthorized\nCSeq: {cseq}\nWWW-Authenticate: Basic realm="cam"\n\n'
    with scripted(("OPTIONS", OPTIONS), ("DESCRIBE", basic), **proof_of) as (one, script):
        assert probed(one) == (0, "auth")
        said = "".join(script.requests) + caplog.text + repr(vars(one)) + str(one.last_reasons)
        assert "Authorization" not in said and PASSWORD not in said


def test_a_new_random_word_is_used_for_each_proof(proof_of: dict[str, str]) -> None:
    answers = (("OPTIONS", OPTIONS), ("DESCRIBE", CHALLENGE % (OFFER + ', qop="auth"')), ("DESCRIBE", VIDEO))
    seen = set()
    for _ in range(2):
        with scripted(*answers, **proof_of) as (one, script):
            assert probed(one) == (1, "")
            seen.update(re.findall(r'cnonce="([0-9a-f]{32})"', script.requests[2]))
    assert len(seen) == 2


def test_a_refused_connection_and_a_host_without_power() -> None:
    assert probed(camera(free_port())) == (0, "refused")
    with deaf_port() as port:
        started = time.monotonic()
        assert probed(camera(port)) == (0, "timeout")
        assert time.monotonic() - started < 2


def test_a_reset_before_any_answer() -> None:
    with TcpPeer(reset) as peer:
        assert probed(camera(peer.port)) == (0, "reset")


def test_one_byte_at_a_time_is_an_answer() -> None:
    def talk(connection: socket.socket) -> None:
        for answer in (OPTIONS, VIDEO):
            for octet in rtsp_bytes(answer, header(read_request(connection), "CSeq")):
                connection.sendall(bytes([octet]))
        wait_for_end(connection)

    with TcpPeer(talk) as peer:
        assert probed(camera(peer.port, timeout_s=5)) == (1, "")


def test_a_trickle_does_not_stretch_the_deadline() -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(b"RTSP/1.0 200 OK\r\n")
        while not peer.stopping.wait(0.05):
            connection.sendall(b"A: b\r\n")

    with TcpPeer(talk) as peer:
        started = time.monotonic()
        assert probed(camera(peer.port)) == (0, "timeout")
        assert time.monotonic() - started < 2


def test_a_head_without_an_end_is_cut_off() -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(b"RTSP/1.0 200 OK\r\n")
        while True:
            connection.sendall(b"A: " + b"b" * 1000 + b"\r\n")

    with TcpPeer(talk) as peer:
        assert probed(camera(peer.port, timeout_s=10)) == (0, "bad-answer")


def test_the_answer_time_is_a_point_of_its_own_and_its_reason_is_its_quality() -> None:
    with scripted(("OPTIONS", OPTIONS), ("DESCRIBE", VIDEO), answer_time=True) as (one, _):
        assert [(spec.id, spec.unit, spec.scale) for spec in one.points] == [("cam", "/", 0), ("cam-ms", "ms", 0)]
        alive, took = one.read()
        assert alive == Sample("cam", 1)
        assert took.value is not None and 0 <= took.value <= 500 and took.quality == ""
    assert camera(free_port(), answer_time=True).read() == [Sample("cam", 0), Sample("cam-ms", None, "refused")]


def test_a_name_that_leads_elsewhere_is_not_asked() -> None:
    with TcpPeer(wait_for_end) as peer:
        one = camera(peer.port, host="localhost", allow_loopback=False)
        assert probed(one) == (0, "blocked-address")
        assert peer.connections == 0


def test_a_name_with_one_foot_elsewhere_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def both(host: str, port: int, *, type: int, flags: int) -> list[Any]:
        if flags == socket.AI_NUMERICHOST:
            raise socket.gaierror
        return [(socket.AF_INET, type, 6, "", (ip, port)) for ip in ("127.0.0.1", "8.8.8.8")]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    with TcpPeer(wait_for_end) as peer:
        assert probed(camera(peer.port, host="camera")) == (0, "blocked-address")
        assert peer.connections == 0


def test_a_name_without_an_address_is_said_to_be_so() -> None:
    assert probed(camera(554, host="a" * 64, timeout_s=5)) == (0, "no-address")


@pytest.mark.parametrize(
    "address, allow, allow_loopback, expected",
    [
        ("192.168.1.64", [], False, True),
        ("10.1.2.3", [], False, True),
        ("172.31.0.1", [], False, True),
        ("fd00::1", [], False, True),
        ("172.32.0.1", [], False, False),
        ("8.8.8.8", [], False, False),
        ("2001:db8::1", [], False, False),
        ("192.168.1.64", ["192.168.7.0/24"], False, False),
        ("203.0.113.9", ["203.0.113.0/24"], False, True),
        ("127.0.0.1", [], False, False),
        ("127.0.0.1", ["127.0.0.0/8"], False, False),
        ("127.0.0.1", [], True, True),
        ("::1", [], False, False),
        ("::1", [], True, True),
        ("::ffff:127.0.0.1", [], False, False),
        ("::ffff:192.168.1.64", [], False, True),
        ("::ffff:8.8.8.8", [], False, False),
        ("169.254.169.254", ["0.0.0.0/0"], True, False),
        ("fe80::1", ["::/0"], True, False),
        ("fe80::1%eth0", ["::/0"], True, False),
        ("224.0.0.1", ["0.0.0.0/0"], True, False),
        ("ff02::1", ["::/0"], True, False),
        ("0.0.0.0", ["0.0.0.0/0"], True, False),
        ("255.255.255.255", ["0.0.0.0/0"], True, False),
        ("::", ["::/0"], True, False),
        ("0.1.2.3", ["0.0.0.0/0"], True, False),
        ("240.0.0.1", ["0.0.0.0/0"], True, False),
        ("100.100.100.200", ["100.64.0.0/10"], True, False),
        ("100.100.100.201", ["100.64.0.0/10"], True, True),
        ("fd00:ec2::254", [], True, False),
        ("64:ff9b::10.1.2.3", ["64:ff9b::/96"], False, False),
        ("64:ff9b::10.1.2.3", ["64:ff9b::/96", "10.0.0.0/8"], False, True),
        ("64:ff9b::127.0.0.1", ["::/0", "0.0.0.0/0"], False, False),
        ("64:ff9b::169.254.169.254", ["::/0", "0.0.0.0/0"], True, False),
        ("2002:a9fe:a9fe::1", ["::/0", "0.0.0.0/0"], True, False),
    ],
)
def test_which_addresses_may_be_asked(address: str, allow: list[str], allow_loopback: bool, expected: bool) -> None:
    settings = {"id": "cam", "host": "camera", "allow": allow}
    networks = open_driver(settings, FileSecrets(settings, Path("/")))._camera.policy.networks
    assert permitted(address, networks, allow_loopback) is expected


@pytest.mark.parametrize(
    "change, key",
    [
        ({"host": "127.0.0.1"}, "host"),
        ({"host": "169.254.169.254"}, "host"),
        ({"host": "8.8.8.8"}, "host"),
        ({"host": "rtsp://admin:hunter2@10.0.0.9/1"}, "host"),
        ({"host": "admin:hunter2@10.0.0.9"}, "host"),
        ({"path": "/user=admin&password=hunter2&channel=1"}, "path"),
        ({"path": "Streaming hunter2"}, "path"),
        ({"path": "/a\r\nX-Evil: hunter2"}, "path"),
        ({"username": "admin"}, "password_file"),
        ({"password_file": "/etc/hostname"}, "username"),
        ({"username": "ad\nmin", "password_file": "/x"}, "username"),
        ({"allow": ["10.0.0.1/8"]}, "allow"),
        ({"allow": ["kitchen"]}, "allow"),
        ({"timeout_s": 0}, "timeout_s"),
        ({"id": "a" * 30}, "id"),
        ({"password": "hunter2"}, "password"),
        ({"url": "rtsp://hunter2"}, "url"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_key_and_no_secret_is_repeated(change: dict[str, Any], key: str) -> None:
    settings = {"id": "cam", "host": "10.0.0.9", **change}
    with pytest.raises(SettingsError) as caught:
        open_driver(settings, FileSecrets(settings, Path("/")))
    assert caught.value.key == key
    assert "hunter2" not in str(caught.value)
