"""Reading the files of the kernel's sensor chips. A chip is found by its name at each read: its number changes from boot to boot."""

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from larder_agent.drivers.files import NoValue, at_scale, number, text
from larder_agent.drivers.port import PointSpec, Sample, SecretReader
from larder_agent.drivers.quality import Bounds, bounds, screen
from larder_agent.drivers.settings import SettingsReader, refuse_twins

QUALITIES = ("missing", "ambiguous", "no-answer", "no-sensor", "out-of-range", "unreadable")

INPUT = re.compile(r"temp[0-9]{1,2}|humidity[0-9]{1,2}|in_temp[0-9]{0,2}|in_humidityrelative[0-9]{0,2}")
MILLI = Decimal("0.001")
"""Both families count thousandths of a degree and of a percent (Documentation/hwmon/sysfs-interface, ABI/testing/sysfs-bus-iio)."""


class ChipPoint(NamedTuple):
    """`at`: the name of the chip's device on its bus, as 1-0044, where two chips have one name; else empty."""

    spec: PointSpec
    chip: str
    at: str
    input: str
    within: Bounds


class Hwmon:
    """A Driver over the kernel's files below `root` (/sys)."""

    def __init__(self, root: Path, chips: tuple[ChipPoint, ...]) -> None:
        self.points = tuple(one.spec for one in chips)
        self._root, self._chips = root, chips

    def read(self) -> list[Sample]:
        return [self._sample(one) for one in self._chips]

    def close(self) -> None:
        """Nothing is kept open between reads."""

    def _sample(self, one: ChipPoint) -> Sample:
        try:
            value = _value(self._folder(one), one.input)
        except NoValue as none:
            return Sample(one.spec.id, None, none.quality)
        return Sample(one.spec.id, *screen(at_scale(value, one.spec.scale), one.within))

    def _folder(self, one: ChipPoint) -> Path:
        """Raises NoValue: missing, or ambiguous where two chips answer to the name."""
        family = "bus/iio/devices/iio:device*" if one.input.startswith("in_") else "class/hwmon/hwmon*"
        named = [folder for folder in sorted(self._root.glob(family)) if _is(folder, one)]
        if len(named) != 1:
            raise NoValue("ambiguous" if named else "missing")
        return named[0]


def _is(folder: Path, one: ChipPoint) -> bool:
    try:
        if text(folder / "name") != one.chip:
            return False
    except NoValue:
        return False
    # An IIO device stands below its chip; a hwmon device points at it.
    device = folder / "device" if not one.input.startswith("in_") else folder.resolve().parent
    return not one.at or device.resolve().name == one.at


def _value(folder: Path, name: str) -> Decimal:
    """In degrees or percent. Raises NoValue."""
    if not name.startswith("in_"):
        if (folder / f"{name}_fault").exists() and text(folder / f"{name}_fault") == "1":
            raise NoValue("no-sensor")
        return number(folder / f"{name}_input") * MILLI
    if (folder / f"{name}_input").exists():
        return number(folder / f"{name}_input") * MILLI
    raw = number(folder / f"{name}_raw")
    offset, scale = (
        number(folder / f"{name}_{what}") if (folder / f"{name}_{what}").exists() else usual
        for what, usual in (("offset", Decimal(0)), ("scale", Decimal(1)))
    )
    return (raw + offset) * scale * MILLI


def open_driver(settings: Mapping[str, object], secrets: SecretReader) -> Hwmon:
    """Raises SettingsError. Looks at no file; has no secrets."""
    reader = SettingsReader(settings)
    root = Path(reader.text("root", "/sys", pattern=r"/[^\x00-\x1f\x7f]{0,255}", hint="the full path of a folder"))
    chips = tuple(_point(table) for table in reader.tables("point"))
    reader.finish()
    refuse_twins([one.spec.id for one in chips])
    return Hwmon(root, chips)


def _point(reader: SettingsReader) -> ChipPoint:
    name = reader.text(
        "input", pattern=INPUT.pattern, hint="temp1, humidity1 (hwmon), in_temp, in_humidityrelative (IIO)"
    )
    spec = PointSpec(reader.identifier(), "%RH" if "humidity" in name else "Cel", reader.integer("scale", -3, 0, -1))
    return ChipPoint(
        spec=spec,
        chip=reader.text("chip", pattern=r"[A-Za-z0-9_.,-]{1,64}", hint="the text of the chip's file `name`, as sht3x"),
        at=reader.text("at", "", pattern=r"[A-Za-z0-9_.:-]{1,64}", hint="the chip's device on its bus, as 1-0044"),
        input=name,
        within=bounds(spec.unit, spec.scale),
    )
