"""One document from a camera over HTTP, in bounded time: each connection to a judged address, proof when asked for it, a redirect only
where the settings allow one."""

import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

from larder_agent.drivers.address import HOST, Clock, NameLookup
from larder_agent.drivers.camera.allow import Policy
from larder_agent.drivers.camera.digest import Credentials, Proof
from larder_agent.drivers.camera.http_message import Answer, Headers, read_answer, write_request
from larder_agent.drivers.camera.line import BadAnswer, dial

MOST_REDIRECTS = 2
MOVED = (301, 302, 303, 307, 308)
TARGET = re.compile(r"/[!-~]{0,1024}")


class Place(NamedTuple):
    """Where a document is. `target`: the path with its query."""

    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        return f"{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


class Fetcher:
    """Asks for documents with one set of credentials, which are told to `home` alone."""

    def __init__(
        self,
        home: str,
        credentials: Credentials | None,
        basic: bool,
        policy: Policy,
        redirects: bool,
        clock: Clock,
        cnonce: Callable[[], str],
    ) -> None:
        self._home, self._credentials, self._basic = home, credentials, basic
        self._policy, self._redirects, self._clock, self._cnonce = policy, redirects, clock, cnonce

    def fetch(
        self, place: Place, deadline: float, method: str = "GET", headers: Headers = (), body: bytes = b""
    ) -> Answer:
        """The last answer: after proof, after redirects if they are allowed. Raises OSError (Blocked among them) and BadAnswer."""
        for _ in range(1 + MOST_REDIRECTS):
            answer = self._proved(place, deadline, method, headers, body)
            moved = self._redirects and method == "GET" and answer.status in MOVED
            if not moved:
                return answer
            place = moved_to(place, answer)
        return answer

    def _proved(self, place: Place, deadline: float, method: str, headers: Headers, body: bytes) -> Answer:
        proof = Proof(self._credentials if place.host == self._home else None, self._cnonce, self._basic)
        lookup = NameLookup(place.host, place.port)
        answer = self._asked(
            lookup, place, deadline, write_request(method, place.authority, place.target, headers, body)
        )
        if answer.status == 401 and proof.challenged(answer.values("www-authenticate")):
            proved = [*headers, *proof.headers(method, place.target)]
            request = write_request(method, place.authority, place.target, proved, body)
            answer = self._asked(lookup, place, deadline, request)
        return answer

    def _asked(self, lookup: NameLookup, place: Place, deadline: float, request: bytes) -> Answer:
        with dial(lookup, self._policy, deadline, self._clock) as line:
            line.send(request)
            received = bytearray()
            while True:
                octets = line.receive()
                received += octets
                answer = read_answer(bytes(received), ended=not octets)
                if answer is not None:
                    return answer
                if not octets:
                    raise BadAnswer("the camera ended the connection before an answer")


def moved_to(place: Place, answer: Answer) -> Place:
    """Where a redirect leads: over plain HTTP, by a name or an address that is judged as any other. Raises BadAnswer."""
    location = next(iter(answer.values("location")), "")
    if TARGET.fullmatch(location) and not location.startswith("//"):
        return place._replace(target=location)
    return place_of(location)


def place_of(address: str) -> Place:
    """Of an http address. What stands before an @ is dropped: nobody but the settings says who asks. Raises BadAnswer."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port or 80
    except ValueError:
        raise BadAnswer("an address that is none") from None
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if parts.scheme != "http" or not re.fullmatch(HOST, host) or not TARGET.fullmatch(target):
        raise BadAnswer("an address that is not plain HTTP")
    return Place(host, port, target)
