"""One conversation with a camera, without I/O: after each answer, the next request or the verdict.

    OPTIONS --any answer--> DESCRIBE --200 with video--> alive
                               |
                              401 --> DESCRIBE with proof --200 with video--> alive

OPTIONS is asked first because it is what players do, and some cameras end a connection that begins otherwise. Its
answer does not matter: DESCRIBE decides. Nothing is set up or played, so the camera spends no stream on us.
"""

from collections.abc import Callable

from larder_agent.drivers.rtsp_camera.digest import Credentials, authorization, choose
from larder_agent.drivers.rtsp_camera.message import Answer, BadAnswer, write_request

ALIVE = ""
Verdict = str
"""ALIVE, or the reason why not."""


class Exchange:
    """`request` is what to send next. A redirect is not followed: it would lead past the list of allowed addresses."""

    def __init__(self, uri: str, credentials: Credentials | None, cnonce: Callable[[], str]) -> None:
        self._uri = uri
        self._credentials = credentials
        self._cnonce = cnonce
        self._cseq = 1
        self._described = False
        self._proved = False
        self.request = write_request("OPTIONS", uri, self._cseq)

    def after(self, answer: Answer) -> Verdict | None:
        """The verdict, or None when `request` is to be sent. Raises BadAnswer for an answer to some other request."""
        # Some cameras leave the number out, which harms nobody: they answer one request at a time.
        if answer.values("cseq") not in ([], [str(self._cseq)]):
            raise BadAnswer("an answer to another request")
        if not self._described:
            self._described = True
            self._ask(())
            return None
        if answer.status == 401 and not self._proved:
            return self._prove(answer)
        return _verdict(answer)

    def _prove(self, answer: Answer) -> Verdict | None:
        challenge = choose(answer.values("www-authenticate"))
        if self._credentials is None or challenge is None:
            return "auth"
        self._proved = True
        proof = authorization(challenge, self._credentials, "DESCRIBE", self._uri, self._cnonce())
        self._ask((("Authorization", proof),))
        return None

    def _ask(self, headers: tuple[tuple[str, str], ...]) -> None:
        self._cseq += 1
        self.request = write_request("DESCRIBE", self._uri, self._cseq, (("Accept", "application/sdp"), *headers))


def _verdict(answer: Answer) -> Verdict:
    if answer.status in (401, 403):
        return "auth"
    if answer.status != 200:
        return "no-stream"
    lines = answer.body.replace(b"\r", b"\n").split(b"\n")
    return ALIVE if any(line.startswith(b"m=video ") for line in lines) else "no-stream"
