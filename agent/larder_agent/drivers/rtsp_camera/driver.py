"""The heartbeat of one camera: the socket, the deadline, the samples."""

import os
import time
from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_network
from typing import NamedTuple

from larder_agent.drivers.address import HOST, HOST_HINT, Clock, NameLookup, Unresolved, connect
from larder_agent.drivers.port import PointSpec, Sample, SecretReader
from larder_agent.drivers.rtsp_camera.allow import Network, permitted
from larder_agent.drivers.rtsp_camera.digest import Credentials
from larder_agent.drivers.rtsp_camera.exchange import ALIVE, Exchange
from larder_agent.drivers.rtsp_camera.message import Answer, BadAnswer, read_answer
from larder_agent.drivers.settings import SettingsReader

REASONS = (
    "refused",
    "timeout",
    "unreachable",
    "no-address",
    "blocked-address",
    "reset",
    "bad-answer",
    "auth",
    "no-stream",
)
"""Why a camera counts as dead: in `last_reasons`, and as the quality of the answer time that is then missing."""


class Camera(NamedTuple):
    id: str
    host: str
    port: int
    uri: str
    credentials: Credentials | None
    allow: tuple[Network, ...]
    allow_loopback: bool
    timeout_s: float
    answer_time: bool


class RtspCamera:
    """A Driver. `read` takes at most timeout_s, however the camera behaves.

    The point of unit "/" is 1 for a camera that answers and offers video, else 0: a good statement about a dead camera.
    `last_reasons` says why, by point, for displays; "" for alive; nothing before the first read.
    """

    def __init__(
        self, camera: Camera, clock: Clock = time.monotonic, cnonce: Callable[[], str] = lambda: os.urandom(16).hex()
    ) -> None:
        alive = PointSpec(camera.id, "/", 0)
        self.points = (alive, PointSpec(f"{camera.id}-ms", "ms", 0)) if camera.answer_time else (alive,)
        self.last_reasons: dict[str, str] = {}
        self._camera = camera
        self._clock = clock
        self._cnonce = cnonce
        self._lookup = NameLookup(camera.host, camera.port)

    def read(self) -> list[Sample]:
        started = self._clock()
        reason = self._reason(started + self._camera.timeout_s)
        took_ms = round((self._clock() - started) * 1000)
        self.last_reasons = {self._camera.id: reason}
        samples = [Sample(self._camera.id, 1 if reason == ALIVE else 0)]
        if self._camera.answer_time:
            samples.append(Sample(f"{self._camera.id}-ms", took_ms if reason == ALIVE else None, reason))
        return samples

    def close(self) -> None:
        """Nothing is kept open between reads."""

    def _reason(self, deadline: float) -> str:
        try:
            return self._probe(deadline)
        except Unresolved:
            return "no-address"
        except TimeoutError:
            return "timeout"
        except ConnectionRefusedError:
            return "refused"
        except (ConnectionResetError, ConnectionAbortedError, BrokenPipeError):
            return "reset"
        except OSError:
            return "unreachable"
        except BadAnswer:
            return "bad-answer"

    def _probe(self, deadline: float) -> str:
        """The name is looked up once, and what was checked is what is connected to."""
        camera = self._camera
        addresses = self._lookup.addresses(deadline - self._clock())
        if not all(permitted(address.ip, camera.allow, camera.allow_loopback) for address in addresses):
            return "blocked-address"
        exchange = Exchange(camera.uri, camera.credentials, self._cnonce)
        with connect(addresses, deadline, self._clock) as connection:
            received = b""
            while True:
                connection.settimeout(self._left(deadline))
                connection.sendall(exchange.request)
                answer: tuple[Answer, int] | None = None
                while answer is None:
                    connection.settimeout(self._left(deadline))
                    octets = connection.recv(4096)
                    if not octets:
                        raise ConnectionResetError("the camera ended the connection")
                    received += octets
                    answer = read_answer(received)
                received = received[answer[1] :]
                verdict = exchange.after(answer[0])
                if verdict is not None:
                    return verdict

    def _left(self, deadline: float) -> float:
        left = deadline - self._clock()
        if left <= 0:
            raise TimeoutError
        return left


def open_driver(settings: Mapping[str, object], secrets: SecretReader) -> RtspCamera:
    """Raises SettingsError. Connects to nothing; the password is read now, through `secrets`."""
    reader = SettingsReader(settings)
    host = reader.text("host", pattern=HOST, hint=HOST_HINT, echo=False)
    port = reader.integer("port", 1, 65535, 554)
    answer_time = reader.flag("answer_time", False)
    camera = Camera(
        id=reader.text("id", pattern=r"[a-z0-9-]{1,29}", hint="1 to 29 of a-z, 0-9 and -, as kitchen-cam"),
        host=host,
        port=port,
        uri=f"rtsp://{f'[{host}]' if ':' in host else host}:{port}{_path(reader)}",
        credentials=_credentials(reader, secrets),
        allow=_networks(reader),
        allow_loopback=reader.flag("allow_loopback", False),
        timeout_s=reader.number("timeout_s", 0.1, 30, 3.0),
        answer_time=answer_time,
    )
    reader.finish()
    _refuse_blocked(reader, camera)
    return RtspCamera(camera)


def _path(reader: SettingsReader) -> str:
    path = reader.text(
        "path",
        "/",
        pattern=r"/[!-~]{0,255}",
        echo=False,
        hint="from the first / on, without spaces, as /Streaming/Channels/1",
    )
    if "://" in path or any(word in path.lower() for word in ("password", "passwd", "pwd=")):
        # The path is not repeated here: it may hold the password itself.
        reader.refuse(
            "path", "holds an address or a password", "only the stream's path; use username and password_file"
        )
    return path


def _credentials(reader: SettingsReader, secrets: SecretReader) -> Credentials | None:
    username = reader.text(
        "username", "", pattern=r"[^\x00-\x1f\x7f:]{1,64}", echo=False, hint="1 to 64 characters, no colon"
    )
    password_file = reader.text("password_file", "", hint="the path of a file that holds the password")
    if bool(username) != bool(password_file):
        missing = "password_file" if username else "username"
        reader.refuse(missing, "is missing", "username and password_file go together")
    return Credentials(username, secrets.read("password")) if username else None


def _networks(reader: SettingsReader) -> tuple[Network, ...]:
    networks = []
    for text in reader.texts("allow"):
        try:
            networks.append(ip_network(text))
        except ValueError as error:
            reader.refuse("allow", str(error), "networks, as 192.168.7.0/24, or one address, as 192.168.7.20")
    return tuple(networks)


def _refuse_blocked(reader: SettingsReader, camera: Camera) -> None:
    """An address that can never be asked is a mistake in the settings; a name is judged each time it is looked up."""
    try:
        ip_address(camera.host)
    except ValueError:
        return
    if not permitted(camera.host, camera.allow, camera.allow_loopback):
        reader.refuse(
            "host",
            f"{camera.host} is outside the networks that may be asked",
            "add the camera's network to allow; allow_loopback = true is for simulators",
        )
