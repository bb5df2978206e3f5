"""Reading the files of the kernel's 1-wire bus."""

from collections.abc import Mapping
from pathlib import Path

from larder_agent.drivers.files import GONE, first_bytes
from larder_agent.drivers.onewire.scratchpad import Verdict, at_scale, judge
from larder_agent.drivers.port import PointSpec, Sample, SecretReader
from larder_agent.drivers.settings import SettingsReader, refuse_twins

QUALITIES = ("missing", "crc", "power-on", "disconnected", "out-of-range", "unreadable")

ABSENT = ("missing", "disconnected", "unreadable")
"""After these the probe may have lost its power, so the next 85.0 is not believed."""


class OneWire:
    """A Driver over folders named by sensor. A read of one sensor blocks while it converts, some 750 ms at 12 bits."""

    def __init__(self, root: Path, sensors: tuple[str, ...], points: tuple[PointSpec, ...]) -> None:
        self.points = points
        self._files = tuple(root / sensor / "w1_slave" for sensor in sensors)
        self._last_good: list[int | None] = [None] * len(points)

    def read(self) -> list[Sample]:
        return [self._sample(place) for place in range(len(self.points))]

    def close(self) -> None:
        """Nothing is kept open between reads."""

    def _sample(self, place: int) -> Sample:
        point = self.points[place]
        verdict = self._verdict(place)
        if not verdict.quality:
            self._last_good[place] = verdict.millidegrees
        elif verdict.quality in ABSENT:
            self._last_good[place] = None
        value = None if verdict.millidegrees is None else at_scale(verdict.millidegrees, point.scale)
        return Sample(point.id, value, verdict.quality)

    def _verdict(self, place: int) -> Verdict:
        try:
            text = first_bytes(self._files[place])
        except OSError as error:
            return Verdict(None, "missing" if error.errno in GONE else "unreadable")
        return judge(text, self._last_good[place])


def open_driver(settings: Mapping[str, object], secrets: SecretReader) -> OneWire:
    """Raises SettingsError. Looks at no file; has no secrets."""
    reader = SettingsReader(settings)
    root = Path(
        reader.text(
            "root", "/sys/bus/w1/devices", pattern=r"/[^\x00-\x1f\x7f]{0,255}", hint="the full path of a folder"
        )
    )
    tables = reader.tables("point")
    sensors = tuple(
        table.text(
            "sensor", pattern=r"28-[0-9a-f]{12}", hint="a folder under root, as 28-00000a1b2c3d: ls /sys/bus/w1/devices"
        )
        for table in tables
    )
    points = tuple(PointSpec(table.identifier(), "Cel", table.integer("scale", -2, -1, -1)) for table in tables)
    reader.finish()
    refuse_twins([point.id for point in points])
    return OneWire(root, sensors, points)
