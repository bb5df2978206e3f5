"""The heartbeat of one ONVIF camera: it is asked once where its picture is, and then for the picture.

The camera names addresses; only their ports and paths are used. The host stays the one in the settings, so that a camera cannot send
the agent anywhere else, and one behind a router that names its inner address works all the same.
"""

import os
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from larder_agent.drivers.address import Clock, NameLookup
from larder_agent.drivers.camera.heartbeat import PICTURE_REASONS
from larder_agent.drivers.camera.http_fetch import TARGET, Fetcher, Place
from larder_agent.drivers.camera.life import Glimpse
from larder_agent.drivers.camera.line import LINE_REASONS, BadAnswer, dial
from larder_agent.drivers.camera.probing import CameraDriver, Probe
from larder_agent.drivers.camera.settings import CameraSettings, read_camera
from larder_agent.drivers.http_camera.driver import glimpse_of, still_of
from larder_agent.drivers.onvif_camera import questions, soap
from larder_agent.drivers.onvif_camera.questions import Identity
from larder_agent.drivers.onvif_camera.soap import CONTENT_TYPE, Fault, Token
from larder_agent.drivers.port import NoStill, SecretReader
from larder_agent.drivers.rtsp_camera.driver import VIDEO_ONLY, Conversation
from larder_agent.drivers.rtsp_camera.exchange import Exchange
from larder_agent.drivers.settings import SettingsReader

REASONS = (*LINE_REASONS, "auth", "redirected", "no-profile", "no-stream", "no-play", "no-advance", *PICTURE_REASONS)
"""Why a camera counts as dead, or is degraded: in `last_reasons`, and as the quality of what is then missing."""

DENIED = ("NotAuthorized", "SenderNotAuthorized", "FailedAuthentication", "OperationProhibited")


class Refusal(Exception):
    """The camera answered, and there is no picture: a reason word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Source(NamedTuple):
    """Where the picture is. `scheme`: http for a snapshot, rtsp for a stream to be played."""

    scheme: str
    place: Place


class OnvifCamera(CameraDriver):
    """A Driver. `identity` is what the camera says of itself, once it was asked."""

    def __init__(
        self,
        camera: CameraSettings,
        profile: str = "",
        clock: Clock = time.monotonic,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        super().__init__(camera, clock)
        self.identity = Identity()
        self._profile, self._random = profile, random
        self._device = Place(camera.host, camera.port, camera.path)
        self._source: Source | None = None
        self._offset: tuple[datetime, float] | None = None
        self._fetcher = Fetcher(
            camera.host, camera.credentials, camera.basic, camera.policy, False, clock, self._cnonce
        )

    def _probed(self, deadline: float) -> Probe:
        source, self._source = self._source, None
        try:
            source = source or self._found(deadline)
            glimpse = self._seen(source, deadline)
        except Refusal as refusal:
            glimpse = Glimpse(refusal.reason)
        if not glimpse.reason:
            self._source = source  # forgotten otherwise: after a change of its settings the picture may be elsewhere
        return Probe(glimpse, self._clock())

    def _still(self, deadline: float) -> bytes:
        """Where a probe has found the snapshot it is fetched there; a camera that has none says so of itself."""
        try:
            source = self._source or self._found(deadline)
        except Refusal as refusal:
            raise NoStill(refusal.reason) from None
        if source.scheme != "http":
            raise NoStill(VIDEO_ONLY)
        return still_of(self._fetcher.fetch(source.place, deadline))

    # ---------------------------------------------------------------- where the picture is

    def _found(self, deadline: float) -> Source:
        self._set_clock(deadline)
        self.identity = questions.identity_of(self._ask(self._device, questions.INFORMATION, deadline))
        capabilities = self._ask(self._device, questions.CAPABILITIES, deadline)
        media = self._here(questions.media_address_of(capabilities), "http").place
        profiles = questions.profiles_of(self._ask(media, questions.PROFILES, deadline))
        profile = self._profile if self._profile in profiles else next(iter(profiles), "")
        if not profile or (self._profile and profile != self._profile):
            raise Refusal("no-profile")
        try:
            answer = self._ask(media, questions.snapshot_uri(profile), deadline)
            return self._here(questions.uri_of(answer), "http")
        except (Refusal, BadAnswer):
            answer = self._ask(media, questions.stream_uri(profile), deadline)
            return self._here(questions.uri_of(answer), "rtsp")

    def _set_clock(self, deadline: float) -> None:
        """Nobody is named here: a camera tells its time to all, since without it no proof could be fresh."""
        answer = self._ask(self._device, questions.DATE_AND_TIME, deadline, named=False)
        self._offset = questions.clock_of(answer), self._clock()

    def _ask(self, place: Place, question: str, deadline: float, named: bool = True) -> Element:
        credentials = self._camera.credentials if named else None
        body = soap.write_question(question, credentials, self._token())
        answer = self._fetcher.fetch(place, deadline, "POST", (("Content-Type", CONTENT_TYPE),), body)
        if answer.status in (401, 403):
            raise Refusal("auth")
        try:
            return soap.read_answer(answer.body)
        except Fault as fault:
            raise Refusal("auth" if fault.word in DENIED else "no-picture") from None

    def _token(self) -> Token:
        if self._offset is None:
            return Token(self._random(16), "")
        shown, at = self._offset
        now = shown + timedelta(seconds=self._clock() - at)
        return Token(self._random(16), now.strftime("%Y-%m-%dT%H:%M:%SZ"))

    def _here(self, address: str, scheme: str) -> Source:
        """The named place, at the host of the settings. Raises BadAnswer."""
        try:
            parts = urlsplit(address)
            port = parts.port or {"http": 80, "rtsp": 554}[scheme]
        except ValueError:
            raise BadAnswer("an address that is none") from None
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if parts.scheme != scheme or not TARGET.fullmatch(target):
            raise BadAnswer("an address of another kind")
        return Source(scheme, Place(self._camera.host, port, target))

    # ---------------------------------------------------------------- the picture

    def _seen(self, source: Source, deadline: float) -> Glimpse:
        if source.scheme == "http":
            return glimpse_of(self._fetcher.fetch(source.place, deadline), self._heartbeat)
        camera, place = self._camera, source.place
        exchange = Exchange(
            f"rtsp://{place.authority}{place.target}", camera.credentials, self._cnonce, True, camera.basic
        )
        with dial(NameLookup(place.host, place.port), camera.policy, deadline, self._clock) as line:
            conversation = Conversation(line, exchange)
            reason = conversation.described()
            return conversation.watched() if reason is None else Glimpse(reason)

    def _cnonce(self) -> str:
        return self._random(16).hex()


def open_driver(settings: Mapping[str, object], secrets: SecretReader) -> OnvifCamera:
    """Raises SettingsError. Connects to nothing; the password is read now, through `secrets`."""
    reader = SettingsReader(settings)
    camera = read_camera(reader, secrets, port=80, path_default="/onvif/device_service", luma=True)
    profile = reader.text("profile", "", pattern=r"[^\x00-\x1f\x7f]{1,64}", hint="the token of a media profile")
    reader.finish()
    return OnvifCamera(camera, profile)
