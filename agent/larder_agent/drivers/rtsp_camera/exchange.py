"""One conversation with a camera, without I/O: after each answer, the next request or the verdict.

    OPTIONS --any answer--> DESCRIBE --200 with video--> SETUP --200--> PLAY --200--> packets ... TEARDOWN
                               |                           |             |
                              401 --> the same with proof, at any of them, once each

OPTIONS is asked first because it is what players do, and some cameras end a connection that begins otherwise. Its
answer does not matter: DESCRIBE decides. With `play` False nothing is set up, and a description is enough to be alive.
"""

import re
from collections.abc import Callable

from larder_agent.drivers.camera.digest import Credentials, Proof
from larder_agent.drivers.camera.http_message import Answer
from larder_agent.drivers.camera.line import BadAnswer
from larder_agent.drivers.rtsp_camera.message import write_request
from larder_agent.drivers.rtsp_camera.sdp import setup_uri, video_of

ALIVE = ""
Verdict = str
"""ALIVE, or the reason why not."""

TRANSPORT = "RTP/AVP/TCP;unicast;interleaved=0-1"
SESSION = re.compile(r"[!-:<-~]{1,256}")
CHANNEL = re.compile(r"interleaved=([0-9]{1,3})")


class Exchange:
    """`request` is what to send next. A redirect is not followed: it would lead past the list of allowed addresses."""

    def __init__(
        self, uri: str, credentials: Credentials | None, cnonce: Callable[[], str], play: bool, basic: bool = False
    ) -> None:
        self._uri, self._play = uri, play
        self._proof = Proof(credentials, cnonce, basic)
        self._cseq = 0
        self._step = "OPTIONS"
        self._target = uri
        self._proved = False
        self._session = ""
        self._base = uri
        self.codec = ""
        self.channel = 0
        """Which interleaved channel carries the video."""
        self.described = False
        self.playing = False
        self.request = b""
        self._ask("OPTIONS", uri)

    def after(self, answer: Answer) -> Verdict | None:
        """The verdict, or None when `request` is to be sent. Raises BadAnswer for an answer to some other request."""
        # Some cameras leave the number out, which harms nobody: they answer one request at a time.
        if answer.values("cseq") not in ([], [str(self._cseq)]):
            raise BadAnswer("an answer to another request")
        if self._step == "OPTIONS":
            self._go_on("DESCRIBE", self._uri)
            return None
        if answer.status == 401 and not self._proved and self._proof.challenged(answer.values("www-authenticate")):
            self._proved = True
            self._ask(self._step, self._target)
            return None
        if answer.status in (401, 403):
            return "auth"
        if answer.status != 200:
            return "no-stream" if self._step == "DESCRIBE" else "no-play"
        return {"DESCRIBE": self._described, "SETUP": self._set_up, "PLAY": self._played}[self._step](answer)

    def goodbye(self) -> bytes:
        """TEARDOWN, whose answer nobody waits for; nothing when nothing was set up."""
        if not self._session:
            return b""
        self._ask("TEARDOWN", self._base)
        return self.request

    def _described(self, answer: Answer) -> Verdict | None:
        video = video_of(answer.body)
        if video is None:
            return "no-stream"
        self.described, self.codec = True, video.codec
        if not self._play:
            return ALIVE
        base = next(iter(answer.values("content-base") or answer.values("content-location")), "")
        self._base = setup_uri(self._uri, base, "")
        self._go_on("SETUP", setup_uri(self._uri, base, video.control))
        return None

    def _set_up(self, answer: Answer) -> Verdict | None:
        session = next(iter(answer.values("session")), "").partition(";")[0].strip()
        if not SESSION.fullmatch(session):
            raise BadAnswer("a stream without a session")
        self._session = session
        channel = CHANNEL.search(next(iter(answer.values("transport")), ""))
        self.channel = int(channel[1]) if channel else 0
        self._go_on("PLAY", self._base)
        return None

    def _played(self, _answer: Answer) -> Verdict | None:
        self.playing, self.request = True, b""
        return None

    def _go_on(self, step: str, target: str) -> None:
        self._step, self._target, self._proved = step, target, False
        self._ask(step, target)

    def _ask(self, method: str, target: str) -> None:
        self._cseq += 1
        headers = [*self._proof.headers(method, target), *EXTRA.get(method, ())]
        if self._session:
            headers.append(("Session", self._session))
        self.request = write_request(method, target, self._cseq, headers)


EXTRA = {
    "DESCRIBE": (("Accept", "application/sdp"),),
    "SETUP": (("Transport", TRANSPORT),),
    "PLAY": (("Range", "npt=0.000-"),),
}
