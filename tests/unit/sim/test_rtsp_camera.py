"""The camera over real sockets; the digest is worked out here from the formula of RFC 2617, section 3.2.2."""

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable
from io import BytesIO
from statistics import fmean, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from larder_sim.camera_picture import jpeg
from larder_sim.rtsp_camera import RtspCamera
from larder_sim.rtsp_wire import BadRequest, parse_request

HOST = "127.0.0.1"
PATH = "/Streaming/Channels/101"
DEADLINE_S = 5.0


class _Line:
    """One open connection to a camera."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, text: str) -> None:
        self.writer.write(text.encode())
        await self.writer.drain()

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.rstrip("\r\n").split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        assert first.startswith("RTSP/1.0 ")
        return int(first.split(" ")[1]), headers, body

    async def packets(self, count: int) -> list[bytes]:
        """RTP from channel 0, without its framing."""
        found = []
        for _ in range(count):
            head = await self.reader.readexactly(4)
            assert head[:2] == b"$\0"
            found.append(await self.reader.readexactly(int.from_bytes(head[2:], "big")))
        return found

    async def play(self, url: str) -> list[bytes]:
        """The key frame: two parameter sets and five fragments, or less of a picture with little in it."""
        status, headers, _ = await self.ask(
            "SETUP", f"{url}/trackID=1", 8, "Transport: RTP/AVP/TCP;unicast;interleaved=0-1"
        )
        assert status == 200 and "interleaved=0-1" in headers["transport"]
        session = headers["session"].partition(";")[0]
        assert (await self.ask("PLAY", url, 9, f"Session: {session}"))[0] == 200
        found = await self.packets(1)
        while not found[-1][1] & 0x80:
            found += await self.packets(1)
        return found

    async def picture(self) -> bytes:
        await self.send("GET /snapshot.jpg HTTP/1.1\r\nHost: cam\r\n\r\n")
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        assert head.startswith("HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n"), head
        return await self.reader.readexactly(int(re.findall(r"Content-Length: (\d+)", head)[0]))

    async def ask(self, method: str, url: str, cseq: int, *headers: str) -> tuple[int, dict[str, str], bytes]:
        await self.send("\r\n".join([f"{method} {url} RTSP/1.0", f"CSeq: {cseq}", *headers, "", ""]))
        return await self.answer()


class _Scene:
    """A camera that listens, and how often it handed out its SDP."""

    def __init__(self, auth: str) -> None:
        self.described = 0
        self.now = 1000.0
        self.camera = RtspCamera("cam", PATH, auth, "larder", "secret", self._count, self.clock)
        self.port = 0
        self._lines: list[_Line] = []

    def clock(self) -> float:
        return self.now

    def _count(self, via: str) -> None:
        self.described += 1

    @property
    def url(self) -> str:
        return f"rtsp://{HOST}:{self.port}{PATH}"

    async def line(self) -> _Line:
        line = _Line(*await asyncio.open_connection(HOST, self.port))
        self._lines.append(line)
        return line

    async def close(self) -> None:
        for line in self._lines:
            line.writer.close()
        await self.camera.stop()


def _with_camera(auth: str, test: Callable[[_Scene], Awaitable[None]]) -> None:
    async def run() -> None:
        scene = _Scene(auth)
        scene.port = await scene.camera.start(HOST, 0)
        try:
            await asyncio.wait_for(test(scene), DEADLINE_S)
        finally:
            await scene.close()

    asyncio.run(run())


def _authorization(challenge: str, hash_name: str, url: str, password: str = "secret", nc: str = "00000001") -> str:
    def h(text: str) -> str:
        return hashlib.new(hash_name, text.encode()).hexdigest()

    realm, nonce = (re.search(rf'{name}="([^"]+)"', challenge) for name in ("realm", "nonce"))
    assert realm is not None and nonce is not None
    ha1, ha2 = h(f"larder:{realm[1]}:{password}"), h(f"DESCRIBE:{url}")
    common = f'Authorization: Digest username="larder", realm="{realm[1]}", nonce="{nonce[1]}", uri="{url}"'
    if "qop" not in challenge:
        return f'{common}, response="{h(f"{ha1}:{nonce[1]}:{ha2}")}"'
    algorithm = "SHA-256" if hash_name == "sha256" else "MD5"
    response = h(f"{ha1}:{nonce[1]}:{nc}:0a4f113b:auth:{ha2}")
    return f'{common}, algorithm={algorithm}, qop=auth, nc={nc}, cnonce="0a4f113b", response="{response}"'


@pytest.mark.parametrize(("auth", "hash_name"), [("md5", "md5"), ("md5-qop", "md5"), ("sha-256", "sha256")])
def test_options_then_401_then_the_sdp_over_one_connection(auth: str, hash_name: str) -> None:
    async def test(scene: _Scene) -> None:
        line = await scene.line()
        status, headers, _ = await line.ask("OPTIONS", scene.url, 1)
        assert (status, headers["cseq"]) == (200, "1") and "DESCRIBE" in headers["public"]
        status, headers, _ = await line.ask("DESCRIBE", scene.url, 2, "Accept: application/sdp")
        assert (status, headers["cseq"], scene.described) == (401, "2", 0)
        answer = _authorization(headers["www-authenticate"], hash_name, scene.url)
        status, headers, sdp = await line.ask("DESCRIBE", scene.url, 3, answer)
        assert (status, headers["cseq"], headers["content-type"]) == (200, "3", "application/sdp")
        assert b"m=video 0 RTP/AVP 96\r\na=" not in sdp and b"a=rtpmap:96 H264/90000\r\n" in sdp
        assert scene.described == 1

    _with_camera(auth, test)


def test_a_wrong_password_gets_401_with_a_fresh_nonce() -> None:
    async def test(scene: _Scene) -> None:
        line = await scene.line()
        first = (await line.ask("DESCRIBE", scene.url, 1))[1]["www-authenticate"]
        status, headers, _ = await line.ask("DESCRIBE", scene.url, 2, _authorization(first, "md5", scene.url, "guess"))
        assert status == 401 and headers["www-authenticate"] != first
        assert 'stale="FALSE"' in headers["www-authenticate"]

    _with_camera("md5", test)


def test_a_recorded_request_cannot_be_played_again() -> None:
    async def test(scene: _Scene) -> None:
        line = await scene.line()
        challenge = (await line.ask("DESCRIBE", scene.url, 1))[1]["www-authenticate"]
        recorded = _authorization(challenge, "sha256", scene.url)
        assert (await line.ask("DESCRIBE", scene.url, 2, recorded))[0] == 200
        status, headers, _ = await (await scene.line()).ask("DESCRIBE", scene.url, 1, recorded)
        assert status == 401 and 'stale="TRUE"' in headers["www-authenticate"]
        again = _authorization(challenge, "sha256", scene.url, nc="00000002")
        assert (await line.ask("DESCRIBE", scene.url, 3, again))[0] == 200

    _with_camera("sha-256", test)


def test_a_wrong_path_is_404_and_an_unknown_method_405() -> None:
    async def test(scene: _Scene) -> None:
        line = await scene.line()
        assert (await line.ask("DESCRIBE", scene.url + "9", 1))[0] == 404
        assert (await line.ask("RECORD", scene.url, 2))[0] == 405
        assert (await line.ask("PLAY", scene.url, 2))[0] == 454, "nothing was set up"
        assert (await line.ask("SETUP", scene.url + "/trackID=1", 2, "Transport: RTP/AVP;unicast"))[0] == 461
        assert (await line.ask("GET_PARAMETER", scene.url, 3, "Content-Length: 0"))[0] == 200
        assert (await line.ask("DESCRIBE", scene.url, 4))[0] == 200
        assert (await line.ask("TEARDOWN", scene.url, 5))[0] == 200
        assert await line.reader.read() == b""

    _with_camera("none", test)


@pytest.mark.parametrize(
    "rubbish",
    [
        "GET / HTTP/1.0\r\nHost: a\r\n\r\n",
        "\r\n\r\n",
        "OPTIONS * RTSP/1.0\r\n\r\n",
        "OPTIONS * RTSP/1.0\r\nCSeq: -1\r\n\r\n",
        "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 99999\r\n\r\n",
        "OPTIONS rtsp://[::1 RTSP/1.0\r\nCSeq: 1\r\n\r\n",
        "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nx: " + "y" * 9000 + "\r\n\r\n",
    ],
)
def test_rubbish_gets_400_and_the_connection_ends(rubbish: str) -> None:
    async def test(scene: _Scene) -> None:
        line = await scene.line()
        await line.send(rubbish)
        assert (await line.answer())[0] == 400
        line = await scene.line()
        assert (await line.ask("OPTIONS", scene.url, 1))[0] == 200, "the next client is served"

    _with_camera("none", test)


def test_an_unplugged_camera_resets_and_refuses_and_comes_back() -> None:
    async def test(scene: _Scene) -> None:
        line = await scene.line()
        assert (await line.ask("OPTIONS", scene.url, 1))[0] == 200
        await scene.camera.set_mode("unplugged")
        with pytest.raises(ConnectionResetError):
            await line.reader.readexactly(1)
        with pytest.raises(ConnectionRefusedError):
            await scene.line()
        await scene.camera.set_mode("healthy")
        assert (await (await scene.line()).ask("OPTIONS", scene.url, 1))[0] == 200

    _with_camera("none", test)


def test_a_hanging_camera_accepts_and_never_answers() -> None:
    async def test(scene: _Scene) -> None:
        await scene.camera.set_mode("hang")
        line = await scene.line()
        await line.send(f"DESCRIBE {scene.url} RTSP/1.0\r\nCSeq: 1\r\n\r\n")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(line.reader.read(1), 0.1)
        await scene.camera.set_mode("healthy")
        status, headers, _ = await line.ask("OPTIONS", scene.url, 2)
        assert (status, headers["cseq"], scene.described) == (200, "2", 0), "the first was never answered"

    _with_camera("none", test)


def test_no_stream_is_503_and_a_changed_password_401() -> None:
    async def test(scene: _Scene) -> None:
        line = await scene.line()
        challenge = (await line.ask("DESCRIBE", scene.url, 1))[1]["www-authenticate"]
        right = _authorization(challenge, "md5", scene.url)
        for mode, status in (("no-stream", 503), ("wrong-password", 401), ("healthy", 200)):
            await scene.camera.set_mode(mode)
            assert (await line.ask("DESCRIBE", scene.url, 2, right))[0] == status
        assert scene.described == 1

    _with_camera("md5", test)


def test_it_streams_until_it_is_left_and_a_frozen_one_repeats_itself() -> None:
    async def test(scene: _Scene) -> None:
        first = await (await scene.line()).play(scene.url)
        assert [one[12] & 0x1F for one in first] == [7, 8, 28, 28, 28, 28, 28]
        numbers = [int.from_bytes(one[2:4], "big") for one in first]
        assert numbers == [(numbers[0] + n) & 0xFFFF for n in range(7)] and len({one[4:8] for one in first}) == 1
        scene.now += 10
        assert [one[12:] for one in await (await scene.line()).play(scene.url)] != [one[12:] for one in first]
        await scene.camera.set_mode("frozen")
        frozen = []
        for _ in range(2):
            scene.now += 10
            line = await scene.line()
            frozen.append([one[12:] for one in await line.play(scene.url)])
            later = (await line.packets(1))[0]
            assert later[12] & 0x1F == 1 and later[4:8] != first[0][4:8], "it goes on"
        assert frozen[0] == frozen[1]

    _with_camera("none", test)


def test_a_snapshot_is_a_jpeg_of_what_is_before_the_lens() -> None:
    async def test(scene: _Scene) -> None:
        line = await scene.line()
        seen = {}
        for mode in ("healthy", "dark", "covered", "frozen"):
            await scene.camera.set_mode(mode)
            two = []
            for _ in range(2):
                scene.now += 1
                with Image.open(BytesIO(await line.picture())) as picture:
                    assert (picture.format, picture.mode, picture.size) == ("JPEG", "L", (320, 240))
                    two.append(picture.resize((40, 30), Image.Resampling.NEAREST).tobytes())
            seen[mode] = [fmean(two[0]), pstdev(two[0]), fmean(abs(a - b) for a, b in zip(*two, strict=True))]
        assert seen["healthy"][0] > 100 and seen["healthy"][1] > 20 and seen["healthy"][2] > 1.5
        assert seen["dark"][0] < 10 and seen["covered"][0] > 80 and seen["covered"][1] < 2
        assert seen["frozen"][1] > 20 and seen["frozen"][2] == 0

    _with_camera("none", test)


def test_every_square_comes_out_of_a_decoder_as_it_went_in() -> None:
    """Over all differences of two neighbours that the code table knows."""
    luma = [value for step in range(256) for value in (step, 255 - step, 128, step)] + [0] * 176
    with Image.open(BytesIO(jpeg(luma))) as picture:
        assert list(picture.resize((40, 30), Image.Resampling.NEAREST).tobytes()) == luma


def test_a_camera_that_reboots_comes_and_goes() -> None:
    async def test(scene: _Scene) -> None:
        there = []
        for _ in range(4):
            await scene.camera.set_mode("rebooting")
            try:
                await scene.line()
                there.append(True)
            except ConnectionRefusedError:
                there.append(False)
            scene.now += 2
        assert there == [True, False, True, False]

    _with_camera("none", test)


@given(st.binary(max_size=200) | st.binary(max_size=80).map(lambda tail: b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n" + tail))
def test_any_bytes_are_a_request_or_a_bad_request(head: bytes) -> None:
    try:
        request = parse_request(head)
        assert request.path and request.method
        assert 0 <= request.body_bytes <= 4096
    except BadRequest:
        pass
