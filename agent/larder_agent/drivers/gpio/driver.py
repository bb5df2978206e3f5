"""The driver: one point a line, 1 or 0."""

import errno
from collections.abc import Mapping

from larder_agent.drivers.gpio.lines import FLAG_BIAS, MOST_LINES, KernelLines, Line, Lines
from larder_agent.drivers.port import PointSpec, Sample, SecretReader
from larder_agent.drivers.settings import SettingsReader, refuse_twins

QUALITIES = ("missing", "busy", "denied", "unreadable")

WORDS = {
    errno.ENOENT: "missing",
    errno.ENODEV: "missing",
    errno.EINVAL: "missing",  # the chip has no line of this number
    errno.EBUSY: "busy",
    errno.EACCES: "denied",
    errno.EPERM: "denied",
}


class Gpio:
    """A Driver. All lines are read in one instant."""

    def __init__(self, ids: tuple[str, ...], lines: Lines) -> None:
        self.points = tuple(PointSpec(one, "/", 0) for one in ids)
        self._lines = lines

    def read(self) -> list[Sample]:
        try:
            levels = self._lines.levels()
        except OSError as error:
            self._lines.close()
            quality = WORDS.get(error.errno or 0, "unreadable")
            return [Sample(point.id, None, quality) for point in self.points]
        return [Sample(point.id, int(level)) for point, level in zip(self.points, levels, strict=True)]

    def close(self) -> None:
        self._lines.close()


def open_driver(settings: Mapping[str, object], secrets: SecretReader) -> Gpio:
    """Raises SettingsError. Opens no chip; has no secrets."""
    reader = SettingsReader(settings)
    chip = reader.text("chip", "/dev/gpiochip0", pattern=r"/[^\x00-\x1f\x7f]{0,255}", hint="ls /dev/gpiochip*")
    tables = reader.tables("point")
    if len(tables) > MOST_LINES:
        reader.refuse("point", f"{len(tables)} lines", f"the kernel gives at most {MOST_LINES} at once")
    ids = tuple(table.identifier() for table in tables)
    lines = tuple(
        Line(
            table.integer("line", 0, 1023),
            table.flag("inverted", False),
            table.choice("bias", tuple(FLAG_BIAS), "as-is"),
        )
        for table in tables
    )
    reader.finish()
    refuse_twins(ids)
    refuse_twins([f"line {one.offset}" for one in lines], [f"point[{at}].line" for at in range(1, len(lines) + 1)])
    return Gpio(ids, KernelLines(chip, lines))
