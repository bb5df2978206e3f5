"""The heartbeat of one camera over RTSP: the connection, the deadline, the samples."""

import os
import time
from collections.abc import Callable, Mapping

from larder_agent.drivers.address import Clock, NameLookup
from larder_agent.drivers.camera.heartbeat import PICTURE_REASONS
from larder_agent.drivers.camera.http_message import Answer
from larder_agent.drivers.camera.life import Glimpse
from larder_agent.drivers.camera.line import LINE_REASONS, Line, dial
from larder_agent.drivers.camera.probing import CameraDriver, Probe
from larder_agent.drivers.camera.settings import CameraSettings, read_camera
from larder_agent.drivers.port import NoStill, SecretReader
from larder_agent.drivers.rtsp_camera.exchange import ALIVE, Exchange
from larder_agent.drivers.rtsp_camera.message import Interleaved, read_piece
from larder_agent.drivers.rtsp_camera.rtp import Stream, read_packet
from larder_agent.drivers.settings import SettingsReader

REASONS = (*LINE_REASONS, "auth", "no-stream", "no-play", "no-advance", *PICTURE_REASONS)
"""Why a camera counts as dead, or is degraded: in `last_reasons`, and as the quality of what is then missing."""

LEAST_PICTURES = 2

VIDEO_ONLY = "video-only"
"""Why there is no still of a camera that speaks nothing but RTSP."""


class RtspCamera(CameraDriver):
    """A Driver. The camera has answered when it has described its stream."""

    def __init__(
        self,
        camera: CameraSettings,
        play: bool = True,
        clock: Clock = time.monotonic,
        cnonce: Callable[[], str] = lambda: os.urandom(16).hex(),
    ) -> None:
        super().__init__(camera, clock)
        self._play, self._cnonce = play, cnonce
        self._lookup = NameLookup(camera.host, camera.port)

    def _probed(self, deadline: float) -> Probe:
        with dial(self._lookup, self._camera.policy, deadline, self._clock) as line:
            conversation = Conversation(line, self._exchange())
            reason = conversation.described()
            answered_s = self._clock()
            return Probe(conversation.watched() if reason is None else Glimpse(reason), answered_s)

    def _still(self, deadline: float) -> bytes:
        """A picture would have to be decoded from the video, which no agent does."""
        raise NoStill(VIDEO_ONLY)

    def _exchange(self) -> Exchange:
        camera = self._camera
        uri = f"rtsp://{camera.authority}{camera.path}"
        return Exchange(uri, camera.credentials, self._cnonce, self._play, camera.basic)


class Conversation:
    """Moves the bytes of one exchange. Raises OSError and BadAnswer."""

    def __init__(self, line: Line, exchange: Exchange) -> None:
        self._line, self._exchange = line, exchange
        self._received = b""
        self._stream: Stream | None = None

    def described(self) -> str | None:
        """The verdict when it is one already, None when there is a stream to watch."""
        while not self._exchange.described:
            verdict = self._turn()
            if verdict is not None:
                return verdict
        return None

    def watched(self) -> Glimpse:
        """Sets up, plays until enough was seen or the time is over, and takes leave."""
        stream = self._stream = Stream(self._exchange.codec)
        try:
            while not self._exchange.playing:
                verdict = self._turn()
                if verdict is not None:
                    return Glimpse(verdict)
            while not stream.enough:
                piece = self._piece()
                if isinstance(piece, Interleaved):
                    self._take(piece)
        except TimeoutError:
            if not self._exchange.playing:
                raise
        self._leave()
        sight = stream.sight
        if sight.pictures < LEAST_PICTURES:
            return Glimpse("no-advance")
        if sight.key:
            return Glimpse(ALIVE, sight.key, sight.key_octets)
        return Glimpse(ALIVE, sight.whole, sight.whole_octets)

    def _turn(self) -> str | None:
        self._line.send(self._exchange.request)
        while True:
            piece = self._piece()
            if isinstance(piece, Answer):
                return self._exchange.after(piece)
            self._take(piece)

    def _take(self, piece: Interleaved) -> None:
        packet = read_packet(piece.octets) if piece.channel == self._exchange.channel else None
        if packet is not None and self._stream is not None:
            self._stream.add(packet)

    def _piece(self) -> Answer | Interleaved:
        while (found := read_piece(self._received)) is None:
            octets = self._line.receive()
            if not octets:
                raise ConnectionResetError("the camera ended the connection")
            self._received += octets
        piece, length = found
        self._received = self._received[length:]
        return piece

    def _leave(self) -> None:
        try:
            self._line.send(self._exchange.goodbye())
        except OSError:
            return  # the camera's own timeout ends the stream; what was seen stays true


def open_driver(settings: Mapping[str, object], secrets: SecretReader) -> RtspCamera:
    """Raises SettingsError. Connects to nothing; the password is read now, through `secrets`."""
    reader = SettingsReader(settings)
    camera = read_camera(reader, secrets, port=554)
    play = reader.flag("play", True)
    reader.finish()
    return RtspCamera(camera, play)
