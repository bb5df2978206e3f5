"""An ONVIF camera that checks for itself who asks, by the words of the WS-Security username token profile."""

import base64
import contextlib
import hashlib
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larder_agent.drivers.camera.digest import Credentials
from larder_agent.drivers.camera.line import BadAnswer
from larder_agent.drivers.onvif_camera import open_driver, soap
from larder_agent.drivers.onvif_camera.driver import OnvifCamera
from larder_agent.drivers.onvif_camera.questions import Identity
from larder_agent.drivers.secret_files import FileSecrets
from tests.unit.drivers.peers import TcpPeer, header, http_bytes, read_request
from tests.unit.drivers.simulated_camera import PASSWORD, simulated

ENVELOPE = """<?xml version="1.0" encoding="UTF-8"?>
<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope" xmlns:tds="http://www.onvif.org/ver10/device/wsdl"
 xmlns:trt="http://www.onvif.org/ver10/media/wsdl" xmlns:tt="http://www.onvif.org/ver10/schema"><SOAP-ENV:Body>%s</SOAP-ENV:Body>
</SOAP-ENV:Envelope>"""
FAULT = """<SOAP-ENV:Fault><SOAP-ENV:Code><SOAP-ENV:Value>SOAP-ENV:Sender</SOAP-ENV:Value><SOAP-ENV:Subcode>
<SOAP-ENV:Value>ter:%s</SOAP-ENV:Value></SOAP-ENV:Subcode></SOAP-ENV:Code></SOAP-ENV:Fault>"""
SHOWN = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
"""The camera's clock was never set."""


class Onvif:
    """The device and media service of one camera, whose pictures are at another port."""

    def __init__(self, pictures: int, snapshots: bool) -> None:
        self._pictures, self._snapshots = pictures, snapshots
        self.asked: list[str] = []
        self.nonces: list[str] = []

    def talk(self, connection: Any) -> None:
        request = read_request(connection)
        length, body = int(header(request, "Content-Length")), ""
        while len(body) < length:
            body += connection.recv(length).decode()
        question = re.findall(r"<(Get\w+)", body)[0]
        self.asked.append(question)
        allowed = question == "GetSystemDateAndTime" or self._fresh_and_right(body)
        answer = self._answer(question) if allowed else FAULT % "NotAuthorized"
        connection.sendall(http_bytes(f"HTTP/1.1 {200 if allowed else 400} X", (ENVELOPE % answer).encode()))

    def _fresh_and_right(self, body: str) -> bool:
        user, password, nonce, created = (
            re.findall(rf"<\w:{name}(?: [^>]*)?>([^<]*)<", body)[0]
            for name in ("Username", "Password", "Nonce", "Created")
        )
        age = datetime.fromisoformat(created) - SHOWN
        right = hashlib.sha1(base64.b64decode(nonce) + created.encode() + PASSWORD.encode()).digest()
        fresh = timedelta(0) <= age < timedelta(seconds=60) and nonce not in self.nonces
        self.nonces.append(nonce)
        return user == "larder" and base64.b64decode(password) == right and fresh

    def _answer(self, question: str) -> str:
        inner = "192.168.77.77"  # not the address that is asked: the camera stands behind a router
        uri = "<trt:MediaUri><tt:Uri>%s</tt:Uri></trt:MediaUri>"
        if question == "GetSnapshotUri" and not self._snapshots:
            return FAULT % "ActionNotSupported"
        content = {
            "GetSystemDateAndTime": f"""<tds:SystemDateAndTime><tt:UTCDateTime><tt:Time><tt:Hour>{SHOWN.hour}</tt:Hour>
                <tt:Minute>{SHOWN.minute}</tt:Minute><tt:Second>{SHOWN.second}</tt:Second></tt:Time><tt:Date><tt:Year>{SHOWN.year}</tt:Year>
                <tt:Month>{SHOWN.month}</tt:Month><tt:Day>{SHOWN.day}</tt:Day></tt:Date></tt:UTCDateTime></tds:SystemDateAndTime>""",
            "GetDeviceInformation": "<tds:Manufacturer>Acme</tds:Manufacturer><tds:Model>A &amp; B</tds:Model>",
            "GetCapabilities": f"<tds:Capabilities><tt:Media><tt:XAddr>http://{inner}:{{port}}/media</tt:XAddr></tt:Media></tds:Capabilities>",
            "GetProfiles": '<trt:Profiles token="main"/><trt:Profiles token="sub"/>',
            "GetSnapshotUri": uri % f"http://{inner}:{self._pictures}/snapshot.jpg",
            "GetStreamUri": uri % f"rtsp://{inner}:{self._pictures}/Streaming/Channels/101",
        }[question]
        return f"<tds:{question}Response>{content}</tds:{question}Response>".replace("{port}", str(self.port))

    port = 0


def opened(port: int, folder: Path, password: str = PASSWORD) -> OnvifCamera:
    (folder / "password").write_text(password)
    settings = {
        "id": "cam",
        "host": "127.0.0.1",
        "port": port,
        "username": "larder",
        "password_file": "password",
        "allow_loopback": True,
        "state": True,
        "picture": True,
        "timeout_s": 5,
    }
    return open_driver(settings, FileSecrets(settings, folder))


@pytest.mark.parametrize("snapshots", [True, False])
def test_it_is_asked_once_and_then_only_for_pictures(snapshots: bool, tmp_path: Path) -> None:
    with simulated() as (pictures, change):
        onvif = Onvif(pictures, snapshots)
        with TcpPeer(onvif.talk) as peer:
            onvif.port = peer.port
            camera = opened(peer.port, tmp_path)
            first = {sample.point: sample for sample in camera.read()}
            assert (first["cam"].value, camera.last_reasons["cam"]) == (1, "")
            assert (first["cam-luma"].value is not None) == snapshots
            assert camera.identity == Identity("Acme", "A & B")
            asked = len(onvif.asked)
            assert asked == (5 if snapshots else 6)
            camera.read()
            assert len(onvif.asked) == asked
            change("no-stream")
            camera.read()
            assert camera.last_reasons["cam"] == ("no-picture" if snapshots else "no-stream")
            change("healthy")
            assert camera.read()[0].value == 1
            assert len(onvif.asked) == 2 * asked, "after a failure it is asked anew"


def test_a_wrong_password(tmp_path: Path) -> None:
    onvif = Onvif(1, True)
    with TcpPeer(onvif.talk) as peer:
        camera = opened(peer.port, tmp_path, "guess")
        assert camera.read()[0].value == 0 and camera.last_reasons["cam"] == "auth"
        assert onvif.asked == ["GetSystemDateAndTime", "GetDeviceInformation"], "and it is not tried over and over"


def test_the_password_stands_in_no_question() -> None:
    token = soap.Token(bytes(16), "2026-11-24T12:30:00Z")
    said = soap.write_question("<a/>", Credentials('<"larder&', PASSWORD), token).decode()
    assert PASSWORD not in said and '<w:Username>&lt;"larder&amp;</w:Username>' in said
    # by hand: printf '\0...\0' (16) 2026-11-24T12:30:00Z canary-7f3a | sha1sum | xxd -r -p | base64
    expected = base64.b64encode(hashlib.sha1(bytes(16) + b"2026-11-24T12:30:00Z" + PASSWORD.encode()).digest()).decode()
    assert f">{expected}</w:Password>" in said
    assert soap.read_xml(said.encode()) is not None


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"<a>",
        b"<html><body>log in</body></html>",
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbb">]><a>&b;</a>',
        b'<!DOCTYPE a SYSTEM "http://169.254.169.254/"><a/>',
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a><a/>'.encode("utf-16"),
        b'<?xml version="1.0" encoding="UTF-7"?><a>+ADw-!DOCTYPE</a>',
        b"<a>&undefined;</a>",
        b"<a>" * 90_000,
        b"<a xmlns:s='x'><s:Body/></a>",
    ],
)
def test_what_is_no_answer(octets: bytes) -> None:
    with pytest.raises(BadAnswer):
        soap.read_answer(octets)


@given(st.binary(max_size=100))
def test_any_bytes_are_an_answer_or_a_bad_one(octets: bytes) -> None:
    for one in (octets, (ENVELOPE % "<a>{}</a>").encode().replace(b"{}", octets)):
        with contextlib.suppress(BadAnswer, soap.Fault):
            soap.read_answer(one)
