"""One POST to a provider, bounded in time and size, that says whether the request may have been acted upon.

Only the standard library: the two clouds' own packages are 6 and 43 MB for one signed request each, and neither tells an answer that
was cut off from a connection that was never made, on which it depends whether a message may be repeated.
"""

import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from threading import Timer
from typing import Any, NamedTuple
from urllib.parse import urlsplit

MOST_BYTES = 1 << 20


class Answer(NamedTuple):
    """`body` is the JSON object of the answer, {} where it was none."""

    status: int
    body: dict[str, Any]


class NotReached(NamedTuple):
    """Nothing was sent: no name, no connection, no trust."""

    reason: str


class Unanswered(NamedTuple):
    """The request was sent and its answer did not come whole: it may have been acted upon."""

    reason: str


class Endpoint:
    """`url` is https://host[:port]; plain http only to this machine, which is for tests. Raises ValueError for anything else."""

    def __init__(self, url: str, timeout_s: float) -> None:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme not in ("https", "http") or not host or parts.path not in ("", "/") or parts.query:
            raise ValueError(f"{url!r} is no address of a provider; write it as https://host")
        if parts.scheme == "http" and host not in ("127.0.0.1", "localhost"):
            raise ValueError(f"{url!r} would send keys and numbers in the clear; write https://")
        self.host = parts.netloc.rpartition("@")[2]
        self._https, self._name, self._port, self._timeout_s = parts.scheme == "https", host, parts.port, timeout_s

    def post(self, query: str, headers: Mapping[str, str], body: bytes) -> Answer | NotReached | Unanswered:
        """Never raises and never takes longer than the time-out and a moment; redirects are not followed."""
        connection = self._connection()
        try:
            connection.connect()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            return NotReached(f"{self.host}: {_said(error)}")
        alarm_clock = Timer(self._timeout_s, _hang_up, [connection.sock])
        alarm_clock.daemon = True
        alarm_clock.start()
        try:
            connection.request("POST", f"/?{query}" if query else "/", body, dict(headers))
            answer = connection.getresponse()
            content = answer.read(MOST_BYTES)
            if not answer.isclosed() and answer.read(1):
                return Unanswered(f"{self.host}: an answer of more than {MOST_BYTES} bytes")
        except (OSError, ValueError, http.client.HTTPException) as error:
            return Unanswered(f"{self.host}: {_said(error)}")
        finally:
            alarm_clock.cancel()
            connection.close()
        return Answer(answer.status, _object(content))

    def _connection(self) -> http.client.HTTPConnection:
        if self._https:
            trust = ssl.create_default_context()
            return http.client.HTTPSConnection(self._name, self._port, timeout=self._timeout_s, context=trust)
        return http.client.HTTPConnection(self._name, self._port, timeout=self._timeout_s)


def _hang_up(connected: socket.socket) -> None:
    """From another thread: whoever waits for this socket gets an error now. A server that trickles is held to the time-out so."""
    with suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)


def _object(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__
