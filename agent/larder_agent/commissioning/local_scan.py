"""What stands ready on this machine: probes on the 1-wire bus, the kernel's sensor chips, power supplies, buses, serial ports."""

from collections.abc import Iterator
from pathlib import Path

from larder_agent.commissioning.scanning import Found
from larder_agent.commissioning.serial_scan import ports
from larder_agent.drivers.files import NoValue, text

SYS = Path("/sys")
DEV = Path("/dev")


def scan_machine(sys_root: Path = SYS, dev: Path = DEV) -> Iterator[Found]:
    yield from _onewire(sys_root)
    yield from _chips(sys_root)
    yield from _supplies(sys_root)
    for bus in sorted(dev.glob("i2c-*")):
        yield Found("sht", f"{bus}（总线，未询问 / a bus, not asked）",
                    f"device={bus} sensor.id=x sensor.model=sht3x sensor.address=0x44")  # fmt: skip
    for chip in sorted(dev.glob("gpiochip*")):
        yield Found("gpio", f"{chip}", f"chip={chip} point.id=x point.line=17")
    for port in ports(dev):
        yield Found("modbus-rtu", f"{port}（串口，未询问 / a port, not asked）",
                    f"device={port} unit.id=x unit.map=xy-md02    # larder agent scan --serial {port}")  # fmt: skip


def _onewire(sys_root: Path) -> Iterator[Found]:
    for sensor in sorted((sys_root / "bus/w1/devices").glob("28-*")):
        yield Found("onewire", f"DS18B20 {sensor.name}", f"point.id=x point.sensor={sensor.name}")


def _chips(sys_root: Path) -> Iterator[Found]:
    """Every temperature and humidity input of hwmon and IIO; a chip may have several."""
    for family, pattern, suffix in (
        ("class/hwmon/hwmon*", "[th][eu]m*[0-9]_input", "_input"),
        ("bus/iio/devices/iio:device*", "in_temp*_input", "_input"),
        ("bus/iio/devices/iio:device*", "in_temp*_raw", "_raw"),
        ("bus/iio/devices/iio:device*", "in_humidityrelative*_input", "_input"),
        ("bus/iio/devices/iio:device*", "in_humidityrelative*_raw", "_raw"),
    ):
        for file in sorted(sys_root.glob(f"{family}/{pattern}")):
            name, chip = file.name.removesuffix(suffix), _text(file.parent / "name")
            if chip:
                yield Found("hwmon", f"{chip} {name}", f"point.id=x point.chip={chip} point.input={name}")


def _supplies(sys_root: Path) -> Iterator[Found]:
    for folder in sorted((sys_root / "class/power_supply").glob("*")):
        kind = _text(folder / "type")
        what = "charge" if kind in ("Battery", "UPS") else "online"
        yield Found("power", f"{folder.name} {kind}", f"point.id=x point.supply={folder.name} point.what={what}")


def _text(file: Path) -> str:
    try:
        return text(file)
    except NoValue:
        return ""
