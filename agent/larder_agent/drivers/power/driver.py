"""Reading the files of /sys/class/power_supply (Documentation/ABI/testing/sysfs-class-power)."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from larder_agent.drivers.files import NoValue, at_scale, number, text
from larder_agent.drivers.port import PointSpec, Sample, SecretReader
from larder_agent.drivers.quality import Bounds, screen
from larder_agent.drivers.settings import SettingsReader, refuse_twins

QUALITIES = ("missing", "no-answer", "no-sensor", "out-of-range", "unreadable")

MICRO = Decimal("0.000001")
STATES = MappingProxyType({"Charging": 1, "Full": 1, "Not charging": 1, "Discharging": 0})
"""Is it fed? `Not charging` is a battery that is held, not used. `Unknown` is no answer."""


class Quantity(NamedTuple):
    unit: str
    scale: int
    within: Bounds
    read: Callable[[Path], Decimal]


def _fed(folder: Path) -> Decimal:
    state = STATES.get(text(folder / "status"))
    if state is None:
        raise NoValue("unreadable")
    return Decimal(state)


QUANTITIES: Mapping[str, Quantity] = MappingProxyType(
    {
        "online": Quantity("/", 0, Bounds(0, 2), lambda folder: min(Decimal(1), number(folder / "online"))),
        "fed": Quantity("/", 0, Bounds(0, 1), _fed),
        "charge": Quantity("%EL", 0, Bounds(0, 100), lambda folder: number(folder / "capacity")),
        "voltage": Quantity("V", -2, Bounds(0, 100_000), lambda folder: number(folder / "voltage_now") * MICRO),
    }
)
"""`online` may be 2 for a programmable USB supply: a yes all the same."""


class SupplyPoint(NamedTuple):
    spec: PointSpec
    supply: str
    quantity: Quantity


class Power:
    """A Driver over the folders below `root`."""

    def __init__(self, root: Path, supplies: tuple[SupplyPoint, ...]) -> None:
        self.points = tuple(one.spec for one in supplies)
        self._root, self._supplies = root, supplies

    def read(self) -> list[Sample]:
        return [self._sample(one) for one in self._supplies]

    def close(self) -> None:
        """Nothing is kept open between reads."""

    def _sample(self, one: SupplyPoint) -> Sample:
        try:
            value = one.quantity.read(self._root / "class/power_supply" / one.supply)
        except NoValue as none:
            return Sample(one.spec.id, None, none.quality)
        return Sample(one.spec.id, *screen(at_scale(value, one.spec.scale), one.quantity.within))


def open_driver(settings: Mapping[str, object], secrets: SecretReader) -> Power:
    """Raises SettingsError. Looks at no file; has no secrets."""
    reader = SettingsReader(settings)
    root = Path(reader.text("root", "/sys", pattern=r"/[^\x00-\x1f\x7f]{0,255}", hint="the full path of a folder"))
    supplies = tuple(_point(table) for table in reader.tables("point"))
    reader.finish()
    refuse_twins([one.spec.id for one in supplies])
    return Power(root, supplies)


def _point(reader: SettingsReader) -> SupplyPoint:
    quantity = QUANTITIES[reader.choice("what", tuple(QUANTITIES))]
    supply = reader.text("supply", pattern=r"[A-Za-z0-9_][A-Za-z0-9_.:-]{0,63}", hint="ls /sys/class/power_supply")
    return SupplyPoint(PointSpec(reader.identifier(), quantity.unit, quantity.scale), supply, quantity)
