"""The driver: one point a quantity."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from larder_agent.clock import Discipline, ask_kernel
from larder_agent.drivers.files import NoValue, at_scale
from larder_agent.drivers.port import PointSpec, Sample, SecretReader
from larder_agent.drivers.settings import SettingsReader, refuse_twins
from larder_agent.drivers.system.measures import MEASURES, Machine, Measure

QUALITIES = ("missing", "no-answer", "no-sensor", "unreadable", "clock-unsynced")

SUBJECTS = {
    "path": ("/", r"/[^\x00-\x1f\x7f]{0,255}", "the full path of a folder on the disk"),
    "zone": ("thermal_zone0", r"thermal_zone[0-9]{1,3}", "ls /sys/class/thermal"),
    "interface": (None, r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,14}", "ls /sys/class/net"),
}
"""Setting -> default, pattern, hint."""


class MachinePoint(NamedTuple):
    spec: PointSpec
    measure: Measure
    subject: str


class System:
    """A Driver over this machine. No quantity takes longer than the kernel's answer."""

    def __init__(self, machine: Machine, chosen: tuple[MachinePoint, ...]) -> None:
        self.points = tuple(one.spec for one in chosen)
        self._machine, self._chosen = machine, chosen

    def read(self) -> list[Sample]:
        return [self._sample(one) for one in self._chosen]

    def close(self) -> None:
        """Nothing is kept open between reads."""

    def _sample(self, one: MachinePoint) -> Sample:
        try:
            return Sample(one.spec.id, at_scale(one.measure.read(self._machine, one.subject), one.spec.scale))
        except NoValue as none:
            return Sample(one.spec.id, None, none.quality)


def open_driver(
    settings: Mapping[str, object], secrets: SecretReader, clock: Callable[[], Discipline] = ask_kernel
) -> System:
    """Raises SettingsError. Looks at no file; has no secrets."""
    reader = SettingsReader(settings)
    root = Path(reader.text("root", "/", pattern=r"/[^\x00-\x1f\x7f]{0,255}", hint="the full path of a folder"))
    chosen = tuple(_point(table) for table in reader.tables("point"))
    reader.finish()
    refuse_twins([one.spec.id for one in chosen])
    return System(Machine(root, clock), chosen)


def _point(reader: SettingsReader) -> MachinePoint:
    measure = MEASURES[reader.choice("what", tuple(MEASURES))]
    subject = ""
    if measure.subject:
        usual, pattern, hint = SUBJECTS[measure.subject]
        subject = reader.text(measure.subject, usual, pattern=pattern, hint=hint)
    return MachinePoint(PointSpec(reader.identifier(), measure.unit, measure.scale), measure, subject)
