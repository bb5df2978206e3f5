"""The heartbeat of one camera by its still picture over HTTP."""

import hashlib
import os
import time
from collections.abc import Callable, Mapping

from larder_agent.drivers.address import Clock
from larder_agent.drivers.camera.heartbeat import PICTURE_REASONS, Heartbeat
from larder_agent.drivers.camera.http_fetch import MOVED, Fetcher, Place
from larder_agent.drivers.camera.http_message import Answer
from larder_agent.drivers.camera.life import Glimpse
from larder_agent.drivers.camera.line import LINE_REASONS
from larder_agent.drivers.camera.probing import CameraDriver, Probe
from larder_agent.drivers.camera.settings import CameraSettings, read_camera
from larder_agent.drivers.port import NoStill, SecretReader
from larder_agent.drivers.settings import SettingsReader

REASONS = (*LINE_REASONS, "auth", "redirected", *PICTURE_REASONS)
"""Why a camera counts as dead, or is degraded: in `last_reasons`, and as the quality of what is then missing."""

JPEG = b"\xff\xd8\xff"


class HttpCamera(CameraDriver):
    """A Driver. Beside timeout_s, `read` takes the time to decode one picture."""

    def __init__(
        self,
        camera: CameraSettings,
        redirects: bool = False,
        clock: Clock = time.monotonic,
        cnonce: Callable[[], str] = lambda: os.urandom(16).hex(),
    ) -> None:
        super().__init__(camera, clock)
        self._place = Place(camera.host, camera.port, camera.path)
        self._fetcher = Fetcher(camera.host, camera.credentials, camera.basic, camera.policy, redirects, clock, cnonce)

    def _probed(self, deadline: float) -> Probe:
        answer = self._fetcher.fetch(self._place, deadline)
        return Probe(glimpse_of(answer, self._heartbeat), self._clock())

    def _still(self, deadline: float) -> bytes:
        return still_of(self._fetcher.fetch(self._place, deadline))


def fault_in(answer: Answer) -> str:
    """Why this answer is no picture, "" where it is one."""
    if answer.status in (401, 403):
        return "auth"
    if answer.status in MOVED:
        return "redirected"
    return "" if answer.status == 200 and answer.body.startswith(JPEG) else "no-picture"


def still_of(answer: Answer) -> bytes:
    """The picture over HTTP, to be shown. Raises NoStill."""
    if fault := fault_in(answer):
        raise NoStill(fault)
    return answer.body


def glimpse_of(answer: Answer, heartbeat: Heartbeat) -> Glimpse:
    """What a picture over HTTP is worth."""
    if fault := fault_in(answer):
        return Glimpse(fault)
    return heartbeat.seen(answer.body, hashlib.sha256(answer.body).hexdigest())


def open_driver(settings: Mapping[str, object], secrets: SecretReader) -> HttpCamera:
    """Raises SettingsError. Connects to nothing; the password is read now, through `secrets`."""
    reader = SettingsReader(settings)
    camera = read_camera(reader, secrets, port=80, luma=True)
    redirects = reader.flag("redirects", False)
    reader.finish()
    return HttpCamera(camera, redirects)
