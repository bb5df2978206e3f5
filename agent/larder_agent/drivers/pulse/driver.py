"""0 and 1 in turn, one at each read. It measures nothing: it proves that the way from here to a notice is open."""

from collections.abc import Mapping

from larder_agent.drivers.port import PointSpec, Sample, SecretReader
from larder_agent.drivers.settings import SettingsReader

QUALITIES: tuple[str, ...] = ()


class Pulse:
    """A Driver without any device behind it."""

    def __init__(self, point: PointSpec) -> None:
        self.points = (point,)
        self._value = 0

    def read(self) -> list[Sample]:
        self._value = 1 - self._value
        return [Sample(self.points[0].id, self._value)]

    def close(self) -> None:
        """Nothing is open."""


def open_driver(settings: Mapping[str, object], secrets: SecretReader) -> Pulse:
    """Raises SettingsError. Has no secrets."""
    reader = SettingsReader(settings)
    id = reader.identifier()
    reader.finish()
    return Pulse(PointSpec(id, "count", 0))
