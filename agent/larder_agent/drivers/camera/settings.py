"""The settings that every camera driver has: where the camera is, who asks, which points it gives and when it counts as dead."""

from ipaddress import ip_address, ip_network
from typing import NamedTuple

from larder_agent.drivers.address import HOST, HOST_HINT
from larder_agent.drivers.camera.allow import Network, Policy, permitted
from larder_agent.drivers.camera.digest import Credentials
from larder_agent.drivers.camera.heartbeat import Points
from larder_agent.drivers.camera.life import FLAWS, Rules
from larder_agent.drivers.port import SecretReader
from larder_agent.drivers.settings import SettingsReader

LONGEST_SUFFIX = len("-state")
DEAD_WHEN = ("covered", "frozen")


class CameraSettings(NamedTuple):
    id: str
    host: str
    port: int
    path: str
    credentials: Credentials | None
    basic: bool
    policy: Policy
    timeout_s: float
    points: Points
    rules: Rules

    @property
    def authority(self) -> str:
        """host:port, as URLs and the header Host have it."""
        return f"{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


def read_camera(
    reader: SettingsReader, secrets: SecretReader, *, port: int, path_default: str = "/", luma: bool = False
) -> CameraSettings:
    """Raises SettingsError. `port`: the usual one; `luma`: whether the driver sees pixels."""
    host = reader.text("host", pattern=HOST, hint=HOST_HINT, echo=False)
    points = Points(reader.flag("answer_time", False), reader.flag("state", False), reader.flag("picture", False), luma)
    longest = 32 - LONGEST_SUFFIX if points.state or points.picture else 29
    settings = CameraSettings(
        id=reader.text(
            "id", pattern=rf"[a-z0-9-]{{1,{longest}}}", hint=f"1 to {longest} of a-z, 0-9 and -, as kitchen-cam"
        ),
        host=host,
        port=reader.integer("port", 1, 65535, port),
        path=_path(reader, path_default),
        credentials=_credentials(reader, secrets),
        basic=reader.flag("basic", False),
        policy=Policy(_networks(reader), reader.flag("allow_loopback", False)),
        timeout_s=reader.number("timeout_s", 0.1, 30, 3.0),
        points=points,
        rules=_rules(reader),
    )
    _refuse_blocked(reader, settings)
    return settings


def _rules(reader: SettingsReader) -> Rules:
    dead_when = reader.texts("dead_when") if reader.has("dead_when") else DEAD_WHEN
    for word in dead_when:
        if word not in FLAWS:
            reader.refuse("dead_when", f"{word} is not known here", "any of " + ", ".join(FLAWS))
    return Rules(
        approved=reader.flag("approved", False),
        frozen_after_ms=round(reader.number("frozen_after_s", 1, 86_400, 60.0) * 1000),
        dead_when=frozenset(dead_when),
    )


def _path(reader: SettingsReader, default: str) -> str:
    path = reader.text(
        "path",
        default,
        pattern=r"/[!-~]{0,255}",
        echo=False,
        hint="from the first / on, without spaces, as /Streaming/Channels/1",
    )
    if "://" in path or any(word in path.lower() for word in ("password", "passwd", "pwd=")):
        # The path is not repeated here: it may hold the password itself.
        reader.refuse("path", "holds an address or a password", "only the path; use username and password_file")
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


def _refuse_blocked(reader: SettingsReader, camera: CameraSettings) -> None:
    """An address that can never be asked is a mistake in the settings; a name is judged each time it is looked up."""
    try:
        ip_address(camera.host)
    except ValueError:
        return
    if not permitted(camera.host, camera.policy.networks, camera.policy.loopback):
        reader.refuse(
            "host",
            f"{camera.host} is outside the networks that may be asked",
            "add the camera's network to allow; allow_loopback = true is for simulators",
        )
