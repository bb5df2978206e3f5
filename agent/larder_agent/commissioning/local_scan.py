"""What stands ready on this machine: probes on the 1-wire bus, serial ports."""

from collections.abc import Iterator
from pathlib import Path

from larder_agent.commissioning.scanning import Found
from larder_agent.commissioning.serial_scan import ports

SYS = Path("/sys")


def scan_machine(sys_root: Path = SYS, serial_ports: list[str] | None = None) -> Iterator[Found]:
    yield from _onewire(sys_root)
    for port in ports() if serial_ports is None else serial_ports:
        yield Found("modbus-rtu", f"{port}（串口，未询问 / a port, not asked）",
                    f"device={port} unit.id=x unit.map=xy-md02    # larder agent scan --serial {port}")  # fmt: skip


def _onewire(sys_root: Path) -> Iterator[Found]:
    for sensor in sorted((sys_root / "bus/w1/devices").glob("28-*")):
        yield Found("onewire", f"DS18B20 {sensor.name}", f"point.id=x point.sensor={sensor.name}")
