"""What the camera drivers have in common as Drivers: one probe a reading, and what became of it."""

from typing import NamedTuple

from larder_agent.drivers.address import Clock
from larder_agent.drivers.camera.heartbeat import Heartbeat
from larder_agent.drivers.camera.life import Glimpse
from larder_agent.drivers.camera.line import BadAnswer, reason_of
from larder_agent.drivers.camera.settings import CameraSettings
from larder_agent.drivers.port import NoStill, Sample


class Probe(NamedTuple):
    """`answered_s`: when, by the driver's clock, the camera had answered; of no account without an answer."""

    glimpse: Glimpse
    answered_s: float


class CameraDriver:
    """A Driver and StillTaker, but for `_probed` and `_still`. `read` and `still` take at most timeout_s, however the camera behaves.

    The point of unit "/" is 1 for a camera that is alive, else 0: a good statement about a dead camera. `last_reasons` says why the
    last probe was not good, by point, for displays; "" if it was; nothing before the first read.
    """

    def __init__(self, camera: CameraSettings, clock: Clock) -> None:
        self._heartbeat = Heartbeat(camera.id, camera.points, camera.rules)
        self.points = self._heartbeat.points
        self.last_reasons: dict[str, str] = {}
        self._camera, self._clock = camera, clock

    def read(self) -> list[Sample]:
        started = self._clock()
        try:
            probe = self._probed(started + self._camera.timeout_s)
        except (OSError, BadAnswer) as error:
            probe = Probe(Glimpse(reason_of(error)), started)
        took_ms = round((probe.answered_s - started) * 1000)
        samples = self._heartbeat.samples(probe.glimpse, took_ms, round(self._clock() * 1000))
        self.last_reasons = {self._camera.id: self._heartbeat.reason}
        return samples

    def still(self, point: str) -> bytes:
        """A picture of now, as the camera gives it: nothing of it is kept, and the heartbeat does not see it, for what is asked
        beside the grid must not make a camera look frozen. Raises NoStill."""
        if point not in {spec.id for spec in self.points}:
            raise NoStill("no-point")
        try:
            return self._still(self._clock() + self._camera.timeout_s)
        except (OSError, BadAnswer) as error:
            raise NoStill(reason_of(error)) from None

    def close(self) -> None:
        """Nothing is kept open between reads."""

    def _probed(self, deadline: float) -> Probe:
        """Raises OSError and BadAnswer."""
        raise NotImplementedError

    def _still(self, deadline: float) -> bytes:
        """A whole JPEG. Raises NoStill, OSError and BadAnswer."""
        raise NotImplementedError
